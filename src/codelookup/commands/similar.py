"""``codelookup similar``."""

from __future__ import annotations

from typing import Annotated

import typer

from codelookup import environment, errors
from codelookup.commands.common import (
    Json,
    NoColor,
    Pages,
    System,
    checked_limit,
    complete_code,
    open_catalogue,
    system_ids,
)


def similar(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help="A code, as 45378, E11.9, e119.", autocompletion=complete_code
        ),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many codes at most.")] = 20,
    system: System = "",
    pages: Pages = None,
    json: Json = False,
    no_color: NoColor = False,
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
    env = environment.current(no_color)
    systems, limit = system_ids(system), checked_limit(limit)
    from codelookup.document.similar import similar_document

    with open_catalogue(env, pages) as catalogue:
        document = similar_document(catalogue, code, limit, systems)
    if json:
        env.write_json(document)
    elif document["similar"]:
        if env.draws:
            from codelookup.render.terminal import Screen

            Screen(env.stdout, env.width, env.color).similar(document)
        else:
            from codelookup.render import plain

            env.write(plain.similar_text(document))
    env.stdout.flush()
    for remark in document["remarks"]:
        env.say(remark)
    if document["similar"]:
        return errors.FOUND
    from codelookup.render import plain

    for line in plain.not_found_lines(document):
        env.say(line)
    if document["concept"]:
        env.say(f"No code beside {document['concept']['code']} is known.")
    return errors.NOT_FOUND
