"""``codelookup schema``."""

from __future__ import annotations

from pathlib import Path

from codelookup import environment, errors


def schema() -> int:
    """Print the JSON Schema of all --json answers."""
    env = environment.current()
    path = Path(__file__).parent.parent / "document" / "schema.json"
    env.write(path.read_text(encoding="utf-8"))
    return errors.FOUND
