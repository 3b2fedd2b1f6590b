"""What the lines of a bill say: the document of ``codelookup explain``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from codelookup import SCHEMA_VERSION
from codelookup.bill.known import Known
from codelookup.bill.questions import Question, questions_of
from codelookup.bill.reader import UNCERTAIN, BillLine, Mention, read_bill
from codelookup.document.documents import modifier_document
from codelookup.terms import SYSTEM_NAME, SYSTEM_URI

if TYPE_CHECKING:
    from codelookup.bill.source import BillText
    from codelookup.catalogue.store import Catalogue
    from codelookup.document.types import (
        BillSummaryDocument,
        ExplainDocument,
        ExplainedCodeDocument,
        ExplainedLineDocument,
    )

OTHER_NOTES = {
    "revenue_code": "A hospital revenue code: it names a department. The list is licensed (NUBC).",
    "dental": "A dental code (CDT). The list belongs to the American Dental Association.",
    "drg": "A DRG: the group that a whole hospital stay is paid by.",
    "remark_code": "A remark code: a note from the insurer. The letter's last page explains it.",
    "adjustment_code": "An adjustment code: why the insurer paid less than was charged.",
}
"""What is said of numbers that are no codes of ours, by kind."""


def explain_document(
    catalogue: Catalogue, text: BillText, name: str, today: date | None = None
) -> ExplainDocument:
    """The lines of a bill that hold codes, what each code is, and what is worth asking."""
    known = Known(catalogue)
    found = read_bill(text, known)
    questions: dict[int, list[Question]] = {}
    for question in questions_of(found, known, today):
        questions.setdefault(question.line, []).append(question)
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "explain",
        "source": name,
        "lines": [_line(catalogue, known, line, questions.get(line.number, [])) for line in found],
        "summary": _summary(found, sum(len(asked) for asked in questions.values())),
    }


def _line(
    catalogue: Catalogue, known: Known, line: BillLine, questions: Sequence[Question]
) -> ExplainedLineDocument:
    place = known.place(line.place) if line.place else None
    return {
        "line": line.number,
        "text": line.text,
        "date": line.date or None,
        "place_of_service": {"code": line.place, "display": place[0], "summary": place[1]}
        if place
        else None,
        "codes": [_code(catalogue, mention) for mention in line.codes],
        "others": [
            {"text": other.text, "kind": other.kind, "note": OTHER_NOTES[other.kind]}
            for other in line.others
        ],
        "questions": [
            {"kind": asked.kind, "code": asked.code, "text": asked.text, "why": asked.why}
            for asked in questions
        ],
    }


def _code(catalogue: Catalogue, mention: Mention) -> ExplainedCodeDocument:
    entry = mention.entry
    return {
        "system": mention.system,
        "system_uri": SYSTEM_URI[mention.system],
        "code": mention.code,
        "display": entry.display if entry else None,
        "printed": mention.printed,
        "kind": entry.kind if entry else None,
        "status": entry.status if entry else "unknown",
        "has_page": bool(entry and entry.has_page),
        "summary": (entry.summary or None) if entry else None,
        "modifiers": [
            modifier_document(catalogue, code, mention.code) for code in mention.modifiers
        ],
        "units": mention.units,
        "confidence": mention.confidence,
        "reason": mention.reason or None,
    }


def _summary(lines: Sequence[BillLine], questions: int) -> BillSummaryDocument:
    mentions = [mention for line in lines for mention in line.codes]
    systems = Counter(mention.system for mention in mentions)
    dates = sorted({line.date for line in lines if line.date})
    uncertain = sum(mention.confidence == UNCERTAIN for mention in mentions)
    unknown = sum(mention.entry is None for mention in mentions)
    coded = sum(bool(line.codes) for line in lines)
    return {
        "lines": coded,
        "codes": len(mentions),
        "by_system": {system: systems[system] for system in SYSTEM_NAME if systems[system]},
        "uncertain": uncertain,
        "unknown": unknown,
        "questions": questions,
        "dates": dates,
        "text": _in_words(systems, coded, dates, uncertain, unknown, questions),
    }


def _in_words(
    systems: Counter[str], lines: int, dates: list[str], uncertain: int, unknown: int, asked: int
) -> str:
    services = systems["cpt"] + systems["hcpcs"] + systems["icd10pcs"]
    parts = []
    if services:
        parts.append(_count(services, "service or item", "services and items"))
    if systems["icd10cm"]:
        parts.append(_count(systems["icd10cm"], "diagnosis", "diagnoses"))
    if not parts:
        return "No codes were found."
    when = ""
    if len(dates) == 1:
        when = f", on {dates[0]}"
    elif dates:
        when = f", from {dates[0]} to {dates[-1]}"
    text = f"{' and '.join(parts)} on {_count(lines, 'line', 'lines')}{when}."
    if unknown:
        text += f" {_count(unknown, 'code is', 'codes are')} not known here."
    if uncertain:
        text += f" {_count(uncertain, 'number', 'numbers')} may or may not be a code."
    if asked:
        text += f" {_count(asked, 'thing is', 'things are')} worth asking about."
    return text


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
