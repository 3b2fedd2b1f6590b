"""Published release files: a zip or what is in it, recognised by content and not by name."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from codelookup.errors import DataError, UsageError
from codelookup.model import ReleaseFile
from codelookup.read import cpt, hcpcs, icd10cm, icd10pcs
from codelookup.terms import SYSTEM_NAME

HEAD = 65536
"""Bytes looked at: the notice in front of a CPT file alone can be thousands."""

MAX_UNPACKED = 300_000_000
"""Bytes that a file, or all in a zip, may have; the largest zip unpacks to some 40 million."""

_UPDATE_NAMED = re.compile(r"(?:january|april|july|october)-1-20\d\d-", re.IGNORECASE)
"""How CMS names the archive of an update; the file in it has the name of the year's first."""


class Part(NamedTuple):
    """A recognised file: ``system`` and ``kind`` (``order``, ``index`` ...), and where it is."""

    system: str
    kind: str
    name: str
    path: Path
    member: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may tell the release, the file's own first."""
        named = self.member and _UPDATE_NAMED.match(self.path.name)
        return (self.name, self.path.name) if named else (self.name,)

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
        except _UNREADABLE as error:
            raise _broken(self.path, error) from error

    def unpacked(self, folder: Path) -> Path:
        """A path to the file, for readers that need one; ``folder`` is where to unpack it.

        Raises:
            DataError: it cannot be read or unpacked, or ``folder`` cannot be written.
        """
        if not self.member:
            return self.path
        target = folder / Path(self.name).name
        with self.open() as source:
            save(iter(lambda: source.read(1 << 20), b""), target)
        return target


_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
"""What reading a file, or a damaged, encrypted or oddly packed zip, can raise."""


def save(pieces: Iterable[bytes], target: Path) -> None:
    """Write a file. A full disk is told apart from a fault of where the pieces come from.

    Raises:
        DataError: the file cannot be written.
    """

    def cannot(error: OSError) -> DataError:
        return DataError(
            f"{target.name} cannot be written to {target.parent}: {error.strerror or error}.",
            "Make room there, or set CODELOOKUP_DATA_DIR to a folder that can be written.",
        )

    try:
        copy = target.open("wb", buffering=0)
    except OSError as error:
        raise cannot(error) from error
    with copy:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                try:
                    rest = rest[copy.write(rest) :]
                except OSError as error:
                    raise cannot(error) from error


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
        if not path.is_file():
            raise UsageError(f"{path} is not a file.", "Save what it gives, and name that.")
        parts: list[Part] = []
        refused: DataError | None = None
        for member, head in _heads(path):
            name = Path(member).name or path.name
            if kind := _recognise(head):
                parts.append(Part(*kind, name, path, member))
            elif not refused and (near := _not_read(head)):
                what, instead = near
                where = f"{name} in {path.name}" if member else name
                refused = DataError(f"{where} is {what}.", instead)
        if not parts:
            raise refused or DataError(
                f"{path.name} holds no release file that is known.",
                "Wanted: the zip as published by CMS or CDC, or the text or XML file in it.",
            )
        found += parts
    return found


def file_of(path: Path, *kinds: str, url: str = "") -> ReleaseFile:
    """What to keep of a file that was read; ``kinds`` are what is in it.

    Raises:
        DataError: it cannot be read.
    """
    import hashlib

    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise _broken(path, error) from error
    return ReleaseFile(path.name, " ".join(dict.fromkeys(kinds)), size, digest.hexdigest(), url)


def _heads(path: Path) -> Iterator[tuple[str, bytes]]:
    """(member of the zip or nothing, first bytes) of every file that could be a release."""
    try:
        if not zipfile.is_zipfile(path):
            _check_size(path, path.stat().st_size)
            with path.open("rb") as stream:
                head = stream.read(HEAD)
            if head[:4] == b"PK\x03\x04":
                raise _broken(path, "the end of the zip is missing")
            yield "", head
            return
        with zipfile.ZipFile(path) as archive:
            members = [
                member
                for member in archive.infolist()
                if member.filename.lower().endswith((".txt", ".xml", ".csv"))
                and member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            ]
            # A zip that lies about sizes is found out while it is read: it never gives more.
            _check_size(path, sum(member.file_size for member in members))
            for member in members:
                with archive.open(member) as inside:
                    head = inside.read(HEAD)
                yield member.filename, head
    except _UNREADABLE as error:
        raise _broken(path, error) from error


def _check_size(path: Path, size: int) -> None:
    if size > MAX_UNPACKED:
        raise DataError(
            f"{path.name} has {size:,} bytes when unpacked; no release is that large.",
            "Fetch the file again from its publisher.",
        )


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


_CM_ORDER = (
    "Take the order file instead, icd10cm_order_YYYY.txt: CMS has it under"
    ' "Code Descriptions in Tabular Order".'
)
_PCS_ORDER = (
    "Take the order file instead, icd10pcs_order_YYYY.txt: CMS has it under"
    ' "ICD-10-PCS Order File".'
)
_CM_CODE = r"[A-Z]\d[0-9A-Z]{1,5}"
_PCS_CODE = r"[0-9B-DF-HX][0-9A-HJ-NP-Z]{6}"

_NOT_READ = (
    (r"\s*<(?i:!doctype html|html)\b", "a web page", "Download the file that it links to."),
    (r"%PDF", "a PDF", "Wanted: the text or XML file that is published beside it."),
    (
        r"[^\n]*\n?<Types xmlns=\S+openxmlformats",
        "a part of an Excel workbook",
        "Wanted: the text file (.txt) that is published beside it.",
    ),
    (
        r"\xff\xfe|\xfe\xff|[^\n]{0,200}\0",
        "UTF-16 text, or no text at all",
        "Take the file as its publisher has it, and do not save it anew.",
    ),
    (rf"(?:{_CM_CODE} +[^\W\d][^\n]*\n){{2}}", "the list of codes without headers", _CM_ORDER),
    (rf"(?:{_PCS_CODE} +[^\W\d][^\n]*\n){{2}}", "the list of codes without tables", _PCS_ORDER),
    (
        rf"\s*(?:Add|Delete|Revise from): +{_CM_CODE} ",
        "a list of changes without headers",
        "Take icd10cm_order_addenda_YYYY.txt, from the same zip as the order file.",
    ),
    (rf"\s*(?:Add|Delete|Revise from): +(?:[01] )?{_PCS_CODE} ", "a list of changes", _PCS_ORDER),
    (r"[^\0]{0,2000}<ICD10PCS\.", "ICD-10-PCS as tables, index or definitions", _PCS_ORDER),
    (r"[^\0]{0,2000}<ICD10CM\.\w+[^>]+isAddenda", "a list of changes", _CM_ORDER),
    (
        r"(?:\d{4}[0-9A-Z][\t ]\D[^\n]*\n){2}",
        "maybe CPT, but without the notice of the American Medical Association",
        "Take the file as the AMA delivers it, or a CSV with the columns code and descriptor.",
    ),
)
"""How files begin that belong to a code system but cannot be read, what they are, and what to
take instead."""


def _not_read(head: bytes) -> tuple[str, str] | None:
    text = head[:8192].decode("latin-1").replace("\r\n", "\n")
    for form, what, instead in _NOT_READ:
        if re.match(form, text):
            return what, instead
    return None


def _broken(path: Path, error: Exception | str) -> DataError:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
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
