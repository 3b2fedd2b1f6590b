"""What commands share: opening the catalogue, reading arguments, options, completion."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codelookup import environment
from codelookup.environment import Environment
from codelookup.errors import CodelookupError, DataError, UsageError
from codelookup.terms import KINDS, SECTIONS, SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, OwnFile

MAX_LIMIT = 1000
MOST_WIDTH = 400


MAX_PROBLEMS = 10
"""Mistakes in own pages that a look-up tells at once; ``validate`` tells all."""


def open_catalogue(
    env: Environment,
    pages: str | None = None,
    own: bool = True,
    quiet: bool = False,
    systems: Iterable[str] = SYSTEM_NAME,
) -> Catalogue:
    """The bundled catalogue, the code sets that the user added, and their ``own`` pages.

    ``pages`` is the folder of own pages if not the usual one. With ``quiet``, nothing is said.
    Of the code sets, only those of ``systems`` are opened.

    Raises:
        UsageError: ``pages`` is no folder.
    """
    from codelookup import folders
    from codelookup.catalogue.bundled import catalogue_path
    from codelookup.catalogue.store import Catalogue

    def say(text: str) -> None:
        if not quiet:
            env.say(text)

    added = folders.data()
    files = [added / f"{system}.sqlite" for system in systems]
    files = [catalogue_path(say), *(path for path in files if path.exists())]
    folder = pages_folder(pages)
    if not own or not os.path.isdir(folder):
        return Catalogue(files)
    from codelookup.catalogue.own import own_pages

    try:
        file = own_pages(folder, files, folders.cache(), say)
        catalogue = Catalogue(files, file)
    except DataError as error:
        say(f"Your own pages are left out. {error.message} {error.hint}")
        return Catalogue(files)
    if file and not quiet:
        _say_problems(env, catalogue, file, pages)
    return catalogue


def pages_folder(pages: str | None) -> str:
    """The folder of the user's own pages, which need not exist unless it is named.

    Raises:
        UsageError: ``pages`` is no folder.
    """
    if pages is None:
        from codelookup import folders

        return os.path.join(folders.config(), "pages")
    folder = os.path.expanduser(pages)
    if not os.path.exists(folder):
        raise UsageError(
            f'The folder "{shown(pages)}" does not exist.', "--pages takes a folder of TOML files."
        )
    if not os.path.isdir(folder):
        raise UsageError(
            f'"{shown(pages)}" is not a folder.', "--pages takes the folder that the file is in."
        )
    return folder


def _say_problems(
    env: environment.Environment, catalogue: Catalogue, own: OwnFile, pages: str | None
) -> None:
    """Tell mistakes in own pages: in full when the pages have changed, else that there are some."""
    problems = catalogue.problems()
    if not problems:
        return
    check = "codelookup validate --own"
    if pages is not None:
        from shlex import quote

        check += f" {quote(shown(own.folder, 200))}"
    one = len(problems) == 1
    if own.new:
        from codelookup.lint.report import problem_lines
        from codelookup.read.pages import Problem

        first = (Problem(Path(own.folder, row[0]), *row[1:]) for row in problems[:MAX_PROBLEMS])
        for line in problem_lines(first):
            env.say(line)
    env.say(
        f"{len(problems)} {'problem' if one else 'problems'} in your pages, so not all of them "
        f"are used; see: {check}"
    )


def paged(env: Environment, wanted: bool) -> AbstractContextManager[Environment]:
    """The environment to answer in: on a terminal, where ``wanted``, through the pager."""
    if not (wanted and env.draws):
        return nullcontext(env)
    from codelookup.pager import through_pager

    return through_pager(env)


def system_ids(value: str) -> tuple[str, ...]:
    """The id of a code system, however it is written.

    Raises:
        UsageError: there is no such system.
    """
    other = {"icd10": "icd10cm", "icd": "icd10cm", "pcs": "icd10pcs", "hcpcsii": "hcpcs"}
    return (one_of(value, "code system", SYSTEM_NAME, other),) if value else ()


def one_of(
    value: str, what: str, known: Collection[str], other: Mapping[str, str], hint: str = ""
) -> str:
    """The one of ``known`` that is meant, however it is written; ``other`` has further names.

    Raises:
        UsageError: there is none; it names the nearest, and after the known ones the ``hint``.
    """
    asked = value.lower().replace("-", "").replace("_", "").replace(" ", "")
    asked = other.get(asked, asked)
    if asked in known:
        return asked
    import difflib

    near = difflib.get_close_matches(asked, known, n=1, cutoff=0.5)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    raise UsageError(
        f'There is no {what} "{shown(value)}".{guess}',
        f"Known: {', '.join(known)}. {hint}".rstrip(),
    )


def checked_limit(value: int) -> int:
    if not 1 <= value <= MAX_LIMIT:
        raise UsageError(f"The limit is {value}.", f"Give a number from 1 to {MAX_LIMIT}.")
    return value


def columns(text: str) -> int:
    """A width in columns, as --width and CODELOOKUP_WIDTH have it."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not environment.LEAST_WIDTH <= number <= MOST_WIDTH:
        raise UsageError(
            f'"{shown(text)}" is not a width.',
            "Give --width, or CODELOOKUP_WIDTH, a number of columns from "
            f"{environment.LEAST_WIDTH} to {MOST_WIDTH}.",
        )
    return number


