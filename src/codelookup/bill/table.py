"""Tables of claims: finding the column of codes, and saying beside each code what it is.

Rows stream through: one is in memory at a time, with a cache of the answers. Every row, column
and value stays as it was; the new columns stand behind those of the header.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from codelookup.bill import labels
from codelookup.bill.known import Entry, Known
from codelookup.bill.source import BillText, check_signature, encoding_of, numbered, text_lines
from codelookup.errors import DataError, UsageError
from codelookup.find.lookup import read_code

ADDED = ("display", "system", "kind", "status", "summary")
_SYSTEM = ADDED.index("system")
MAX_CACHED = 200_000
MAX_ROWS = 5000
MAX_CELL = 1_000_000
_SAMPLE = 65_536
_BATCH = 2000

_PROCEDURE = frozenset(
    [
        "cpt",
        "hcpcs",
        "proc",
        "procedure",
        "px",
        "prcdr",
        "procedurecode",
        "cptcode",
        "hcpcscode",
        "proccode",
        "cpthcpcs",
        "svccode",
        "servicecode",
        "billingcode",
        "chargecode",
        "prcdrcd",
        "hcpcscd",
    ]
)
_DIAGNOSIS = frozenset(
    [
        "dx",
        "diag",
        "diagnosis",
        "dgns",
        "icd",
        "icddx",
        "icdcm",
        "diagnosiscode",
        "dxcode",
        "icdcode",
        "diagcode",
        "dgnscd",
    ]
)
_NOT_CODE = frozenset(
    [
        "date",
        "dt",
        "desc",
        "description",
        "name",
        "text",
        "type",
        "modifier",
        "mod",
        "mods",
        "modifiers",
        "amount",
        "amt",
        "count",
        "units",
        "qty",
        "quantity",
        "system",
        "version",
        "display",
        "label",
        "title",
        "ptr",
        "pointer",
        "charge",
        "charges",
        "paid",
        "price",
        "poa",
        "sequence",
        "seq",
        "category",
        "group",
    ]
)


class Report(NamedTuple):
    """What annotating a table came to. ``columns`` were explained, ``others`` hold codes too."""

    rows: int
    coded: int
    unknown: int
    unknown_codes: tuple[str, ...]
    columns: tuple[str, ...]
    others: tuple[str, ...]
    longer: int


class _Column(NamedTuple):
    place: int
    name: str
    role: str


def role_of_name(name: str) -> str:
    """The role that a column's name gives it, or nothing.

    >>> [role_of_name(name) for name in ("HCPCS_CD", "Dx2", "procedureDate", "code", "zip code")]
    ['procedure', 'diagnosis', '', 'code', '']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = {word.rstrip("0123456789") or word for word in re.findall(r"[a-z0-9]+", spaced.lower())}
    joined = "".join(sorted(words)) if len(words) == 1 else ""
    if words & _NOT_CODE:
        return ""
    if words & _PROCEDURE or joined in _PROCEDURE:
        return labels.PROCEDURE
    if words & _DIAGNOSIS:
        return labels.DIAGNOSIS
    if words & {"code", "codes"} and words <= {
        "code",
        "codes",
        "service",
        "svc",
        "billing",
        "bill",
        "medical",
        "claim",
        "line",
        "item",
        "charge",
        "test",
        "the",
        "value",
        "concept",
    }:
        return labels.CODE
    return ""


def is_table(name: str, start: bytes) -> bool:
    """Whether a file is a table of comma-separated or tab-separated values, or NDJSON."""
    if name.lower().endswith((".csv", ".tsv", ".ndjson", ".jsonl")):
        return True
    text = start.decode(encoding_of(start), errors="replace")
    if is_ndjson(text):
        return True
    first = next(iter(text.lstrip("\ufeff\r\n").splitlines()), "")
    for delimiter in ",;\t":
        names = next(csv.reader([first], delimiter=delimiter, strict=False), [])
        if len(names) > 1 and any(role_of_name(each) for each in names) and len(first) < 2000:
            return not any(re.search(r"\d{3}", each) for each in names)
    return False


