"""CPT: the descriptor files of people who hold a licence of the American Medical Association.

None of the AMA's text is part of this project. Read are the text files that the AMA delivers,
in the layouts that its own layout sheet ("File layouts for all CPT electronic media types")
and the National Library of Medicine's notes on the CPT source describe. Each begins with a
copyright notice; then comes one line a code:

- tab-delimited long descriptors (``LONGULT.txt``): code, tab, descriptor;
- fixed-field long descriptors (``LONGULF.txt``): 1-5 code, 6-7 sequence number, 9-80 text,
  the code repeated with the next number as long as the text goes on;
- medium and short descriptors (``MEDU.txt``, ``SHORTU.txt``): 1-5 code, 7- text.

And, for what hospitals and software export, a table with column titles in its first row,
separated by commas, semicolons or tabs, with a code column and at least one descriptor column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Release

SYSTEM = "cpt"

NOTICE = (
    "CPT codes and descriptors are copyright of the American Medical Association and are shown"
    " from a file that the user holds a licence for."
)
"""Stands in for the notice of a file that comes without one; our own words."""

_CODE = r"\d{4}[0-9A-Z]"
_LAYOUTS = {
    "tab": re.compile(rf"({_CODE})\t(.*)"),
    "long": re.compile(rf"({_CODE})(\d\d) (.*)"),
    # The order files of ICD-10 also have five digits, a blank and text; they go on with a
    # code and a flag.
    "fixed": re.compile(rf"({_CODE}) (?![0-9A-Z]{{3,7}} +[01] )(.*)"),
}
_TEXT_WIDTH = 72
SHORT_LENGTH = 28
"""Characters that a short descriptor of the AMA has at most."""

_CODE_TITLES = {"code", "cpt", "cpt code", "cpt4", "cpt4 code", "procedure code"}
_DISPLAY_TITLES = (
    "long",
    "long descriptor",
    "long description",
    "full descriptor",
    "descriptor",
    "description",
    "display",
    "medium",
    "medium descriptor",
    "medium description",
    "short",
    "short descriptor",
    "short description",
)
"""Columns that can name a code; the first of these that is there does."""
_OTHER_TITLES = {
    "medium": "technical",
    "medium descriptor": "technical",
    "medium description": "technical",
    "short": "short",
    "short descriptor": "short",
    "short description": "short",
    "consumer": "common",
    "consumer descriptor": "common",
    "consumer friendly descriptor": "common",
}
"""Further columns, and the use of the designation that each becomes."""

_HINT = "Take the text file as the AMA delivers it, or a CSV with the columns code and descriptor."


class _Row(NamedTuple):
    number: int
    code: str
    display: str
    designations: tuple[Designation, ...] = ()


def recognise(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a CPT descriptor file.

    ``head`` must reach beyond the copyright notice: 64 KB are plenty. A text file counts only
    with that notice, since five digits and words alone could be anything.
    """
    if b"\0" in head:
        return False
    lines = head.decode("latin-1").splitlines()[:2000]
    table = _titles(lines)
    if table:
        rows = [line for line in lines[table[0] + 1 : table[0] + 3] if line.strip()]
        return any(re.search(rf"(?<![0-9A-Z]){_CODE}(?![0-9A-Z])", row) for row in rows)
    start, layout = _first_record(lines)
    notice = " ".join(lines[:start])
    return bool(layout) and ("American Medical Association" in notice or "CPT" in notice)


