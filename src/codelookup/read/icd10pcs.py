"""ICD-10-PCS: the order file of CMS, and what each character of a code says.

Format: "ICD-10-PCS Order File" (``icd10pcsOrderFile.pdf`` in the release archive): one line
a code, fixed width, 1-5 order number, 7-13 code, 15 whether the code is valid for a claim,
17-76 short description, 78 to the end long description. Lines flagged 0 are the headers of
the tables, three characters long; lines flagged 1 are codes, all of seven characters.

The file names a table ("Upper Arteries, Dilation") and a code ("Dilation of ..."), never a
single character. Position names, sections, approaches and durations are therefore kept
here (ICD-10-PCS is a US government work, and these are its facts); the explanations in
parentheses are our own words. All else is read from the descriptions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Release
from codelookup.read.cms_text import cms_lines
from codelookup.read.icd10_release import release_from_names

SYSTEM = "icd10pcs"

SECTIONS = {
    "0": "Medical and Surgical",
    "1": "Obstetrics",
    "2": "Placement",
    "3": "Administration",
    "4": "Measurement and Monitoring",
    "5": "Extracorporeal or Systemic Assistance and Performance",
    "6": "Extracorporeal or Systemic Therapies",
    "7": "Osteopathic",
    "8": "Other Procedures",
    "9": "Chiropractic",
    "B": "Imaging",
    "C": "Nuclear Medicine",
    "D": "Radiation Therapy",
    "F": "Physical Rehabilitation and Diagnostic Audiology",
    "G": "Mental Health",
    "H": "Substance Abuse Treatment",
    "X": "New Technology",
}
"""First character to the name of the section."""

_BODY = ("Body System", "Root Operation", "Body Part", "Approach", "Device", "Qualifier")
_REGION = ("Body System", "Root Operation", "Body Region", "Approach")
_QUALIFIERS = ("Body System", "Root Type", "Type Qualifier", "Qualifier", "Qualifier", "Qualifier")

POSITIONS = {
    "0": ("Section", *_BODY),
    "1": ("Section", *_BODY),
    "2": ("Section", *_REGION, "Device", "Qualifier"),
    "3": (
        "Section",
        "Body System",
        "Root Operation",
        "Body System / Region",
        "Approach",
        "Substance",
        "Qualifier",
    ),
    "4": (
        "Section",
        "Body System",
        "Root Operation",
        "Body System",
        "Approach",
        "Function / Device",
        "Qualifier",
    ),
    "5": (
        "Section",
        "Body System",
        "Root Operation",
        "Body System",
        "Duration",
        "Function",
        "Qualifier",
    ),
    "6": (
        "Section",
        "Body System",
        "Root Operation",
        "Body System",
        "Duration",
        "Qualifier",
        "Qualifier",
    ),
    "7": ("Section", *_REGION, "Method", "Qualifier"),
    "8": ("Section", *_REGION, "Method", "Qualifier"),
    "9": ("Section", *_REGION, "Method", "Qualifier"),
    "B": (
        "Section",
        "Body System",
        "Root Type",
        "Body Part",
        "Contrast",
        "Qualifier",
        "Qualifier",
    ),
    "C": (
        "Section",
        "Body System",
        "Root Type",
        "Body Part",
        "Radionuclide",
        "Qualifier",
        "Qualifier",
    ),
    "D": (
        "Section",
        "Body System",
        "Modality",
        "Treatment Site",
        "Modality Qualifier",
        "Isotope",
        "Qualifier",
    ),
    "F": (
        "Section",
        "Section Qualifier",
        "Root Type",
        "Body System / Region",
        "Type Qualifier",
        "Equipment",
        "Qualifier",
    ),
    "G": ("Section", *_QUALIFIERS),
    "H": ("Section", *_QUALIFIERS),
    "X": (
        "Section",
        "Body System",
        "Root Operation",
        "Body Part",
        "Approach",
        "Device / Substance / Technology",
        "Qualifier",
    ),
}
"""First character to the names of the seven positions, which differ by section."""

APPROACHES = {
    "0": ("Open", "through a cut down to the place"),
    "3": ("Percutaneous", "through the skin with a needle or a small puncture"),
    "4": ("Percutaneous Endoscopic", "through small punctures, seen with a camera"),
    "7": ("Via Natural or Artificial Opening", "through an opening of the body, without a camera"),
    "8": (
        "Via Natural or Artificial Opening Endoscopic",
        "through an opening of the body, with a camera",
    ),
    "F": (
        "Via Natural or Artificial Opening With Percutaneous Endoscopic Assistance",
        "through an opening of the body, helped by a camera through the skin",
    ),
    "X": ("External", "on the skin, or from outside the body"),
}
"""Character of an approach to its official name and what that means."""

ROOT_OPERATIONS = {
    "Abortion": "ending a pregnancy",
    "Alteration": "changing the look of a part, not for a medical need",
    "Assistance": "helping the body do a job",
    "Bypass": "making a new route around a part",
    "Change": "swapping a device without a cut",
    "Compression": "pressing on a part from outside",
    "Control": "stopping bleeding",
    "Creation": "making a new part that was not there",
    "Delivery": "helping with a birth",
    "Destruction": "destroying tissue where it is",
    "Detachment": "cutting off an arm, a leg, a hand, a foot, a finger, or a toe",
    "Dilation": "making a passage wider",
    "Division": "cutting into or across a part",
    "Drainage": "letting out fluid or gas",
    "Dressing": "covering a part to protect it",
    "Excision": "cutting out some of a part",
    "Extirpation": "taking out solid matter, such as a clot or a stone",
    "Extraction": "pulling out some or all of a part",
    "Fragmentation": "breaking up solid matter, such as a stone",
    "Fusion": "joining bones so that a joint no longer moves",
    "Immobilization": "keeping a part still",
    "Insertion": "putting in a device",
    "Inspection": "looking or feeling",
    "Introduction": "putting in a medicine or other substance, not blood",
    "Irrigation": "rinsing",
    "Manipulation": "moving a part by hand",
    "Map": "finding which spot does which job",
    "Measurement": "measuring once",
    "Monitoring": "measuring over time",
    "Occlusion": "closing a passage fully",
    "Packing": "putting material into a space",
    "Performance": "doing a job for the body",
    "Reattachment": "putting back a part that came off",
    "Release": "freeing a part that is held tight",
    "Removal": "taking out a device",
    "Repair": "mending a part",
    "Replacement": "putting something in the place of a part",
    "Reposition": "moving a part to where it belongs",
    "Resection": "cutting out all of a part",
    "Restoration": "bringing a function back to normal",
    "Restriction": "making a passage narrower",
    "Revision": "fixing a device that does not work well",
    "Supplement": "adding material that strengthens a part",
    "Traction": "pulling on a part",
    "Transfer": "moving a part to do the job of another",
    "Transfusion": "giving blood or a blood product",
    "Transplantation": "putting in a living part from someone else or an animal",
    "Treatment": "treating by hand",
}
"""Official name of a root operation to what is done, in our words."""

_DURATIONS = {
    "5": {
        "0": "Single",
        "1": "Intermittent",
        "2": "Continuous",
        "3": "Less than 24 Consecutive Hours",
        "4": "24-96 Consecutive Hours",
        "5": "Greater than 96 Consecutive Hours",
        "6": "Multiple",
    },
    "6": {"0": "Single", "1": "Multiple"},
}
_CONCEPTION = {
    "0": "Products of Conception",
    "1": "Products of Conception, Retained",
    "2": "Products of Conception, Ectopic",
}

_DEVICE_FIRST = {"Change", "Insertion", "Introduction", "Removal", "Revision", "Transfusion"}
"""Operations whose descriptions name the device or substance before the body part."""

_QUALIFIED = {
    "Detachment": re.compile(r"at (?P<b4>.+), (?P<q7>[^,]+)"),
    "Fusion": re.compile(r"(?P<b4>.+?) with (?P<d6>.+?), (?P<q7>\w+ Approach, \w+ Column)"),
    "Transfer": re.compile(r"(?P<b4>.+?)(?: to| with|,(?= .+ Flap)) (?P<q7>.+)"),
    "Transplantation": re.compile(r"(?P<b4>.+), (?P<q7>[^,]+)"),
}
"""Operations of which no code is without a qualifier; a group's digit is its position."""

