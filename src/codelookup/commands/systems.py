"""``codelookup systems``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codelookup import environment, errors
from codelookup.api import Codes
from codelookup.asked import system_ids
from codelookup.commands.common import (
    Json,
    NoColor,
    Plain,
    Width,
    complete_system,
)
from codelookup.errors import DataError, UsageError

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue
    from codelookup.progress import Progress, Say

systems = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@systems.callback()
def list_systems(
    context: typer.Context,
    json: Json = False,
    no_color: NoColor = False,
    in_words: Plain = False,
    width: Width = None,
) -> int:
    """Show the code systems at hand; add and remove some.

    Each comes with its release, how many codes it has, and how many of them have a page.

    \b
    Examples:
      codelookup systems
      codelookup systems --json
      codelookup systems add hcpcs            download the release in force
      codelookup systems add hcpcs --file january-2026-alpha-numeric.zip
      codelookup systems remove hcpcs
    """
    if context.invoked_subcommand:
        return errors.FOUND
    env = environment.current(no_color, width, in_words)
    with Codes(say=env.say) as at_hand:
        document = at_hand.systems()
    if json:
        env.write_json(document)
    elif env.plain:
        from codelookup.render import spoken

        env.write_text(spoken.systems_text(document))
    elif env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).systems(document)
    else:
        from codelookup.render import plain

        env.write(plain.systems_text(document))
    return errors.FOUND


_Which = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM", help="cpt, hcpcs, icd10cm or icd10pcs.", autocompletion=complete_system
    ),
]


@systems.command()
def add(
    system: _Which,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="The published zip, or the text or XML in it; can be given again.",
        ),
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(
            "--url",
            metavar="URL",
            help="Download it from here: a release file, or a page that links to one.",
        ),
    ] = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Add a code set: download the release in force from CMS, or read it from files.

    Without --file and --url, the page of CMS is read for the release in force, and that is
    downloaded. Nothing about what you look up is sent. CPT is licensed: give its files.

    Files are recognised by their content. ICD-10-CM takes the order file, the changes of a new
    year, the tabular list and the alphabetic index, together or one after the other.

    \b
    Examples:
      codelookup systems add hcpcs
      codelookup systems add icd10pcs --file icd10pcs-order-2026.zip
      codelookup systems add cpt --file LONGULT.txt --file MEDU.txt --file SHORTU.txt
    """
    env = environment.current(no_color)
    (which,) = system_ids(system)
    if which == "cpt" and not file and not url:
        raise UsageError(
            "CPT is not free to download: it belongs to the American Medical Association.",
            "With a licence, add the files you were given:"
            " codelookup systems add cpt --file LONGULT.txt",
        )
    from codelookup.catalogue.added import add as add_files
    from codelookup.catalogue.added import adding
    from codelookup.catalogue.at_hand import open_catalogue
    from codelookup.document.documents import systems_document
    from codelookup.render.plain import added_text

    with _telling(env, no_color) as (say, progress), adding(which, say) as workspace:
        urls = {}
        if url or not file:
            from codelookup.read.download import PAGE, download

            urls = download(which, url or [PAGE[which]], workspace, say, progress)
        with _open_to_replace(env, which) as catalogue:
            add_files(which, [*(file or []), *urls], catalogue, workspace, say, progress, urls)
    with open_catalogue(env.say, own=False, systems=[which]) as catalogue:
        document = systems_document(catalogue, [which])
    env.say(added_text(document["systems"][0]))
    if json:
        env.write_json(document)
    return errors.FOUND


@contextmanager
def _telling(env: environment.Environment, no_color: bool) -> Iterator[tuple[Say, Progress]]:
    """How to tell of the work: sentences, and on a terminal a bar for what takes long."""
    if not env.stderr.isatty() or os.environ.get("TERM") == "dumb":
        from codelookup.progress import quiet

        yield env.say, quiet
        return
    from codelookup.render.bar import Bar

    bar = Bar(env.stderr, env.width, not no_color and not os.environ.get("NO_COLOR"))
    try:
        yield bar.say, bar.progress
    finally:
        bar.stop()


def _open_to_replace(env: environment.Environment, system: str) -> Catalogue:
    """The bundled catalogue, and the added release of a system if that can be read."""
    from codelookup.catalogue.at_hand import open_catalogue

    try:
        return open_catalogue(env.say, own=False, systems=[system])
    except DataError as error:
        catalogue = open_catalogue(env.say, own=False, systems=[])
        env.say(f"{error.message} It is made anew.")
        return catalogue


@systems.command()
def remove(system: _Which) -> int:
    """Remove a code set that was added.

    \b
    Example:
      codelookup systems remove icd10pcs
    """
    env = environment.current()
    (which,) = system_ids(system)
    from codelookup.catalogue.added import remove as remove_file

    remove_file(which)
    env.say(f"Removed {which}.")
    return errors.FOUND
