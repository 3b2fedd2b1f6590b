"""Whether codes may be billed on a day: the document of ``codelookup check``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

from codelookup import SCHEMA_VERSION
from codelookup.document.documents import not_found, own_page_of
from codelookup.find.lookup import find_code, read_code
from codelookup.terms import SYSTEM_NAME, SYSTEM_URI, system_of

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, Row
    from codelookup.document.types import CheckDocument, CheckedDocument


def check_document(
    catalogue: Catalogue, typed: Iterable[str], on: date, systems: Collection[str] = ()
) -> CheckDocument:
    """For each code that was typed: is it known, billable, in force on the day, and if not why.

    A code of two systems is checked in both.
    """
    checks: list[CheckedDocument] = []
    for text in typed:
        code = read_code(text)
        found = find_code(catalogue, code, systems) if code else []
        if not found:
            missing = not_found(catalogue, text, code, systems)
            checks.append(_entry(missing["query"], None, False, missing["reason"]))
        for rows in found:
            checks.append(_checked(catalogue, text.strip(), rows, on))
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "check",
        "date": on.isoformat(),
        "checks": checks,
    }


def _entry(query: str, row: Row | None, usable: bool, reason: str) -> CheckedDocument:
    return {
        "query": query,
        "system": row.system if row else None,
        "system_uri": SYSTEM_URI[row.system] if row else None,
        "code": row.code if row else None,
        "display": row.display if row else None,
        "known": row is not None,
        "usable": usable,
        "reason": reason,
        "effective": None,
        "terminated": None,
        "replaced_by": [],
        "own_page": None,
    }


def _look_below(catalogue: Catalogue, fact: Row | None) -> str:
    """Where a code may be found that took the place of one, when no file says which did."""
    above = catalogue.path(fact) if fact else []
    for row in reversed(above):
        if row.level == "header" and not row.terminated:
            return f"; what took its place may be below {row.code} ({row.display})"
    return ""


def _checked(catalogue: Catalogue, query: str, rows: list[Row], on: date) -> CheckedDocument:
    page = next((row for row in rows if row.document), None)
    fact = next((row for row in rows if row.concept is not None), None)
    about = json.loads(page.document or "{}") if page else {}
    facts = json.loads(fact.facts or "{}") if fact else {}
    row = page or rows[0]
    effective = fact.effective if fact else ""
    terminated = (fact.terminated if fact else "") or about.get("used_until", "")
    replaced = facts.get("replaced_by") or about.get("replaced_by", [])
    names = catalogue.displays((system_of(code, row.system), code) for code in replaced)
    now = ", ".join(
        f"{code} ({names[key]})" if (key := (system_of(code, row.system), code)) in names else code
        for code in replaced
    )
    day = on.isoformat()
    usable, reason = True, "May be billed."
    turned = dict(facts.get("properties", []))
    header = fact is not None and fact.level in ("header", "chapter", "block")
    # A code may have become a header, or the reverse, since the day that is asked for.
    if day <= turned.get("Billable until", ""):
        header = False
    elif day < turned.get("Billable since", ""):
        header = True
    if fact and header:
        below = sum(child.billable for child in catalogue.children(fact))
        codes = "code" if below == 1 else "codes"
        more = f"; {below} {codes} right below it can be billed" if below else ""
        usable, reason = False, f"It is a header, too general to bill{more}."
    elif fact and fact.level == "modifier":
        usable, reason = False, "It is a modifier, which goes behind a code."
    elif terminated and terminated < day:
        usable = False
        instead = f"; now {now}" if now else _look_below(catalogue, fact)
        reason = f"It was used until {terminated}{instead}."
    elif effective and effective > day:
        usable, reason = False, f"It is not in force before {effective}."
    elif fact is None and any(found.system == row.system for found in catalogue.releases()):
        # A list of CPT codes that somebody added may be a part of CPT; other releases are whole.
        usable = row.system == "cpt"
        reason = (
            f"It has a page, but the {SYSTEM_NAME[row.system]} release at hand has no such code."
        )
    elif fact is None:
        reason = (
            f"In use as far as this page knows; no {SYSTEM_NAME[row.system]} release is at hand."
        )
    return {
        **_entry(query, row, usable, reason),
        "effective": effective or None,
        "terminated": terminated or None,
        "replaced_by": [
            {
                "system": system_of(code, row.system),
                "code": code,
                "display": names.get((system_of(code, row.system), code), ""),
            }
            for code in replaced
        ],
        "own_page": own_page_of(catalogue.origins.get((row.system, row.code), "")),
    }
