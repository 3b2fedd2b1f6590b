"""Files are written whole, then moved into place: what was there stays until then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from codelookup.errors import DataError


@contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A binary file to write; it becomes ``path`` when the block ends well, else it goes away.

    Raises:
        DataError: the file cannot be written (no such folder, no permission, disk full).
    """
    import tempfile

    folder = os.path.dirname(path) or "."
    part = ""
    try:
        handle, part = tempfile.mkstemp(dir=folder, prefix=".codelookup-", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(part, 0o666 & ~umask)  # mkstemp lets nobody else read
        os.replace(part, path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}.", "Name another place."
        ) from error
    finally:
        if part and os.path.exists(part):
            os.unlink(part)
