"""What the readers of the ICD-10-CM files share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

from codelookup.errors import DataError
from codelookup.model import Release

SYSTEM = "icd10cm"

CODE = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")
"""A code as it is printed. The second character can be a letter since QA0 came in."""

LISTED = re.compile(r"\d{1,2}|[A-Z][0-9A-Z]{2}(?:-[A-Z][0-9A-Z]{2}|[0-9A-Z]{0,4})")
"""A line of the list of codes: the number of a chapter, a block, or a code without dot."""

_MONTHS = {"january": 1, "april": 4, "july": 7, "october": 10}
_NAMED_MONTH = re.compile(
    r"(january|april|july|october)[-_ ](?:\d{1,2}[-_ ])?(20\d\d)", re.IGNORECASE
)
_NAMED_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def dotted(code: str) -> str:
    """``E119`` as it is printed: ``E11.9``. A code that has its dot stays as it is."""
    return code if len(code) <= 3 or code[3] == "." else f"{code[:3]}.{code[3:]}"


def release_from_names(*names: str, version: str = "", source: str = "") -> Release:
    """The release that file names and a version imply.

    ICD-10-CM is published by fiscal year: the release named 2026 is in force since
    2025-10-01. Since FY2022 some years also have an update of April, whose files say so
    (``code-list-April-2026.txt``). A month of October names the calendar year it starts in.

    ``version`` is what the file itself says (its fiscal year), else it is taken from the
    names. Where no name tells month or year, ``in_force_since`` stays empty, because the
    fiscal year alone does not tell the October release from an update of April.
    """
    since = update = ""
    for name in names:
        if found := _NAMED_MONTH.search(name):
            month, year = _MONTHS[found[1].lower()], int(found[2])
            since = f"{year}-{month:02}-01"
            fiscal_year = str(year + 1 if month >= 10 else year)
            update = "" if month == 10 else f", update of {found[1].capitalize()} {year}"
            version = version or fiscal_year
            break
    else:
        for name in names:
            if found := _NAMED_YEAR.search(name):
                version = version or found[1]
                if version == found[1]:
                    since = f"{int(version) - 1}-10-01"
                break
    return Release(
        system=SYSTEM,
        name=f"ICD-10-CM FY{version}{update}" if version else "ICD-10-CM",
        version=version,
        in_force_since=since,
        source=source or ", ".join(names),
    )


def text_of(element: ElementTree.Element | None) -> str:
    """All text of an element on one line; empty for none."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def xml_events(name: str, stream: BinaryIO) -> Iterator[tuple[str, ElementTree.Element]]:
    """Start and end of every element, with unreadable XML as a DataError that says where."""
    try:
        yield from ElementTree.iterparse(stream, ("start", "end"))
    except ElementTree.ParseError as error:
        raise DataError(
            f"{name} cannot be read as XML at line {error.position[0]} "
            f"({str(error).partition(':')[0]}).",
            "The file is damaged or incomplete; fetch it again.",
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not have
        raise DataError(
            f"{name} cannot be read as XML: {error}.",
            "The file is damaged or incomplete; fetch it again.",
        ) from error
