"""``codelookup validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codelookup import environment, errors


def validate(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="A data folder, or a file in it.")
    ] = None,
    explain: Annotated[
        str, typer.Option("--explain", metavar="RULE", help="Tell what a rule asks, and why.")
    ] = "",
) -> int:
    """Check pages against the writers' rules.

    Prints path:line: RULE message, and a tip. The exit code is 1 when anything is found.

    \b
    Examples:
      codelookup validate data
      codelookup validate data/cpt/a1c.toml
      codelookup validate --explain CL016
    """
    env = environment.current()
    from codelookup.lint.report import explained, run

    if explain:
        env.write(explained(explain))
        return errors.FOUND
    found = run(path)
    env.write(found.text)
    env.say(found.closing)
    return errors.NOT_FOUND if found.problems else errors.FOUND