NONE = "None"
"""What Z stands for: no device, no qualifier, no contrast."""

_LINE = re.compile(r"(\d{5}) ([0-9A-HJ-NP-Z]{3,7}) +([01]) (.{60}) (.+)")
_ANY_CODE = re.compile(r"[0-9A-HJ-NP-Z]{1,7}")
_LINE_LEAST = 78
_HINT = "Take icd10pcs_order_YYYY.txt, as published by CMS, without opening it in an editor."

Lookup = Callable[[str], str]


def recognise(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is an ICD-10-PCS order file.

    ICD-10-CM order files have the same columns; none of their codes begins with a digit.
    """
    lines = head.decode("latin-1").split("\n")
    if len(lines) > 1:
        lines.pop()  # empty, or cut off where the head ends
    certain = False
    for line in lines:
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            return False
        code, valid = match[2], match[3] == "1"
        if len(code) != (7 if valid else 3) or code[0] not in SECTIONS:
            return False
        certain = certain or code[0].isdigit()
    return certain


def read_order(stream: IO[bytes], *names: str) -> tuple[Release, Iterator[Concept]]:
    """Read an order file; the concepts come in the order of the file.

    The file itself does not say which year it is for, so the release is dated by ``names``,
    the file's name as CMS gives it (``icd10pcs_order_2026.txt``: the fiscal year 2026, in
    force since 2025-10-01) and that of the archive it is in, by default as the stream has it.
    Without a year there, the version stays empty.

    Codes are returned with their table as ``parent``. Above the tables stand concepts that
    the file has only in the tables' names: the section (``0``, level ``chapter``) and the
    body system (``00``, level ``block``). They are not counted as codes of the release.

    Raises :class:`~codelookup.errors.DataError`, while iterating, for a line that is too
    short or not of this form, for an order number out of turn and for a repeated code.
    """
    names = names or (re.split(r"[/\\]", str(getattr(stream, "name", "")))[-1],)
    release = release_from_names(SYSTEM, "ICD-10-PCS", *names, source="CMS, ICD-10-PCS order file")
    return release, _concepts(stream)


def _concepts(stream: IO[bytes]) -> Iterator[Concept]:
    seen: set[str] = set()
    last = 0
    number = 0
    for number, line in cms_lines(stream, _HINT):
        match = _LINE.fullmatch(line)
        if match is None:
            short = len(line) < _LINE_LEAST
            raise DataError(
                f"Line {number} is cut short at {len(line)} characters."
                if short
                else f"Line {number} is not a line of an ICD-10-PCS order file.",
                _HINT,
            )
        order, code, valid = int(match[1]), match[2], match[3] == "1"
        if len(code) != (7 if valid else 3) or code[0] not in SECTIONS:
            raise DataError(
                f"Line {number} has {code}, which is not a table or a code of ICD-10-PCS.",
                "ICD-10-CM order files look alike; check which of the two this is.",
            )
        if code in seen:
            raise DataError(f"Line {number} has {code} a second time.", _HINT)
        if order <= last:
            raise DataError(f"Line {number} is out of turn: {order} after {last}.", _HINT)
        last = order
        short_text, display = match[4].strip(), match[5].strip()
        if valid and code[:3] not in seen:
            raise DataError(f"Line {number} has {code} before its table {code[:3]}.", _HINT)
        if not valid:
            yield from _above(code, display, seen)
        seen.add(code)
        yield Concept(
            system=SYSTEM,
            code=code,
            display=display,
            level="code" if valid else "header",
            parent=code[:3] if valid else code[:2],
            billable=valid,
            designations=() if short_text == display else (Designation("short", short_text),),
        )
    if not seen:
        raise DataError("The file has no ICD-10-PCS codes.", _HINT)


def _above(code: str, display: str, seen: set[str]) -> Iterator[Concept]:
    """The section and the body system of a table, each the first time it is met."""
    section = code[0]
    if section not in seen:
        seen.add(section)
        yield Concept(SYSTEM, section, SECTIONS[section], "chapter", billable=False)
    if code[:2] not in seen:
        seen.add(code[:2])
        system = _table(section, display)[0]
        yield Concept(SYSTEM, code[:2], system, "block", section, billable=False)


def _table(section: str, display: str) -> tuple[str, str]:
    """Split a table's name in two: ("Ear, Nose, Sinus", "Change").

    All sections but the first write their own name before it. Two sections name no body
    system, and one table of the 2026 release names no operation.
    """
    named = SECTIONS[section] + ", "
    rest = display[len(named) :] if display.startswith(named) else display
    if section in "GH":
        return NONE, rest
    system, comma, operation = rest.rpartition(", ")
    return (system, operation) if comma else (rest, "")


def characters(code: str, lookup: Lookup) -> list[tuple[int, str, str]]:
    """Say what each character of a code stands for: ``(position, label, meaning)``.

    ``lookup`` gives the official long description of a table (three characters) or code
    (seven), and an empty string for what does not exist. Explanations follow an official
    name in parentheses. For a shorter text only its own positions are returned; a text
    that cannot be ICD-10-PCS gives an empty list.

    From the order file can be derived: section, body system, operation and approach, and
    that Z means none. Body part, device, substance and qualifier are cut out of the code's
    own description, for most codes with the help of the code that differs only in having
    no qualifier. **Where the description merges two characters into one phrase, or says
    nothing of one, the meaning is an empty string**: among others the substance and the
    qualifier of most administered drugs, functions in sections 4 and 5, and methods in
    section 8. The wording is that of the description, so an official value that is worded
    otherwise in the published tables ("Skin, Scalp" for "Scalp Skin") is not reproduced.
    """
    code = code.strip().upper()
    if not _ANY_CODE.fullmatch(code) or code[0] not in SECTIONS:
        return []
    section = code[0]
    # A third character Z is an operation that the table's name leaves out, hence the gap.
    meanings = {at: NONE for at in (2, 4, 5, 6, 7) if code[at - 1 : at] == "Z"}
    meanings[1] = SECTIONS[section]
    table = lookup(code[:3]) if len(code) >= 3 else ""
    operation = ""
    if table:
        meanings[2], operation = _table(section, table)
        plain = ROOT_OPERATIONS.get(operation)
        meanings[3] = f"{operation} ({plain})" if plain else operation
    labels = POSITIONS[section]
    approach = code[4:5] if labels[4] == "Approach" else ""
    if approach in APPROACHES:
        meanings[5] = "{} ({})".format(*APPROACHES[approach])
    description = lookup(code) if len(code) == 7 else ""
    if description:
        for position, text in _parts(code, operation, description, lookup).items():
            if text and meanings.get(position, "") == "":
                meanings[position] = text
    return [(at, labels[at - 1], meanings.get(at, "")) for at in range(1, len(code) + 1)]


def _parts(code: str, operation: str, description: str, lookup: Lookup) -> dict[int, str]:
    """The texts for positions 4 to 7 as far as the description gives them."""
    section = code[0]
    text = _without_approach(code, description)
    if section == "0":
        return _surgical(code, operation, text, lookup)
    if section == "X":
        found = re.fullmatch(r"(.+), (New Technology Group \d+)", text)
        if found is None:
            return {}
        parts = {7: found[2]}
        if found[1].startswith(operation) and operation not in ("", "Measurement", "Monitoring"):
            parts.update(_part_and_device(operation, _after(operation, found[1])))
        return parts
    if section == "1":
        return _obstetric(code, operation, text)
    if section == "B":
        return _imaging(code, text, lookup)
    if section in "56":
        duration = _DURATIONS[section].get(code[4], "")
        return {5: duration} if re.search(rf"(^|, ){re.escape(duration)}(,|$)", text) else {}
    pattern = _PATTERNS.get(section)
    found = pattern.match(text) if pattern else None
    if found is None:
        return {}
    parts = {}
    for group, value in found.groupdict().items():
        if value:
            parts[int(group[-1])] = value
    return _checked(code, parts)


def _checked(code: str, parts: dict[int, str]) -> dict[int, str]:
    """Keep of what a pattern found only what can be told apart."""
    if any(code[position - 1] == "Z" for position in parts):
        return {}
    if code[0] == "3" and code[2] == "0" and code[6] != "Z":
        # An administered drug's qualifier is worked into the name of the substance.
        parts.pop(6, None)
    if code[0] == "3" and code[2] == "2":
        substance = parts.pop(6, "")
        donor = re.match(r"(Autologous|Nonautologous|Allogeneic \w+) (.+)", substance)
        if code[6] == "Z":
            parts[6] = substance
        elif donor:
            parts[6], parts[7] = donor[2], donor[1]
    return parts


_PATTERNS = {
    "2": re.compile(
        r"(?:Change|Removal of) (?P<d6>.+?) on (?P<b4>.+)"
        r"|(?:Change|Removal of) (?P<c4>.+) (?P<e6>Packing Material)$"
        r"|\w+ of (?P<f4>.+?)(?: using (?P<g6>.+))?$"
    ),
    "3": re.compile(
        r"(?:Introduction|Transfusion) of (?P<s6>.+?) (?:into|in) (?P<b4>.+)"
        r"|Irrigation of (?P<c4>.+?) using (?P<t6>[^,]+)(?:, (?P<q7>.+))?$"
    ),
    "7": re.compile(r"Osteopathic Treatment of (?P<b4>.+?) using (?P<m6>.+)"),
    "9": re.compile(r"Chiropractic Manipulation (?:of )?(?P<b4>.+?), (?P<m6>.+)"),
    "C": re.compile(r".+? of (?P<b4>.+?)(?: using (?P<r5>.+))?$"),
    "D": re.compile(
        r"Beam Radiation of (?P<b4>.+?) using (?P<q5>.+?)(?:, (?P<i7>Intraoperative))?$"
        r"|(?P<r5>.+) Brachytherapy of (?P<c4>.+?) using (?P<i6>.+?)(?:, (?P<v7>[^,]+))?$"
        r"|Stereotactic (?P<s5>.+) Radiosurgery of (?P<d4>.+)"
        r"|(?P<t5>[^,]+?) of (?P<e4>[^,]+)$"
    ),
    "F": re.compile(
        r"(?P<t5>.+) (?:Assessment|Treatment)(?: of (?P<b4>.+?))?(?: using (?P<e6>.+))?$"
        r"|(?P<u5>.+) Device Fitting(?: using (?P<f6>.+))?$"
        r"|Caregiver Training in (?P<v5>.+?)(?: using (?P<g6>.+))?$"
    ),
    "G": re.compile(r"[^,]+, (?P<q4>.+)"),
    "H": re.compile(r"[^,]+, (?P<q4>.+)"),
}
"""How the descriptions of a section are built; a group's digit is the position it fills."""


