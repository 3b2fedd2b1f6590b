"""What a command runs in: its streams, and whether and how it may draw on them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any, NamedTuple, TextIO


class Environment(NamedTuple):
    """Streams and their abilities. ``width`` is in columns."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    draws: bool
    color: bool
    width: int

    def write(self, text: str) -> None:
        """The answer, or a part of it."""
        self.stdout.write(text)

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


def current(no_color: bool = False) -> Environment:
    """The environment of this process; honours ``NO_COLOR`` and ``TERM=dumb``."""
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
    return Environment(
        sys.stdin, sys.stdout, sys.stderr, draws, color, shutil.get_terminal_size((80, 24)).columns
    )