def read_cpt(stream: IO[bytes], name: str = "") -> tuple[Release, Iterator[Concept]]:
    """Read a descriptor file as a whole; the concepts come in the order of the file.

    The text before the first code becomes ``Release.notice``, which whoever shows a
    descriptor must be able to show too. The version is the year that follows "CPT" in the
    notice, else a year in ``name`` (the name of the file, by default as the stream has it),
    else empty.

    Raises :class:`~codelookup.errors.DataError` for a file of none of the layouts, a line
    that is cut short or of another layout than the first, a repeated code, a descriptor
    whose parts are not in turn, and text in UTF-16.
    """
    lines = _decode(stream.read()).splitlines()
    table = _titles(lines)
    if table:
        start, delimiter = table
        rows = _table_rows(lines, start, delimiter)
    else:
        start, layout = _first_record(lines)
        if not layout:
            raise DataError("The file has no CPT codes with descriptors.", _HINT)
        rows = _long_rows(lines, start) if layout == "long" else _rows(lines, start, layout)
    notice = re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines[:start])).strip()
    concepts: list[Concept] = []
    seen: set[str] = set()
    for row in rows:
        if not row.display:
            raise DataError(f"Line {row.number} has no descriptor for {row.code}.", _HINT)
        if row.code in seen:
            raise DataError(f"Line {row.number} has {row.code} a second time.", _HINT)
        seen.add(row.code)
        concepts.append(
            Concept(SYSTEM, row.code, row.display, designations=row.designations),
        )
    if not concepts:
        raise DataError("The file has no CPT codes with descriptors.", _HINT)
    version = _version(notice, name or _name_of(stream))
    release = Release(
        system=SYSTEM,
        name=f"CPT {version}".strip(),
        version=version,
        in_force_since=f"{version}-01-01" if version else "",
        source="the user's licensed file",
        notice=notice or NOTICE,
    )
    return release, iter(concepts)


def merge(
    files: Sequence[tuple[Release, Iterable[Concept]]],
) -> tuple[Release, list[Concept]]:
    """One release from several files of it, joined by code.

    The AMA delivers the long, medium and short descriptors of a year as files of their own.
    The file with the longest texts gives the displays, and the order; the texts of the others
    become designations: ``short`` where none is longer than a short descriptor may be, else
    ``technical``. A code that the longest does not have comes after its codes.

    Raises DataError for files of different years.
    """
    read = [(release, list(concepts)) for release, concepts in files]
    years = sorted({release.version for release, _ in read if release.version})
    if len(years) > 1:
        raise DataError(
            f"The files are of different years: {', '.join(years)}.", "Add those of one year."
        )
    read.sort(key=lambda file: -sum(len(c.display) for c in file[1]) / len(file[1]))
    (release, longest), *others = read
    merged = {concept.code: concept for concept in longest}
    for _, concepts in others:
        short = max(len(concept.display) for concept in concepts) <= SHORT_LENGTH
        use = "short" if short else "technical"
        for concept in concepts:
            known = merged.setdefault(concept.code, concept)
            names = (Designation(use, concept.display), *concept.designations)
            merged[concept.code] = _with_names(known, names)
    named = next((other for other, _ in read if other.version), release)
    notice = next((other.notice for other, _ in read if other.notice != NOTICE), NOTICE)
    return named._replace(notice=notice), list(merged.values())


def _with_names(concept: Concept, names: Iterable[Designation]) -> Concept:
    """A concept with those further names that say something new."""
    told = {concept.display.casefold(), *(name.text.casefold() for name in concept.designations)}
    new = []
    for name in names:
        if name.text.casefold() not in told:
            told.add(name.text.casefold())
            new.append(name)
    return concept._replace(designations=(*concept.designations, *new))


def _name_of(stream: IO[bytes]) -> str:
    """The file's own name without the folders, where the stream knows it."""
    return re.split(r"[/\\]", str(getattr(stream, "name", "")))[-1]


