"""What the commands answer, as the documents that ``--json`` prints.

Every renderer takes these; keys are only ever added. ``schema.json`` beside this file is
their contract.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from codelookup import SCHEMA_VERSION
from codelookup.find.lookup import characters_of, find_code, looks_like, near_codes, read_code
from codelookup.terms import RIDES, SYSTEM_NAME, SYSTEM_URI, section_title, system_of

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, PageRow, ReleaseRow, Row
    from codelookup.document.types import (
        ChildDocument,
        ConceptDocument,
        ErrorDocument,
        ListDocument,
        ModifierDocument,
        Named,
        NoteDocument,
        NotFoundDocument,
        OwnPageDocument,
        SearchDocument,
        SectionDocument,
        ShowDocument,
        SystemDocument,
        SystemsDocument,
    )
    from codelookup.find.lookup import CodeInput
    from codelookup.find.search import Answer


def search_document(answer: Answer) -> SearchDocument:
    """The answer to a query."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "search",
        "query": answer.query,
        "corrected_query": answer.corrected or None,
        "results": [
            {
                "rank": rank,
                "system": hit.system,
                "system_uri": SYSTEM_URI[hit.system],
                "code": hit.code,
                "display": hit.display,
                "match": {"kind": hit.match.kind, "text": hit.match.text},
                "score": hit.score,
                "has_page": hit.has_page,
                "own_page": own_page_of(hit.origin),
            }
            for rank, hit in enumerate(answer.hits, start=1)
        ],
        "suggestions": [f"{code} {display}".strip() for _, code, display in answer.suggestions],
    }


def show_document(
    catalogue: Catalogue,
    typed: Iterable[str],
    systems: Collection[str] = (),
    sections: Collection[str] = (),
) -> ShowDocument:
    """Everything known about the codes that were typed; ``sections`` narrows to those."""
    concepts: list[ConceptDocument] = []
    missing: list[NotFoundDocument] = []
    shown: set[tuple[str, str, tuple[str, ...]]] = set()
    for text in typed:
        code = read_code(text)
        found = find_code(catalogue, code, systems) if code else []
        if not code or not found:
            missing.append(not_found(catalogue, text, code, systems))
        for rows in found:
            assert code
            key = (rows[0].system, rows[0].code, code.modifiers)
            if key not in shown:
                shown.add(key)
                concepts.append(concept_document(catalogue, rows, code.modifiers, sections))
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "show",
        "concepts": concepts,
        "not_found": missing,
    }


def not_found(
    catalogue: Catalogue, text: str, code: CodeInput | None, systems: Collection[str]
) -> NotFoundDocument:
    """What to say of a code that is not there: what it looks like, and what is near."""
    shown = "".join(letter for letter in text.strip() if letter.isprintable())[:60]
    if code is None:
        if not shown:
            reason = "No code was typed. It goes like this: codelookup show 90832"
            return {"query": shown, "reason": reason, "suggestions": []}
        reason = (
            f'"{shown}" does not look like a code. To look for words: codelookup search "{shown}"'
        )
        return {"query": shown, "reason": reason, "suggestions": []}
    near = near_codes(catalogue, code, systems)
    reason = f"{shown} is not known."
    like = looks_like(code)
    if like and not near:
        reason = f"{shown} looks like {like[0]}. {like[1]}"
    elif like:
        reason = f"{shown} is not known; it looks like {like[0]}."
    return {
        "query": shown,
        "reason": reason,
        "suggestions": [
            {"system": system, "code": code, "display": display} for system, code, display in near
        ],
    }


