"""Codes as people type them: reading them, finding them, and what is near if they are not there.

Look up first, use the shape only to route: patterns age (ICD-10-CM got its U codes late).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, Row

_CODE = re.compile(r"([A-Z][A-Z0-9]{2}\.[A-Z0-9]{1,4}|[A-Z0-9]{3,7})")
_MODIFIERS = re.compile(r"[\s,/-]+([A-Z0-9]{2}(?:[\s,/-]+[A-Z0-9]{2})*)")
_RANGE = re.compile(r"[A-Z][A-Z0-9]{2}-[A-Z][A-Z0-9]{2}")


class CodeInput(NamedTuple):
    """What somebody typed, read as a code.

    ``key`` has no dot; ``dotted`` tells that one was typed, which only ICD-10 codes have.
    """

    key: str
    dotted: bool
    modifiers: tuple[str, ...] = ()


def read_code(text: str) -> CodeInput | None:
    """Read ``99214-25``, ``e11.9``, `` E119 ``, ``99214 25 59``; None if it is no code.

    A code has a digit in it, so that words are never taken for one.
    """
    typed = text.strip().strip(".,;:#()[]\"'").upper()
    if _RANGE.fullmatch(typed):
        return CodeInput(typed, False)
    found = _CODE.match(typed)
    if not found or not any(letter.isdigit() for letter in found[1]):
        return None
    rest = typed[found.end() :]
    modifiers: tuple[str, ...] = ()
    if rest:
        tail = _MODIFIERS.fullmatch(rest)
        if not tail:
            return None
        modifiers = tuple(re.split(r"[\s,/-]+", tail[1]))
        if not all(
            any(letter.isdigit() for letter in part) or len(part) == 2 for part in modifiers
        ):
            return None
    return CodeInput(found[1].replace(".", ""), "." in found[1], modifiers)


def find_code(
    catalogue: Catalogue, typed: CodeInput, systems: Collection[str] = ()
) -> list[list[Row]]:
    """The concepts that a typed code names: a list of rows (page and facts) for each system.

    Undotted letter-and-digits can be two codes (``E0840`` is a HCPCS and an ICD-10-CM code);
    a dot says ICD-10.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in catalogue.find(typed.key):
        if systems and row.system not in systems:
            continue
        if typed.dotted and row.system not in ("icd10cm", "icd10pcs"):
            continue
        found.setdefault((row.system, row.code), []).append(row)
    return list(found.values())


def characters_of(catalogue: Catalogue, row: Row) -> list[tuple[int, str, str]]:
    """(position, label, meaning) of each character of an ICD-10-PCS code; else nothing."""
    if row.system != "icd10pcs" or row.level != "code":
        return []
    from codelookup.read.icd10pcs import characters

    def descriptor(code: str) -> str:
        return next((found.display for found in catalogue.find(code) if found.code == code), "")

    return characters(row.code, descriptor)


_SHAPES = (
    (
        r"D\d{4}",
        "a dental code (CDT)",
        "Dental codes belong to the American Dental Association and cannot be included.",
    ),
    (
        r"\d{4}[0-9A-Z]",
        "a CPT code",
        "CPT wording belongs to the American Medical Association, so only codes that have a page "
        "in our own words are here.",
    ),
    (
        r"[A-CE-V]\d{4}",
        "a HCPCS code",
        "It has no page yet, and no HCPCS release is at hand; add one with: "
        "codelookup systems add hcpcs --file RELEASE.zip",
    ),
    (
        r"0\d{3}|\d{3}",
        "a hospital revenue code",
        "Those name a department, belong to the NUBC, and cannot be included.",
    ),
    (
        r"[0-9A-HJ-NP-Z]{7}",
        "an ICD-10-PCS code",
        "No ICD-10-PCS release is at hand; add one with: "
        "codelookup systems add icd10pcs --file RELEASE.zip",
    ),
    (
        r"[A-Z][0-9A-Z]{2}(?:[0-9A-Z]{1,4})?",
        "an ICD-10-CM code",
        "It is not in the release at hand.",
    ),
)
"""Shape of a code, what that is, and why it may not be here. The first that fits is meant."""