def _without_approach(code: str, description: str) -> str:
    """The description with the name of the approach taken out."""
    if POSITIONS[code[0]][4] != "Approach" or code[4] not in APPROACHES:
        return description
    name = re.escape(APPROACHES[code[4]][0])
    return re.sub(rf", {name}( Approach)?(?=,|$)", "", description, count=1)


def _after(operation: str, text: str) -> str:
    rest = text[len(operation) :].strip()
    return rest[3:] if rest.startswith("of ") else rest


def _surgical(code: str, operation: str, text: str, lookup: Lookup) -> dict[int, str]:
    if not operation or not text.startswith(operation):
        return {}
    body = _after(operation, text)
    if code[6] == "Z":
        return _part_and_device(operation, body, code[5] != "Z")
    if operation in ("Bypass", "Creation"):
        found = re.fullmatch(r"(.+?) (?:to|from|in) (.+?)(?: (?:with|using) (.+))?", body)
        if found is None:
            return {}
        if operation == "Creation" and " in " in body and " from " not in body:
            return {4: found[2], 7: found[1], 6: found[3] or ""}
        return {4: found[1], 7: found[2], 6: found[3] or ""}
    if operation in _QUALIFIED:
        found = _QUALIFIED[operation].fullmatch(body)
        if found:
            return {int(group[-1]): value for group, value in found.groupdict().items()}
    # The same code without the qualifier shows which words are the qualifier's.
    plain = lookup(code[:6] + "Z")
    if plain:
        base = _after(operation, _without_approach(code, plain))
        parts = _part_and_device(operation, base, code[5] != "Z")
        if all(part in body for part in parts.values()):
            parts[7] = _left_over(body, parts)
            return parts
    return {}


