"""What a command runs in: its streams, and whether and how it may draw on them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any, NamedTuple, TextIO

READING_WIDTH = 88
"""Columns that a wide terminal is used up to; longer lines are hard to read."""
COMPARED_WIDTH = 200
"""Columns that a comparison takes at most: it may be as wide as its columns can be read."""
LEAST_WIDTH = 24
"""Room for the longest code, set in, and a short word beside it."""


class Environment(NamedTuple):
    """Streams and their abilities.

    ``draws`` tells that stdout is a terminal. ``width`` is in columns: what was asked for, else
    what the terminal has, up to a measure. ``plain`` asks for words alone, as a screen
    reader takes them. ``wrap`` is where text that is not drawn is wrapped, 0 for nowhere.
    """

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    draws: bool
    color: bool
    width: int
    plain: bool = False
    wrap: int = 0

    def write(self, text: str) -> None:
        """The answer, or a part of it."""
        self.stdout.write(text)

    def wrapped(self, text: str) -> str:
        """Prose, wrapped where a width was asked for, and in plain mode on a terminal."""
        if not self.wrap:
            return text
        from codelookup.render.wrap import wrapped

        return wrapped(text, self.wrap)

    def write_text(self, text: str) -> None:
        """Prose, as :meth:`wrapped` has it."""
        self.write(self.wrapped(text))

    def write_json(self, document: Any) -> None:
        self.write(self.json(document))

    def json(self, document: Any) -> str:
        """A document: one line in a pipe, indented on a terminal."""
        indent = 2 if self.draws else None
        return json.dumps(document, ensure_ascii=False, indent=indent) + "\n"

    def say(self, message: str) -> None:
        """Anything that is not the answer."""
        self.stderr.write(message.rstrip("\n") + "\n")
        self.stderr.flush()


def current(
    no_color: bool = False,
    width: int | None = None,
    plain: bool = False,
    most: int = READING_WIDTH,
) -> Environment:
    """The environment of this process; honours ``NO_COLOR`` and ``TERM=dumb``.

    ``width`` is what was asked for; else the terminal is used up to ``most`` columns.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # Another encoding, or a binary file on stdin, should give ? and not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    draws = sys.stdout.isatty()
    color = (
        draws
        and not no_color
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    columns = max(LEAST_WIDTH, shutil.get_terminal_size((80, 24)).columns)
    wrap = min(columns, READING_WIDTH) if plain and draws else 0
    return Environment(
        sys.stdin,
        sys.stdout,
        sys.stderr,
        draws,
        color,
        width or min(columns, most),
        plain,
        width or wrap,
    )