def concept_document(
    catalogue: Catalogue,
    rows: list[Row],
    modifiers: tuple[str, ...],
    wanted: Collection[str],
) -> ConceptDocument:
    """Everything known about a concept, of which ``rows`` are the page and the official facts."""
    page_row = next((row for row in rows if row.document), None)
    fact_row = next((row for row in rows if row.concept is not None), None)
    first = page_row or rows[0]
    page: dict[str, Any] = json.loads(page_row.document or "{}") if page_row else {}
    facts: dict[str, Any] = json.loads(fact_row.facts or "{}") if fact_row else {}
    replaced = [
        (system_of(code, first.system), code)
        for code in page.get("replaced_by", facts.get("replaced_by", []))
    ]
    similar = [tuple(near) for near in page.get("similar", [])]
    names = catalogue.displays([*replaced, *((system, code) for system, code, _ in similar)])
    kind = page.get("kind") or None
    sections: dict[str, SectionDocument] = {
        name: {"title": section_title(name, str(kind)), "blocks": blocks}
        for name, blocks in page.get("sections", {}).items()
        if not wanted or name in wanted
    }
    designations = {"common": [], "technical": [], **page.get("designations", {})}
    if fact_row:
        for use, text in facts.get("designations", []):
            designations.setdefault(use, []).append(text)
    status = "active"
    if page.get("used_until"):
        status = "retired"
    elif fact_row and fact_row.terminated:
        status = "terminated"
    elif fact_row and fact_row.level in ("header", "block", "chapter"):
        status = "header"
    above = catalogue.path(fact_row) if fact_row else []
    release = _release(catalogue, fact_row)
    return {
        "system": first.system,
        "system_uri": SYSTEM_URI[first.system],
        "code": first.code,
        "display": first.display,
        "kind": kind,
        "specialty": page.get("specialty") or None,
        "status": status,
        "has_page": bool(page),
        "release": release.version if release else None,
        "notice": (release.notice or None) if release else None,
        "descriptor": fact_row.display if fact_row else None,
        "level": fact_row.level if fact_row else None,
        "billable": fact_row.billable if fact_row else None,
        "effective": (fact_row.effective or None) if fact_row else None,
        "used_until": page.get("used_until") or (fact_row.terminated or None if fact_row else None),
        "replaced_by": [
            {"system": system, "code": code, "display": names.get((system, code), "")}
            for system, code in replaced
        ],
        "designations": designations,
        "sections": sections,
        "similar": [
            {
                "system": system,
                "code": code,
                "display": names.get((system, code), ""),
                "difference": difference,
            }
            for system, code, difference in similar
        ]
        if not wanted or "similar" in wanted
        else [],
        "path": [_named(row) for row in above],
        "children": _children(catalogue, fact_row) if fact_row else [],
        "notes": _notes(fact_row, above, facts) if fact_row else [],
        "properties": [
            {"label": label, "value": value}
            for label, value in [
                *_characters(catalogue, fact_row),
                *(
                    [("In use since", fact_row.effective)]
                    if fact_row and fact_row.effective
                    else []
                ),
                *facts.get("properties", []),
            ]
        ],
        "modifiers": [modifier_document(catalogue, code, first.code) for code in modifiers],
        "sources": page.get("sources", []),
        "edited": page.get("edited") or None,
        "clinical_review": page.get("clinical_review") or None,
        "own_page": own_page_of(catalogue.origins.get((first.system, first.code), ""), page),
    }


def own_page_of(path: str, page: dict[str, Any] | None = None) -> OwnPageDocument | None:
    """Whose page it is: None for codelookup's, else the user's file, and what of it is theirs."""
    if not path:
        return None
    if not page:
        return {"path": path}
    own = page["origin"]
    return {
        "path": path,
        "sections": own["sections"],
        "whole": set(page["sections"]) <= set(own["sections"]),
        "edited": own["edited"] or None,
        "clinical_review": own["clinical_review"] or None,
    }


def _named(row: Row) -> Named:
    return {"system": row.system, "code": row.code, "display": row.display}


def _release(catalogue: Catalogue, row: Row | None) -> ReleaseRow | None:
    if row is None:
        return None
    return next((found for found in catalogue.releases() if found.system == row.system), None)


def _children(catalogue: Catalogue, row: Row) -> list[ChildDocument]:
    if row.level == "code":
        return []
    return [{**_named(child), "billable": child.billable} for child in catalogue.children(row)]


