"""``codelookup show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from codelookup import environment, errors
from codelookup.api import Codes
from codelookup.asked import shown
from codelookup.commands.common import (
    Json,
    NoColor,
    Pager,
    Pages,
    Plain,
    System,
    Width,
    codes_of,
    complete_code,
    complete_section,
    paged,
)
from codelookup.commands.handout import (
    HANDOUTS,
    Format,
    Heading,
    Output,
    about_file,
    chosen_format,
    deliver,
)
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.document.types import ShowDocument
    from codelookup.environment import Environment


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
    pages: Pages = None,
    json: Json = False,
    format: Format = "",
    output: Output = None,
    heading: Heading = "",
    no_color: NoColor = False,
    in_words: Plain = False,
    width: Width = None,
    pager: Pager = False,
) -> int:
    """Read what a code means, or write it down to hand out.

    A code with a page shows it; any other known code shows its official wording, its place in
    the hierarchy, and its notes. Several codes in one html or markdown make a packet with
    contents at the front; print the html from a browser.

    \b
    Examples:
      codelookup show 90832
      codelookup show 90832 --section risks --section recovery
      codelookup show E11.9
      codelookup show 99214-25                 a code with a modifier
      codelookup show - --json < codes.txt
      codelookup show 27447 --output knee.html
      codelookup show 27447 97110 E11.9 --output packet.html --heading "Oak Street Clinic"
      codelookup show 90832 --section preparation --format markdown
    """
    env = environment.current(no_color, width, in_words)
    heading = shown(heading, 200)
    form = chosen_format(format, heading, output, json)
    from codelookup.document.sections import find_section

    sections = [find_section(name) for name in section or ()]
    with Codes(pages, say=env.say) as at_hand:
        document = at_hand.lookup(*codes_of(codes, env), sections=sections, system=system)
    with paged(env, pager and not output) as answer:
        if form == "json":
            deliver(answer, answer.json(document), form, output)
        elif document["concepts"]:
            if form == "text" and answer.draws and not (output or answer.plain):
                from codelookup.render.terminal import Screen

                Screen(answer.stdout, answer.width, answer.color).show(document, bool(sections))
            else:
                text = _text(answer, document, form, heading, bool(sections))
                deliver(answer, text, form, output)
    env.stdout.flush()
    if sections:
        _say_missing_sections(env, document, sections)
    if document["not_found"]:
        from codelookup.render import plain, spoken

        for line in (spoken if env.plain else plain).not_found_lines(document):
            env.say(line)
    if form in HANDOUTS:
        _say_doubles(env, document)
    if output:
        env.say(about_file(output, form, bool(document["concepts"]), document["not_found"]))
    return errors.NOT_FOUND if document["not_found"] else errors.FOUND


def _text(env: Environment, document: ShowDocument, form: str, heading: str, narrowed: bool) -> str:
    if form == "html":
        from codelookup.render.html import show_html

        return show_html(document, heading, narrowed)
    if form == "markdown":
        from codelookup.render.markdown import show_markdown

        return show_markdown(document, heading, narrowed)
    from codelookup.render import plain, spoken

    return env.wrapped((spoken if env.plain else plain).show_text(document, narrowed))


def _say_doubles(env: environment.Environment, document: ShowDocument) -> None:
    """Whoever hands a page out should know that what was typed means two things."""
    by_key: dict[str, set[str]] = {}
    for concept in document["concepts"]:
        by_key.setdefault(concept["code"].replace(".", ""), set()).add(concept["system"])
    for key, systems in by_key.items():
        if len(systems) > 1:
            names = " and ".join(SYSTEM_NAME[system] for system in sorted(systems))
            env.say(f"{key} is a code in {names}, and both are in. To keep one: --system.")


def _say_missing_sections(
    env: environment.Environment, document: ShowDocument, wanted: list[str]
) -> None:
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
