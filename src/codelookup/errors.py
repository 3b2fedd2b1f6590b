"""One exception for what goes wrong, and the exit codes that scripts may rely on."""

from __future__ import annotations

FOUND = 0
NOT_FOUND = 1
USAGE = 2
BAD_DATA = 3
INTERRUPTED = 130


class CodelookupError(Exception):
    """Something the user can act on.

    ``message`` says in one sentence what happened, ``hint`` what to do next.
    """

    exit_code = BAD_DATA

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CodelookupError):
    """The command was given something it cannot take (exit code 2)."""

    exit_code = USAGE


class DataError(CodelookupError):
    """A file or catalogue cannot be read (exit code 3)."""

    exit_code = BAD_DATA
