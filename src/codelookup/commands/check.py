"""``codelookup check``."""

from __future__ import annotations

from typing import Annotated

import typer

from codelookup import environment, errors
from codelookup.api import Codes
from codelookup.asked import shown
from codelookup.commands.common import (
    Json,
    Pages,
    Plain,
    System,
    Width,
    codes_of,
    complete_code,
)
from codelookup.errors import UsageError


def check(
    codes: Annotated[
        list[str],
        typer.Argument(metavar="CODE...", help="Codes; - for stdin.", autocompletion=complete_code),
    ],
    date: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day of service; else today.")
    ] = "",
    system: System = "",
    pages: Pages = None,
    json: Json = False,
    in_words: Plain = False,
    width: Width = None,
) -> int:
    """Tell whether codes may be billed on a day, and why not.

    A line a code: the code, its system, yes or no, and the reason, tab-separated. The exit code
    is 0 only if all may be billed.

    \b
    Examples:
      codelookup check E11.9 E11
      codelookup check 71020 --date 2017-06-30
      codelookup check - --json < codes.txt
    """
    env = environment.current(width=width, plain=in_words)
    from datetime import date as day

    try:
        on = day.fromisoformat(date) if date else day.today()
    except ValueError:
        raise UsageError(f'"{shown(date)}" is not a date.', "Write it as 2026-01-31.") from None
    with Codes(pages, say=env.say) as at_hand:
        document = at_hand.check(*codes_of(codes, env), on=on, system=system)
    if json:
        env.write_json(document)
    elif env.plain:
        from codelookup.render import spoken

        env.write_text(spoken.check_text(document))
    else:
        from codelookup.render import plain

        env.write(plain.check_text(document))
    return errors.FOUND if all(entry["usable"] for entry in document["checks"]) else 1
