"""What commands share: reading arguments, options, completion."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from codelookup import environment
from codelookup.asked import shown
from codelookup.environment import Environment
from codelookup.errors import CodelookupError, UsageError
from codelookup.terms import KINDS, SECTIONS, SYSTEM_NAME

MOST_WIDTH = 400


def paged(env: Environment, wanted: bool) -> AbstractContextManager[Environment]:
    """The environment to answer in: on a terminal, where ``wanted``, through the pager."""
    if not (wanted and env.draws):
        return nullcontext(env)
    from codelookup.pager import through_pager

    return through_pager(env)


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
    from codelookup.catalogue.at_hand import open_catalogue
    from codelookup.find.lookup import complete

    try:
        with open_catalogue(pages=context.params.get("pages")) as catalogue:
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
