"""The page of the commands, from the same commands and words as ``--help`` and the manual page.

python docs/commands.py > docs/reference/commands.md
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import typer

from codelookup import manual
from codelookup.cli import make_app
from codelookup.terms import SECTIONS


def page() -> str:
    """The page as Markdown."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    command: Any = typer.main.get_command(make_app())
    about = [text for text in manual.paragraphs_of(command.help) if not text.startswith("\b")]
    yield from ("# Commands", "")
    yield from (*_prose(about), manual.OUTPUT, "")
    yield from ("`codelookup COMMAND --help` and `man codelookup` say the same.", "")
    yield from _parameters(command)
    for name, entry in manual.commands_of(command):
        yield from (f"## codelookup {name}", "")
        yield from ("```text", f"codelookup {name} {manual.usage(entry)}".rstrip(), "```", "")
        yield from _prose(manual.paragraphs_of(entry.help))
        yield from _parameters(entry)
    yield from ("## Sections", "", "What `--section` takes; everyday names do as well.", "")
    yield from _table("section", "heading", {**SECTIONS, "similar": "Similar codes"})
    exit_codes = {str(code): text for code, text in manual.EXIT_CODES.items()}
    yield from ("## Exit codes", "", *_table("exit code", "means", exit_codes))
    yield from ("## Environment", "", *_table("variable", "does", manual.VARIABLES))
    yield from ("## Files", "", *_table("file", "is", manual.FILES))


def _prose(paragraphs: Iterable[str]) -> Iterator[str]:
    for text in paragraphs:
        if text.startswith("\b"):
            _, heading, *lines = text.split("\n")
            yield from (heading, "", "```text", *(line.strip() for line in lines), "```", "")
        else:
            yield from (_text(text), "")


def _parameters(entry: Any) -> Iterator[str]:
    context = typer.Context(entry, info_name="codelookup")
    records = [part.get_help_record(context) for part in entry.params]
    if any(records):
        yield from _table(
            "argument or option", "means", dict(record for record in records if record)
        )


def _table(left: str, right: str, rows: dict[str, str]) -> Iterator[str]:
    yield f"| {left} | {right} |"
    yield "|---|---|"
    for term, text in rows.items():
        names = ", ".join(f"`{name}`" for name in term.split(", "))
        yield f"| {names} | {_text(text)} |"
    yield ""


def _text(text: str) -> str:
    """Help as Markdown."""
    words = " ".join(text.split()).replace("|", r"\|")
    return re.sub(r"(?<![\w`])--[a-z-]+", r"`\g<0>`", words)


if __name__ == "__main__":
    sys.stdout.write(page())
