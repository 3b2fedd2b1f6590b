"""The lines of a bill laid out: cells, columns with their headers, headings, dates of service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from codelookup.bill import labels, tokens
from codelookup.bill.tokens import Chunk

if TYPE_CHECKING:
    from codelookup.bill.evidence import Candidate
    from codelookup.bill.reader import Other


HISTORIC = re.compile(
    r"\b(?:date of birth|birth ?date|dob|born|statement date|due date|pay by|printed|paid on|"
    r"paid|check date|processed|"
    r"received|finalized|completed|mailed|posted|issued|created|bill date|invoice date|run date|"
    r"as of|expires?|effective|order date|report date|plan year|coverage)\b[^|\t]*$",
    re.IGNORECASE,
)


_SERVICE_DATE = re.compile(
    r"\b(?:deliver(?:y|ed)(?: on| date)?|ship(?:ped)?(?: on| date)|"
    r"date\(?s?\)? of (?:service|visit|svc|care)|service dates?|serv(?:ice)? dt|dos|visit date|"
    r"date seen|seen|visit on|appointment|admit(?:ted|ssion)?(?: date)?|date|fecha)\b",
    re.IGNORECASE,
)


class Column(NamedTuple):
    role: str
    start: int
    end: int
    cell: int


class Line:
    """A line while it is read."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.text = text
        self.cells = tokens.cells_of(text)
        self.chunks = tokens.chunks_of(self.cells)
        self.columns: list[Column] = []
        self.barred = "|" in text or "\t" in text
        self.header = False
        self.roles: dict[int, tuple[str, str]] = {}
        self.section = ""
        self.above = ""  # the label on the line above, when it is nothing but a label
        self.letterhead = False
        self.moved = False  # its words now stand on another line
        self.wraps = ""  # the line above, when it is running text that may go on here
        self.date = ""
        self.firm_date = False  # whether its date was said to be that of the service
        self.own_date = ""  # the day of service that stands on the line itself
        self.place = ""
        self.candidates: list[Candidate] = []
        self.others: list[Other] = []
        self.used: set[int] = set()  # chunks that are modifiers, units, a place
        self.money = [chunk for chunk in self.chunks if tokens.is_money(chunk.raw.rstrip(",;"))]

    def role_at(self, chunk: Chunk) -> str:
        """The role of the column that a chunk stands in, or nothing."""
        if not self.columns or self.header:
            return ""
        if self.barred:
            for column in self.columns:
                if column.cell == chunk.cell:
                    return column.role
            return ""
        cell = self.cells[chunk.cell]
        if chunk.start > cell.start and re.search(
            r"[A-Za-z]{3}", self.text[cell.start : chunk.start]
        ):
            # A number at the end of a description is of the description.
            first = self._column_at(cell.start, cell.start + 1)
            if first == labels.DESCRIPTION:
                return first
        return self._column_at(chunk.start, chunk.end)

    def _column_at(self, start: int, end: int) -> str:
        best, distance = "", 99
        for column in self.columns:
            if start < column.end and end > column.start:
                gap = 0 if column.role != labels.DESCRIPTION else 1
            else:
                gap = 2 + min(abs(start - column.end), abs(column.start - end))
            if gap < distance:
                best, distance = column.role, gap
        return best if distance <= 5 else ""


def lay_out(lines: Sequence[Line]) -> None:
    """Tell header rows, columns, headings and dates of service."""
    columns: list[Column] = []
    section, date, row_date, blank, barred, firm = "", "", "", 0, False, False
    year = next((found for line in lines if (found := tokens.date_in(line.text))), "")
    if not year:
        years = re.findall(r"\b20[2-4]\d\b", "\n".join(line.text for line in lines))
        year = Counter(years).most_common(1)[0][0] if years else ""
    before: Line | None = None
    for line in lines:
        if line.moved:
            continue
        if not line.text.strip():
            blank += 1
            if blank >= 3:
                columns, section = [], ""
            continue
        header = _header(line, before if not blank else None)
        if header:
            line.header = True
            columns, barred = header, line.barred
            section = ""
        elif (blank and len(line.cells) == 1) or _strange_header(line):
            columns = []  # running text, or another table
        line.columns = [] if _labelled(line) or line.barred != barred else columns
        role = _heading(line)
        if role is not None:
            section = role
        elif blank >= 2:
            section = ""
        line.section = section
        if not header and len(line.cells) > 1:
            row = labels.role_of(line.cells[0].text)  # "66 DX   67 R1031 ..."
            line.section = row if row in labels.CODE_ROLES else section
        if before is not None and len(before.cells) == 1 and not blank:
            line.wraps = before.text
            line.above = labels.role_of(before.cells[0].text) if not before.header else ""
        own = _service_date(line) or _short_date(line, (date or year)[:4])
        if own and (_says_date(line) or not line.money):
            date, firm = own, bool(_SERVICE_DATE.search(line.text))
        row_date = "" if blank else own or row_date
        line.own_date, line.date = own, own or row_date or date
        line.firm_date = firm
        before, blank = line, 0
    _single_date(lines)
    full = [line for line in lines if line.chunks]
    for line in full[:3] if len(full) > 7 else full[:1] if len(full) > 4 else []:
        if line.header or line.section:
            break
        line.letterhead = True


