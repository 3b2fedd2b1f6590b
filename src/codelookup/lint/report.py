"""What ``codelookup validate`` prints."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from codelookup import folders
from codelookup.catalogue.own import find_pages
from codelookup.errors import UsageError
from codelookup.lint.checks import check
from codelookup.lint.own import advice, read_own
from codelookup.lint.rules import OWN_ERRORS, RULES, explain
from codelookup.read.pages import CODE_SHAPE, Problem

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue


class Findings(NamedTuple):
    """The lines to print (findings for stdout, a closing line for stderr), and the verdict."""

    text: str
    closing: str
    passed: bool


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
    text = "".join(f"{line}\n" for line in problem_lines(result.problems))
    counted = f"{result.families} files, {result.pages} codes"
    if result.median_grade is not None:
        counted += f", median reading grade {result.median_grade:.1f}"
    else:
        counted += "; reading grades need textstat: pip install 'codelookup[validate]'"
    closing = f"{_count(len(result.problems), 'finding')} in {counted}."
    return Findings(text, closing, not result.problems)


def run_own(path: Path | None, below: Catalogue) -> Findings:
    """Check a folder of own pages, or one file or folder in it; without a path the usual folder.

    ``below`` are the catalogues that they stand in front of. Advice does not fail the check.

    Raises:
        UsageError: the path does not exist, or there is no page in it.
    """
    usual = folders.config() / "pages"
    folder, only = path or usual, None
    if not folder.exists():
        raise UsageError(
            f"{folder} does not exist.", "To begin a page of your own: codelookup new CODE --own"
        )
    if usual.resolve() in folder.resolve().parents:
        folder, only = usual, folder
    elif not folder.is_dir():
        folder, only = folder.parent, folder
    found = find_pages(str(folder))
    own = read_own(found, below)
    problems = [
        *own.errors,
        *(
            problem._replace(message=f"(advice) {problem.message}")
            for problem in advice(own, below)
        ),
    ]
    problems = [problem._replace(path=folder / problem.path) for problem in problems]
    files = [folder / entry.name for entry in found]
    if only:
        wanted = only.resolve()
        problems = [problem for problem in problems if _is_in(problem.path, wanted)]
        files = [file for file in files if _is_in(file, wanted)]
    if not files:
        raise UsageError(f"There is no page in {path or usual}.", "A page is a .toml file.")
    problems.sort(key=lambda problem: (str(problem.path), problem.line, problem.rule))
    errors = [problem for problem in problems if problem.rule in OWN_ERRORS]
    pieces = _count(len(problems) - len(errors), "piece")
    closing = (
        f"{_count(len(errors), 'mistake')}, {pieces} of advice in {_count(len(files), 'file')}."
    )
    if errors:
        closing += " A file with a mistake is left out; advice keeps none out."
    text = "".join(f"{line}\n" for line in problem_lines(problems))
    return Findings(text, closing, not errors)


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """``path:line: RULE message`` and the tip; the path is relative where that is shorter."""
    for problem in problems:
        shown = os.path.relpath(problem.path)
        shown = str(problem.path) if shown.startswith("..") else shown
        yield str(problem._replace(path=Path(shown)))
        if problem.tip:
            yield f"    tip: {problem.tip}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _is_in(path: Path, wanted: Path) -> bool:
    return wanted == path.resolve() or wanted in path.resolve().parents


def is_own(path: Path) -> bool:
    """Whether a path is of own pages: in their usual folder, or in no ``data`` folder."""
    path = path.resolve()
    usual = (folders.config() / "pages").resolve()
    return usual in (path, *path.parents) or not any(
        (folder / system).is_dir() for folder in (path, *path.parents) for system in CODE_SHAPE
    )


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
