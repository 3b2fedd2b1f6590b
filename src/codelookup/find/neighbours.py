"""Codes beside a code: those its page names, and those the catalogue finds.

Every one says how it differs, and nothing that could be said of any other: what the two names
do not share, the character of an ICD-10-PCS code that changes, or how long each takes. A code
of which nothing of the sort can be said is no neighbour.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup.find.lookup import characters_of
from codelookup.find.wording import apart
from codelookup.terms import system_of

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, Row

WINDOW = 12
"""How many siblings on either side are looked at: chapters have hundreds."""
REACH = 150
"""The same, in lists without a hierarchy (HCPCS, CPT)."""
PAGES = 6
"""Pages that are found by their names, at most."""
LIKELY = 40
"""Pages that share the rarest words and are weighed for that."""
SAME = 0.3
"""The share of their words that two titles must have in common to tell what they do not share."""
ALIKE = 0.5
"""The same for official wording, of which whole lists share much."""
RARE = 9.0
"""The summed rarity of shared words at which two pages are about the same: two rare words."""
MANY = 20
"""A word that one page in so many has is not rare."""
SHORT = 10
"""Words; more of them make no phrase."""
EACH = 8
"""Codes for each character of an ICD-10-PCS code, at most."""


_CODE_IN_TEXT = re.compile(r"\b(?:\d{4}[0-9A-Z]|[A-V]\d{4})\b")


class Neighbour(NamedTuple):
    """A code and, in a phrase, how it differs.

    ``origin`` is ``written`` (by the page's writer) or ``found`` (by the catalogue).
    ``relation`` is ``replaced_by``, ``family`` (of the same page file), ``similar`` (named on the
    page) or ``mentioned`` (in a sentence of the page, which is then the difference); of those
    found ``sibling``, ``side`` (the same ending below a sibling), ``parent``, ``child``,
    ``character`` (one character of an ICD-10-PCS code), ``list`` (near in a list without a
    hierarchy) or ``names`` (a page of which the names share rare words). A header is not
    ``billable``.
    """

    system: str
    code: str
    display: str
    difference: str
    origin: str
    relation: str
    billable: bool = True


def neighbours(catalogue: Catalogue, rows: list[Row]) -> list[Neighbour]:
    """The neighbours of a concept, given as the rows that :func:`find_code` found.

    Written ones come first; of those found, the nearest.
    """
    page = next((row for row in rows if row.document), None)
    fact = next((row for row in rows if row.concept is not None), None)
    found: list[Neighbour] = list(_replacements(catalogue, rows[0], page, fact))
    if page:
        found += _written(catalogue, page)
        found += _pages_alike(catalogue, page, not found)
    if fact:
        if fact.system == "icd10cm":
            found += _diagnoses(catalogue, fact)
        elif fact.system == "icd10pcs" and fact.level == "code":
            found += _one_character(catalogue, fact)
        elif fact.system == "icd10pcs":
            found += _around(catalogue, fact)
        elif fact.level == "code":
            found += _in_the_list(catalogue, fact)
    own = (rows[0].system, rows[0].code)
    unique: dict[tuple[str, str], Neighbour] = {}
    for near in found:
        if near.difference and (near.system, near.code) != own:
            unique.setdefault((near.system, near.code), near)
    # A page's own title tells more than a descriptor.
    names = catalogue.displays(unique)
    return [near._replace(display=names.get(key, "")) for key, near in unique.items()]


# -- written ---------------------------------------------------------------------------------


def _replacements(
    catalogue: Catalogue, first: Row, page: Row | None, fact: Row | None
) -> Iterator[Neighbour]:
    about = json.loads(page.document or "{}") if page else {}
    if about.get("used_until"):
        codes, until, origin = about["replaced_by"], about["used_until"], "written"
    elif fact and fact.terminated:
        codes = json.loads(fact.facts or "{}").get("replaced_by", [])
        until, origin = fact.terminated, "found"
    else:
        return
    for code in codes:
        system = system_of(code, first.system)
        yield Neighbour(system, code, "", f"took its place after {until}", origin, "replaced_by")


def _written(catalogue: Catalogue, page: Row) -> Iterator[Neighbour]:
    """The codes of the same file, then those that its writer named."""
    about = json.loads(page.document or "{}")
    # A retired code may be of another system than the file that has its page.
    home = system_of(about.get("replaced_by", [page.code])[0], page.system)
    family = set(
        catalogue.query(
            page.file,
            "SELECT system, code FROM page WHERE family = ? AND system = ?",
            (about["family"], home),
        )
    )
    near = [tuple(entry) for entry in about["similar"]]
    own = [entry for entry in near if entry[:2] in family]
    for system, code, difference in own:
        yield Neighbour(system, code, "", difference, "written", "family")
    for system, code, difference in near:
        if (system, code, difference) not in own:
            yield Neighbour(system, code, "", difference, "written", "similar")
    mentioned: dict[tuple[str, str], str] = {}
    for sentence in _sentences(about["sections"]):
        for code in _CODE_IN_TEXT.findall(sentence):
            mentioned.setdefault((system_of(code, page.system), code), sentence.rstrip("."))
    known = catalogue.displays(mentioned)
    for (system, code), sentence in mentioned.items():
        if (system, code) in known and code != page.code:
            yield Neighbour(system, code, "", sentence, "written", "mentioned")


def _sentences(sections: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for blocks in sections.values():
        for block in blocks:
            for text in block.get("items") or [block["text"]]:
                yield from re.split(r"(?<=[.?!]) ", text)


# -- pages whose names share words -----------------------------------------------------------


class _PageName(NamedTuple):
    """A page as its names make it found."""

    number: int
    system: str
    code: str
    display: str
    kind: str
    specialty: str
    family: str
    document: str


def _pages_alike(catalogue: Catalogue, page: Row, alone: bool) -> list[Neighbour]:
    """Pages whose names share rare words, best those of the same kind and specialty.

    For a page that stands ``alone``, the nearest, however few words they share.
    """
    from codelookup.find import normalise

    own = _page_name(catalogue, page.file, "system = ? AND code = ?", (page.system, page.code))
    names = dict(catalogue.query(page.file, "SELECT id, words FROM page WHERE words <> ''"))
    if own.number not in names:
        return []  # a retired code, which is not found by name
    mine = set(names.pop(own.number).split())
    shared = {number: mine.intersection(text.split()) for number, text in names.items()}
    rarity = _rarity(shared.values(), len(names))
    # What the title says is what the page is about; other names may be about a part of it.
    for word in mine.difference(normalise.words(own.display)):
        rarity[word] = 0.6 * rarity.get(word, 0.0)
    alikeness = {number: sum(map(rarity.__getitem__, words)) for number, words in shared.items()}
    likely = sorted(alikeness, key=alikeness.__getitem__, reverse=True)[:LIKELY]
    ranked = []
    for number in likely:
        if alikeness[number] < RARE and not alone:
            break
        other = _page_name(catalogue, page.file, "id = ?", (number,))
        alike = alikeness[number]
        alike *= 1.0 if other.kind == own.kind else 0.7
        alike *= 1.0 if other.specialty == own.specialty else 0.8
        field = other.kind == own.kind or other.specialty == own.specialty
        if (other.system, other.family) != (own.system, own.family) and field:
            near = Neighbour(
                other.system, other.code, "", _page_difference(own, other), "found", "names"
            )
            if near.difference:
                ranked.append((-alike, other.code, near))
    ranked.sort()
    kept = [near for alike, _, near in ranked if -alike >= RARE]
    if not kept and alone:
        kept = [near for _, _, near in ranked[:3]]
    return kept[:PAGES]


def _rarity(shared: Iterable[set[str]], pages: int) -> dict[str, float]:
    """How rare each word is among the names of pages; 0 for one that many have."""
    counts = Counter(chain.from_iterable(shared))
    return {
        word: math.log(pages / count) if count < pages / MANY else 0.0
        for word, count in counts.items()
    }


def _page_name(catalogue: Catalogue, file: int, where: str, values: tuple[Any, ...]) -> _PageName:
    (row,) = catalogue.query(
        file,
        "SELECT id, system, code, display, kind, specialty, family, document FROM page "
        f"WHERE {where}",
        values,
    )
    return _PageName._make(row)


def _page_difference(own: _PageName, other: _PageName) -> str:
    """What two titles do not share; else another kind of thing, another time, another field."""
    names = apart([own.display, other.display])
    if names.shared >= SAME and all(len(part.split()) <= SHORT for part in names.parts):
        return _instead(*names.parts)
    if own.kind != other.kind and own.kind and other.kind:  # the user's pages may have none
        return f"{_KIND[other.kind]} instead of {_KIND[own.kind]}"
    before, after = _time(own), _time(other)
    if before and after and _amounts(before) != _amounts(after):
        return f"time: {after} instead of {before}"
    subjects = [_SUBJECT.match(page.display) for page in (own, other)]
    if own.kind == "test" and subjects[0] and subjects[1]:
        return f"{subjects[1][1]} instead of {subjects[0][1]}"
    if own.specialty != other.specialty and own.specialty and other.specialty:
        return f"field: {other.specialty} instead of {own.specialty}"
    return ""


_KIND = {
    "visit": "a visit",
    "procedure": "a procedure",
    "surgery": "surgery",
    "test": "a test",
    "imaging": "pictures",
    "drug": "a drug",
    "vaccine": "a vaccine",
    "equipment": "equipment",
    "supply": "a supply",
    "transport": "a ride",
    "service": "a service",
}
_TIMED = ("visit", "procedure", "surgery", "test", "imaging", "service")
"""Kinds of which the time is that of the thing itself, not of owning it."""
_SUBJECT = re.compile(r"([^:]+?),? (?:blood test|blood panel|test|level|in blood)\b(?!:)")
"""What a test is of: "Vitamin B12" in "Vitamin B12 level in blood"."""
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_DIGITS = {word: str(number) for number, word in enumerate(_NUMBERS, start=1)}
_DIGITS.update(a="1", an="1", half="half", twice="2")
_UNITS = {"second", "minute", "hour", "day", "night", "week", "month", "year"}


def _time(page: _PageName) -> str:
    """The first sentence of how long it takes, if it is a short one with a number in it."""
    blocks = json.loads(page.document)["sections"].get("duration", [])
    text = blocks[0].get("text", "") if blocks and page.kind in _TIMED else ""
    sentence = str(text).partition(". ")[0].rstrip(".")
    if len(sentence.split()) > SHORT or _amounts(sentence) <= _UNITS:
        return ""
    return sentence[:1].lower() + sentence[1:]


def _amounts(time: str) -> set[str]:
    """The numbers and units of a time: "five minutes to draw" is "5 minutes"."""
    from codelookup.find import normalise

    words = (_DIGITS.get(word, word.rstrip("s")) for word in normalise.raw_words(time))
    return {word for word in words if word.isdigit() or word == "half" or word in _UNITS}


# -- official lists --------------------------------------------------------------------------


def _diagnoses(catalogue: Catalogue, row: Row) -> Iterator[Neighbour]:
    """Around an ICD-10-CM code: its other sides, its siblings, the same under other headers."""
    above = catalogue.path(row)
    if row.seventh and len(above) > 1:
        for side in catalogue.children(above[-2]):
            for code in catalogue.children(side):
                if code.seventh == row.seventh and side.code != above[-1].code:
                    yield _beside(row, code, "side")
    around = list(_around(catalogue, row))
    yield from (near for near in around if near.relation != "parent")
    if row.level == "code" and not row.seventh:
        yield from _same_ending(catalogue, row, above)
    yield from (near for near in around if near.relation == "parent")


def _same_ending(catalogue: Catalogue, row: Row, above: list[Row]) -> Iterator[Neighbour]:
    """E10.9 beside E11.9: the same ending under another category of the block."""
    category = next((step for step in above if len(step.code) == 3), None)
    if category is None or category.parent is None:
        return
    block = catalogue.concept(category.file, category.parent)
    for other in catalogue.children(block) if block else []:
        if other.code != category.code:
            for code in catalogue.find(other.code + row.code[4:]):
                alike = apart([row.display, code.display]).shared >= SAME
                if alike and code.system == row.system and code.concept is not None:
                    yield _beside(row, code, "side")


def _around(catalogue: Catalogue, row: Row) -> Iterator[Neighbour]:
    """The codes below a header, those beside a code, and the header above it."""
    below = catalogue.children(row)
    for child in below[:LIKELY]:
        yield _found(child, _narrower(catalogue, row, child, len(below)), "child")
    parent = catalogue.concept(row.file, row.parent) if row.parent is not None else None
    if parent is None:
        return
    siblings = [code for code in catalogue.children(parent) if not code.terminated]
    place = next((at for at, code in enumerate(siblings) if code.concept == row.concept), 0)
    for code in siblings[max(place - WINDOW, 0) : place + WINDOW + 1]:
        if code.concept != row.concept:
            yield _beside(row, code, "sibling")
    names = apart([row.display, parent.display])
    if names.shared >= ALIKE and names.parts[0] and not names.parts[1]:
        wider = f'one level up: not only "{names.parts[0]}"'
    else:
        wider = f"one level up, with {len(siblings)} codes right below it"
    yield _found(parent, wider, "parent")


def _narrower(catalogue: Catalogue, row: Row, child: Row, count: int) -> str:
    """What a code right below a header adds to it."""
    characters = characters_of(catalogue, child)
    if characters:
        named = [_name(meaning) for _, _, meaning in characters[3:]]
        return "only " + ", ".join(name for name in named if name not in ("", "None"))
    names = apart([row.display, child.display])
    if names.shared >= ALIKE:
        return _instead(*names.parts)
    return f"narrower, one of {count} right below {row.code}"


def _beside(row: Row, other: Row, relation: str) -> Neighbour:
    """A code that stands beside another, with what the two names do not share."""
    names = apart([row.display, other.display])
    difference = _instead(*names.parts) if names.shared else ""
    if not difference and len(other.display.split()) <= SHORT >= len(row.display.split()):
        difference = f"{other.display} instead of {row.display}"
    return _found(other, difference, relation)


def _one_character(catalogue: Catalogue, row: Row) -> Iterator[Neighbour]:
    """ICD-10-PCS codes that differ in one character: body part, approach, device, qualifier.

    Then those with another operation on the same part.
    """
    own = characters_of(catalogue, row)
    for position in (4, 5, 6, 7, 3):
        key = f"{row.code[: position - 1]}?{row.code[position:]}"
        others = []
        for other in _concepts(catalogue, row.file, "key GLOB ? AND level = 'code'", (key,)):
            if other.code != row.code:
                names = apart([row.display, other.display])
                other_side = other.display == _mirrored(row.display)
                others.append((not other_side, -names.shared, other.code, other, names))
        for *_, other, names in sorted(others)[:EACH]:
            _, label, after = characters_of(catalogue, other)[position - 1]
            before = _name(own[position - 1][2])
            if before and after and before != _name(after):
                difference = f"{label.lower()}: {_name(after)} instead of {before}"
            else:
                difference = _instead(*names.parts)
            yield _found(other, difference, "character")


def _mirrored(text: str) -> str:
    return " ".join({"Left": "Right", "Right": "Left"}.get(word, word) for word in text.split())


def _name(meaning: str) -> str:
    """The official name of a character's meaning, without the explanation behind it."""
    return meaning.partition(" (")[0]


def _in_the_list(catalogue: Catalogue, row: Row) -> list[Neighbour]:
    """Codes near to a HCPCS or CPT code whose wording shares most of its words."""
    from codelookup.find import normalise

    assert row.concept is not None
    around = _concepts(
        catalogue,
        row.file,
        "id BETWEEN ? AND ? AND system = ? AND parent IS ? AND terminated = '' AND level = 'code'",
        (row.concept - REACH, row.concept + REACH, row.system, row.parent),
    )
    words = {other.code: set(normalise.words(other.display)) for other in around}
    mine = words.setdefault(row.code, set(normalise.words(row.display)))
    # "Injection" and "mg" are in all wordings around; what a drug is called is in few.
    counts = {word: sum(word in other for other in words.values()) for word in mine}
    weight = {word: math.log(1 + len(words) / count) for word, count in counts.items()}
    ranked = []
    for other in around:
        names = apart([row.display, other.display])
        short = all(len(part.split()) <= SHORT for part in names.parts)
        alike = sum(weight[word] for word in mine & words[other.code]) / sum(weight.values())
        if other.code != row.code and names.shared and short and alike >= SAME:
            near = _found(other, _instead(*names.parts), "list")
            ranked.append((-round(alike, 2), other.code, near))
    ranked.sort()
    kept = [near for alike, _, near in ranked if -alike >= ALIKE][:EACH]
    return kept or [near for _, _, near in ranked[:3]]


def _concepts(catalogue: Catalogue, file: int, where: str, values: Iterable[Any]) -> list[Row]:
    numbers = catalogue.query(file, f"SELECT id FROM concept WHERE {where}", values)
    found = (catalogue.concept(file, number) for (number,) in numbers)
    return [row for row in found if row is not None]


def _found(row: Row, difference: str, relation: str) -> Neighbour:
    return Neighbour(row.system, row.code, row.display, difference, "found", relation, row.billable)


def _instead(before: str, after: str) -> str:
    """The phrase for what one name says where the other says something else."""
    if before and after:
        return f"{after.removeprefix('of ')} instead of {before.removeprefix('of ')}"
    if after:
        return f'adds "{after}"'
    return f'leaves out "{before}"' if before else ""
