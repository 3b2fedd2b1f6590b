"""``codelookup systems``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codelookup import environment, errors
from codelookup.commands.common import (
    Json,
    NoColor,
    complete_system,
    open_catalogue,
    system_ids,
)
from codelookup.errors import UsageError

systems = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@systems.callback()
def list_systems(context: typer.Context, json: Json = False, no_color: NoColor = False) -> int:
    """Show which code systems are at hand, with release and counts; add and remove some.

    \b
    Examples:
      codelookup systems
      codelookup systems --json
      codelookup systems add hcpcs --file january-2026-alpha-numeric.zip
      codelookup systems remove hcpcs
    """
    if context.invoked_subcommand:
        return errors.FOUND
    env = environment.current(no_color)
    from codelookup.document.documents import systems_document

    with open_catalogue(env) as catalogue:
        document = systems_document(catalogue)
    if json:
        env.write_json(document)
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
            "--file", help="The published zip, or the text or XML in it; can be given again."
        ),
    ] = None,
) -> int:
    """Add a code set from its official release files.

    The files are recognised by their content. ICD-10-CM takes the order file, the changes of a
    new year, the tabular list and the alphabetic index, together or one after the other.

    \b
    Examples:
      codelookup systems add icd10pcs --file icd10pcs-order-2026.zip
      codelookup systems add icd10cm --file icd10cm-full-xml-2017.zip
    """
    env = environment.current()
    (which,) = system_ids(system)
    if not file:
        raise UsageError(
            "No file was named.", f"Give it as: codelookup systems add {which} --file RELEASE.zip"
        )
    from codelookup.catalogue.added import add as add_files

    with open_catalogue(env) as catalogue:
        release = add_files(which, file, catalogue, env.say)
    env.say(f"Added {release.name}." + (f" {release.notice}" if release.notice else ""))
    return errors.FOUND


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
