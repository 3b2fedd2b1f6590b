"""``codelookup show``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from codelookup import environment, errors
from codelookup.commands.common import (
    Json,
    NoColor,
    System,
    codes_of,
    complete_code,
    complete_section,
    open_catalogue,
    system_ids,
)


def show(
    codes: Annotated[
        list[str],
        typer.Argument(
            metavar="CODE...",
            help="Codes, as 90832, E11.9, e119, 99214-25; - for stdin.",
            autocompletion=complete_code,
        ),
    ],
    section: Annotated[
        list[str] | None,
        typer.Option(
            "--section",
            "-s",
            metavar="SECTION",
            help="Only this section; can be given again.",
            autocompletion=complete_section,
        ),
    ] = None,
    system: System = "",
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Read what a code means.

    A code with a page shows it; any other known code shows its official wording, its place in
    the hierarchy, and its notes.

    \b
    Examples:
      codelookup show 90832
      codelookup show 90832 --section risks --section recovery
      codelookup show E11.9
      codelookup show 99214-25                 a code with a modifier
      codelookup show - --json < codes.txt
    """
    env = environment.current(no_color)
    systems = system_ids(system)
    from codelookup.document.documents import show_document
    from codelookup.document.sections import find_section

    sections = [find_section(name) for name in section or ()]
    with open_catalogue(env) as catalogue:
        document = show_document(catalogue, codes_of(codes, env), systems, sections)
    if json:
        env.write_json(document)
    elif document["concepts"]:
        if env.draws:
            from codelookup.render.terminal import Screen

            Screen(env.stdout, env.width, env.color).show(document, bool(sections))
        else:
            from codelookup.render import plain

            env.write(plain.show_text(document, bool(sections)))
    env.stdout.flush()
    if sections:
        _say_missing_sections(env, document, sections)
    if not document["not_found"]:
        return errors.FOUND
    from codelookup.render import plain

    for line in plain.not_found_lines(document):
        env.say(line)
    return errors.NOT_FOUND


def _say_missing_sections(env: environment.Environment, document: Any, wanted: list[str]) -> None:
    for concept in document["concepts"]:
        missing = [
            name
            for name in wanted
            if name not in concept["sections"] and not (name == "similar" and concept["similar"])
        ]
        if not concept["has_page"]:
            env.say(f"{concept['code']} has no plain-language page yet, so it has no sections.")
        elif missing:
            env.say(f"The page of {concept['code']} has no section {', '.join(missing)}.")
