"""``codelookup compare``."""

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
from codelookup.commands.handout import Format, Heading, Output, about_file, chosen_format, deliver

if TYPE_CHECKING:
    from codelookup.document.types import CompareDocument
    from codelookup.environment import Environment


def compare(
    codes: Annotated[
        list[str],
        typer.Argument(
            metavar="CODE CODE...",
            help="Two to six codes, as 99213 99214-25 E11.9; - for stdin.",
            autocompletion=complete_code,
        ),
    ],
    section: Annotated[
        list[str] | None,
        typer.Option(
            "--section",
            "-s",
            metavar="SECTION",
            help="Only this section, whole; can be given again.",
            autocompletion=complete_section,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Fold nothing: also what is the same for all.")
    ] = False,
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
    """Set codes side by side: what differs first.

    What it is, how long it takes, where, who does it, getting ready, anesthesia, risks and the
    bill are shown where they differ. What is the same for all, and the other sections, are
    folded into the last lines; --all shows them. Codes may be of different systems. On a narrow
    terminal and in a pipe, the codes stand one below the other in each section.

    \b
    Examples:
      codelookup compare 99213 99214
      codelookup compare 45378 G0121           a scope, and Medicare's code for it
      codelookup compare E11.9 E11.65          diagnoses, by their official facts
      codelookup compare 27446 27447 --section recovery
      codelookup compare 99213 99214 --all
      codelookup compare 45378 45385 --output scopes.html
    """
    env = environment.current(no_color, width, in_words, environment.COMPARED_WIDTH)
    heading = shown(heading, 200)
    form = chosen_format(format, heading, output, json)
    from codelookup.document.sections import find_section

    sections = [find_section(name) for name in section or ()]
    with Codes(pages, say=env.say) as at_hand:
        document = at_hand.compare(
            *codes_of(codes, env), sections=sections, system=system, everything=everything
        )
    with paged(env, pager and not output) as answer:
        if form == "json":
            deliver(answer, answer.json(document), form, output)
        elif document["rows"]:
            if form == "text" and answer.draws and not (output or answer.plain):
                from codelookup.render.terminal import Screen

                Screen(answer.stdout, answer.width, answer.color).compare(document)
            else:
                deliver(answer, _text(answer, document, form, heading), form, output)
    env.stdout.flush()
    if output:
        env.say(about_file(output, form, bool(document["rows"]), document["not_found"]))
    for remark in document["remarks"]:
        env.say(remark)
    if len(document["concepts"]) > 1 and not document["rows"]:
        what = f"a section {', '.join(sections)}" if sections else "anything to compare"
        env.say(f"None of their pages has {what}.")
    if not document["not_found"]:
        return errors.FOUND
    from codelookup.render import plain, spoken

    for line in (spoken if env.plain else plain).not_found_lines(document):
        env.say(line)
    if len(document["concepts"]) == 1:
        env.say(f"Only {document['concepts'][0]['code']} is known, so nothing is compared.")
    return errors.NOT_FOUND


def _text(env: Environment, document: CompareDocument, form: str, heading: str) -> str:
    if form == "html":
        from codelookup.render.html import compare_html

        return compare_html(document, heading)
    if form == "markdown":
        from codelookup.render.markdown import compare_markdown

        return compare_markdown(document, heading)
    from codelookup.render import plain, spoken

    return env.wrapped((spoken if env.plain else plain).compare_text(document))