def _decode(raw: bytes) -> str:
    """UTF-8, else Windows-1252: exports come as either."""
    if b"\0" in raw or raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(
            "The file is UTF-16 or not text at all.",
            "Save it as UTF-8 text or CSV, then try again.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    # Old deliveries end with the end-of-file mark of DOS; a form feed is no line end here.
    return text.rstrip("\x1a").replace("\x0c", " ").replace("\xa0", " ")


def _version(notice: str, name: str) -> str:
    found = re.search(r"\bCPT\W{0,3}(20\d\d)\b", notice)
    found = found or re.search(r"(?<!\d)(20\d\d)(?!\d)", name)
    return found[1] if found else ""


def _first_record(lines: list[str]) -> tuple[int, str]:
    """Index of the first code line, and its layout; an empty layout if there is none.

    The notice may have a line that begins like a code (an address, say), so the filled line
    after it must at least begin like one too. A first code line that is followed by a cut
    one still counts, lest codes end up in the notice.
    """
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for place, at in enumerate(filled):
        for layout, pattern in _LAYOUTS.items():
            after = lines[filled[place + 1]] if place + 1 < len(filled) else "00000"
            if pattern.fullmatch(lines[at]) and re.match(r"\d{4}[0-9A-Z]", after):
                return at, layout
    return len(lines), ""


def _records(lines: list[str], start: int, layout: str) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            continue
        match = _LAYOUTS[layout].fullmatch(line)
        if match is None:
            raise DataError(
                f"Line {number} is cut short or not of the same form as line {start + 1}.", _HINT
            )
        yield number, match


def _rows(lines: list[str], start: int, layout: str) -> Iterator[_Row]:
    for number, match in _records(lines, start, layout):
        yield _Row(number, match[1], " ".join(match[2].split()))


def _long_rows(lines: list[str], start: int) -> Iterator[_Row]:
    """Put the parts of each long descriptor together again.

    The layout sheet does not say whether words are kept whole. Where no part but a last one
    ends short of the field, the text was simply chopped; else it was broken between words.
    """
    codes: list[tuple[int, str, list[str]]] = []
    for number, match in _records(lines, start, "long"):
        code, sequence, text = match[1], int(match[2]), match[3]
        if codes and codes[-1][1] == code:
            if sequence != len(codes[-1][2]) + 1:
                raise DataError(f"Line {number} has part {sequence} of {code} out of turn.", _HINT)
            codes[-1][2].append(text)
        elif sequence != 1:
            raise DataError(
                f"Line {number} begins {code} with part {sequence}, not with part 1.", _HINT
            )
        else:
            codes.append((number, code, [text]))
    parts = [part for _, _, texts in codes for part in texts[:-1]]
    chopped = all(len(part.rstrip()) >= _TEXT_WIDTH - 1 for part in parts)
    for number, code, texts in codes:
        padded = (part.ljust(_TEXT_WIDTH) for part in texts)
        whole = "".join(padded) if chopped else " ".join(texts)
        yield _Row(number, code, " ".join(whole.split()))


def _titles(lines: list[str]) -> tuple[int, str] | None:
    """Index of the row with the column titles and the delimiter, if the file is a table."""
    for at, line in enumerate(lines):
        if any(pattern.match(line) for pattern in _LAYOUTS.values()):
            return None
        if len(line) > 10_000:  # no row of titles, and more than the csv module may take
            continue
        for delimiter in (",", ";", "\t"):
            titles = [_title(cell) for cell in next(csv.reader([line], delimiter=delimiter), [])]
            if _CODE_TITLES.intersection(titles) and set(_DISPLAY_TITLES).intersection(titles):
                return at, delimiter
    return None


def _title(cell: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", cell.lower()).split())


def _table_rows(lines: list[str], start: int, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader((line + "\n" for line in lines[start:]), delimiter=delimiter, strict=True)
    try:
        titles = [_title(cell) for cell in next(reader)]
        code_at = next(at for at, title in enumerate(titles) if title in _CODE_TITLES)
        display_at = titles.index(next(title for title in _DISPLAY_TITLES if title in titles))
        others = [
            (at, _OTHER_TITLES[title])
            for at, title in enumerate(titles)
            if title in _OTHER_TITLES and at != display_at
        ]
        for cells in reader:
            number = start + reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(titles):
                raise DataError(
                    f"Line {number} has {len(cells)} columns, where the titles are {len(titles)}.",
                    _HINT,
                )
            code = cells[code_at].strip().upper()
            if not re.fullmatch(_CODE, code):
                raise DataError(
                    f"Line {number} has {code!r}, which is not a CPT code.",
                    "A spreadsheet drops leading zeros: format the code column as text.",
                )
            display = " ".join(cells[display_at].split())
            texts = [(use, " ".join(cells[at].split())) for at, use in others]
            designations = tuple(
                Designation(use, text) for use, text in texts if text and text != display
            )
            yield _Row(number, code, display, designations)
    except csv.Error as error:
        raise DataError(
            f"Line {start + reader.line_num} is not valid CSV: {error}.", _HINT
        ) from None