def _header(line: Line, above: Line | None) -> list[Column]:
    """The columns that a line names, if it is a row of column headers.

    Headers may take two rows: a cell below another one goes on with its words.
    """
    cells = [cell for cell in line.cells if cell.text.strip(" -|:+=")]
    if len(_BOXES.findall(line.text)) >= 3:
        line.cells = cells = _boxes(line.text)
        line.chunks = tokens.chunks_of(cells)
    # Claim forms number their boxes; other digits are no header's.
    words = " ".join(labels.without_box(cell.text) for cell in cells)
    if len(cells) < 2 or sum(letter.isdigit() for letter in words) > 4:
        return []
    stacked = above is not None and above.header and not line.money
    columns: list[Column] = []
    for number, cell in enumerate(line.cells):
        role = labels.role_of(cell.text)
        start, end = cell.start, cell.end
        if stacked and above is not None:
            for upper in above.cells:
                if upper.start < cell.end and upper.end > cell.start:
                    role = labels.role_of(f"{upper.text} {cell.text}") or role
                    role = role or labels.role_of(upper.text)
                    start, end = min(start, upper.start), max(end, upper.end)
        pieces = list(re.finditer(r"\S+", cell.text))
        parts = [labels.role_of(piece[0]) for piece in pieces]
        if not role and len(pieces) > 1 and all(parts) and not line.barred:
            # "POS NOS": two narrow columns a space apart.
            columns += [
                Column(part, cell.start + piece.start(), cell.start + piece.end(), number)
                for part, piece in zip(parts, pieces, strict=True)
            ]
            continue
        columns.append(Column(role or labels.OTHER, start, end, number))
    if stacked and above is not None:
        kept = [
            column
            for column in above.columns
            if not any(other.start < column.end and other.end > column.start for other in columns)
        ]
        return sorted(kept + columns, key=lambda column: column.start)
    named = [column.role for column in columns if column.role != labels.OTHER]
    coded = any(role in labels.CODE_ROLES for role in named)
    enough = len(named) >= 2 and len(named) * 2 >= len(cells)
    return columns if enough or (coded and len(named) >= 4) else []


_BOXES = re.compile(r"(?:^|\s)(?=\d\d[a-z]?\.?\s[A-Z])")


def _boxes(text: str) -> list[tokens.Cell]:
    """The headers of a claim form, which begin with the number of their box."""
    starts = [found.end() for found in _BOXES.finditer(text)]
    ends = [*starts[1:], len(text)]
    return [
        tokens.Cell(text[start:end].rstrip(), start, start + len(text[start:end].rstrip()))
        for start, end in zip(starts, ends, strict=True)
    ]


def _strange_header(line: Line) -> bool:
    """Whether a line is a row of headers that say nothing about codes."""
    cells = [labels.without_box(cell.text) for cell in line.cells if cell.text.strip()]
    words = " ".join(cells)
    return (
        len(cells) >= 4
        and words.isupper()
        and sum(letter.isdigit() for letter in words) <= 10
        and (
            not line.money
            and sum(text != cell.text for text, cell in zip(cells, line.cells, strict=False)) >= 3
        )
    )


def _labelled(line: Line) -> bool:
    """Whether a line begins with a label and a colon: then it is no row of the table above."""
    if line.header or not line.cells:
        return False
    start, colon, _ = line.cells[0].text.partition(":")
    return bool(colon) and bool(labels.role_of(start)) and "|" not in line.text


def _heading(line: Line) -> str | None:
    """The role of a heading ("Diagnoses:"), empty for any other heading; None if it is none."""
    if len(line.cells) != 1:
        return None
    text = line.cells[0].text.strip(" #*=-_")
    if not text or any(letter.isdigit() for letter in text.replace("ICD-10", "")):
        return None
    role = labels.role_of(text)
    if role:
        return role if role in labels.CODE_ROLES else ""
    words = text.rstrip(":").split()
    if len(words) <= 7 and (text.endswith(":") or text.isupper() or line.text.startswith("#")):
        lowered = text.lower()
        if re.search(r"diagnos|\bdx\b|problem|icd", lowered):
            return labels.DIAGNOSIS
        if re.search(r"procedure|cpt|services|charges|tests done|what we did|treatments", lowered):
            return labels.PROCEDURE
        return ""
    return None


def _says_date(line: Line) -> bool:
    return bool(_SERVICE_DATE.search(line.text)) or bool(
        len(line.chunks) <= 3 and tokens.date_in(line.text)
    )


