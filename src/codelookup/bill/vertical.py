"""Tables that were copied out of a PDF one cell a line, put back into rows.

Copying a table from some viewers gives its cells one below the other: first the headers, then
the cells of each row. A row's cells are joined by tabs on the line of its code; what else it
had becomes empty, so that line numbers stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from codelookup.bill import labels, tokens

_FITS: dict[str, Callable[[str], bool]] = {
    labels.DATE: lambda text: bool(tokens.date_in(text)) or text == "-",
    labels.PROCEDURE: lambda text: bool(
        re.fullmatch(r"[A-Za-z]?\d{4}[A-Za-z\d]?(?:[- ]\w\w)*", text)
    ),
    labels.CODE: lambda text: bool(re.fullmatch(r"[A-Za-z]?\d[\w.]{2,7}(?:[- ]\w\w)*", text)),
    labels.DIAGNOSIS: lambda text: bool(re.match(r"[A-Za-z]\d\w[.\w, ]*$", text)),
    labels.MODIFIER: lambda text: bool(re.fullmatch(r"[A-Z\d]{2}(?:[ ,/-]+[A-Z\d]{2}){0,3}", text)),
    labels.PLACE: lambda text: bool(re.fullmatch(r"\d\d", text)),
    labels.UNITS: lambda text: bool(re.fullmatch(r"\d{1,4}(?:\.\d+)?", text)),
    labels.REVENUE: lambda text: bool(re.fullmatch(r"0?\d{3}", text)),
    labels.AMOUNT: lambda text: tokens.is_money(text.replace("$ ", "$")),
    labels.POINTER: lambda text: bool(re.fullmatch(r"[A-L1-9]{1,4}(?:, ?[A-L1-9])*", text)),
    labels.DESCRIPTION: lambda text: bool(re.search(r"[A-Za-z]{2}", text)),
}


def is_vertical(lines: Sequence[str]) -> bool:
    """Whether a text has a run of column headers, one a line, or dates with a code below."""
    return bool(_headers(lines)) or len(list(_dated(lines))) > 1


def _dated(lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """(first line, line of the code, end) of each run of cells: dates, a place, a code, ...

    As a claim form gives them whose boxes were copied without their names.
    """
    at = 0
    while at < len(lines):
        if not _alone(lines[at]) or not tokens.date_in(lines[at]):
            at += 1
            continue
        start = at
        while at < len(lines) and tokens.date_in(lines[at]):
            at += 1
        if at < len(lines) and re.fullmatch(r"\s*\d\d\s*", lines[at]):
            at += 1
        code = at
        if at < len(lines) and re.fullmatch(r"\s*(?:\d{4}[\dA-Z]|[A-V]\d{4})\s*", lines[at]):
            while at < len(lines) and at - code < 9 and _alone(lines[at]):
                if tokens.date_in(lines[at]):
                    break
                at += 1
            yield start, code, at


def _alone(line: str) -> bool:
    return len(tokens.cells_of(line)) == 1 and len(line.strip()) < 30


def _headers(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    """(first line, roles) of each run of at least four headers that name a code's column."""
    found = []
    start = 0
    roles: list[str] = []
    for number, line in enumerate([*lines, ""]):
        cells = tokens.cells_of(line)
        role = labels.role_of(line) if len(cells) == 1 and ":" not in line else ""
        if role:
            start = start if roles else number
            roles.append(role)
            continue
        if len(roles) >= 4 and any(role in (labels.PROCEDURE, labels.CODE) for role in roles):
            found.append((start, roles))
        roles = []
    return found


def rows(lines: Sequence[str]) -> list[str]:
    """The lines with each row on the line of its code; headers on the first line of theirs."""
    worded = list(lines)
    if not _headers(lines):
        for start, code, end in _dated(lines):
            cells = [line.strip() for line in lines[start:end] if line.strip()]
            worded[start:end] = [""] * (end - start)
            worded[code] = "\t".join(cells)
        return worded
    for start, roles in _headers(lines):
        # Labels above the table may belong to the run: the table begins where a row fits.
        for skip in range(len(roles) - 3):
            wanted = roles[skip:]
            if _row(lines, start + len(roles), wanted):
                _join(lines, worded, start + skip, wanted)
                break
    return worded


def _join(lines: Sequence[str], worded: list[str], start: int, roles: list[str]) -> None:
    end = start + len(roles)
    worded[start] = "\t".join(line.strip() for line in lines[start:end])
    worded[start + 1 : end] = [""] * (len(roles) - 1)
    at = end
    while row := _row(lines, at, roles):
        code = next(
            (
                number
                for role, number in zip(roles, row, strict=True)
                if role in (labels.PROCEDURE, labels.CODE) and number is not None
            ),
        )
        cells = ["" if number is None else lines[number].strip() for number in row]
        used = [number for number in row if number is not None]
        for number in range(used[0], used[-1] + 1):
            worded[number] = ""
        worded[code] = "\t".join(cells)
        at = used[-1] + 1


def _row(lines: Sequence[str], at: int, roles: Sequence[str]) -> list[int | None]:
    """The line of each column's cell in the row that begins at a line; empty if none does."""
    row: list[int | None] = []
    code = False
    for role in roles:
        while at < len(lines) and not lines[at].strip():
            at += 1
        test = _FITS.get(role)
        if at < len(lines) and (test is None or test(lines[at].strip())):
            row.append(at)
            at += 1
            code = code or role in (labels.PROCEDURE, labels.CODE)
        elif role in (labels.PROCEDURE, labels.CODE, labels.DATE):
            return []
        else:
            row.append(None)  # an empty cell leaves no line
    return row if code else []