def is_ndjson(text: str) -> bool:
    """Whether a text begins with a JSON object on a line of its own."""
    return bool(re.match(r"\s*\{\s*\"", text))


class _Reader:
    """The rows of a table, with what must be kept to write it again as it was."""

    def __init__(self, data: BinaryIO, name: str) -> None:
        self.name = name
        start = _peek(data)
        if not start.strip():
            raise DataError(f"{name} is empty.", "A table needs a row of column names.")
        check_signature(start[:8], name)
        if start.startswith(b"%PDF"):
            raise DataError(f"{name} is a PDF, not a table.", "Save it as CSV.")
        self.encoding = encoding_of(start)
        if b"\0" in start and self.encoding != "utf-16":
            raise DataError(f"{name} is not text: it has NUL bytes in it.", "Save it as CSV.")
        # Bytes that are no UTF-8 further down come out again as they went in.
        self.errors = "surrogateescape" if self.encoding.startswith("utf-8") else "strict"
        if self.encoding == "cp1252":
            self.encoding = "latin-1"  # every byte has a letter, so nothing is lost
        text = start.decode(self.encoding, errors="replace")
        self.ndjson = is_ndjson(text)
        self.delimiter = _delimiter(text.partition("\n")[0])
        self.stream = io.TextIOWrapper(data, encoding=self.encoding, errors=self.errors, newline="")

    def rows(self) -> Iterator[list[str]]:
        """The rows of the table, as cells."""
        for _, cells in self.printed_rows():
            yield cells

    def printed_rows(self) -> Iterator[tuple[str, list[str]]]:
        """(text with its line end, cells) of each row; an empty line has no cells.

        A row without a quote needs no parser, which is most rows of most tables.
        """
        csv.field_size_limit(MAX_CELL)
        delimiter = self.delimiter
        number = 0
        for line in self.stream:
            number += 1
            try:
                if '"' not in line:
                    body = line.rstrip("\r\n")
                    if len(line) > MAX_CELL or "\0" in line:
                        next(csv.reader([line], delimiter=delimiter))
                    yield line, body.split(delimiter) if body else []
                    continue
                text = [line]
                cells = next(csv.reader(self._lines_from(text), delimiter=delimiter))
                yield "".join(text), cells
                number += len(text) - 1
            except csv.Error as error:
                raise DataError(
                    f"Line {number} of {self.name} cannot be read as a row: {error}.",
                    "Look for a quote that is not closed on that line or before it.",
                ) from None

    def _lines_from(self, text: list[str]) -> Iterator[str]:
        """The line of a row and those that its quotes go on to, which are put into ``text``."""
        yield text[0]
        for line in self.stream:
            text.append(line)
            yield line

    def write(self, target: BinaryIO, rows: Iterator[str]) -> None:
        """Write the text of rows."""
        # A TextIOWrapper would close the target, which may be stdout, when writing fails.
        encode = codecs.getincrementalencoder(self.encoding)(self.errors).encode
        while batch := "".join(islice(rows, _BATCH)):
            target.write(encode(batch))

    def text(self, cells: list[str]) -> str:
        """Cells as a row of this table, without the line end."""
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=self.delimiter).writerow(cells)
        return buffer.getvalue()[:-2]


def _peek(data: BinaryIO) -> bytes:
    peek = getattr(data, "peek", None)
    assert peek is not None, "sources are buffered"
    found: bytes = peek(_SAMPLE)
    return found[:_SAMPLE]


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",;\t|", key=bare.count)


