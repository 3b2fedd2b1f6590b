"""``codelookup systems``."""

from __future__ import annotations

from codelookup import environment, errors
from codelookup.commands.common import Json, NoColor, open_catalogue


def systems(json: Json = False, no_color: NoColor = False) -> int:
    """Show which code systems are at hand, with release and counts.

    \b
    Examples:
      codelookup systems
      codelookup systems --json
    """
    env = environment.current(no_color)
    from codelookup.document.documents import systems_document

    with open_catalogue(env) as catalogue:
        document = systems_document(catalogue)
    if json:
        env.write_json(document)
    elif env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).systems(document)
    else:
        from codelookup.render import plain

        env.write(plain.systems_text(document))
    return errors.FOUND
