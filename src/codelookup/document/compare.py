"""Codes side by side: the document of ``codelookup compare``.

All that a renderer needs to know is settled here: which rows there are and in which order,
what in them is common, what is folded, and what stands in an empty cell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup import SCHEMA_VERSION
from codelookup.document.documents import concept_document, not_found
from codelookup.document.readings import read_as
from codelookup.errors import UsageError
from codelookup.find.lookup import characters_of, find_code, read_code
from codelookup.find.wording import apart
from codelookup.terms import NOTE_TYPES, SECTIONS

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, Row
    from codelookup.document.types import (
        BlockDocument,
        CellDocument,
        CompareDocument,
        ConceptDocument,
        ModifierDocument,
        RowDocument,
    )

    _Blocks = list[BlockDocument]

LEAST, MOST = 2, 6
"""How many codes can be compared."""

CHOOSING = (
    "summary",
    "indications",
    "duration",
    "setting",
    "personnel",
    "preparation",
    "anesthesia",
    "risks",
    "recovery",
    "billing",
)
"""The sections by which people choose between two services or check a bill; they come first,
and the others are folded."""

_SHARED = 0.3
"""The share of their words that names must have in common to say in short how they differ."""

_TELLS = {
    "cpt": "what was done or supplied",
    "hcpcs": "what was done or supplied",
    "icd10cm": "why: the illness or the reason",
    "icd10pcs": "what was done in a hospital stay",
}
"""What codes of a system stand for on a bill."""

_SELDOM_WANTED = ("Last change",)
"""Official facts that are folded even where they differ."""


class _Line(NamedTuple):
    """A row before it is compared.

    ``contents`` has what each concept says, or nothing. ``able`` tells which of them could say
    anything of the sort (has a page, or official facts), ``silent`` what to say of one that does
    not, and ``folded`` that the row is shown only on demand.
    """

    id: str
    title: str
    contents: list[_Blocks]
    able: list[bool]
    silent: list[str]
    folded: bool


def compare_document(
    catalogue: Catalogue,
    typed: Iterable[str],
    systems: Collection[str] = (),
    sections: Collection[str] = (),
    everything: bool = False,
) -> CompareDocument:
    """Two to six codes side by side, what differs first.

    ``sections`` narrows to those, and shows them whole; ``everything`` folds nothing. There are
    no rows if fewer than two of the codes are known.

    Raises:
        UsageError: too few or too many codes, or the same one each time.
    """
    texts = list(typed)
    if not LEAST <= len(texts) <= MOST:
        count = {0: "none was", 1: "one was"}.get(len(texts), f"{len(texts)} were")
        raise UsageError(
            f"compare takes two to six codes; {count} given.",
            "It goes like this: codelookup compare 99213 99214",
        )
    document: CompareDocument = {
        "schema_version": SCHEMA_VERSION,
        "command": "compare",
        "whole": everything or bool(sections),
        "concepts": [],
        "rows": [],
        "remarks": [],
        "not_found": [],
    }
    named: dict[tuple[str, str, tuple[str, ...]], list[Row]] = {}
    for rows, modifiers in _meant(catalogue, texts, systems, document):
        key = (rows[0].system, rows[0].code, modifiers)
        if key in named:
            document["remarks"].append(f"{rows[0].code} is named twice; it is shown once.")
        named[key] = rows
    if len(named) < LEAST and not document["not_found"]:
        ((_, code, _),) = named
        raise UsageError(
            f"{code} is the same code each time, so there is nothing to compare.",
            f"For codes like it: codelookup similar {code}",
        )
    concepts = document["concepts"] = [
        concept_document(catalogue, rows, modifiers, sections)
        for (_, _, modifiers), rows in named.items()
    ]
    if len(concepts) < LEAST:
        return document
    lines = list(_section_lines(concepts, sections))
    if not sections:
        official = [_official(rows) for rows in named.values()]
        characters = [characters_of(catalogue, row) if row else [] for row in official]
        first = [line for line in lines if not line.folded]
        last = [line for line in lines if line.folded]
        lines = [
            *_short_lines(concepts),
            *first,
            *_fact_lines(concepts, characters, everything),
            *last,
        ]
    rows_by_state: dict[str, list[RowDocument]] = {"different": [], "only": [], "same": []}
    for line in lines:
        if any(line.contents):
            row = _row(line, document["whole"])
            rows_by_state[row["state"]].append(row)
    document["rows"] = [row for rows in rows_by_state.values() for row in rows]
    return document


def _meant(
    catalogue: Catalogue,
    texts: list[str],
    systems: Collection[str],
    document: CompareDocument,
) -> Iterator[tuple[list[Row], tuple[str, ...]]]:
    """(rows, modifiers) of the codes that are known; the others go into the document."""
    codes = [(text.strip(), read_code(text)) for text in texts]
    found = [find_code(catalogue, code, systems) if code else [] for _, code in codes]
    sure = [rows[0][0] for rows in found if len(rows) == 1]
    taken = {(row.system, row.code) for row in sure}
    for (text, code), readings in zip(codes, found, strict=True):
        if code is None or not readings:
            document["not_found"].append(not_found(catalogue, text, code, systems))
            continue
        rows = readings[0]
        if len(readings) > 1:
            rows, remark = read_as(text, readings, {row.system for row in sure}, taken)
            document["remarks"].append(remark)
        yield rows, code.modifiers


def _official(rows: list[Row]) -> Row | None:
    return next((row for row in rows if row.concept is not None), None)


# -- rows ------------------------------------------------------------------------------------


def _row(line: _Line, whole: bool) -> RowDocument:
    """A line compared: what is common in it, what is each one's own, and whether it is folded."""
    speaking = [blocks for blocks in line.contents if blocks]
    heard = [blocks for blocks, able in zip(line.contents, line.able, strict=True) if able]
    common: _Blocks = []
    own = line.contents
    if len(heard) < LEAST or (len(speaking) == 1 and line.folded):
        state = "only"
    elif all(blocks == heard[0] for blocks in heard):
        state, common, own = "same", heard[0], [[] for _ in own]
    else:
        state = "different"
        if len(speaking) == len(own):
            common, own = _parted(own)
            if not any(own):  # the same points in another order
                state, common = "same", heard[0]
    cells: list[CellDocument] = []
    for blocks, before, silent in zip(own, line.contents, line.silent, strict=True):
        note = "" if blocks or state == "same" else "Nothing of its own." if before else silent
        cells.append({"blocks": blocks, "note": note})
    # Of a page beside a code without one, what it is about is worth reading all the same.
    aside = state == "same" or (state == "only" and line.id != "summary")
    return {
        "id": line.id,
        "title": line.title,
        "state": state,
        "folded": not whole and (aside or line.folded),
        "common": common,
        "cells": cells,
    }


