"""Documents as Markdown (CommonMark), for notes, wikis and mail.

What comes from pages, code sets and people goes through :func:`escaped`: a renderer shows it
as it is, whatever marks are in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codelookup.render import plain
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.document.types import (
        BlockDocument,
        CompareDocument,
        ConceptDocument,
        Named,
        ShowDocument,
        SourceDocument,
    )

_ENTITY = re.compile(r"&(?=#?\w+;)")
_MARKS = re.compile(r"[\\`*_\[\]<>#~|]|" + _ENTITY.pattern)
"""What means something anywhere in a line: in CommonMark, and on GitHub ``~`` and ``|`` too."""
_START = re.compile(r"^(\d*)([-+.)])(?=[\s-]|$)")
"""What begins a list or draws a line when it stands first."""


def show_markdown(document: ShowDocument, heading: str = "", narrowed: bool = False) -> str:
    """One code as a page; several as a packet with contents at the front.

    ``heading`` stands above everything, as a clinic's name. ``narrowed`` leaves out other names
    and official facts, as the text does; who reviewed a page is always said.
    """
    concepts = document["concepts"]
    parts = [f"**{escaped(heading)}**"] if heading else []
    level = 1
    if len(concepts) > 1:
        level = 2
        parts += [f"# {plain.PACKET}", "## Contents"]
        parts.append(
            _list(
                f"{_code_and_name(concept)} ({SYSTEM_NAME[concept['system']]})"
                for concept in concepts
            )
        )
    for concept in concepts:
        parts.extend(concept_markdown(concept, level, narrowed))
    return "\n\n".join([*parts, "---", escaped(plain.CREDIT)]) + "\n"


def compare_markdown(document: CompareDocument, heading: str = "") -> str:
    """Codes compared: a section a row, in it the codes one below the other."""
    concepts = document["concepts"]
    parts = [f"**{escaped(heading)}**"] if heading else []
    parts.append(f"# {plain.COMPARISON}")
    parts.append(
        _list(
            f"{_code_and_name(each)} ({escaped(' · '.join(plain.subtitle(each)))})"
            for each in concepts
        )
    )
    for group, rows in plain.row_groups(document):
        parts.append(f"## {group}")
        for row in rows:
            parts.append(f"### {escaped(row['title'])}")
            for label, cell in plain.row_cells(row, concepts):
                parts.append(f"**{escaped(label)}**")
                parts += [escaped(cell["note"])] if cell["note"] else []
                parts.extend(blocks_markdown(cell["blocks"]))
            if row["common"]:
                parts.append(escaped(plain.common_line(row, document["whole"])))
                parts += blocks_markdown(row["common"]) if document["whole"] else []
    parts.extend(escaped(line) for line in plain.fold_lines(document, tip=False))
    parts.append("## About this page")
    for concept in concepts:
        parts.append(escaped(f"{concept['code']}: {' '.join(plain.about_lines(concept))}"))
    return "\n\n".join([*parts, "---", escaped(plain.CREDIT)]) + "\n"


def concept_markdown(concept: ConceptDocument, level: int, narrowed: bool = False) -> Iterator[str]:
    """One concept as pieces to stand a line apart; ``level`` is that of its heading."""
    yield f"{'#' * level} {_code_and_name(concept)}"
    yield escaped(" · ".join(plain.subtitle(concept)))
    if not narrowed:
        for label, names in plain.other_names(concept):
            yield f"**{escaped(label)}:** {escaped(', '.join(names))}"
    for sentence in plain.status_lines(concept):
        yield f"> {escaped(sentence)}"
    for modifier in concept["modifiers"]:
        yield f"> {escaped(plain.modifier_line(modifier))}"
    below = "#" * (level + 1)
    for name, section in concept["sections"].items():
        yield f"{below} {escaped(section['title'])}"
        blocks = "\n\n".join(blocks_markdown(section["blocks"]))
        yield _quoted(blocks) if name == "when_to_call" else blocks
    if concept["similar"]:
        yield f"{below} Similar codes"
        yield _list(
            f"{_code_and_name(near)}: {escaped(near['difference'])}" for near in concept["similar"]
        )
    if not narrowed:
        for section in plain.official_sections(concept):
            yield f"{below} {escaped(section['title'])}"
            yield from blocks_markdown(section["blocks"])
    yield f"{below} About this page"
    yield from map(escaped, plain.about_lines(concept))
    if concept["sources"]:
        yield "Sources:"
        yield _list(map(_source, concept["sources"]))


def blocks_markdown(blocks: list[BlockDocument]) -> Iterator[str]:
    """The paragraphs, points and steps of a section.

    Marks alternate: two lists in a row with the same one would be read as one list.
    """
    for number, block in enumerate(blocks):
        items = [escaped(item) for item in block.get("items", ())]
        if block["type"] == "paragraph":
            yield escaped(block["text"])
        elif block["type"] == "path":
            yield "\n".join("  " * depth + f"- {item}" for depth, item in enumerate(items))
        elif block["type"] == "steps":
            mark = ".)"[number % 2]
            yield "\n".join(f"{place}{mark} {item}" for place, item in enumerate(items, start=1))
        else:
            yield _list(items, "-*"[number % 2])


def escaped(value: str) -> str:
    """Text as Markdown that shows it as it is, on one line."""
    line = _MARKS.sub(r"\\\g<0>", " ".join(value.split()))
    return _START.sub(r"\1\\\2", line)


def _list(items: Iterable[str], mark: str = "-") -> str:
    return "\n".join(f"{mark} {item}" for item in items)


def _quoted(markdown: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in markdown.split("\n"))


def _code_and_name(concept: Named) -> str:
    return escaped(f"{concept['code']} {concept['display']}")


def _source(source: SourceDocument) -> str:
    title, url = escaped(source["title"]), source["url"]
    if plain.is_link(url):
        return f"[{title}](<{_ENTITY.sub('&amp;', url)}>)"
    return f"{title}: {escaped(url)}"
