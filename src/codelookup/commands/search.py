"""``codelookup search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from codelookup import environment, errors
from codelookup.api import Codes
from codelookup.asked import checked_limit, shown, system_ids
from codelookup.commands.common import (
    Json,
    NoColor,
    Pages,
    Plain,
    System,
    Width,
    lines,
)
from codelookup.errors import UsageError

if TYPE_CHECKING:
    from codelookup.document.types import ErrorDocument, SearchDocument


def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS...", help="What you heard or read; - for stdin.")
    ],
    system: System = "",
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="NUMBER", help="How many hits at most.")
    ] = 10,
    pages: Pages = None,
    json: Json = False,
    no_color: NoColor = False,
    in_words: Plain = False,
    width: Width = None,
) -> int:
    """Find codes by what people call them.

    Typing errors are forgiven. In a pipe, hits come tab-separated: code, system, title, why.

    \b
    Examples:
      codelookup search "talk therapy"
      codelookup search knee scope --limit 3
      codelookup search "high blood pressure" --system icd10cm
      codelookup search - < queries.txt        a JSON document a line
    """
    env = environment.current(no_color, width, in_words)
    with Codes(pages, say=env.say) as at_hand:
        if words == ["-"]:
            return _search_lines(env, at_hand, system, limit)
        document = at_hand.search(" ".join(words), system=system, limit=limit)
    if json:
        env.write_json(document)
    elif document["results"] and env.plain:
        from codelookup.render import spoken

        env.write_text(spoken.search_text(document))
    elif document["results"] and env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).search(document)
    elif document["results"]:
        from codelookup.render import plain

        env.write(plain.search_text(document))
    if document["results"]:
        return errors.FOUND
    env.say(f'Nothing found for "{shown(document["query"])}".')
    if document["suggestions"]:
        env.say("Near: " + ", ".join(document["suggestions"]))
    else:
        env.say("Try other words, or fewer: a body part, a test, an illness.")
    return errors.NOT_FOUND


def _search_lines(env: environment.Environment, at_hand: Codes, system: str, limit: int) -> int:
    system_ids(system), checked_limit(limit)  # what is wrong with them is not wrong with a line
    from codelookup.document.documents import error_document

    worst = errors.FOUND
    for line in lines(env):
        document: SearchDocument | ErrorDocument
        try:
            document = at_hand.search(line, system=system, limit=limit)
            found = bool(document["results"])
        except UsageError as error:
            document = error_document("search", error.message, error.hint, error.exit_code)
            found = False
        if not found:
            worst = errors.NOT_FOUND
        env.stdout.write(_json_line(document))
    return worst


def _json_line(document: Any) -> str:
    from json import dumps

    return dumps(document, ensure_ascii=False) + "\n"
