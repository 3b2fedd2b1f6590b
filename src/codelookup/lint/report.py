"""What ``codelookup validate`` prints."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from codelookup.errors import UsageError
from codelookup.lint.checks import check
from codelookup.lint.rules import RULES, explain
from codelookup.read.pages import Problem


class Findings(NamedTuple):
    """Problems, and the lines to print: findings for stdout, a closing line for stderr."""

    problems: list[Problem]
    text: str
    closing: str


def explained(number: str) -> str:
    """A rule in words.

    Raises:
        UsageError: there is no such rule.
    """
    try:
        return explain(number) + "\n"
    except KeyError:
        first, *_, last = RULES
        raise UsageError(
            f'There is no rule "{number[:20]}".', f"Rules: {first} to {last}."
        ) from None


def run(path: Path | None) -> Findings:
    """Check a data folder, or one file or folder in it; without a path the one that is used.

    Raises:
        UsageError: the path does not exist, or lies in no data folder.
    """
    folder, only = _folder(path)
    result = check(folder, only)
    lines = []
    for problem in result.problems:
        shown = os.path.relpath(problem.path)
        shown = str(problem.path) if shown.startswith("..") else shown
        lines.append(f"{problem._replace(path=Path(shown))}\n")
        if problem.tip:
            lines.append(f"    tip: {problem.tip}\n")
    counted = f"{result.families} files, {result.pages} codes"
    if result.median_grade is not None:
        counted += f", median reading grade {result.median_grade:.1f}"
    else:
        counted += "; reading grades need textstat: pip install 'codelookup[validate]'"
    found = len(result.problems)
    closing = f"{found} finding{'' if found == 1 else 's'} in {counted}."
    return Findings(result.problems, "".join(lines), closing)


def _folder(path: Path | None) -> tuple[Path, Path | None]:
    from codelookup.catalogue.bundled import CHECKOUT_DATA, PACKAGE

    if path is None:
        for folder in (Path("data"), CHECKOUT_DATA, PACKAGE / "data"):
            if (folder / "cpt").is_dir() or (folder / "hcpcs").is_dir():
                return folder, None
        raise UsageError("There is no data folder here.", "Name one: codelookup validate PATH")
    if not path.exists():
        raise UsageError(f"{path} does not exist.", "Name a data folder, or a file in it.")
    for folder in (path, *path.resolve().parents):
        if (folder / "cpt").is_dir() or (folder / "hcpcs").is_dir():
            return folder, None if folder == path else path
    raise UsageError(
        f"{path} lies in no data folder.", "A data folder has the folders cpt and hcpcs."
    )