def _service_date(line: Line) -> str:
    """The day of service that a line gives, or nothing."""
    for chunk in line.chunks:
        found = tokens.date_in(chunk.text) or tokens.short_date(chunk.text)
        if found and line.role_at(chunk) == labels.DATE:
            return found
    for number, cell in enumerate(line.cells):
        found, place = tokens.find_date(cell.text)
        if found:
            before = cell.text[:place]
            if not before.strip() and number:
                before = line.cells[number - 1].text + " "
            if not HISTORIC.search(before):
                return found
    return ""


def _short_date(line: Line, year: str) -> str:
    """A date without its year, as in "01/30" or "Aug 3"; the year is that of the text."""
    if line.chunks and year:
        return tokens.day_of(line.text[line.chunks[0].start :], year)
    return ""


def _single_date(lines: Sequence[Line]) -> None:
    """A day of service that is said once holds for lines above it as well."""
    dates = {line.date: line.firm_date for line in lines if line.date}
    if len(dates) == 1:
        ((date, firm),) = dates.items()
        for line in lines:
            line.date, line.firm_date = date, firm


def date_segments(lines: Sequence[Line]) -> None:
    """In X12 the date of a service follows it."""
    date = ""
    for line in reversed(lines):
        if found := re.search(r"service date: (\d+)", line.text):
            date = tokens.date_in(found[1])
        line.own_date = line.date = date


def is_lettered(lines: Sequence[Line]) -> bool:
    """Whether diagnoses are listed as A., B., ...: then "AB" behind a code points to them."""
    starts = Counter(
        found[1]
        for line in lines
        for found in re.finditer(r"(?:^|\s)([A-L])[.)]\s*[A-Z]\d[0-9A-Z]", line.text)
    )
    alone = [line.text.strip() for line in lines]
    return "A" in starts or any(
        one == "A" and tokens.ICD10CM.fullmatch(two.replace(".", ""))
        for one, two in pairwise(alone)
    )


def role_of_chunk(line: Line, index: int) -> tuple[str, str]:
    """(role, how it is known: label, list, column, above) of a chunk."""
    if index not in line.roles:
        line.roles[index] = _role_of_chunk(line, index)
    return line.roles[index]


def _role_of_chunk(line: Line, index: int) -> tuple[str, str]:
    chunk = line.chunks[index]
    if chunk.label and (role := labels.role_of(chunk.label)):
        return role, "label"
    cell = line.cells[chunk.cell]
    left = line.text[max(cell.start, chunk.start - 4 * labels.REACH) : chunk.start]
    # Code lists: what stands between the label and this one are codes and commas alone.
    bare = re.sub(
        r"(?:\b[A-Z]\d[0-9A-Z]\.?\w{0,4}|\b\d{4}\w)(?:-\w\w)*[\s,;/&+]+(?:and\s+)?", "", left
    )
    if labels.names_number(left):
        return labels.IDENTIFIER, "label"
    for text, how in ((left, "label"), (bare, "list")):
        if text.strip() and (role := labels.label_before(text)):
            return role, how
    # "PUB 70486": letters that belong to the number.
    if chunk.cell and not line.columns and re.fullmatch(r"\s*(?:[A-Z]{2,5}\s+)?[(#$]?\s*", left):
        earlier = line.cells[chunk.cell - 1].text.strip()
        named = re.search(r"[a-z.:#]$", earlier)
        if named and labels.label_before(earlier + " ") == labels.IDENTIFIER:
            return labels.IDENTIFIER, "label"
    if line.barred and left.rstrip().endswith(":"):
        return labels.IDENTIFIER, "label"  # a field of another name
    if not left.strip(" (#$") and chunk.cell:
        earlier = line.cells[chunk.cell - 1].text.strip()
        if earlier.endswith(":") or (earlier.endswith("#") and len(earlier) > 1):
            role = labels.role_of(earlier) or labels.label_before(earlier + " ")
            if role:
                return role, "label"
        elif (
            chunk.cell == 1
            and not line.barred
            and not line.columns
            and ((of := labels.role_of(earlier)) or labels.names_number(earlier))
        ):
            return of or labels.IDENTIFIER, "label"
    begins = not chunk.cell and not left.strip(" (#$")
    if begins and line.wraps and labels.label_before(line.wraps + " ") == labels.IDENTIFIER:
        return labels.IDENTIFIER, "label"
    if role := line.role_at(chunk):
        return role, "column"
    if line.above and len(line.chunks) <= 4:
        return line.above, "above"
    return "", ""


def is_prose(line: Line) -> bool:
    """Whether a line is running text rather than a row."""
    words = [chunk for chunk in line.chunks if re.fullmatch(r"[A-Za-z'’]+", chunk.text)]
    return len(line.cells) <= 1 and len(words) >= 5
