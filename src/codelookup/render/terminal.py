"""Documents drawn on a terminal. The only place that imports rich.

Nothing is rich markup here: text from pages and code sets goes through ``Text``, so a ``[`` in
it stays one. Colours are the terminal's own bold and dim, and one colour that reads well on
dark and on light backgrounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from codelookup.environment import READING_WIDTH
from codelookup.render import plain
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.document.types import (
        BlockDocument,
        CompareDocument,
        ConceptDocument,
        ExplainDocument,
        ExplainedCodeDocument,
        ListDocument,
        RowDocument,
        SearchDocument,
        ShowDocument,
        SimilarDocument,
        SystemsDocument,
    )

COLUMN_LEAST, COLUMN_MOST = 30, 56
GAP = 3
"""Columns of text for a code in a comparison, and between two."""
ACCENT = "bold color(30)"
CODE = "bold color(30)"
QUIET = "dim"


class Screen:
    """A terminal to draw on; ``width`` in columns."""

    def __init__(self, stream: IO[str], width: int, color: bool) -> None:
        self.width = width
        self.console = Console(
            file=stream,
            width=self.width,
            force_terminal=True,
            no_color=not color,
            color_system="256" if color else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def line(self, *parts: tuple[str, str] | str) -> None:
        self.text(Text.assemble(*parts))

    def text(self, text: Text, indent: int = 0, hang: int = 0) -> None:
        """Wrapped text; ``hang`` indents every line after the first further."""
        for line in self.wrapped(text, self.width, indent, hang):
            self.console.print(line, soft_wrap=True)

    def wrapped(self, text: Text, width: int, indent: int = 0, hang: int = 0) -> list[Text]:
        lines = []
        for number, line in enumerate(text.wrap(self.console, max(12, width - indent - hang))):
            line.rstrip()
            lines.append(Text(" " * (indent + (hang if number else 0))) + line)
        return lines

    def gap(self) -> None:
        self.console.print()

    def heading(self, title: str) -> None:
        self.gap()
        self.text(Text(title, style=ACCENT))

    # -- search ----------------------------------------------------------------------------

    def search(self, document: SearchDocument) -> None:
        if document["corrected_query"]:
            self.line(("Showing results for ", QUIET), (document["corrected_query"], "bold"))
            self.gap()
        words = _plain_words(document["corrected_query"] or document["query"])
        size = max((len(hit["code"]) for hit in document["results"]), default=5)
        for hit in document["results"]:
            title = Text.assemble((hit["code"].ljust(size) + "  ", CODE))
            title.append_text(_marked(hit["display"], words))
            self.text(title, hang=size + 2)
            why = SYSTEM_NAME[hit["system"]]
            if hit["own_page"]:
                why += " · own page"
            elif hit["has_page"]:
                why += " · has a page"
            if hit["match"]["text"].lower() != hit["display"].lower():
                note = Text(f"{why} · {plain.MATCH_WORDS[hit['match']['kind']]} ", style=QUIET)
                note.append_text(_marked(hit["match"]["text"], words, QUIET))
            else:
                note = Text(why, style=QUIET)
            self.text(note, indent=size + 2)
        if document["results"]:
            self.gap()
            first = document["results"][0]["code"]
            self.line((f"To read one: codelookup show {first}", QUIET))

    # -- show ------------------------------------------------------------------------------

    def show(self, document: ShowDocument, narrowed: bool = False) -> None:
        for number, concept in enumerate(document["concepts"]):
            if number:
                self.gap()
                self.line(("─" * self.width, QUIET))
                self.gap()
            self.concept(concept, narrowed)

    def concept(self, concept: ConceptDocument, narrowed: bool = False) -> None:
        head = Text.assemble((concept["code"] + "  ", CODE), (concept["display"], "bold"))
        self.text(head, hang=len(concept["code"]) + 2)
        about = [*plain.subtitle(concept), *plain.own_page(concept)]
        self.text(Text(" · ".join(about), style=QUIET))
        if not narrowed:
            for label, names in plain.other_names(concept):
                self.text(Text.assemble((f"{label}: ", QUIET), ", ".join(names)))
        for sentence in plain.status_lines(concept):
            self.gap()
            self.text(Text(sentence, style="bold"))
        for modifier in concept["modifiers"]:
            self.gap()
            self.text(Text(plain.modifier_line(modifier)))
        for name, section in concept["sections"].items():
            self.heading(section["title"] + plain.own_mark(concept, name))
            self.blocks(section["blocks"])
        if concept["similar"]:
            self.heading("Similar codes")
            for near in concept["similar"]:
                text = Text.assemble((near["code"], CODE))
                if near["display"]:
                    text.append("  " + near["display"])
                text.append(f"\n{near['difference']}", style=QUIET)
                self.text(text, indent=2, hang=len(near["code"]) + 2)
        if narrowed:
            return
        if concept["descriptor"]:
            self.official(concept)
        if concept["has_page"]:
            self.gap()
            for source in concept["sources"]:
                self.text(Text(f"Source: {source['title']}", style=QUIET), hang=2)
                self.text(Text(source["url"], style=QUIET), indent=2)
            for line in plain.review_lines(concept):
                self.text(Text(line, style=QUIET))
            self.text(Text(plain.GENERAL_INFORMATION, style=QUIET))

    def blocks(self, blocks: list[BlockDocument], indent: int = 2) -> None:
        for text, hang in _block_texts(blocks):
            self.text(text, indent=indent, hang=hang)

    def official(self, concept: ConceptDocument) -> None:
        if concept["has_page"]:
            self.heading("Official wording")
            self.text(Text(str(concept["descriptor"])), indent=2)
        if concept["path"]:
            self.heading("Where it stands")
            steps: list[Any] = [
                *concept["path"],
                {"code": concept["code"], "display": concept["descriptor"]},
            ]
            for depth, step in enumerate(steps):
                last = depth == len(steps) - 1
                text = Text.assemble(
                    (step["code"] + "  ", CODE if last else QUIET),
                    (step["display"], "bold" if last else ""),
                )
                self.text(text, indent=2 + 2 * min(depth, 4), hang=2)
        if concept["children"]:
            self.heading(f"Codes below it ({len(concept['children'])})")
            for child in concept["children"][: plain.MAX_CHILDREN]:
                text = Text.assemble((child["code"] + "  ", CODE), child["display"])
                if not child["billable"]:
                    text.append(" (header)", style=QUIET)
                self.text(text, indent=2, hang=len(child["code"]) + 2)
            more = len(concept["children"]) - plain.MAX_CHILDREN
            if more > 0:
                self.text(Text(f"... and {more} more; --json gives all", style=QUIET), indent=2)
        for title, notes in plain.note_groups(concept):
            self.heading(title)
            for note in notes:
                self.text(Text.assemble(("• ", QUIET), note), indent=2, hang=2)
        if concept["properties"]:
            self.heading("Official facts")
            for entry in concept["properties"]:
                self.text(
                    Text.assemble((f"{entry['label']}: ", QUIET), entry["value"]), indent=2, hang=2
                )
        if concept["notice"]:
            self.gap()
            self.text(Text(plain.notice_line(concept), style=QUIET))

    # -- explain ---------------------------------------------------------------------------

    def explain(self, document: ExplainDocument) -> None:
        for line in document["lines"]:
            if not line["codes"] and not line["questions"]:
                continue
            # Columns of a wide bill would wrap; their gaps say enough.
            printed = re.sub(r"\s{2,}", "  ", line["text"])
            self.text(Text(f"Line {line['line']}  {printed}", style=QUIET), hang=4)
            if where := plain.line_facts(line):
                self.text(Text(where, style=QUIET), indent=2)
            for code in line["codes"]:
                self._explained(code)
            for question in line["questions"]:
                text = Text.assemble(("Ask: ", "bold"), (question["text"], "bold"))
                text.append(f" {question['why']}")
                self.text(text, indent=2, hang=5)
            self.gap()
        others = {
            other["kind"]: other["note"] for line in document["lines"] for other in line["others"]
        }
        for kind, note in others.items():
            found = [
                other["text"]
                for line in document["lines"]
                for other in line["others"]
                if other["kind"] == kind
            ]
            shown = ", ".join(dict.fromkeys(found[:12]))
            self.text(Text.assemble((shown + "  ", QUIET), (note, QUIET)), hang=2)
        if others:
            self.gap()
        self.text(Text(document["summary"]["text"], style="bold"))
        first = next(
            (
                code["code"]
                for line in document["lines"]
                for code in line["codes"]
                if code["has_page"]
            ),
            None,
        )
        if first:
            self.line((f"To read more: codelookup show {first}", QUIET))

    def _explained(self, code: ExplainedCodeDocument) -> None:
        printed = plain.printed_code(code)
        title = Text.assemble((printed + "  ", CODE), (plain.code_title(code), "bold"))
        self.text(title, indent=2, hang=min(len(printed) + 2, 12))
        for sentence in plain.code_sentences(code):
            self.text(Text(sentence), indent=4)

    # -- compare, similar ------------------------------------------------------------------

    def compare(self, document: CompareDocument) -> None:
        """Codes side by side if the terminal is wide enough, else one below the other."""
        concepts = document["concepts"]
        gaps = GAP * (len(concepts) - 1)
        column = min((self.width - gaps) // len(concepts), COLUMN_MOST)
        beside = column >= COLUMN_LEAST
        self.width = column * len(concepts) + gaps if beside else min(self.width, READING_WIDTH)
        heads = [list(_head(concept)) for concept in concepts]
        if beside:
            self.columns(heads, column)
        else:
            for text, hang in chain.from_iterable(heads):
                self.text(text, hang=hang)
        for title, rows in plain.row_groups(document):
            self.gap()
            self.line((f"── {title} ".ljust(self.width, "─"), QUIET))
            for row in rows:
                self.heading(row["title"])
                if beside and row["state"] != "same":
                    self.columns([list(_cell_texts(**cell)) for cell in row["cells"]], column)
                else:
                    self.stack(row, concepts)
                indent = 0 if beside else 2
                if row["common"] and row["state"] != "same":
                    line = plain.common_line(row, document["whole"])
                    self.text(Text(line, style=QUIET), indent)
                if document["whole"]:
                    self.blocks(row["common"], indent)
        if any(row["folded"] for row in document["rows"]):
            self.gap()
        for line in plain.fold_lines(document):
            self.text(Text(line, style=QUIET))

    def stack(self, row: RowDocument, concepts: list[ConceptDocument]) -> None:
        """What each code has in a row, one below the other."""
        for label, cell in plain.row_cells(row, concepts):
            self.text(Text(label, style="bold"), indent=2)
            for text, hang in _cell_texts(**cell):
                self.text(text, indent=4, hang=hang)

    def columns(self, cells: list[list[tuple[Text, int]]], width: int) -> None:
        """Texts, each with its hanging indent, in columns of one width."""
        drawn = [
            [line for text, hang in cell for line in self.wrapped(text, width, hang=hang)]
            for cell in cells
        ]
        for lines in zip_longest(*drawn, fillvalue=Text("")):
            row = Text("")
            for line in lines:
                padded = line.copy()
                padded.truncate(width + GAP, pad=True)
                row.append_text(padded)
            row.rstrip()
            self.console.print(row, soft_wrap=True)

    def similar(self, document: SimilarDocument) -> None:
        concept = document["concept"]
        assert concept
        head = Text.assemble((concept["code"] + "  ", CODE), (concept["display"], "bold"))
        self.text(head, hang=len(concept["code"]) + 2)
        for title, codes in plain.similar_groups(document):
            self.heading(title)
            for near in codes:
                text = Text.assemble((near["code"], CODE))
                if near["display"]:
                    text.append("  " + near["display"])
                if not near["billable"]:
                    text.append(" (header)", style=QUIET)
                text.append(f"\n{near['difference']}", style=QUIET)
                self.text(text, indent=2, hang=len(near["code"]) + 2)
        more = document["total"] - len(document["similar"])
        self.gap()
        if more > 0:
            self.line((f"{more} more: --limit {document['total']}", QUIET))
        first = document["similar"][0]["code"]
        self.line((f"Side by side: codelookup compare {concept['code']} {first}", QUIET))

    # -- list, systems ---------------------------------------------------------------------

    def list(self, document: ListDocument) -> None:
        for page in document["concepts"]:
            text = Text.assemble((page["code"].ljust(6) + " ", CODE), page["display"])
            about = [page["kind"], page["specialty"], "own page" if page["own_page"] else ""]
            text.append("  " + ", ".join(part for part in about if part), style=QUIET)
            self.text(text, hang=7)
        self.gap()
        self.line((f"{len(document['concepts'])} codes have a page.", QUIET))

    def systems(self, document: SystemsDocument) -> None:
        for number, entry in enumerate(document["systems"]):
            if number:
                self.gap()
            self.text(Text.assemble((entry["name"], ACCENT), (f"  {entry['system']}", QUIET)))
            for label, value in plain.system_lines(entry):
                for number, line in enumerate(value.splitlines()):
                    head = [(f"{label}: ", QUIET)] if number == 0 else []
                    self.text(Text.assemble(*head, line), indent=2, hang=2)


def _head(concept: ConceptDocument) -> Iterator[tuple[Text, int]]:
    """The head of a concept in a comparison, as (text, hanging indent)."""
    label = plain.column_label(concept)
    yield Text.assemble((label + "  ", CODE), (concept["display"], "bold")), 2
    about = [*plain.subtitle(concept), *plain.own_page(concept)]
    yield Text(" · ".join(about), style=QUIET), 0


def _block_texts(blocks: list[BlockDocument]) -> Iterator[tuple[Text, int]]:
    """Paragraphs, points and steps as (text, hanging indent)."""
    for block in blocks:
        if block["type"] == "paragraph":
            yield Text(block["text"]), 0
            continue
        for number, item in enumerate(block["items"], start=1):
            mark = f"{number:>2}. " if block["type"] == "steps" else "• "
            yield Text.assemble((mark, QUIET), item), len(mark)


def _cell_texts(blocks: list[BlockDocument], note: str) -> Iterator[tuple[Text, int]]:
    """What stands in a cell of a comparison, as (text, hanging indent)."""
    if note:
        yield Text(note, style=QUIET), 0
    yield from _block_texts(blocks)


def _plain_words(query: str) -> set[str]:
    from codelookup.find import normalise

    return {
        normalise.stem(word)
        for word in normalise.raw_words(query)
        if word not in normalise.STOP_WORDS
    }


def _marked(text: str, words: set[str], style: str = "") -> Text:
    """Text with the words of the query in bold."""
    from codelookup.find import normalise

    marked = Text(text, style=style)
    for found in re.finditer(r"[A-Za-z0-9'’]+", text):
        if any(normalise.stem(word) in words for word in normalise.raw_words(found[0])):
            marked.stylize("bold", *found.span())
    return marked
