"""HCPCS Level II: the quarterly alpha-numeric file of CMS.

Format: "HCPCS Contractor Record" (``HCPCyyyy_recordlayout.txt`` in the release archive),
fixed width, 320 characters a line. Position 11 says what a line is: 3 begins a code, 7 a
modifier, 4 and 8 continue their long description (12-91). Only a first line has details
in 92-293; the rest of the line is blank.

The titles of the letter sections and the words for the coded fields are our own. Processing
notes (253-256) are left out: the file has only their numbers, the texts are in another one.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Release
from codelookup.read.cms_text import cms_lines

SYSTEM = "hcpcs"

SECTIONS = {
    "A": "Ambulance rides, medical supplies, and imaging drugs",
    "B": "Feeding through a tube or a vein",
    "C": "Items and services in a hospital, for Medicare outpatients",
    "E": "Durable medical equipment",
    "G": "Services that Medicare has its own codes for",
    "H": "Mental health and addiction care, mostly for Medicaid",
    "J": "Drugs given by shot, drip, or inhaler, and chemotherapy",
    "K": "Equipment, for Medicare equipment claims",
    "L": "Braces, artificial limbs, and implants",
    "M": "Quality measures and some office services",
    "P": "Lab tests and blood products",
    "Q": "Drugs, casts, and other items, temporary codes",
    "R": "Bringing an X-ray machine to the patient",
    "S": "Services that private insurers have their own codes for",
    "T": "Services for state Medicaid programs",
    "U": "Lab tests for COVID-19",
    "V": "Glasses, hearing aids, and speech services",
}
"""First letter of a code to what such codes are for, in our words."""

_COVERAGE = {
    "C": "the regional Medicare contractor decides",
    "D": "special instructions apply",
    "I": "not payable by Medicare",
    "M": "not covered by Medicare",
    "S": "not covered by Medicare, by law",
}
_PRICING = {
    "00": "not paid for on its own under Part B",
    "11": "physician fee schedule, national values",
    "12": "physician fee schedule, anesthesia units",
    "13": "physician fee schedule, set by the contractor",
    "21": "lab fee schedule, with a national limit",
    "22": "lab fee schedule, set by the contractor",
    "31": "equipment that needs frequent service",
    "32": "equipment that costs little or is usually bought",
    "33": "oxygen and oxygen equipment",
    "34": "supplies for equipment",
    "35": "surgical dressings",
    "36": "equipment rented up to a limit",
    "37": "ostomy, tracheostomy, and urology supplies",
    "38": "braces, artificial limbs, implants, and vision items",
    "39": "feeding through a tube or a vein",
    "40": "compression items for lymphedema",
    "45": "equipment made to order",
    "46": "equipment priced by the contractor",
    "51": "drugs",
    "52": "reasonable charge",
    "53": "set by law",
    "54": "vaccines",
    "55": "splints and casts",
    "56": "lens put into the eye in an office",
    "57": "other, priced by the contractor",
    "99": "no price set",
}
_MULTIPLE_PRICING = {
    "B": "professional part on national values, the rest set by the contractor",
    "C": "lab fee schedule for the test, physician fee schedule for reading it",
    "D": "by who does it: physician or psychologist",
    "E": "by who does it: physician, psychologist, or social worker",
    "F": "by who does it, physicians priced by the contractor",
    "G": "depends on whether blood products are on the claim",
}
_SERVICE = {
    "0": "whole blood",
    "1": "medical care",
    "2": "surgery",
    "3": "consultation",
    "4": "diagnostic imaging",
    "5": "diagnostic lab",
    "6": "radiation treatment",
    "7": "anesthesia",
    "8": "assistant at surgery",
    "9": "other medical item or service",
    "A": "used equipment",
    "B": "screening mammogram, high risk",
    "C": "screening mammogram, low risk",
    "D": "ambulance",
    "E": "feeding through a tube or a vein",
    "F": "surgery center",
    "G": "drug against rejection of a transplant",
    "H": "hospice",
    "I": "equipment bought in installments",
    "J": "shoes for people with diabetes",
    "K": "hearing",
    "L": "supplies for kidney failure",
    "M": "monthly payment for dialysis",
    "N": "kidney donor",
    "P": "bought outright",
    "Q": "vision",
    "R": "rental of equipment",
    "S": "dressing or other supply",
    "T": "outpatient mental health",
    "U": "occupational therapy",
    "V": "vaccine against pneumonia, flu, or hepatitis B",
    "W": "physical therapy",
    "Y": "second opinion on surgery",
    "Z": "third opinion on surgery",
}
_BETOS = {
    "D1": (
        "equipment and supplies",
        "supplies|hospital beds|oxygen|wheelchairs|other equipment"
        "|braces and artificial limbs|drugs given through equipment",
    ),
    "I1": (
        "standard imaging",
        "chest|bones and muscles|breast|digestive tract with contrast|nuclear medicine|other",
    ),
    "I2": (
        "advanced imaging",
        "CT of head and neck|other CT|MRI of head and neck|other MRI",
    ),
    "I3": ("ultrasound", "eye|abdomen and pelvis|heart|neck arteries|prostate|other"),
    "I4": ("imaging with a procedure", "heart|other"),
    "M1": ("office visit", "new patient|known patient"),
    "M2": ("hospital visit", "first|later|critical care"),
    "M3": ("emergency room visit", ""),
    "M4": ("visit away from the office", "home|nursing home"),
    "M5": ("specialist", "pathology|psychiatry|eyes|other"),
    "M6": ("consultation", ""),
    "O1": (
        "other service",
        "ambulance|chiropractic|feeding through a tube or a vein|chemotherapy|other drugs"
        "|hearing and speech|vaccines|||||compression for lymphedema",
    ),
    "P0": ("anesthesia", ""),
    "P1": (
        "major procedure",
        "breast|large bowel|gallbladder|prostate|womb|spine|other",
    ),
    "P2": (
        "major heart or vessel procedure",
        "bypass|aneurysm|clearing an artery|opening a heart artery|pacemaker|other",
    ),
    "P3": ("major bone or joint procedure", "broken hip|new hip|new knee|other"),
    "P4": ("eye procedure", "cornea|cataract|loose retina|other retina|other"),
    "P5": (
        "same-day procedure",
        "skin|bones and muscles|groin hernia|breaking up stones|other",
    ),
    "P6": (
        "minor procedure",
        "skin|bones and muscles|other, Medicare fee schedule|other, no Medicare fee schedule",
    ),
    "P7": ("cancer treatment", "radiation|other"),
    "P8": (
        "procedure with a scope",
        "joint|upper digestive tract|lower large bowel|whole large bowel|bladder|lungs"
        "|gallbladder|voice box|other",
    ),
    "P9": ("dialysis", "Medicare fee schedule|no Medicare fee schedule"),
    "T1": (
        "lab test",
        "blood draw|automated panel|urine|blood count|glucose|culture"
        "|other, Medicare fee schedule|other, no Medicare fee schedule",
    ),
    "T2": (
        "other test",
        "electrocardiogram|heart stress test|heart monitoring|other",
    ),
    "Y1": ("other, Medicare fee schedule", ""),
    "Y2": ("other, no Medicare fee schedule", ""),
    "Z1": ("local code", ""),
    "Z2": ("not defined", ""),
}
"""Berenson-Eggers group to its name, and the names of its members A, B, C and so on."""

_LAB = {
    "010": "tissue matching",
    "100": "microbiology",
    "110": "bacteria",
    "115": "mycobacteria",
    "120": "fungi",
    "130": "parasites",
    "140": "viruses",
    "150": "other microbiology",
    "200": "immunology",
    "210": "syphilis",
    "220": "general immunology",
    "300": "chemistry",
    "310": "routine chemistry",
    "320": "urine",
    "330": "hormones",
    "340": "poisons and drugs",
    "350": "other chemistry",
    "400": "blood cells",
    "500": "blood groups",
    "510": "ABO and Rh group",
    "520": "antibodies, before a transfusion",
    "530": "antibodies, other",
    "540": "which antibody it is",
    "550": "matching blood",
    "560": "other blood groups",
    "600": "pathology",
    "610": "tissue",
    "620": "mouth",
    "630": "cells",
    "800": "radioactive assay",
    "900": "chromosomes",
}
_ACTION = {
    "A": "added",
    "B": "long description and administrative data changed",
    "C": "long description changed",
    "D": "discontinued",
    "F": "administrative data changed",
    "N": "no change in this release",
    "P": "payment changed",
    "R": "used again",
    "S": "short description changed",
    "T": "type of service changed",
}

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Not from ``strftime``, which follows the user's language."""