def annotate(
    data: BinaryIO,
    name: str,
    target: BinaryIO,
    known: Known,
    wanted: list[str],
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Copy a table from ``data`` to ``target`` with columns that say what its codes are.

    ``wanted`` names the columns to explain, by header or by number from 1; empty takes the first
    one that the header shows to hold codes.

    Raises:
        DataError: it is no table, or a row cannot be read.
        UsageError: there is no such column, or none holds codes.
    """
    source = _Reader(data, name)
    teller = _Teller(known, source.encoding)
    if source.ndjson:
        return _annotate_objects(source, target, teller, wanted, progress)
    rows = source.printed_rows()
    first = next(rows, None)
    if first is None:
        raise DataError(f"{name} is empty.", "A table needs a row of column names.")
    header = first[1]
    columns, others, headless = _columns(header, wanted, name, known)
    width = len(header)
    counts = {"rows": 0, "coded": 0, "unknown": 0, "longer": 0}

    def annotated() -> Iterator[str]:
        titles = [
            title for column in columns for title in _titles(header, column.name, len(columns) > 1)
        ]
        if not headless:
            yield _with(source, *first, titles, width)
        (main, *more) = columns
        place, told = main.place, teller.column(main.role)
        tails: dict[str, str] = {}
        also = [(column.place, teller.column(column.role)) for column in more]
        number = coded = unknown = 0
        body = chain([first], rows) if headless else rows
        for number, (text, cells) in enumerate(body, start=1):
            if not number % 20_000:
                progress(number)
            if not cells:
                yield text
                continue
            counts["longer"] += len(cells) > width
            value = cells[place] if place < len(cells) else ""
            added = told[value]
            if added[_SYSTEM]:
                coded += 1
            elif value.strip():
                unknown += 1
            if len(cells) != width or also:
                for at, more_told in also:
                    added = added + more_told[cells[at] if at < len(cells) else ""]
                yield _with(source, text, cells, added, width)
                continue
            # The row as it was, and the cells behind it.
            tail = tails.get(value)
            if tail is None:
                if len(tails) > MAX_CACHED:
                    tails.clear()
                tail = tails[value] = source.delimiter + source.text(added)
            row = text.rstrip("\r\n")
            yield row + tail + text[len(row) :]
        counts.update(rows=number, coded=coded, unknown=unknown)

    source.write(target, annotated())
    return Report(
        counts["rows"],
        counts["coded"],
        counts["unknown"],
        tuple(teller.unknown_codes),
        tuple(column.name for column in columns),
        tuple(column.name for column in others),
        counts["longer"],
    )


def _with(source: _Reader, text: str, cells: list[str], added: list[str], width: int) -> str:
    """A row with cells added behind those of the header; a shorter row is filled up."""
    body = text.rstrip("\r\n")
    if len(cells) <= width:
        gap = source.delimiter * (width - len(cells) + 1)
        return body + gap + source.text(added) + text[len(body) :]
    return source.text(cells[:width] + added + cells[width:]) + text[len(body) :]


def _titles(header: list[str], column: str, many: bool) -> list[str]:
    """Names of the added columns; with the column's own in front where they would be taken."""
    taken = {name.strip().lower() for name in header}
    if many or taken & set(ADDED):
        return [f"{column}_{name}" for name in ADDED]
    return list(ADDED)


def _columns(
    header: list[str], wanted: list[str], name: str, known: Known
) -> tuple[list[_Column], list[_Column], bool]:
    """(columns to explain, other columns of codes, whether the first row is data already)."""
    found = [
        _Column(place, title.strip(), role)
        for place, title in enumerate(header)
        if (role := role_of_name(title))
    ]
    if wanted:
        return (*_chosen(header, wanted, found, name, known),)
    if not found:
        listed = ", ".join(_short(title) for title in header[:12])
        raise UsageError(
            f"No column of {name} is known to hold codes. Its columns: {listed}.",
            "Say which with --column NAME, or --column NUMBER for the first, second, ...",
        )
    order = (labels.PROCEDURE, labels.CODE, labels.DIAGNOSIS)
    first = min(found, key=lambda column: (order.index(column.role), column.place))
    return [first], [column for column in found if column is not first], False


def _chosen(
    header: list[str], wanted: list[str], found: list[_Column], name: str, known: Known
) -> tuple[list[_Column], list[_Column], bool]:
    roles = {column.place: column.role for column in found}
    titles = [title.strip() for title in header]
    lowered = [title.lower() for title in titles]
    chosen = []
    headless = False
    for each in wanted:
        if each.strip() in titles:
            place = titles.index(each.strip())
        elif each.strip().lower() in lowered:
            place = lowered.index(each.strip().lower())
        elif each.isdigit() and 1 <= int(each) <= len(header):
            place = int(each) - 1
            code = read_code(header[place])
            headless = bool(code and known.find(code.key))
        else:
            import difflib

            near = difflib.get_close_matches(each.lower(), lowered, n=1, cutoff=0.5)
            guess = f' Did you mean "{_short(titles[lowered.index(near[0])])}"?' if near else ""
            listed = ", ".join(_short(title) for title in titles[:12])
            raise UsageError(
                f'{name} has no column "{_short(each)}".{guess}', f"Its columns: {listed}."
            )
        title = f"column{place + 1}" if headless else titles[place]
        chosen.append(_Column(place, title, roles.get(place, labels.CODE)))
    places = {column.place for column in chosen}
    return chosen, [column for column in found if column.place not in places], headless


def _short(text: str) -> str:
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean[:30]


class _Cells(dict[str, list[str]]):
    """The added cells by value; a value that is not there yet is looked up."""

    def __init__(self, teller: _Teller, role: str) -> None:
        super().__init__()
        self.teller = teller
        self.role = role

    def __missing__(self, value: str) -> list[str]:
        if len(self) > MAX_CACHED:
            self.clear()
        cells = self[value] = self.teller.answer(value, self.role)
        return cells


class _Teller:
    """The added cells for a value, remembered: claims repeat a few thousand codes."""

    def __init__(self, known: Known, encoding: str) -> None:
        self.known = known
        self.encoding = encoding
        self.unknown_codes: dict[str, None] = {}
        self._columns: dict[str, _Cells] = {}

    def column(self, role: str) -> _Cells:
        """The cells for the values of a column, by value."""
        return self._columns.setdefault(role, _Cells(self, role))

    def answer(self, value: str, role: str) -> list[str]:
        """Display, system, kind, status, summary; empty cells for no or an unknown code."""
        parts = [part.strip() for part in re.split(r"[;|,^]|\s{2,}|\s/\s", value) if part.strip()]
        entries = [(part, self._find(part, role)) for part in parts]
        found = [entry for _, entry in entries if entry]
        for part, entry in entries:
            if entry is None and len(self.unknown_codes) < 5:
                self.unknown_codes.setdefault(_short(part))
        cells = [
            "; ".join(getattr(entry, name) or "" for entry in found).strip("; ") for name in ADDED
        ]
        if self.encoding == "latin-1":
            cells = [cell.encode("latin-1", "replace").decode("latin-1") for cell in cells]
        return cells

    def _find(self, text: str, role: str) -> Entry | None:
        text = re.sub(r"\.0$", "", text)  # a number that went through a spreadsheet
        code = read_code(text)
        if code is None:
            return None
        systems = self.known.find(code.key)
        if not systems and role != labels.DIAGNOSIS and code.key.isdigit() and len(code.key) < 5:
            systems = self.known.find(code.key.zfill(5))  # 142 was 00142
        if code.dotted or role == labels.DIAGNOSIS:
            return systems.get("icd10cm")
        order = ("cpt", "hcpcs", "icd10pcs", "icd10cm")
        return next((systems[system] for system in (*order, *systems) if system in systems), None)


def _annotate_objects(
    source: _Reader,
    target: BinaryIO,
    teller: _Teller,
    wanted: list[str],
    progress: Callable[[int], None],
) -> Report:
    """The same for NDJSON: a JSON object a line, with keys added to each."""
    rows = coded = unknown = 0
    keys: list[str] = list(wanted)
    others: list[str] = []
    for number, line in enumerate(source.stream, start=1):
        if not line.strip():
            target.write(b"\n")
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"Line {number} of {source.name} is no JSON object: {error}.",
                "NDJSON has one object a line.",
            ) from None
        if not isinstance(row, dict):
            raise DataError(f"Line {number} of {source.name} is JSON, but no object.")
        if not keys:
            roles = {name: role_of_name(name) for name in row}
            holding = [name for name, role in roles.items() if role]
            if not holding:
                listed = ", ".join(_short(name) for name in list(row)[:12])
                raise UsageError(
                    f"No key of {source.name} is known to hold codes. Its keys: {listed}.",
                    "Say which with --column NAME.",
                )
            order = (labels.PROCEDURE, labels.CODE, labels.DIAGNOSIS)
            keys = [min(holding, key=lambda name: order.index(roles[name]))]
            others = [name for name in holding if name not in keys]
        if number == 1 and wanted and not any(key in row for key in keys):
            listed = ", ".join(_short(name) for name in list(row)[:12])
            raise UsageError(
                f'{source.name} has no key "{_short(keys[0])}".', f"Its keys: {listed}."
            )
        for key in keys:
            value = row.get(key)
            text = "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")
            cells = teller.column(role_of_name(key) or labels.CODE)[text]
            coded += bool(cells[_SYSTEM])
            unknown += bool(text.strip()) and not cells[_SYSTEM]
            for name, cell in zip(_titles(list(row), key, len(keys) > 1), cells, strict=True):
                row[name] = cell
        target.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
        rows += 1
        if not rows % 20_000:
            progress(rows)
    return Report(
        rows,
        coded,
        unknown,
        tuple(teller.unknown_codes),
        tuple(keys),
        tuple(others),
        0,
    )


