"""``codelookup new``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codelookup import environment, errors
from codelookup.commands.common import complete_kind, shown
from codelookup.errors import UsageError
from codelookup.terms import KINDS


def new(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code to write a page for.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"One of {', '.join(KINDS)}.",
            autocompletion=complete_kind,
        ),
    ] = "procedure",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The file's name, as chest-xray.")
    ] = "",
    data: Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The data folder.")] = Path(
        "data"
    ),
) -> int:
    """Start a page: writes a file with everything in place to fill in.

    \b
    Examples:
      codelookup new 71045 --kind imaging --name chest-xray
      codelookup new E0601 --kind equipment --name cpap-machine
    """
    env = environment.current()
    if kind not in KINDS:
        raise UsageError(f'There is no kind "{shown(kind)}".', f"Known: {', '.join(KINDS)}.")
    from codelookup.lint.template import write_page

    path = write_page(data, code, kind, name)
    env.say(f"Wrote {path}. Fill it in, then: codelookup validate {path}")
    return errors.FOUND