def shown(text: str, most: int = 60) -> str:
    """Typed text as it may be echoed: no control characters, not without end."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= most else clean[:most] + " ..."


def lines(env: Environment) -> Iterator[str]:
    """Lines of standard input; empty ones are passed over."""
    gc.enable()  # a stream may be long; see cli.py for why it is off
    for line in env.stdin:
        if line.strip():
            yield line.strip()


def codes_of(typed: list[str], env: Environment) -> Iterable[str]:
    """Codes from the command line; ``-`` reads them, ``99214 25`` is a code with a modifier."""
    if typed == ["-"]:
        return list(lines(env))
    joined: list[str] = []
    for part in typed:
        if joined and len(part) == 2 and part.isalnum():
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def complete_section(incomplete: str) -> list[tuple[str, str]]:
    names = {**SECTIONS, "similar": "Similar codes"}
    return [(name, title) for name, title in names.items() if name.startswith(incomplete)]


def complete_code(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    from codelookup.find.lookup import complete

    pages = context.params.get("pages")
    try:
        with open_catalogue(environment.current(), pages, quiet=True) as catalogue:
            return complete(catalogue, incomplete)
    except CodelookupError:
        return []  # nothing to offer; the command itself will say what is wrong


def complete_system(incomplete: str) -> list[tuple[str, str]]:
    return [(name, title) for name, title in SYSTEM_NAME.items() if name.startswith(incomplete)]


def complete_kind(incomplete: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="Print a JSON document, for scripts.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Do without colour.")]
Pages = Annotated[
    str | None,
    typer.Option("--pages", metavar="DIR", help="Your own pages: this folder, not the usual one."),
]
Width = Annotated[
    int | None,
    typer.Option(
        "--width",
        metavar="COLUMNS",
        envvar="CODELOOKUP_WIDTH",
        help=f"Draw and wrap at this many columns, {environment.LEAST_WIDTH} to {MOST_WIDTH}.",
        parser=columns,
    ),
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain",
        envvar="CODELOOKUP_PLAIN",
        help="Words alone, for a screen reader: no columns, no marks for the eye.",
    ),
]
Pager = Annotated[
    bool, typer.Option("--pager", help="On a terminal, read it in your pager, else in less.")
]
System = Annotated[
    str,
    typer.Option(
        "--system",
        metavar="SYSTEM",
        help=f"Only this code system: {', '.join(SYSTEM_NAME)}.",
        autocompletion=complete_system,
    ),
]
