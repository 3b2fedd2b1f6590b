"""The examples in Markdown pages: what a page shows is what its commands print."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "docs" / "examples"
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    # That one is written when the site is built.
    if page.exists() and page.name != "commands.md" and "_build" not in page.parts
]


class Example(NamedTuple):
    """A command of a console block, and the text below it."""

    page: Path
    command: str
    expected: str

    def fits(self, printed: str) -> bool:
        """Whether that is what was expected.

        A line ``...`` stands for any lines, or none; in a line it stands for any text.
        """
        pattern = "".join(
            r"(?:\n.*)*" if line == "..." else "\n" + re.escape(line).replace(r"\.\.\.", ".*")
            for line in self.expected.split("\n")
        )
        return bool(re.fullmatch(pattern, "\n" + printed.rstrip("\n")))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def examples(page: Path) -> Iterator[Example]:
    """The commands of the console blocks of a page, in order."""
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                line, _, output = output.partition("\n")
                command += f"\n{line}"
            yield Example(page, command, output.rstrip("\n"))


def programs(page: Path) -> dict[str, str]:
    """The whole programs on a page, which begin with their name: ``# name.py``."""
    found = {}
    for block in blocks(page, "python"):
        if name := re.match(r"# (\w+\.py)\n", block):
            found[name[1]] = block[name.end() :]
    return found


def doctests(page: Path) -> str:
    """The page with nothing in it but its Python sessions, on the lines where they stand."""
    kept = []
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```python" and not inside
            line = ""
        kept.append(line if inside else "")
    return "\n".join(kept)


def prepare(page: Path, folder: Path) -> None:
    """Put the files that the examples of a page use into a folder."""
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    for name, text in programs(page).items():
        (folder / name).write_text(text, encoding="utf-8")
