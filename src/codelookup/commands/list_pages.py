"""``codelookup list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from codelookup import environment, errors
from codelookup.commands.common import (
    Json,
    NoColor,
    Pager,
    Pages,
    Plain,
    System,
    Width,
    complete_kind,
    open_catalogue,
    paged,
    shown,
    system_ids,
)
from codelookup.errors import UsageError
from codelookup.terms import KINDS

if TYPE_CHECKING:
    from codelookup.environment import Environment


def list_pages(
    system: System = "",
    specialty: Annotated[
        str,
        typer.Option(
            "--specialty",
            metavar="SPECIALTY",
            help="Only this specialty, as it stands in the list.",
        ),
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"Only this kind: {', '.join(KINDS)}.",
            autocompletion=complete_kind,
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
    in_words: Plain = False,
    width: Width = None,
    pager: Pager = False,
) -> int:
    """List the codes that have a page, or with --all every code.

    In a pipe, tab-separated: code, system, title, kind, specialty; with --all code, system,
    title, level, billable (1 or 0), in force since, used until.

    \b
    Examples:
      codelookup list --kind surgery
      codelookup list --specialty heart --json
      codelookup list --all --system icd10cm > codes.tsv
    """
    env = environment.current(no_color, width, in_words)
    systems = system_ids(system)
    if kind and kind not in KINDS:
        raise UsageError(f'There is no kind "{shown(kind)}".', f"Known: {', '.join(KINDS)}.")
    if everything:
        with paged(env, pager) as answer:
            return _everything(answer, systems, json, pages)
        return errors.FOUND  # the reader left before the end
    from codelookup.document.documents import list_document

    with open_catalogue(env, pages) as catalogue:
        found = list(catalogue.pages("".join(systems), specialty, kind))
        known = {page.specialty for page in catalogue.pages()} - {""} if not found else set()
    document = list_document(found)
    with paged(env, pager) as answer:
        if json:
            answer.write_json(document)
        elif found:
            _write(answer, document)
    if found:
        return errors.FOUND
    env.say("No page is like that.")
    if specialty and specialty not in known:
        env.say(f"Specialties: {', '.join(sorted(known))}.")
    return errors.NOT_FOUND


def _write(env: Environment, document: dict[str, Any]) -> None:
    if env.plain:
        from codelookup.render import spoken

        env.write_text(spoken.list_text(document))
    elif env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).list(document)
    else:
        from codelookup.render import plain

        env.write(plain.list_text(document))


def _everything(env: Environment, systems: tuple[str, ...], json: bool, pages: str | None) -> int:
    """Stream all codes, for other programs; memory stays flat."""
    from json import dumps

    keys = ("code", "system", "display", "level", "billable", "effective", "terminated")
    count = 0
    with open_catalogue(env, pages) as catalogue:
        for row in catalogue.everything(systems):
            count += 1
            if json:
                env.write(dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) + "\n")
            elif env.plain:
                from codelookup.render import spoken

                env.write_text(spoken.code_line(dict(zip(keys, row, strict=True))))
            else:
                env.write("\t".join(str(int(v)) if isinstance(v, bool) else v for v in row) + "\n")
    return errors.FOUND if count else errors.NOT_FOUND