def looks_like(typed: CodeInput) -> tuple[str, str] | None:
    """(what a code of this shape is, why it may not be here), or None for no known shape."""
    if typed.dotted:
        return _SHAPES[-1][1:]
    for pattern, name, why in _SHAPES:
        if re.fullmatch(pattern, typed.key):
            return name, why
    return None


def near_codes(
    catalogue: Catalogue, typed: CodeInput, systems: Collection[str] = (), limit: int = 5
) -> list[tuple[str, str, str]]:
    """(system, code, display) of codes that differ by a slip of the keys, nearest first."""
    from rapidfuzz.distance import OSA

    key = typed.key
    candidates: dict[tuple[str, str], tuple[str, str, float]] = {}
    for file in reversed(range(len(catalogue.files))):  # own pages are the last file
        rows = catalogue.query(file, "SELECT system, code, key, display, frequency FROM page")
        # A longer code that does not exist most often has a real one at its front.
        rows += catalogue.query(
            file,
            "SELECT system, code, key, display, 0 FROM concept WHERE key >= ? AND key < ?",
            (key[:3], key[:3] + "~"),
        )
        for swapped in _swaps(key):
            rows += catalogue.query(
                file,
                "SELECT system, code, key, display, 0 FROM concept WHERE key = ?",
                (swapped,),
            )
        for system, code, other, display, frequency in rows:
            if not systems or system in systems:
                candidates.setdefault((system, code), (other, display, frequency))
    ranked = []
    for (system, code), (other, display, frequency) in candidates.items():
        distance = OSA.distance(key, other, score_cutoff=2)
        if distance <= (1 if len(key) < 6 else 2):
            starts = -len(_common_start(key, other))
            ranked.append(
                (distance, sorted(key) != sorted(other), starts, -frequency, code, system, display)
            )
    ranked.sort()
    return [(system, code, display) for *_, code, system, display in ranked[:limit]]


def _swaps(key: str) -> list[str]:
    return [
        key[:place] + key[place + 1] + key[place] + key[place + 2 :]
        for place in range(len(key) - 1)
        if key[place] != key[place + 1]
    ]


def _common_start(one: str, other: str) -> str:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]


def complete(catalogue: Catalogue, start: str, limit: int = 100) -> list[tuple[str, str]]:
    """(code, display) of the codes that begin with ``start``, in order; after ``99214-`` modifiers.

    A shell puts in what all offers have in common, so none is left out for being too many, but
    for ICD-10 codes whose header is offered: the longer ones go where there are more than
    ``limit``. Nothing typed is answered with the codes that are billed most.
    """
    files = range(len(catalogue.files))

    def rows(sql: str, *values: object) -> Iterator[tuple[str, str]]:
        for file in files:
            for system, code, display in catalogue.query(file, sql, values):
                if not sql.startswith(_CONCEPTS) or system not in catalogue.hidden[file]:
                    yield code, display

    if not start:
        return list(rows(f"{_PAGES} ORDER BY frequency DESC LIMIT ?", limit))
    code, dash, modifier = start.upper().partition("-")
    if dash and any(row.system in ("cpt", "hcpcs") for row in catalogue.find(code)):
        sql = "SELECT system, code, display FROM modifier "
        sql += "WHERE code >= ? AND code < ? AND length(code) = 2"
        found = dict(rows(sql, modifier, modifier + "~"))
        return sorted((f"{code}-{name}", display) for name, display in found.items())
    key = start.upper().replace(".", "")
    span = (key, key + "~")
    between = "WHERE key >= ? AND key < ?"
    found = {}
    for length in range(len(key), len(key) + 8):
        sql = f"{_CONCEPTS} {between} AND length(key) = ? AND system LIKE 'icd%'"
        longer = dict(rows(sql, *span, length))
        if len(found) + len(longer) > limit and found:
            break
        found.update(longer)
    sql = f"{_CONCEPTS} {between} AND length(key) = 5 AND system NOT LIKE 'icd%'"
    found.update(rows(sql, *span))
    found.update(rows(f"{_PAGES} {between}", *span))
    return sorted(found.items())


_PAGES = "SELECT system, code, display FROM page"
_CONCEPTS = "SELECT system, code, display FROM concept"
