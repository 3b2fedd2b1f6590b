"""The things the rest of the package talks about: plain, frozen, without I/O.

Everything here is a ``NamedTuple`` and not a dataclass: a start-up imports this
module, and creating a tuple class costs a third of creating a dataclass.
"""

from __future__ import annotations

from typing import NamedTuple

SYSTEM_URI = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd10pcs": "http://www.cms.gov/Medicare/Coding/ICD10",
}
"""Code system id to the URI that JSON answers carry (as HL7 FHIR names them)."""

SYSTEM_NAME = {
    "cpt": "CPT",
    "hcpcs": "HCPCS Level II",
    "icd10cm": "ICD-10-CM",
    "icd10pcs": "ICD-10-PCS",
}

KINDS = (
    "visit",
    "procedure",
    "surgery",
    "test",
    "imaging",
    "drug",
    "vaccine",
    "equipment",
    "supply",
    "transport",
    "service",
)
"""What sort of thing a page is about; it decides which sections a page must have."""

SECTIONS = {
    "summary": "Summary",
    "purpose": "Purpose",
    "indications": "When it is used",
    "preparation": "Getting ready",
    "procedure": "What happens",
    "tools": "Tools and equipment",
    "anesthesia": "Anesthesia",
    "duration": "How long it takes",
    "setting": "Where it happens",
    "personnel": "Who does it",
    "risks": "Risks",
    "benefits": "Benefits",
    "recovery": "Afterward",
    "alternatives": "Other choices",
    "experience": "What it feels like",
    "results": "Your results",
    "when_to_call": "When to call for help",
    "questions": "Questions to ask",
    "billing": "On the bill",
}
"""Section id to heading, in the order in which a page has them."""

_TITLES_BY_KIND = {
    "equipment": {
        "procedure": "How you get it and use it",
        "tools": "What is in the box",
        "duration": "How long you use it",
        "personnel": "Who provides it",
        "recovery": "Living with it",
        "setting": "Where you use it",
        "experience": "What it is like",
    },
    "supply": {
        "procedure": "How you get it and use it",
        "duration": "How long it lasts",
        "personnel": "Who provides it",
        "recovery": "Living with it",
        "setting": "Where you use it",
        "experience": "What it is like",
    },
    "service": {"experience": "What it is like", "procedure": "How it works"},
    "transport": {"procedure": "What happens on the way", "tools": "What is on board"},
    "visit": {"experience": "What it is like"},
}


def section_title(section: str, kind: str) -> str:
    """The heading of a section, which for things you own differs from that of things done."""
    return _TITLES_BY_KIND.get(kind, {}).get(section) or SECTIONS[section]


NOTE_TYPES = {
    "includes": "Includes",
    "excludes1": "Never coded together with (Excludes1)",
    "excludes2": "Not part of this code (Excludes2)",
    "code_first": "Code first",
    "use_additional": "Use an additional code for",
    "code_also": "Code also",
    "note": "Note",
    "seventh_character": "7th character",
}
"""Type of an official note to the heading it is shown under, in order."""


class Designation(NamedTuple):
    """Another name of a concept.

    ``use`` is ``common`` or ``technical`` (pages), ``inclusion`` (tabular list),
    ``index`` (alphabetic index and its tables) or ``short`` (short descriptor).
    """

    use: str
    text: str


class Note(NamedTuple):
    """An official instruction that stands with a code; ``type`` is in NOTE_TYPES."""

    type: str
    text: str


class Concept(NamedTuple):
    """One entry of a code system release.

    ``code`` is as people print it (``E11.9``); chapters and blocks of ICD-10-CM have
    their range (``E08-E13``). ``level`` is ``chapter``, ``block``, ``header``, ``code``
    or ``modifier``. ``parent`` is the code above, in the same system. Dates are
    ``YYYY-MM-DD`` or empty. ``seventh`` is the 7th character of an ICD-10-CM code that
    the tabular list gives only by rule, else empty. ``properties`` are further official
    facts as (label, value) in words, e.g. ("Coverage", "special instructions apply").
    """

    system: str
    code: str
    display: str
    level: str = "code"
    parent: str = ""
    billable: bool = True
    seventh: str = ""
    effective: str = ""
    terminated: str = ""
    replaced_by: tuple[str, ...] = ()
    designations: tuple[Designation, ...] = ()
    notes: tuple[Note, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


class Release(NamedTuple):
    """A published version of a code system.

    ``name`` is what people call it, ``version`` the publisher's label (``2026``),
    ``in_force_since`` a date or empty, ``source`` where the file came from in words.
    """

    system: str
    name: str
    version: str
    in_force_since: str = ""
    source: str = ""
    notice: str = ""


class Block(NamedTuple):
    """A piece of a section: ``paragraph`` has ``text``; ``list`` and ``steps`` have ``items``."""

    type: str
    text: str = ""
    items: tuple[str, ...] = ()


class Similar(NamedTuple):
    """A neighbouring code and, in a few words, how it differs."""

    system: str
    code: str
    difference: str


class Source(NamedTuple):
    """What a page rests on."""

    title: str
    url: str


class Page(NamedTuple):
    """A plain-language explanation of one code, with everything inherited filled in.

    ``family`` is the file's name without its ending. ``sections`` keeps the order of
    SECTIONS. A retired code has ``used_until`` (``YYYY-MM-DD``) and ``replaced_by``.
    """

    system: str
    code: str
    display: str
    kind: str
    specialty: str
    family: str
    common: tuple[str, ...]
    technical: tuple[str, ...]
    sections: dict[str, tuple[Block, ...]]
    similar: tuple[Similar, ...]
    sources: tuple[Source, ...]
    edited: str
    clinical_review: str
    used_until: str = ""
    replaced_by: tuple[str, ...] = ()
