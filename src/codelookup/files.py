"""Files are written whole, then moved into place: what was there stays until then."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from codelookup.errors import DataError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write; it becomes ``path`` when the block ends well, else it goes away.

    A link stays one. What is no regular file, as ``/dev/stdout``, is written to, not replaced.

    Raises:
        DataError: the file cannot be written (no such folder, no permission, disk full).
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = path.resolve()
        part = target.with_name(f".{target.name}-{os.getpid()}.part")
        try:
            with part.open("xb") as file:
                yield file
            if target.exists():
                shutil.copymode(target, part)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:  # the latter for links in a circle, before 3.13
        reason = getattr(error, "strerror", None) or "its links go in a circle"
        shown = "".join(letter for letter in str(path) if letter.isprintable())
        raise DataError(
            f"{shown} cannot be written: {reason}.", "Is its folder there, and may you write to it?"
        ) from error
