"""ICD-10-CM as it is published: what the rest of the package needs, in one place.

* :func:`read_tabular`: the tabular list, with 7th-character codes composed from its rules;
* :func:`read_order`, :func:`apply_addenda`, :func:`date_changes`: the order file and the changes
  of a new year;
* :func:`read_index`, :func:`join_index`: the alphabetic index and its tables;
* :func:`recognise`: which of these a file is, by what is in it.
"""

from __future__ import annotations

import re

from codelookup.read.icd10cm_common import CODE, LISTED, dotted, release_from_names
from codelookup.read.icd10cm_index import join_index, read_index
from codelookup.read.icd10cm_order import apply_addenda, date_changes, read_order
from codelookup.read.icd10cm_tabular import read_tabular

__all__ = [
    "apply_addenda",
    "date_changes",
    "dotted",
    "join_index",
    "read_index",
    "read_order",
    "read_tabular",
    "recognise",
    "release_from_names",
]

_ADDENDA = re.compile(r"(?:Add|Delete|Revise (?:from|to)): +[01] ([0-9A-Z]{3,7})\b")
_ORDER = re.compile(r"\d{5} ([0-9A-Z]{3,7}) +[01] \S")


def recognise(head: bytes) -> str | None:
    """Which file of ICD-10-CM begins like this, by content and not by name.

    ``head`` are the first bytes, some thousand of them. The answer is ``tabular``,
    ``index``, ``external_cause_index``, ``neoplasm_table``, ``drug_table``, ``order``,
    ``addenda`` or ``code_list``; None for anything else, also for the order files of
    ICD-10-PCS, which have the same columns but other codes, and for the XML lists of changes.
    """
    text = head.decode("utf-8-sig", "replace")
    if text.lstrip().startswith("<"):
        return _recognise_xml(text)
    lines = [line for line in text.splitlines()[:-1] if line.strip()]
    # Few changes may be followed by their totals within the head.
    for kind, form, first in (("order", _ORDER, lines), ("addenda", _ADDENDA, lines[:1])):
        found = [form.match(line) for line in first]
        if found and all(match and CODE.fullmatch(dotted(match[1])) for match in found):
            return kind
    if len(lines) > 1 and all(LISTED.fullmatch(line.strip()) for line in lines):
        return "code_list"
    return None


def _recognise_xml(text: str) -> str | None:
    root = re.search(r"<(ICD10CM\.(?:tabular|index))\b([^>]*)>", text)
    if root is None or "isAddenda" in root[2]:
        return None
    if root[1] == "ICD10CM.tabular":
        return "tabular"
    heading = re.search(r"<head col=\"1\">\s*(\w+)", text)
    if heading:
        return {"Neoplasm": "neoplasm_table", "Substance": "drug_table"}.get(heading[1])
    title = re.search(r"<title>(.*?)</title>", text)
    return "external_cause_index" if title and "External Cause" in title[1] else "index"
