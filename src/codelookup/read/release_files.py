"""Published release files: a zip or what is in it, recognised by content and not by name."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from codelookup.errors import DataError, UsageError
from codelookup.read import cpt, hcpcs, icd10cm, icd10pcs
from codelookup.terms import SYSTEM_NAME

HEAD = 65536
"""Bytes looked at: the notice in front of a CPT file alone can be thousands."""

MAX_MEMBER = 500_000_000
"""Bytes that one file in a zip may unpack to; the largest real one is 15 million."""


class Part(NamedTuple):
    """A recognised file: ``system`` and ``kind`` (``order``, ``index`` ...), and where it is."""

    system: str
    kind: str
    name: str
    path: Path
    member: str

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes.

        Raises:
            DataError: it cannot be read or unpacked.
        """
        try:
            if not self.member:
                with self.path.open("rb") as stream:
                    yield stream
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as inside:
                    yield cast(BinaryIO, inside)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise _broken(self.path, str(error)) from error
        except OSError as error:
            raise _broken(self.path, error.strerror or str(error)) from error

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """A path to the file, for readers that need one."""
        if not self.member:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="codelookup-") as folder:
            target = Path(folder) / Path(self.name).name
            with self.open() as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            yield target


def find_parts(files: Iterable[Path]) -> list[Part]:
    """What the files hold that is known.

    Raises:
        UsageError: a file does not exist.
        DataError: a file cannot be read, is a damaged zip, or holds nothing that is known.
    """
    found: list[Part] = []
    for path in files:
        if not path.exists():
            raise UsageError(f"{path} does not exist.", "Check the path.")
        if path.is_dir():
            raise UsageError(f"{path} is a folder.", "Name the files in it.")
        parts = list(_parts(path))
        if not parts:
            raise DataError(
                f"{path.name} holds no release file that is known.",
                "Wanted: the zip as published by CMS or CDC, or the text or XML file in it.",
            )
        found += parts
    return found


def _parts(path: Path) -> Iterator[Part]:
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as stream:
                head = stream.read(HEAD)
            if head[:2] == b"PK":
                raise _broken(path, "the end of the zip is missing")
            if kind := _recognise(head):
                yield Part(*kind, path.name, path, "")
            return
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir() or not member.filename.lower().endswith(
                    (".txt", ".xml", ".csv")
                ):
                    continue
                if member.file_size > MAX_MEMBER:
                    raise DataError(
                        f"{path.name} unpacks to {member.file_size:,} bytes; no release does.",
                        "Fetch the file again from its publisher.",
                    )
                with archive.open(member) as stream:
                    kind = _recognise(stream.read(HEAD))
                if kind:
                    yield Part(*kind, Path(member.filename).name, path, member.filename)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise _broken(path, str(error)) from error
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from error


def _recognise(head: bytes) -> tuple[str, str] | None:
    # The first lines tell; further down, files have totals and notices.
    start = head[:4096]
    if kind := icd10cm.recognise(start):
        return "icd10cm", kind
    if icd10pcs.recognise(start):
        return "icd10pcs", "order"
    if hcpcs.recognise(start):
        return "hcpcs", "codes"
    if cpt.recognise(head):
        return "cpt", "codes"
    return None


def _broken(path: Path, why: str) -> DataError:
    return DataError(f"{path.name} cannot be read: {why}.", "Fetch the file again.")


def only(parts: list[Part], system: str) -> list[Part]:
    """The parts of one system.

    Raises:
        UsageError: there is none; the hint says what was found instead.
    """
    wanted = [part for part in parts if part.system == system]
    if not wanted:
        others = sorted({part.system for part in parts})
        raise UsageError(
            f"That is no {SYSTEM_NAME[system]} release; it is {SYSTEM_NAME[others[0]]}.",
            f"Add it with: codelookup systems add {others[0]} --file ...",
        )
    return wanted