def _parted(contents: list[_Blocks]) -> tuple[_Blocks, list[_Blocks]]:
    """The points that all have, and those of each; steps make sense only one after the other."""
    if any(block["type"] == "steps" for blocks in contents for block in blocks):
        return [], contents
    points = [list(_points_of(blocks)) for blocks in contents]
    common = [point for point in points[0] if all(point in other for other in points[1:])]
    own = [[point for point in one if point not in common] for one in points]
    return _blocks_of(common), [_blocks_of(one) for one in own]


def _points_of(blocks: _Blocks) -> Iterator[tuple[str, str]]:
    for block in blocks:
        for text in block.get("items") or [block["text"]]:
            yield block["type"], text


def _blocks_of(points: list[tuple[str, str]]) -> _Blocks:
    blocks: _Blocks = []
    for kind, text in points:
        if kind == "paragraph":
            blocks += _text(text)
        elif blocks and blocks[-1]["type"] == kind:
            blocks[-1]["items"].append(text)
        else:
            blocks += _points([text])
    return blocks


def _short_lines(concepts: list[ConceptDocument]) -> Iterator[_Line]:
    """How they differ in a phrase, modifiers that were typed, and whether each is in use."""
    yield _line("difference", "In short", [_text(phrase) for phrase in _phrases(concepts)])
    typed = [
        [block for modifier in concept["modifiers"] for block in _text(_modifier(modifier))]
        for concept in concepts
    ]
    yield _line("modifiers", "Modifier", typed, "None.")
    if any(concept["status"] != "active" for concept in concepts):
        uses = [_text(_status(concept)) for concept in concepts]
        yield _line("status", "Can it be billed", uses)


def _phrases(concepts: list[ConceptDocument]) -> list[str]:
    """What the other pages say of each code, else what its system or its name has of its own."""
    said = {
        (near["system"], near["code"]): near["difference"]
        for concept in reversed(concepts)
        for near in concept["similar"]
    }
    phrases = [said.get((concept["system"], concept["code"]), "") for concept in concepts]
    systems = {concept["system"] for concept in concepts}
    pages = any(concept["has_page"] for concept in concepts)
    if any(phrases):
        return phrases
    tells = [_TELLS[concept["system"]] for concept in concepts]
    if len(set(tells)) > 1:
        return tells
    if not pages and len(systems) == 1:
        names = apart([concept["display"] for concept in concepts])
        if names.shared >= _SHARED:
            return [part or "Nothing of its own." for part in names.parts]
    return phrases


