"""A line of a bill cut into cells and chunks, and what the shape of a chunk allows it to be."""

from __future__ import annotations

import re
from typing import NamedTuple

CPT = re.compile(r"\d{4}[0-9FTUMA]")
HCPCS = re.compile(r"[ABCEGHJKLMPQRSTUV]\d{4}")
DENTAL = re.compile(r"D\d{4}")
ICD10CM_DOTTED = re.compile(r"[A-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}")
ICD10CM = re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z]{0,4}")
ICD10PCS = re.compile(r"[0-9A-HJ-NP-Z]{7}")

MONEY = re.compile(
    r"\(?-?\$?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{2})\)?-?(?:CR)?|\(?-?\$-?[\d,]+\)?-?|"
    r"-?(?:\d{1,3}(?:\.\d{3})+|\d{1,3}),\d{2}"  # 1.240,00, as in Spanish
)
DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|"
    r"(?P<m2>\d{1,2})[-/.](?P<d2>\d{1,2})[-/.](?P<y2>(?:19|20)?\d\d)|"
    r"(?P<y3>20\d\d)(?P<m3>0[1-9]|1[0-2])(?P<d3>[0-2]\d|3[01])|"
    r"(?P<m4>0[1-9]|1[0-2])(?P<d4>[0-2]\d|3[01])(?P<y4>20\d\d)"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SPANISH = {"ene": "jan", "abr": "apr", "ago": "aug", "dic": "dec"}
_MONTH = r"(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*\.?"
LONG_DATE = re.compile(
    rf"\b{_MONTH}[\s-]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+(?P<year>20\d\d)\b|"
    rf"\b(?P<day2>\d{{1,2}})(?: de )?[\s-]*{_MONTH.replace('mon', 'mon2')}"
    r"(?: de )?[\s,-]*(?P<year2>20\d\d)\b",
    re.IGNORECASE,
)
TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:[AP]M?)?")

_GAP = re.compile(r" *[\t|] *| {2,}")
_BOX = "☐☑☒□■▢✓✔✗✘•◦▪●○*_"
_LEFT = "([{<\"'“‘`¡¿#" + _BOX
_RIGHT = ")]}>\"'”’`.,;:!?" + _BOX
_LABELLED = re.compile(r"([A-Za-z][A-Za-z./-]*(?:10)?(?:-?(?:cm|pcs|CM|PCS))?)\s*[:=#]+(.+)")
_JOINED = re.compile(r"(CPT|HCPCS|DX|POS|QTY|MOD|REV|DRG)[-#:]?(?=[A-Z]?\d)", re.IGNORECASE)


class Chunk(NamedTuple):
    """Characters between spaces, without the punctuation around them.

    ``start`` and ``end`` are places in the line; ``cell`` is the number of its cell; ``label``
    is a label that was joined to it (``CPT:99213``); ``raw`` is with its punctuation.
    """

    text: str
    start: int
    end: int
    cell: int
    label: str = ""
    raw: str = ""

    @property
    def upper(self) -> str:
        return self.text.upper()


class Cell(NamedTuple):
    """A part of a line between tabs, bars or wide gaps."""

    text: str
    start: int
    end: int


def cells_of(line: str) -> list[Cell]:
    """The cells of a line, in order; empty ones between tabs or bars are kept."""
    cells = []
    start = 0
    bars = "|" in line or "\t" in line
    for gap in _GAP.finditer(line):
        if gap.start() > start or (bars and gap[0].strip(" ") and start):
            cells.append(Cell(line[start : gap.start()], start, gap.start()))
        start = gap.end()
    if start < len(line):
        cells.append(Cell(line[start:].rstrip(), start, len(line.rstrip())))
    return [cell for cell in cells if cell.text.strip() or bars]


def chunks_of(cells: list[Cell]) -> list[Chunk]:
    """The chunks of a line; lists such as ``E11.9,I10`` come apart."""
    chunks: list[Chunk] = []
    for number, cell in enumerate(cells):
        for found in re.finditer(r"\S+", cell.text):
            start = cell.start + found.start()
            for piece, offset in _pieces(found[0]):
                label = ""
                if joined := _LABELLED.fullmatch(piece):
                    label = joined[1]
                    offset += joined.start(2)
                    piece = joined[2]
                elif stuck := _JOINED.match(piece):
                    label = stuck[1]
                    offset += stuck.end()
                    piece = piece[stuck.end() :]
                text = piece.lstrip(_LEFT)
                left = start + offset + len(piece) - len(text)
                raw, text = text, text.rstrip(_RIGHT)
                if text:
                    chunks.append(Chunk(text, left, left + len(text), number, label, raw))
    return chunks


