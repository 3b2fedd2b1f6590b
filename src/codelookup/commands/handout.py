"""What commands share whose answer can be handed out: its format, its heading and its file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codelookup.asked import one_of, shown
from codelookup.errors import UsageError

if TYPE_CHECKING:
    from codelookup.document.types import NotFoundDocument
    from codelookup.environment import Environment

FORMATS = {
    "text": "As on a terminal, or plain in a pipe",
    "markdown": "For notes, wikis and mail",
    "html": "One file to read, print and hand out",
}
HANDOUTS = ("markdown", "html")
_OTHER_NAMES = {"md": "markdown", "htm": "html", "txt": "text", "plain": "text"}
_INSTEAD = {
    "json": "For JSON there is --json.",
    "pdf": "For a PDF, open the html in a browser and print it.",
}


def complete_format(incomplete: str) -> list[tuple[str, str]]:
    return [(name, what) for name, what in FORMATS.items() if name.startswith(incomplete)]


Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}; without it, by the name of the --output file.",
        autocompletion=complete_format,
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")
]
Heading = Annotated[
    str,
    typer.Option(
        "--heading", metavar="TEXT", help="Above a handout (markdown, html), as a clinic's name."
    ),
]


def chosen_format(wanted: str, heading: str, output: Path | None, json: bool) -> str:
    """One of FORMATS, or ``json``: as asked for, else by the ending of the file's name.

    Raises:
        UsageError: there is no such format, or two things asked for do not go together.
    """
    if json and wanted:
        raise UsageError("--json and --format ask for two forms of one answer.", "Give one.")
    if json:
        form = "json"
    elif wanted:
        hint = _INSTEAD.get(wanted.lower(), "")
        form = one_of(wanted, "format", FORMATS, _OTHER_NAMES, hint)
    else:
        ending = output.suffix[1:].lower() if output else ""
        form = _OTHER_NAMES.get(ending, ending if ending in FORMATS else "text")
    if heading and form not in HANDOUTS:
        raise UsageError("--heading is for handouts.", "Add --format html or --format markdown.")
    if output and os.path.isdir(output):  # Path.is_dir raises what cannot be looked at
        raise UsageError(
            f"{shown(str(output), 4000)} is a folder.", "Give the name of a file in it."
        )
    return form


def deliver(env: Environment, text: str, form: str, output: Path | None) -> None:
    """The answer, to its file or to stdout."""
    if output:
        from codelookup.files import replacing

        with replacing(output) as file:
            file.write(text.encode("utf-8", "replace"))
        return
    if form in HANDOUTS and not env.draws and hasattr(env.stdout, "reconfigure"):
        env.stdout.reconfigure(encoding="utf-8")  # as the HTML says of itself
    env.write(text)


def about_file(path: Path, form: str, written: bool, missing: list[NotFoundDocument]) -> str:
    """Where the answer is, and which codes it is without."""
    if not written and form != "json":
        return "Nothing was written."
    said = f"Wrote {shown(os.path.abspath(path), 4000)}."
    codes = [entry["query"] for entry in missing]
    if codes and form != "json":
        more = f" and {len(codes) - 5} more" if len(codes) > 5 else ""
        said += f" It is without {', '.join(codes[:5])}{more}."
    if form == "html":
        said += " Open it in a browser to read or print it."
    return said
