"""``codelookup similar``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from codelookup import environment, errors
from codelookup.api import Codes
from codelookup.commands.common import (
    Json,
    NoColor,
    Pager,
    Pages,
    Plain,
    System,
    Width,
    complete_code,
    paged,
)

if TYPE_CHECKING:
    from codelookup.document.types import SimilarDocument
    from codelookup.environment import Environment


def similar(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help="A code, as 45378, E11.9, e119.", autocompletion=complete_code
        ),
    ],
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="NUMBER", help="How many codes at most.")
    ] = 20,
    system: System = "",
    pages: Pages = None,
    json: Json = False,
    no_color: NoColor = False,
    in_words: Plain = False,
    width: Width = None,
    pager: Pager = False,
) -> int:
    """List the codes beside a code, and how each differs.

    First the other sizes of the same service and the neighbours that its page names (written),
    then those that the catalogue finds (found): the other side, another body part, the same
    heading. In a pipe, tab-separated: code, system, title, difference, origin, relation.

    \b
    Examples:
      codelookup similar 45378
      codelookup similar E11.9 --limit 5
      codelookup similar 99213 --json
    """
    env = environment.current(no_color, width, in_words)
    with Codes(pages, say=env.say) as at_hand:
        document = at_hand.similar(code, system=system, limit=limit)
    with paged(env, pager) as answer:
        if json:
            answer.write_json(document)
        elif document["similar"]:
            _write(answer, document)
    env.stdout.flush()
    for remark in document["remarks"]:
        env.say(remark)
    if document["similar"]:
        return errors.FOUND
    from codelookup.render import plain, spoken

    for line in (spoken if env.plain else plain).not_found_lines(document):
        env.say(line)
    if document["concept"]:
        env.say(f"No code beside {document['concept']['code']} is known.")
    return errors.NOT_FOUND


def _write(env: Environment, document: SimilarDocument) -> None:
    if env.plain:
        from codelookup.render import spoken

        env.write_text(spoken.similar_text(document))
    elif env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).similar(document)
    else:
        from codelookup.render import plain

        env.write(plain.similar_text(document))
