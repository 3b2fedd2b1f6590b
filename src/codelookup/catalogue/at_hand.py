"""The catalogue that look-ups read: the bundled one and what the user added to it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from codelookup import folders
from codelookup.asked import shown
from codelookup.catalogue.bundled import Say, catalogue_path
from codelookup.catalogue.store import Catalogue
from codelookup.errors import DataError, UsageError
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.catalogue.store import OwnFile

MAX_PROBLEMS = 10
"""Mistakes in own pages that are told at once; ``validate`` tells all."""


def open_catalogue(
    say: Say | None = None,
    pages: str | os.PathLike[str] | None = None,
    own: bool = True,
    systems: Iterable[str] = SYSTEM_NAME,
) -> Catalogue:
    """The bundled catalogue, the code sets that the user added, and their ``own`` pages.

    ``say`` is told, a sentence at a time, what the user should know. ``pages`` is the folder of
    own pages if not the usual one. Of the code sets, only those of ``systems`` are opened.

    Raises:
        UsageError: ``pages`` is no folder.
        DataError: a file is missing, damaged, or of another version.
    """
    tell = say or (lambda sentence: None)
    added = folders.data()
    files = [added / f"{system}.sqlite" for system in systems]
    files = [catalogue_path(tell), *(path for path in files if path.exists())]
    folder = pages_folder(pages)
    if not own or not os.path.isdir(folder):
        return Catalogue(files)
    from codelookup.catalogue.own import own_pages

    try:
        file = own_pages(folder, files, folders.cache(), tell)
        catalogue = Catalogue(files, file)
    except DataError as error:
        tell(f"Your own pages are left out. {error.message} {error.hint}")
        return Catalogue(files)
    if file and say:
        _say_problems(say, catalogue, file, pages is not None)
    return catalogue


def pages_folder(pages: str | os.PathLike[str] | None) -> str:
    """The folder of the user's own pages, which need not exist unless it is named.

    Raises:
        UsageError: ``pages`` is no folder.
    """
    if pages is None:
        return os.path.join(folders.config(), "pages")
    folder = os.path.expanduser(os.fspath(pages))
    if not os.path.exists(folder):
        raise UsageError(
            f'The folder "{shown(os.fspath(pages))}" does not exist.',
            "--pages takes a folder of TOML files.",
        )
    if not os.path.isdir(folder):
        raise UsageError(
            f'"{shown(os.fspath(pages))}" is not a folder.',
            "--pages takes the folder that the file is in.",
        )
    return folder


def _say_problems(say: Say, catalogue: Catalogue, own: OwnFile, named: bool) -> None:
    """Tell mistakes in own pages: in full when the pages have changed, else that there are some."""
    problems = catalogue.problems()
    if not problems:
        return
    check = "codelookup validate --own"
    if named:
        from shlex import quote

        check += f" {quote(shown(own.folder, 200))}"
    one = len(problems) == 1
    if own.new:
        from pathlib import Path

        from codelookup.lint.report import problem_lines
        from codelookup.read.pages import Problem

        first = (Problem(Path(own.folder, row[0]), *row[1:]) for row in problems[:MAX_PROBLEMS])
        for line in problem_lines(first):
            say(line)
    say(
        f"{len(problems)} {'problem' if one else 'problems'} in your pages, so not all of them "
        f"are used; see: {check}"
    )
