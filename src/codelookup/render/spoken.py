"""Documents in words alone, for screen readers and braille: ``--plain``.

Headings say that they are headings, points have numbers, nothing stands in columns, and no mark
is there for the eye. A line is a paragraph; whoever prints it wraps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from codelookup.render import plain
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.document.types import (
        BlockDocument,
        CheckDocument,
        CompareDocument,
        ConceptDocument,
        ExplainDocument,
        ExplainedLineDocument,
        ListDocument,
        SearchDocument,
        ShowDocument,
        SimilarDocument,
        SystemDocument,
        SystemsDocument,
    )


def search_text(document: SearchDocument) -> str:
    """Hits, numbered, a paragraph each."""
    return _text(_search_lines(document))


def _search_lines(document: SearchDocument) -> Iterator[str]:
    if document["corrected_query"]:
        yield f"Showing results for: {document['corrected_query']}"
    for hit in document["results"]:
        line = f"Result {hit['rank']}: {_named(hit)}"
        if hit["match"]["text"].lower() != hit["display"].lower():
            why = plain.MATCH_WORDS[hit["match"]["kind"]]
            line += f" {why.capitalize()}: {_sentence(hit['match']['text'])}"
        page = " Own page." if hit["own_page"] else " Has a page." if hit["has_page"] else ""
        yield line + page


def show_text(document: ShowDocument, narrowed: bool = False) -> str:
    """Pages one after the other; ``narrowed`` leaves out head and foot."""
    return "\n".join(_text(_concept_lines(concept, narrowed)) for concept in document["concepts"])


def _concept_lines(concept: ConceptDocument, narrowed: bool) -> Iterator[str]:
    yield f"Code {concept['code']}: {concept['display']}"
    yield _sentence(", ".join([*plain.subtitle(concept), *plain.own_page(concept)]))
    if not narrowed:
        for label, names in plain.other_names(concept):
            yield _sentence(f"{label}: {', '.join(names)}")
    yield from plain.status_lines(concept)
    for modifier in concept["modifiers"]:
        yield plain.modifier_line(modifier)
    for name, section in concept["sections"].items():
        yield from _heading(section["title"] + plain.own_mark(concept, name))
        yield from _block_lines(section["blocks"])
    if concept["similar"]:
        yield from _heading("Similar codes")
        for near in concept["similar"]:
            name = f", {near['display']}" if near["display"] else ""
            yield _sentence(f"{near['code']}{name}. Difference: {near['difference']}")
    if narrowed:
        return
    for section in plain.official_sections(concept):
        yield from _heading(section["title"])
        yield from _block_lines(section["blocks"])
    if concept["has_page"]:
        yield from _heading("Sources")
        for source in concept["sources"]:
            yield f"{source['title']}: {source['url']}"
        yield from plain.review_lines(concept)
        yield plain.GENERAL_INFORMATION


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield f"Section: {title}"


def _block_lines(blocks: list[BlockDocument]) -> Iterator[str]:
    for block in blocks:
        if block["type"] == "paragraph":
            yield block["text"]
            continue
        word = {"steps": "Step", "path": "Level"}.get(block["type"], "Point")
        for number, item in enumerate(block["items"], start=1):
            # What is set apart for the eye: a code before its title, and where a note is from.
            item = re.sub(r"(.*) \[from (\S+)\]", r"From \2: \1", item.replace("  ", ", "))
            yield f"{word} {number}: {item}"


def compare_text(document: CompareDocument) -> str:
    """A comparison, one code after the other in each section."""
    return _text(_compare_lines(document))


def _compare_lines(document: CompareDocument) -> Iterator[str]:
    concepts = document["concepts"]
    for concept in concepts:
        yield f"Code {plain.column_label(concept)}: {concept['display']}"
        yield _sentence(", ".join([*plain.subtitle(concept), *plain.own_page(concept)]))
    for title, rows in plain.row_groups(document):
        yield ""
        yield f"Part: {title}"
        for row in rows:
            yield from _heading(row["title"])
            for label, cell in plain.row_cells(row, concepts):
                said = [cell["note"]] if cell["note"] else list(_block_lines(cell["blocks"]))
                if len(said) == 1:
                    yield f"{label}: {said[0]}"
                else:
                    yield f"Code {label}:"
                    yield from said
            if row["common"] and row["state"] != "same":
                yield plain.common_line(row, document["whole"]).strip("()")
            if document["whole"]:
                yield from _block_lines(row["common"])
    folded = list(plain.fold_lines(document))
    if folded:
        yield from _heading("What is not shown")
        yield from folded


def similar_text(document: SimilarDocument) -> str:
    """The codes beside a code, under who says that they are near."""
    return _text(_similar_lines(document))


def _similar_lines(document: SimilarDocument) -> Iterator[str]:
    yield f"Codes beside {_named(document['concept'])}"
    for title, codes in plain.similar_groups(document):
        yield from _heading(title)
        for near in codes:
            mark = "" if near["billable"] else " A header."
            yield f"{_named(near)}{mark} Difference: {_sentence(near['difference'])}"
    more = document["total"] - len(document["similar"])
    if more > 0:
        yield ""
        yield f"{more} more with --limit {document['total']}."


def not_found_lines(document: ShowDocument) -> Iterator[str]:
    """What could not be found, with what is near and what to do next."""
    for entry in document["not_found"]:
        yield entry["reason"]
        for near in entry["suggestions"]:
            yield f"Did you mean {_named(near)}"


def list_text(document: ListDocument) -> str:
    """Codes with a page, a paragraph each."""
    lines = []
    for page in document["concepts"]:
        words = [page["kind"], page["specialty"], "own page" if page["own_page"] else ""]
        about = ", ".join(dict.fromkeys(filter(None, words)))
        lines.append(f"{_named(page)} {_sentence(about.capitalize())}")
    return _text([*lines, f"{len(lines)} codes have a page."])


def code_line(row: dict[str, Any]) -> str:
    """A code of ``list --all``, a paragraph; ``row`` has the keys of its JSON."""
    line = _named(row) + (" Can be billed." if row["billable"] else f" Not billed, {row['level']}.")
    if row["effective"]:
        line += f" In force since {row['effective']}."
    if row["terminated"]:
        line += f" Used until {row['terminated']}."
    return line + "\n"


def explain_text(document: ExplainDocument) -> str:
    """A bill line by line: what is printed, what each code on it is, and what to ask."""
    parts = [_text(_bill_lines(line)) for line in document["lines"]]
    return "\n".join([*parts, _text([document["summary"]["text"]])])


def _bill_lines(line: ExplainedLineDocument) -> Iterator[str]:
    yield f"Line {line['line']}: {' '.join(line['text'].split())}"
    if where := plain.line_facts(line):
        yield _sentence(where)
    for code in line["codes"]:
        yield f"Code {plain.printed_code(code)}: {_sentence(plain.code_title(code))}"
        yield from plain.code_sentences(code)
    for other in line["others"]:
        yield f"Number {other['text']}: {other['note']}"
    for question in line["questions"]:
        yield f"Ask: {question['text']} {question['why']}"


def systems_text(document: SystemsDocument) -> str:
    """Code sets at hand, a fact a line."""
    return "\n".join(_text(_system_lines(entry)) for entry in document["systems"])


def _system_lines(entry: SystemDocument) -> Iterator[str]:
    yield f"Code system {entry['name']}, in commands {entry['system']}"
    for label, value in plain.system_lines(entry):
        yield _sentence(f"{label}: {' '.join(value.split())}")


def check_text(document: CheckDocument) -> str:
    """The answer for each code, with its reason."""
    lines = []
    for entry in document["checks"]:
        name = entry["code"] or entry["query"]
        system = f", {SYSTEM_NAME[entry['system']]}" if entry["system"] else ""
        lines.append(f"{name}{system}: {'yes' if entry['usable'] else 'no'}. {entry['reason']}")
    return _text(lines)


def _named(code: Any) -> str:
    return f"{code['code']}, {SYSTEM_NAME[code['system']]}: {_sentence(code['display'])}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
