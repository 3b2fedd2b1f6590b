"""``codelookup validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codelookup import environment, errors


def validate(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="A data folder, or a file in it; or your pages."),
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Check your own pages; without PATH the usual folder.")
    ] = False,
    explain: Annotated[
        str, typer.Option("--explain", metavar="RULE", help="Tell what a rule asks, and why.")
    ] = "",
) -> int:
    """Check pages against the writers' rules.

    Prints path:line: RULE message, and a tip. The exit code is 1 when anything is found. In
    pages of your own, rules of style are advice: only mistakes of form keep a file out.

    \b
    Examples:
      codelookup validate data
      codelookup validate data/cpt/a1c.toml
      codelookup validate --own
      codelookup validate --explain CL016
    """
    env = environment.current()
    from codelookup.lint.report import explained, is_own, run, run_own

    if explain:
        env.write(explained(explain))
        return errors.FOUND
    if own or (path and path.exists() and is_own(path)):
        from codelookup.catalogue.at_hand import open_catalogue

        with open_catalogue(env.say, own=False) as catalogue:
            found = run_own(path, catalogue)
    else:
        found = run(path)
    env.write(found.text)
    env.say(found.closing)
    return errors.FOUND if found.passed else errors.NOT_FOUND
