"""What was given to ``explain``, as lines of text or as a table; and what cannot be read, why.

The kind of a file is told by its content, never by its name alone.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
from typing import BinaryIO, NamedTuple

from codelookup.bill import x12
from codelookup.errors import DataError, UsageError

MAX_BYTES = 2_000_000
MAX_LINE = 20_000

_SIGNATURES = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"{\\rtf", "a rich text file (RTF)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "a compressed file (7-Zip)"),
)
"""First bytes of a file to what it is (the formats' own specifications)."""

_PICTURE = "Open it, let your phone or computer pick the text out, and paste that into a text file."
_HINTS = {
    "a picture": _PICTURE,
    "an old Word": "Save it as plain text, or as CSV from Excel, and try again.",
    "a rich": "Save it as plain text and try again.",
    "a compressed": "Unpack it first.",
}


def open_source(path: str) -> BinaryIO:
    """The file to read; buffered, so that its start can be looked at.

    Raises:
        UsageError: there is no such file, or it is a folder.
        DataError: it cannot be opened.
    """
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise UsageError(
                f"{path} is a folder.", "Name a file in it, or - to read what is piped in."
            )
        return open(path, "rb")
    except FileNotFoundError:
        raise UsageError(
            f"There is no file {path}.{_near(path)}", "Use - for standard input."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path} cannot be read: {reason}.") from None


def _near(path: str) -> str:
    import difflib

    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return ""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    return f' Did you mean "{os.path.join(folder, close[0])}"?' if close else ""


class BillText(NamedTuple):
    """The lines of a bill and the number of each in its file, from 1.

    A saved web page and an X12 file have lines of their own: rows of tables, and segments.
    """

    lines: list[str]
    numbers: list[int]


def numbered(lines: list[str]) -> BillText:
    """Lines with the numbers that they have."""
    return BillText(lines, list(range(1, len(lines) + 1)))


def text_lines(data: BinaryIO, name: str) -> BillText:
    """The lines of a bill.

    Raises:
        DataError: it is no text (a picture, an office file, binary), too large, or has a line
            that no bill has.
    """
    start = data.read(8)
    check_signature(start, name)
    if start.startswith(b"%PDF"):
        return numbered(_pdf_lines(start + data.read(), name))
    rest = data.read(MAX_BYTES + 1)
    content = start + rest
    if len(content) > MAX_BYTES:
        raise DataError(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB, more than a bill can be.",
            "A table of claims of any size can be read with --annotate OUT.csv.",
        )
    text = decoded(content, name)
    if re.match(r"\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<html)", text[:500], re.IGNORECASE):
        return _html_lines(text)
    if x12.is_stream(text):
        return BillText(*x12.segments(text))
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            raise DataError(
                f"Line {number} of {name} has {len(line):,} characters; no bill has such a line.",
                "Is it the right file? A line should be what stands on one line of the bill.",
            )
    return numbered(lines)


def check_signature(start: bytes, name: str) -> None:
    """Say what a file is that is no text and no PDF.

    Raises:
        DataError: it is one.
    """
    for signature, what in _SIGNATURES:
        if start.startswith(signature):
            hint = next(text for begin, text in _HINTS.items() if what.startswith(begin))
            raise DataError(f"{name} is {what}, not text.", hint)
    if start.startswith(b"PK\x03\x04"):
        raise DataError(
            f"{name} is a zip, Word or Excel file, not text.",
            "Save it as plain text, or as CSV from Excel, and try again; unpack a zip.",
        )
    if start[4:8] == b"ftyp" or start.startswith(b"RIFF"):
        raise DataError(f"{name} is a picture or a film, not text.", _PICTURE)


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its first bytes: by its mark, else UTF-8 if it can be, else cp1252.

    >>> encoding_of("Größe".encode("latin-1")), encoding_of("Größe".encode())
    ('cp1252', 'utf-8')
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # a letter cut at the end is fine
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"


def decoded(content: bytes, name: str) -> str:
    """Text of any usual encoding.

    Raises:
        DataError: it is binary.
    """
    encoding = encoding_of(content)
    if encoding != "utf-16" and b"\0" in content:
        raise DataError(
            f"{name} is not text: it has NUL bytes in it.",
            "Save or copy the bill as plain text and try again.",
        )
    return content.decode(encoding, errors="replace")


def _pdf_lines(content: bytes, name: str) -> list[str]:
    """The text of a PDF, laid out as on its pages, if pypdf is at hand."""
    try:
        import pypdf
    except ImportError:
        raise DataError(
            f"{name} is a PDF.",
            "Copy its text into a file, or run: pdftotext -layout BILL.pdf BILL.txt; "
            "or install codelookup[pdf], which reads PDFs itself.",
        ) from None
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError(f"{name} is a PDF with a password.", "Copy its text into a file.")
        pages = [page.extract_text(extraction_mode="layout") for page in reader.pages]
    except DataError:
        raise
    except Exception as error:  # a damaged PDF can fail in any way
        raise DataError(f"{name} is a PDF that cannot be read: {error}.") from None
    lines = [line for page in pages for line in (*page.splitlines(), "")]
    if not any(line.strip() for line in lines):
        raise DataError(f"{name} is a PDF of pictures, without text.", _PICTURE)
    return lines


def _html_lines(text: str) -> BillText:
    """The words of a saved web page: a line for each row of a table and each paragraph."""
    from html.parser import HTMLParser

    class Words(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.lines: list[str] = []
            self.numbers: list[int] = []
            self.parts: list[str] = []
            self.number = 1
            self.hidden = 0

        def end_line(self) -> None:
            line = "".join(self.parts).strip(" ")
            if line.strip():
                self.lines.append(line[1:] if line.startswith("\t") else line)
                self.numbers.append(self.number)
            self.parts = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag in ("script", "style", "head"):
                self.hidden += 1
            elif tag in ("td", "th"):
                self.parts.append("\t")
            elif tag in _HTML_BLOCKS:
                self.end_line()

        def handle_endtag(self, tag: str) -> None:
            if tag in ("script", "style", "head"):
                self.hidden = max(0, self.hidden - 1)
            elif tag in _HTML_BLOCKS:
                self.end_line()

        def handle_data(self, data: str) -> None:
            if self.hidden or not data.strip():
                return
            if not "".join(self.parts).strip():
                self.number = self.getpos()[0] + len(data) - len(data.lstrip("\n"))
            self.parts.append(" ".join(data.replace("\u00a0", " ").split()) + " ")

    words = Words()
    words.feed(text)
    words.end_line()
    return BillText(words.lines, words.numbers)


_HTML_BLOCKS = frozenset(
    "br p div tr li dt dd h1 h2 h3 h4 h5 h6 table section article header footer ul ol hr".split()
)
