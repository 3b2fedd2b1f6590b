"""What the readers of the ICD-10-CM files share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

from codelookup.errors import DataError
from codelookup.model import Release
from codelookup.read import icd10_release

SYSTEM = "icd10cm"

CODE = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")
"""A code as it is printed. The second character can be a letter since QA0 came in."""

LISTED = re.compile(r"\d{1,2}|[A-Z][0-9A-Z]{2}(?:-[A-Z][0-9A-Z]{2}|[0-9A-Z]{0,4})")
"""A line of the list of codes: the number of a chapter, a block, or a code without dot."""


def dotted(code: str) -> str:
    """``E119`` as it is printed: ``E11.9``. A code that has its dot stays as it is."""
    return code if len(code) <= 3 or code[3] == "." else f"{code[:3]}.{code[3:]}"


def release_from_names(*names: str, version: str = "", source: str = "") -> Release:
    """The release of ICD-10-CM that file names and a version imply."""
    return icd10_release.release_from_names(
        SYSTEM, "ICD-10-CM", *names, version=version, source=source
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
