"""The field's own words: code systems, kinds of page, sections, notes."""

from __future__ import annotations

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


def system_of(code: str, system: str) -> str:
    """The system of a code that replaced one of ``system``: some moved to CPT, or from it."""
    if system in ("cpt", "hcpcs"):
        return "cpt" if code[:1].isdigit() else "hcpcs"
    return system


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
    "purpose": "What it is for",
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

RIDES = ("A0", "S0209", "S0215", "T200", "T2049")
"""How the codes begin whose first modifier says where a ride began and where it ended."""