def table_lines(data: BinaryIO, name: str, most: int) -> list[str]:
    """A small table as lines whose cells are a tab apart, as the reader of bills takes them.

    Raises:
        DataError: it is no table, or has more than ``most`` rows.
    """
    source = _Reader(data, name)
    lines: list[str] = []
    limit = csv.field_size_limit()
    if source.ndjson:
        for number, line in enumerate(source.stream, start=1):
            try:
                row = json.loads(line) if line.strip() else {}
            except (ValueError, RecursionError) as error:
                raise DataError(f"Line {number} of {name} is no JSON object: {error}.") from None
            lines.append("\t".join(f"{_spaced(key)}: {text}" for key, text in _values(row)))
            _check_size(lines, most, name)
        return lines
    try:
        for text, cells in source.printed_rows():
            lines.append("\t".join(_cell(cell) if lines else _spaced(cell) for cell in cells))
            lines.extend([""] * (len(text.splitlines()) - 1))  # line numbers stay the file's
            _check_size(lines, most, name)
    finally:
        csv.field_size_limit(limit)  # of the whole process, which may be another's program
    return lines


def _values(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """(key, text) of everything in a JSON value; a list of plain values is one text."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, name)
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for item in value:
            yield from _values(item, key)
    elif value not in (None, "", []):
        yield key, _cell(value)


def _check_size(lines: list[str], most: int, name: str) -> None:
    if len(lines) > most:
        raise DataError(
            f"{name} has more than {most:,} rows, too many to read one by one.",
            "With --annotate OUT.csv each row gets its explanation beside it, at any size.",
        )


def _cell(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return " ".join(text.split())


def _spaced(name: str) -> str:
    """A column's name as words, which is how headers of bills are known: ``cpt_code``."""
    return re.sub(r"[_-]+|(?<=[a-z])(?=[A-Z])", " ", _cell(name))


def bill_lines(data: BinaryIO, name: str) -> BillText:
    """The lines of a bill of any form that can be read: text, a table, a saved page, a PDF.

    Raises:
        DataError: it cannot be read, and what to do.
    """
    start = _peek(data)
    if start.strip() and b"\0" not in start[:1000] and is_table(name, start):
        return numbered(table_lines(data, name, MAX_ROWS))
    return text_lines(data, name)