_CODE_PART = re.compile(
    r"(?:\d{4}[0-9FTUMA]|[A-Z]\d{4}|[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?)(?:-[A-Z0-9]{2})*",
    re.IGNORECASE,
)


def _pieces(text: str) -> list[tuple[str, int]]:
    """A list of codes without spaces, cut into them; anything else whole."""
    for mark in (",", ";", "/", "+", "&"):
        if mark not in text.strip(_LEFT + _RIGHT):
            continue
        label = _LABELLED.fullmatch(text)
        parts = (label[2] if label else text).split(mark)
        if all(not part or _CODE_PART.fullmatch(part.strip(_LEFT + _RIGHT)) for part in parts):
            place = label.start(2) if label else 0
            pieces = []
            for number, part in enumerate(parts):
                whole = f"{label[1]}:{part}" if label and not number else part
                pieces.append((whole, place - (len(whole) - len(part))))
                place += len(part) + 1
            return [piece for piece in pieces if piece[0]]
    return [(text, 0)]


def date_in(text: str) -> str:
    """The first date of a text as ``YYYY-MM-DD``, or nothing."""
    return find_date(text)[0]


def find_date(text: str) -> tuple[str, int]:
    """The first date of a text as ``YYYY-MM-DD`` and where it begins; ("", -1) for none."""
    if found := LONG_DATE.search(text):
        month = _month(found["mon"] or found["mon2"])
        date = _date(found["year"] or found["year2"], month, found["day"] or found["day2"])
        return date, found.start()
    for chunk in re.finditer(r"\d[\d/.-]{5,9}", text):
        if found := DATE.fullmatch(chunk[0].rstrip("./-")):
            for suffix in ("", "2", "3", "4"):
                if found[f"y{suffix}"]:
                    date = _date(found[f"y{suffix}"], found[f"m{suffix}"], found[f"d{suffix}"])
                    if date:
                        return date, chunk.start()
    if found := re.match(
        r"\s*(\d\d) ?/? ?(\d\d) ?/? ?(\d\d|20\d\d)(?=\s*$|\s+\d\d \d\d \3(?:\s|$)|\s{2,})", text
    ):  # a claim form's boxes
        return _date(found[3], found[1], found[2]), found.start(1)
    return "", -1


def _month(name: str) -> int:
    name = name.lower()[:3]
    return _MONTHS.index(_SPANISH.get(name, name)) + 1


def _date(year: str, month: str | int, day: str) -> str:
    full = int(year) + (2000 if len(year) == 2 else 0)
    if int(month) > 12 and int(day) <= 12:
        month, day = day, str(month)  # 28/12/2025
    if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 and 1980 <= full <= 2100:
        return f"{full:04d}-{int(month):02d}-{int(day):02d}"
    return ""


def is_money(text: str) -> bool:
    """``$125.00``, ``1,234.00``, ``(25.00)``, ``$40``; not ``12``."""
    return bool(MONEY.fullmatch(text))


def short_date(text: str) -> str:
    """Six digits in a date's column: ``050226`` is May 2, 2026."""
    found = re.fullmatch(r"(\d\d)(\d\d)(\d\d)", text)
    return _date(found[3], found[1], found[2]) if found else ""


def day_of(text: str, year: str) -> str:
    """A date without its year at the start of a text: ``01/30``, ``Aug 3``; or nothing."""
    text = re.sub(r"^(?:for|on|dos)\s+", "", text, flags=re.IGNORECASE)
    if found := re.match(r"(0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?![/\d-])", text):
        return _date(year, found[1], found[2])
    if found := re.match(rf"{_MONTH}\s+(\d{{1,2}})(?![\d:])", text, re.IGNORECASE):
        return _date(year, _month(found["mon"]), found[2])
    return ""


def minutes_between(text: str) -> int:
    """Minutes from the first to the second clock time of a text, or 0: ``9:00-11:00`` is 120."""
    times = re.findall(r"(?<![\d:])(\d{1,2}):(\d\d)\s*([ap])?\.?m?", text, re.IGNORECASE)
    if len(times) != 2:
        return 0
    minutes: list[int] = []
    for hour, minute, half in times:
        clock = int(hour) % 12 if half else int(hour)
        minutes.append((clock + 12 * (half.lower() == "p")) * 60 + int(minute))
    return (minutes[1] - minutes[0]) % 720