def _modifier(modifier: ModifierDocument) -> str:
    if not modifier["known"]:
        return f"{modifier['code']}: not one that is known here."
    if not modifier["display"]:
        return f"{modifier['code']}: a real one; no plain words for it are here yet."
    return f"{modifier['code']}: {modifier['display']}. {modifier['summary'] or ''}".strip()


def _status(concept: ConceptDocument) -> str:
    if concept["status"] == "header":
        return "No: a header, too general; a code below it can."
    if concept["status"] == "active":
        return "Yes."
    now = ", ".join(new["code"] for new in concept["replaced_by"])
    if now and concept["has_page"]:
        now += ", whose page it shows"
    return f"Until {concept['used_until']}." + (f" Now {now}." if now else "")


def _section_lines(concepts: list[ConceptDocument], wanted: Collection[str]) -> Iterator[_Line]:
    """The sections of the pages: those by which people choose, then the others."""
    able = [concept["has_page"] for concept in concepts]
    silent = [
        "Its page says nothing of it." if has_page else "It has no plain-language page yet."
        for has_page in able
    ]
    others = [name for name in SECTIONS if name not in CHOOSING]
    for name in (*CHOOSING, *others):
        sections = [concept["sections"].get(name) for concept in concepts]
        titles = {section["title"] for section in sections if section}
        if titles:
            title = titles.pop() if len(titles) == 1 else SECTIONS[name]
            contents = [section["blocks"] if section else [] for section in sections]
            yield _Line(name, title, contents, able, silent, name in others and not wanted)


def _fact_lines(
    concepts: list[ConceptDocument],
    characters: list[list[tuple[int, str, str]]],
    everything: bool,
) -> Iterator[_Line]:
    """What the code sets say: wording, place, characters, facts, notes, codes below.

    Only ``everything`` has the notes of whole chapters, which hold for thousands of codes.
    """

    def line(name: str, title: str, contents: list[_Blocks]) -> _Line:
        # A diagnosis has no coverage, and no other system has notes.
        has = {code["system"] for code, blocks in zip(concepts, contents, strict=True) if blocks}
        able = [bool(code["descriptor"]) and code["system"] in has for code in concepts]
        silent = ["None." if one else "Not in its code set." for one in able]
        return _Line(name, title, contents, able, silent, False)

    if any(concept["has_page"] for concept in concepts):
        wordings = [_text(concept["descriptor"] or "") for concept in concepts]
        yield line("descriptor", "Official wording", wordings)
    yield line("path", "Where it stands", [_named(concept["path"]) for concept in concepts])
    for at in range(7):
        found = [one[at] if one else (0, "", "") for one in characters]
        titles = dict.fromkeys(label for _, label, _ in found if label)
        meanings = [
            f"{meaning or 'see the wording'} ({concept['code'][at]})" if label else ""
            for (_, label, meaning), concept in zip(found, concepts, strict=True)
        ]
        yield line(f"character_{at + 1}", " / ".join(titles), [_text(text) for text in meanings])
    properties = [
        # Those of ICD-10-PCS are its characters.
        {} if one else {entry["label"]: entry["value"] for entry in concept["properties"]}
        for one, concept in zip(characters, concepts, strict=True)
    ]
    for label in dict.fromkeys(label for facts in properties for label in facts):
        name = label.lower().replace(" ", "_")
        values = [_text(facts.get(label, "")) for facts in properties]
        yield line(name, label, values)._replace(folded=label in _SELDOM_WANTED)
    for kind, title in NOTE_TYPES.items():
        notes = []
        for concept in concepts:
            chapter = concept["path"][0]["code"] if concept["path"] and not everything else ""
            texts = [
                note["text"]
                for note in concept["notes"]
                if note["type"] == kind and note["from"] != chapter
            ]
            if kind == "includes":
                texts += concept["designations"].get("inclusion", [])
            notes.append(_points(texts))
        yield line(kind, title, notes)
    # A header can have hundreds of codes below it.
    below = line("children", "Codes below it", [_named(code["children"]) for code in concepts])
    yield below._replace(folded=True)


def _line(name: str, title: str, contents: list[_Blocks], silent: str = "") -> _Line:
    count = len(contents)
    return _Line(name, title, contents, [True] * count, [silent] * count, False)


def _text(text: str) -> _Blocks:
    return [{"type": "paragraph", "text": text}] if text else []


def _points(items: list[str]) -> _Blocks:
    return [{"type": "list", "items": items}] if items else []


def _named(codes: Iterable[Any]) -> _Blocks:
    return _points([f"{code['code']}  {code['display']}" for code in codes])
