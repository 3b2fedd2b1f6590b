"""``codelookup search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from codelookup import environment, errors
from codelookup.commands.common import (
    Json,
    NoColor,
    Pages,
    Plain,
    System,
    Width,
    checked_limit,
    lines,
    open_catalogue,
    shown,
    system_ids,
)
from codelookup.errors import UsageError

if TYPE_CHECKING:
    pass


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
    systems, limit = system_ids(system), checked_limit(limit)
    from codelookup.document.documents import search_document
    from codelookup.find.search import Searcher

    with open_catalogue(env, pages) as catalogue:
        searcher = Searcher(catalogue)
        if words == ["-"]:
            return _search_lines(env, searcher, systems, limit)
        answer = searcher.search(" ".join(words), systems, limit)
        document = search_document(answer)
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
    env.say(f'Nothing found for "{shown(answer.query)}".')
    if document["suggestions"]:
        env.say("Near: " + ", ".join(document["suggestions"]))
    else:
        env.say("Try other words, or fewer: a body part, a test, an illness.")
    return errors.NOT_FOUND


def _search_lines(
    env: environment.Environment, searcher: Any, systems: tuple[str, ...], limit: int
) -> int:
    from codelookup.document.documents import error_document, search_document

    worst = errors.FOUND
    for line in lines(env):
        try:
            answer = searcher.search(line, systems, limit)
        except UsageError as error:
            document: Any = error_document("search", error.message, error.hint, error.exit_code)
            worst = errors.NOT_FOUND
        else:
            document = search_document(answer)
            if not answer.hits:
                worst = errors.NOT_FOUND
        env.stdout.write(_json_line(document))
    return worst


def _json_line(document: Any) -> str:
    from json import dumps

    return dumps(document, ensure_ascii=False) + "\n"
