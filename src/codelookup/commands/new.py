"""``codelookup new``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from codelookup import environment, errors, folders
from codelookup.asked import kind_id
from codelookup.commands.common import complete_kind
from codelookup.terms import KINDS


def new(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code to write a page for.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"One of {', '.join(KINDS)}; else procedure.",
            autocompletion=complete_kind,
        ),
    ] = "",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The file's name, as chest-xray.")
    ] = "",
    data: Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The data folder.")] = Path(
        "data"
    ),
    own: Annotated[
        bool, typer.Option("--own", help="A page of your own, in your config folder.")
    ] = False,
    pages: Annotated[
        Path | None, typer.Option("--pages", metavar="DIR", help="A page of your own, there.")
    ] = None,
) -> int:
    """Start a page: writes a file with everything in place to fill in.

    A page of your own stands in front of the one that codelookup has, and needs to say only
    what differs.

    \b
    Examples:
      codelookup new 45378 --own
      codelookup new 71045 --kind imaging --name chest-xray
      codelookup new E0601 --kind equipment --name cpap-machine
    """
    env = environment.current()
    kind = kind_id(kind)
    from codelookup.lint.template import write_own_page, write_page

    if own or pages:
        from codelookup.catalogue.at_hand import open_catalogue

        folder = pages or folders.config() / "pages"
        with open_catalogue(env.say, own=False) as catalogue:
            path = write_own_page(folder, code, kind, name, catalogue)
    else:
        path = write_page(data, code, kind, name)
    check = f"--own {quote(str(path))}" if pages else "--own" if own else str(path)
    env.say(f"Wrote {path}. Fill it in, then: codelookup validate {check}")
    return errors.FOUND