_LENGTH = 320
_DETAIL_END = 293
_TEXT_END = 91
_FIRST = re.compile(r"(?:[A-Z]\d{4}|   [A-Z0-9]{2})\d{5}[37]")
_CODE = re.compile(r"[A-CE-Z]\d{4}")
_MODIFIER = re.compile(r"[A-Z][A-Z0-9]")
_HINT = "Take the alpha-numeric HCPCS text file as CMS publishes it, without editing it."


class _Record(NamedTuple):
    """A first line with the description lines that follow it."""

    number: int
    line: str
    texts: list[str]


def recognise(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is the alpha-numeric file of CMS.

    The first whole line decides, so ``head`` should have 320 bytes or more.
    """
    line = head.split(b"\n", 1)[0].rstrip(b"\r").decode("latin-1")
    dates = line[268:276] + line[276:284]
    return len(line) >= _DETAIL_END and bool(_FIRST.match(line)) and dates.isdecimal()


def read_hcpcs(stream: IO[bytes]) -> tuple[Release, Iterator[Concept]]:
    """Read the file as a whole, so that a bad one is refused before anything is kept.

    Concepts come in the order of the file: codes, and modifiers with level ``modifier``.
    HCPCS has no hierarchy; the letter that a code begins with serves as its ``parent``, a
    concept of level ``block`` that comes before the first such code.

    ``effective`` is the date on which a code was added, ``terminated`` the last day of its
    use; the date of the last change is among the properties. A cross-reference becomes
    ``replaced_by`` where the code is terminated, else the property "See also": in codes
    that are in use, it also points back to the code they came from.

    The release is named for the month of the latest change in the file.

    Raises :class:`~codelookup.errors.DataError` for a line that is cut short, for text that
    is not latin-1, for a repeated code, a description line that belongs to no code, and a
    date or code that is none.
    """
    records = list(_records(stream))
    if not records:
        raise DataError("The file has no HCPCS codes.", _HINT)
    latest = max(record.line[276:284] for record in records)
    concepts: list[Concept] = []
    seen: set[str] = set()
    for record in records:
        concept = _concept(record)
        if concept.code in seen:
            raise DataError(f"Line {record.number} has {concept.code} a second time.", _HINT)
        if concept.parent and concept.parent not in seen:
            seen.add(concept.parent)
            title = SECTIONS.get(concept.parent, f"Codes that begin with {concept.parent}")
            concepts.append(Concept(SYSTEM, concept.parent, title, "block", billable=False))
        seen.add(concept.code)
        concepts.append(concept)
    since = datetime.date(int(latest[:4]), int(latest[4:6]), int(latest[6:]))
    release = Release(
        system=SYSTEM,
        name=f"HCPCS Level II, {_MONTHS[since.month - 1]} {since.year}",
        version=f"{since:%Y-%m}",
        in_force_since=since.isoformat(),
        source="CMS, alpha-numeric HCPCS file",
    )
    return release, iter(concepts)


def _records(stream: IO[bytes]) -> Iterator[_Record]:
    """Gather first lines with their continuation lines, checking that they belong together."""
    current: _Record | None = None
    sequence = 0
    for number, line in _lines(stream):
        kind = line[10:11]
        if kind not in ("3", "4", "7", "8") or not line[5:10].isdecimal():
            raise DataError(f"Line {number} is not a line of the HCPCS file.", _HINT)
        least = _DETAIL_END if kind in "37" else _TEXT_END
        if len(line) < least:
            raise DataError(f"Line {number} is cut short at {len(line)} characters.", _HINT)
        if kind in "37":
            if current is not None:
                yield current
            current = _Record(number, line, [line[11:_TEXT_END]])
        else:
            begun = "3" if kind == "4" else "7"
            if (
                current is None
                or current.line[:5] != line[:5]
                or current.line[10] != begun
                or int(line[5:10]) <= sequence
            ):
                raise DataError(
                    f"Line {number} goes on with {line[:5].strip()}, which the lines before it"
                    " did not begin.",
                    _HINT,
                )
            current.texts.append(line[11:_TEXT_END])
        sequence = int(line[5:10])
    if current is not None:
        yield current


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Numbered lines; what stands beyond the record's length must be blank.

    CMS ends the file with a blank line, and the 2026 release has one line that is padded to
    546 characters.
    """
    for number, line in cms_lines(stream, _HINT):
        if line[_LENGTH:].strip():
            raise DataError(f"Line {number} is longer than {_LENGTH} characters.", _HINT)
        yield number, line


def _concept(record: _Record) -> Concept:
    number, line, texts = record
    modifier = line[10] == "7"
    code = line[:5].strip()
    if not (_MODIFIER if modifier else _CODE).fullmatch(code):
        raise DataError(
            f"Line {number} has {code!r}, which is not a HCPCS Level II code.",
            "The contractor's file with CPT and dental codes looks alike, but is licensed.",
        )
    display = " ".join(" ".join(texts).split())
    short = " ".join(line[91:119].split())
    if not display:
        raise DataError(f"Line {number} has no description for {code}.", _HINT)
    terminated = _date(number, line[284:292])
    crossed = tuple(_each(line[204:229], 5))
    if not terminated:
        replaced_by: tuple[str, ...] = ()
        see_also = crossed
    else:
        replaced_by = tuple(other for other in crossed if _is_code(other))
        see_also = tuple(other for other in crossed if not _is_code(other))
    return Concept(
        system=SYSTEM,
        code=code,
        display=display,
        level="modifier" if modifier else "code",
        parent="" if modifier else code[0],
        effective=_date(number, line[268:276]),
        terminated=terminated,
        replaced_by=replaced_by,
        designations=(Designation("short", short),) if short and short != display else (),
        properties=tuple(_properties(number, line, see_also)),
    )


def _is_code(text: str) -> bool:
    """Whether a cross-reference names a code or modifier; one of them just says "CPT"."""
    return bool(re.fullmatch(r"[A-Z]\d{4}|\d{4}[0-9A-Z]|[A-Z][A-Z0-9]", text))


def _each(field: str, width: int) -> Iterator[str]:
    """The filled places of a field that repeats."""
    for start in range(0, len(field), width):
        value = field[start : start + width].strip()
        if value:
            yield value


def _date(number: int, text: str) -> str:
    """``20260101`` as ``2026-01-01``; blank stays empty."""
    text = text.strip()
    if not text:
        return ""
    try:
        if len(text) != 8 or not text.isdecimal():
            raise ValueError
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        raise DataError(f"Line {number} has {text!r} where a date should be.", _HINT) from None


def _properties(number: int, line: str, see_also: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The coded fields in words; a value without words is given as it stands."""
    coverage = line[229:230].strip()
    if coverage:
        yield "Coverage", _COVERAGE.get(coverage, coverage)
    pricing = [_PRICING.get(value, value) for value in _each(line[119:127], 2)]
    if pricing:
        yield "Medicare pricing", "; ".join(pricing)
    multiple = line[127:128].strip()
    if multiple not in ("", "9", "A"):
        yield "Several prices", _MULTIPLE_PRICING.get(multiple, multiple)
    services = [_SERVICE.get(value, value) for value in _each(line[260:265], 1)]
    if services:
        yield "Type of service", "; ".join(services)
    betos = line[256:259].strip()
    if betos and betos != "Z2":
        yield "Group", _group(betos)
    labs = [_LAB.get(value, value) for value in _each(line[180:204], 3)]
    if labs:
        yield "Lab certification", "; ".join(labs)
    units = line[265:268].strip()
    if units not in ("", "0"):
        yield "Anesthesia base units", units
    if line[230:232] == "YY":
        since = _date(number, line[232:240])
        yield "Surgery center", f"approved since {since}" if since else "approved"
    coverage_manual = list(_each(line[128:146], 6))
    if coverage_manual:
        yield "Coverage manual section", ", ".join(coverage_manual)
    carriers_manual = list(_each(line[146:170], 8))
    if carriers_manual:
        yield "Carriers manual section", ", ".join(carriers_manual)
    statute = line[170:180].strip()
    if statute:
        yield "Statute", statute
    if see_also:
        yield "See also", ", ".join(see_also)
    changed, action = _date(number, line[276:284]), line[292:293].strip()
    if action in ("", "N"):
        yield "Last change", changed
    else:
        yield "Last change", f"{changed}, {_ACTION.get(action, action)}"


def _group(betos: str) -> str:
    group, members = _BETOS.get(betos[:2], (betos, ""))
    names = members.split("|")
    place = ord(betos[2]) - ord("A") if len(betos) == 3 else -1
    name = names[place] if 0 <= place < len(names) else ""
    return f"{group}: {name}" if name else group
