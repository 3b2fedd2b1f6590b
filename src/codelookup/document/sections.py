"""Section names as people ask for them: ``side effects`` is ``risks``."""

from __future__ import annotations

import re

from codelookup.errors import UsageError
from codelookup.terms import SECTIONS

SECTION_IDS = (*SECTIONS, "similar")
"""What ``--section`` takes: the sections of a page, and the similar codes."""

_OTHER_NAMES = {
    "summary": "overview about description what is it definition introduction basics",
    "purpose": "why reason goal aim what for why it is done",
    "indications": "indication when who needs it reasons symptoms uses used for",
    "preparation": "prepare prep before getting ready ready beforehand fasting",
    "procedure": "procedure description steps what happens how how it works during process",
    "tools": "equipment technology tools equipment technology instruments devices",
    "anesthesia": "anaesthesia sedation anesthesia or sedation numbing pain control",
    "duration": "time how long length minutes how long it takes",
    "setting": "where place location where it happens",
    "personnel": "who staff team doctor providers who does it people",
    "risks": "risk complications side effects risks and complications dangers harms safety",
    "benefits": "benefit advantages pros good",
    "recovery": "after afterward afterwards aftercare healing follow up recovering",
    "alternatives": "alternative options other choices instead choices",
    "experience": "patient experience feel feels what it feels like pain does it hurt",
    "results": "result your results outcome what results mean report",
    "when_to_call": "when to call call emergency warning signs call for help help 911 red flags",
    "questions": "question ask questions to ask what to ask",
    "billing": "bill billed on the bill cost costs price insurance coverage modifiers units",
    "similar": "similar codes related codes neighbors neighbours see also",
}

_LOOKUP: dict[str, str] = {}
for _section, _names in _OTHER_NAMES.items():
    for _word in _names.split():
        _LOOKUP.setdefault(_word, _section)
_WEAK = frozenset(
    [
        "it",
        "is",
        "what",
        "for",
        "and",
        "or",
        "to",
        "of",
        "the",
        "how",
        "who",
        "when",
        "does",
        "other",
        "good",
    ]
)


def find_section(name: str) -> str:
    """The id of the section that ``name`` means.

    Raises:
        UsageError: nothing like it is known; the hint names the known ids.
    """
    asked = re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()
    exact = asked.replace(" ", "_")
    if exact in SECTION_IDS:
        return exact
    for section, title in SECTIONS.items():
        if asked == title.lower():
            return section
    if asked in _LOOKUP:
        return _LOOKUP[asked]
    for section, names in _OTHER_NAMES.items():
        if f" {asked} " in f" {names} " and asked:
            return section
    found = [_LOOKUP[word] for word in asked.split() if word in _LOOKUP and word not in _WEAK]
    if found:
        return found[0]
    import difflib

    near = difflib.get_close_matches(asked, [*SECTION_IDS, *_LOOKUP], n=1, cutoff=0.75)
    guess = f' Did you mean "{_LOOKUP.get(near[0], near[0])}"?' if near else ""
    shown = "".join(letter for letter in name if letter.isprintable())[:40]
    raise UsageError(
        f'There is no section "{shown}".{guess}', f"Known sections: {', '.join(SECTION_IDS)}."
    )
