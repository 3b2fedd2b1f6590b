"""``codelookup list``."""

from __future__ import annotations

from typing import Annotated

import typer

from codelookup import environment, errors
from codelookup.commands.common import (
    Json,
    NoColor,
    Pages,
    System,
    complete_kind,
    open_catalogue,
    shown,
    system_ids,
)
from codelookup.errors import UsageError
from codelookup.terms import KINDS


def list_pages(
    system: System = "",
    specialty: Annotated[
        str, typer.Option("--specialty", help="Only this specialty, as it stands in the list.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind", help=f"Only this kind: {', '.join(KINDS)}.", autocompletion=complete_kind
        ),
    ] = "",
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Every code at hand, with a page or without; --json gives a line each."
        ),
    ] = False,
    pages: Pages = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """List every code that has a page, or with --all every code at hand.

    In a pipe, tab-separated: code, system, title, kind, specialty; with --all code, system,
    title, level, billable (1 or 0), in force since, used until.

    \b
    Examples:
      codelookup list --kind surgery
      codelookup list --specialty heart --json
      codelookup list --all --system icd10cm > codes.tsv
    """
    env = environment.current(no_color)
    systems = system_ids(system)
    if kind and kind not in KINDS:
        raise UsageError(f'There is no kind "{shown(kind)}".', f"Known: {', '.join(KINDS)}.")
    if everything:
        return _everything(env, systems, json, pages)
    from codelookup.document.documents import list_document

    with open_catalogue(env, pages) as catalogue:
        found = list(catalogue.pages("".join(systems), specialty, kind))
        known = {page.specialty for page in catalogue.pages()} - {""} if not found else set()
    document = list_document(found)
    if json:
        env.write_json(document)
    elif env.draws and found:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).list(document)
    elif found:
        from codelookup.render import plain

        env.write(plain.list_text(document))
    if found:
        return errors.FOUND
    env.say("No page is like that.")
    if specialty and specialty not in known:
        env.say(f"Specialties: {', '.join(sorted(known))}.")
    return errors.NOT_FOUND


def _everything(
    env: environment.Environment, systems: tuple[str, ...], json: bool, pages: str | None
) -> int:
    """Stream all codes, for other programs; memory stays flat."""
    from json import dumps

    keys = ("code", "system", "display", "level", "billable", "effective", "terminated")
    count = 0
    with open_catalogue(env, pages) as catalogue:
        for row in catalogue.everything(systems):
            count += 1
            if json:
                env.write(dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) + "\n")
            else:
                env.write("\t".join(str(int(v)) if isinstance(v, bool) else v for v in row) + "\n")
    return errors.FOUND if count else errors.NOT_FOUND
