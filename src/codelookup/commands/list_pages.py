"""``codelookup list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from codelookup import environment, errors
from codelookup.api import Codes
from codelookup.asked import kind_id, system_ids
from codelookup.commands.common import (
    Json,
    NoColor,
    Pager,
    Pages,
    Plain,
    System,
    Width,
    complete_kind,
    paged,
)
from codelookup.terms import KINDS

if TYPE_CHECKING:
    from codelookup.document.types import ListDocument
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
    systems, kind = system_ids(system), kind_id(kind)
    if everything:
        with paged(env, pager) as answer:
            return _everything(answer, systems, json, pages)
        return errors.FOUND  # the reader left before the end
    with Codes(pages, say=env.say) as at_hand:
        document = at_hand.pages(system=system, specialty=specialty, kind=kind)
        every = document if document["concepts"] else at_hand.pages()
    with paged(env, pager) as answer:
        if json:
            answer.write_json(document)
        elif document["concepts"]:
            _write(answer, document)
    if document["concepts"]:
        return errors.FOUND
    env.say("No page is like that.")
    known = {page["specialty"] for page in every["concepts"]} - {""}
    if specialty and specialty not in known:
        env.say(f"Specialties: {', '.join(sorted(known))}.")
    return errors.NOT_FOUND


def _write(env: Environment, document: ListDocument) -> None:
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

    from codelookup.catalogue.at_hand import open_catalogue

    keys = ("code", "system", "display", "level", "billable", "effective", "terminated")
    count = 0
    with open_catalogue(env.say, pages) as catalogue:
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
