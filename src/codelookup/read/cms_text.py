"""Lines of the text files that CMS publishes: latin-1, with no-break spaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from codelookup.errors import DataError


def cms_lines(stream: IO[bytes], hint: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of a file without their ends; blank lines are left out.

    Raises:
        DataError: a line is not latin-1 text; ``hint`` says what to do.
    """
    for number, raw in enumerate(stream, 1):
        if b"\0" in raw or raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            raise DataError(f"Line {number} is not latin-1 text.", hint)
        if not raw.isascii() and _is_utf8(raw):
            raise DataError(f"Line {number} is UTF-8, where CMS writes latin-1.", hint)
        line = raw.decode("latin-1").replace("\xa0", " ").rstrip("\r\n")
        if line.strip():
            yield number, line


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
