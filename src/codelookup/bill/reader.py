"""Reads a bill: the codes on its lines, with what goes with each, and how sure that is.

The way of a line: cut into cells and chunks (tokens), given columns and a date (layout), its
numbers weighed (evidence), modifiers and units attached (attach). Tables copied one cell a line
and X12 files are put into ordinary lines first.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from codelookup.bill import labels, tokens, vertical, x12
from codelookup.bill.attach import attach, find_place, take_labelled, take_wrapped_modifier
from codelookup.bill.evidence import (
    CERTAIN_FROM,
    LIKELY_FROM,
    UNCERTAIN_FROM,
    Candidate,
    find_candidates,
    group_of,
    keep_company,
    line_up,
    weigh,
)
from codelookup.bill.known import Entry, Known
from codelookup.bill.layout import (
    Line,
    date_segments,
    is_lettered,
    is_prose,
    lay_out,
    role_of_chunk,
)
from codelookup.bill.source import BillText

CERTAIN, LIKELY, UNCERTAIN = "certain", "likely", "uncertain"


_BILLING_WORDS = re.compile(
    r"\b(?:cpt|hcpcs|icd|procedure codes?|billing codes?|service codes?|diagnos[ei]s|dx|"
    r"charges?|amount (?:billed|due)|explanation of benefits|superbill|claim|copay|deductible|"
    r"modifier|units|coinsurance|statement|invoice|estimate)\b",
    re.IGNORECASE,
)


_ADJUSTMENT = re.compile(r"(?:CO|PR|OA|PI)-?\d{1,3}")


_REMARK = re.compile(r"(?:MA|[MN])\d{1,3}")


_PAYMENT = re.compile(
    r"\b(?:payments?|pmt|refund|write-?offs?|adjustments?|adj|reversal|reversed|void)\b(?!:)",
    re.IGNORECASE,
)
"""A line that takes off what another line charges."""


class Mention(NamedTuple):
    """A code on a line. ``printed`` is how it stands there; ``entry`` is None for an unknown one.

    ``confidence`` is ``certain``, ``likely`` or ``uncertain``; ``reason`` says why not certain.
    """

    system: str
    code: str
    printed: str
    entry: Entry | None
    modifiers: tuple[str, ...]
    units: float | None
    confidence: str
    reason: str


class Other(NamedTuple):
    """Something that looks like a code and is none, or one whose text is licensed."""

    text: str
    kind: str


class BillLine(NamedTuple):
    """A line of the bill on which something was found.

    ``number`` counts from 1; ``date`` is the day of service (``YYYY-MM-DD``) or empty;
    ``place`` the place of service or empty; ``charged`` whether an amount stands on it, and
    ``reversed`` whether that amount is below zero, ``minutes`` what a column of minutes says.
    """

    number: int
    text: str
    date: str
    place: str
    codes: tuple[Mention, ...]
    others: tuple[Other, ...]
    charged: bool = False
    reversed: bool = False
    minutes: int = 0


def read_bill(text: BillText, known: Known) -> list[BillLine]:
    """The lines of a bill with the codes on them, in order; lines without any are left out."""
    printed = text.lines
    worded = printed
    if x12.is_x12(printed):
        worded = [x12.reworded(text) for text in printed]
    elif vertical.is_vertical(printed):
        worded = vertical.rows(printed)
    read = [Line(number, _clean(text)) for number, text in enumerate(worded, start=1)]
    for line, original in zip(read, printed, strict=True):
        line.moved = not line.text.strip() and bool(original.strip())
    lay_out(read)
    if x12.is_x12(printed):
        date_segments(read)
    whole = "\n".join(line.text for line in read)
    bill = bool(_BILLING_WORDS.search(whole))
    if re.search(r"\bestimates?\b|good faith", whole, re.IGNORECASE):
        for line in read:  # what is to come has no day yet, unless its line says one
            line.date = line.date if line.firm_date else line.own_date
    for line in read:
        _name_others(line)
        find_candidates(line, known)
    everyone = [candidate for line in read for candidate in line.candidates]
    for number, line in enumerate(read):
        near = [read[place] for place in (number - 1, number + 1) if 0 <= place < len(read)]
        for candidate in line.candidates:
            weigh(candidate, near, known, bill)
    for _ in range(2):  # what one gains may make it company for the next
        keep_company(read)
    line_up(everyone)
    found = []
    lettered = is_lettered(read)
    for line in read:
        line.candidates = [each for each in line.candidates if each.points >= UNCERTAIN_FROM]
        procedures = [each for each in line.candidates if group_of(each) == "procedure"]
        ends = [each.index for each in procedures[1:]] + [len(line.chunks)]
        for candidate, end in zip(procedures, ends, strict=False):
            attach(candidate, end, known, lettered)
        if any(group_of(each) == "procedure" for each in line.candidates):
            find_place(line, known)
    for number, line in enumerate(read):
        take_labelled(read, number, known)
        take_wrapped_modifier(line, read, known)
    for line in read:
        if line.candidates or line.others:
            at = line.number - 1
            found.append(_finished(line, text.numbers[at], _clean(printed[at]).strip()))
    return found


def _clean(text: str) -> str:
    """A line without control characters; their places stay, for columns."""
    return "".join(
        letter if letter.isprintable() or letter == "\t" else " " for letter in text.rstrip()
    ).replace("\u00a0", " ")


def _name_others(line: Line) -> None:
    """Revenue codes, remark codes and others that are named as what they are."""
    for index, chunk in enumerate(line.chunks):
        text = chunk.upper
        if not any(letter.isdigit() for letter in text):
            continue
        role = role_of_chunk(line, index)[0]
        kind = ""
        coded = role in (labels.PROCEDURE, labels.CODE)
        if (role == labels.REVENUE and re.fullmatch(r"0?\d{3}", text)) or (
            coded and re.fullmatch(r"0\d{3}", text)
        ):
            kind = labels.REVENUE
        elif role == labels.DRG and re.fullmatch(r"\d{1,3}", text):
            kind = labels.DRG
        elif tokens.DENTAL.fullmatch(text) and role not in (labels.IDENTIFIER, labels.DIAGNOSIS):
            kind = labels.DENTAL
        elif _ADJUSTMENT.fullmatch(text) and ("-" in text or role == labels.ADJUSTMENT):
            kind = labels.ADJUSTMENT
        elif _REMARK.fullmatch(text) and (
            role in (labels.REMARK, labels.ADJUSTMENT)
            or (not role and any(other.kind == labels.ADJUSTMENT for other in line.others))
        ):
            kind = labels.REMARK
        elif (
            re.fullmatch(r"0\d{3}", text)
            and not index
            and len(line.chunks) > 1
            and (line.money or line.text.lstrip().startswith(f"({text})"))
            and not role
        ):
            kind = labels.REVENUE
        if kind:
            line.used.add(index)
            line.others.append(Other(chunk.text, kind))


def _finished(line: Line, number: int, printed: str) -> BillLine:
    codes = []
    for each in line.candidates:
        confidence = (
            CERTAIN
            if each.points >= CERTAIN_FROM
            else LIKELY
            if each.points >= LIKELY_FROM
            else UNCERTAIN
        )
        codes.append(
            Mention(
                each.system,
                each.entry.code if each.entry else _as_printed(each),
                each.chunk.text,
                each.entry,
                tuple(each.modifiers),
                each.units,
                confidence,
                "" if confidence == CERTAIN else each.doubt,
            )
        )
    # A date above holds for rows of charges; running text has none unless it says so.
    row = line.money or line.columns or line.firm_date or not is_prose(line)
    dated = (row and any(code.system != "icd10cm" for code in codes)) or bool(line.own_date)
    return BillLine(
        number,
        printed,
        line.date if dated else "",
        line.place,
        tuple(codes),
        tuple(line.others),
        _is_charged(line),
        any("-" in chunk.raw or chunk.raw.startswith("(") for chunk in line.money)
        or bool(re.search(r"\b(?:reversal|reversed|void(?:ed)?|credit(?:ed)?)\b", line.text, re.I)),
        _minutes(line),
    )


def _is_charged(line: Line) -> bool:
    """Whether a line charges something, rather than taking off what another one charges."""
    if _PAYMENT.search(line.text):
        return False
    return bool(line.money) or any(
        line.role_at(chunk) == labels.AMOUNT and re.fullmatch(r"[\d,.]+", chunk.text)
        for chunk in line.chunks
    )


def _minutes(line: Line) -> int:
    """The minutes in a column of minutes, or 0."""
    for chunk in line.chunks:
        if line.role_at(chunk) == labels.MINUTES and re.fullmatch(r"\d{1,3}", chunk.text):
            return int(chunk.text)
    return 0


def _as_printed(candidate: Candidate) -> str:
    if candidate.system == "icd10cm" and len(candidate.key) > 3:
        return f"{candidate.key[:3]}.{candidate.key[3:]}"
    return candidate.key