def _part_and_device(operation: str, body: str, device: bool = True) -> dict[int, str]:
    """Split "Drainage Device from Brain" or "Brain with Drainage Device"."""
    body = re.sub(r"^(?:Bleeding in|Matter from|in|at) ", "", body)
    if not device:
        return {4: body}
    if operation in _DEVICE_FIRST:
        found = re.fullmatch(r"(.+) (?:from|into|in) (.+)", body)
        return {6: found[1], 4: found[2]} if found else {}
    found = re.fullmatch(r"(.+?) (?:with|using) (.+)", body)
    return {4: found[1], 6: found[2]} if found else {}


def _left_over(body: str, parts: dict[int, str]) -> str:
    """What remains of a description when the known parts and the joining words are gone."""
    for part in sorted(parts.values(), key=len, reverse=True):
        body = body.replace(part, "|", 1)
    words = re.split(r"[|,]| (?=with\b|using\b|from\b|into\b|in\b|to\b)", body)
    joining = r"^\s*(?:(?:created from|with|using|from|into|in|to)\b\s*)?"
    texts = [re.sub(joining, "", word).strip() for word in words]
    texts = [text for text in texts if text]
    return texts[0] if len(texts) == 1 else ""


def _imaging(code: str, text: str, lookup: Lookup) -> dict[int, str]:
    """Body part, contrast and the one qualifier that stands at the end of the description."""
    found = re.fullmatch(r".+? of (.+?)(?: using (.+))?", text)
    if found is None:
        return {}
    part, rest = found[1], found[2] or ""
    parts = {}
    if code[4] != "Z":
        contrast, _, rest = rest.partition(", ")
        parts = {4: part, 5: contrast}
    elif code[5:] == "ZZ":
        return {4: part}
    else:
        plain = lookup(code[:4] + "ZZZ")
        if not plain or not text.startswith(plain):
            return {}
        parts = {4: plain.partition(" of ")[2]}
        rest = re.sub(r"^(?:,| using) ", "", text[len(plain) :])
    qualified = [position for position in (6, 7) if code[position - 1] != "Z"]
    if len(qualified) == 1:
        parts[qualified[0]] = rest
    return parts


def _obstetric(code: str, operation: str, text: str) -> dict[int, str]:
    part = _CONCEPTION.get(code[3], "")
    if not part or part not in text:
        return {}
    parts = {4: part}
    rest = text.replace(part, "|", 1)
    if not text.startswith(operation):
        return parts
    rest = _after(operation, rest)
    if code[5] != "Z":
        found = re.fullmatch(r"(.+) (?:from|into|in) \|", rest)
        if found and code[6] == "Z":
            parts[6] = found[1]
            return parts
        found = re.fullmatch(r"(.+ in )?\| with (.+)", rest)
        if found:
            parts[6] = found[2]
            rest = (found[1] or "") + "|"
    if code[6] != "Z":
        found = re.fullmatch(r"(.+?) (?:from|into|in) \||\|, (.+)", rest)
        if found:
            parts[7] = found[1] or found[2]
    return parts
