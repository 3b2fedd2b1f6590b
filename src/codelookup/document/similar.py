"""The codes beside a code: the document of ``codelookup similar``."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from codelookup import SCHEMA_VERSION
from codelookup.document.documents import not_found
from codelookup.document.readings import read_as
from codelookup.find.lookup import find_code, read_code
from codelookup.find.neighbours import neighbours
from codelookup.terms import SYSTEM_URI

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue
    from codelookup.document.types import SimilarDocument


def similar_document(
    catalogue: Catalogue, typed: str, limit: int, systems: Collection[str] = ()
) -> SimilarDocument:
    """Up to ``limit`` neighbours of a code, most useful first.

    A code of two systems is read as one of them, and a remark says so.
    """
    document: SimilarDocument = {
        "schema_version": SCHEMA_VERSION,
        "command": "similar",
        "concept": None,
        "similar": [],
        "total": 0,
        "remarks": [],
        "not_found": [],
    }
    code = read_code(typed)
    found = find_code(catalogue, code, systems) if code else []
    if not found:
        document["not_found"].append(not_found(catalogue, typed, code, systems))
        return document
    rows, remark = read_as(typed, found)
    document["remarks"] += [remark] if remark else []
    near = neighbours(catalogue, rows)
    first = rows[0]
    document["concept"] = {
        "system": first.system,
        "system_uri": SYSTEM_URI[first.system],
        "code": first.code,
        "display": first.display,
    }
    document["total"] = len(near)
    document["similar"] = [
        {
            "system": code.system,
            "code": code.code,
            "display": code.display,
            "difference": code.difference,
            "origin": code.origin,
            "relation": code.relation,
            "billable": code.billable,
        }
        for code in near[:limit]
    ]
    return document