def _notes(row: Row, above: list[Row], facts: dict[str, Any]) -> list[NoteDocument]:
    """The notes of a code and those that hold for it from above, nearest first."""
    notes: list[NoteDocument] = [
        {"type": kind, "text": text, "from": row.code} for kind, text in facts.get("notes", [])
    ]
    for parent in reversed(above):
        for kind, text in json.loads(parent.facts or "{}").get("notes", []):
            if kind != "seventh_character":
                notes.append({"type": kind, "text": text, "from": parent.code})
    return notes


def _characters(catalogue: Catalogue, row: Row | None) -> list[tuple[str, str]]:
    """What each character of an ICD-10-PCS code means."""
    return [
        (f"{row.code[position - 1]} ({label})", meaning or "see the wording")
        for position, label, meaning in (characters_of(catalogue, row) if row else ())
        if row
    ]


def modifier_document(catalogue: Catalogue, code: str, procedure: str) -> ModifierDocument:
    """A modifier in words; behind an ambulance code the letters say where the ride went."""
    found = catalogue.ride(code) if procedure.startswith(RIDES) else None
    found = found or catalogue.modifier(code)
    return {
        "code": code,
        "known": found is not None,
        "display": (found[0] or None) if found else None,
        "summary": (found[1] or None) if found else None,
    }


def list_document(pages: Iterable[PageRow]) -> ListDocument:
    """The codes with a page."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "list",
        "concepts": [
            {
                "system": page.system,
                "code": page.code,
                "display": page.display,
                "kind": page.kind,
                "specialty": page.specialty,
                "own_page": own_page_of(page.origin),
            }
            for page in pages
        ],
    }


def systems_document(catalogue: Catalogue, wanted: Collection[str] = SYSTEM_URI) -> SystemsDocument:
    """What is at hand: code sets with their release, and how many codes have a page."""
    counts: dict[str, int] = {}
    ours = set()
    for page in catalogue.pages():
        counts[page.system] = counts.get(page.system, 0) + 1
        if not page.origin:
            ours.add(page.system)
    releases = {release.system: release for release in catalogue.releases()}
    systems = []
    for system in wanted:
        if system in releases or system in counts:
            entry = _system(catalogue, system, releases.get(system), counts.get(system, 0))
            if system not in releases and system not in ours:
                entry["source"] = "your own pages"
            systems.append(entry)
    return {"schema_version": SCHEMA_VERSION, "command": "systems", "systems": systems}


def _system(
    catalogue: Catalogue, system: str, release: ReleaseRow | None, pages: int
) -> SystemDocument:
    path = catalogue.paths[catalogue.file_of(system)] if release else None
    return {
        "system": system,
        "system_uri": SYSTEM_URI[system],
        "name": SYSTEM_NAME[system],
        "release": release.version if release else None,
        "release_name": release.name if release else None,
        "in_force_since": (release.in_force_since or None) if release else None,
        "codes": release.codes if release else None,
        "billable": release.billable if release else None,
        "headers": release.headers if release else None,
        "synonyms": release.synonyms if release else None,
        "pages": pages,
        "source": release.source if release else "pages of this project, in its own words",
        "modifiers": release.modifiers if release else None,
        "notice": (release.notice or None) if release else None,
        "outdated": _is_outdated(release.in_force_since) if release else None,
        "added": path is not None and path != catalogue.paths[0],
        "bytes": os.path.getsize(path) if path else None,
        "files": [
            {
                "name": file.name,
                "kinds": file.kinds.split(),
                "bytes": file.bytes,
                "sha256": file.sha256,
                "url": file.url or None,
            }
            for file in (catalogue.release_files(system) if release else [])
        ],
    }


def _is_outdated(since: str) -> bool | None:
    """Whether a release came into force more than a year ago: every system has a new one a year."""
    from datetime import date

    return (date.today() - date.fromisoformat(since)).days > 365 if since else None


def error_document(command: str, message: str, hint: str, exit_code: int) -> ErrorDocument:
    """What ``--json`` prints when something went wrong."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        "error": {"message": message, "hint": hint, "exit_code": exit_code},
    }
