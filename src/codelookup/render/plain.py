"""Documents as plain text: no colour, no wrapping, one thing a line. It pastes and greps well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from codelookup.terms import NOTE_TYPES, SECTIONS, SYSTEM_NAME, section_title

if TYPE_CHECKING:
    from codelookup.document.types import (
        BlockDocument,
        CellDocument,
        CheckDocument,
        CompareDocument,
        ConceptDocument,
        ExplainDocument,
        ExplainedCodeDocument,
        ExplainedLineDocument,
        ListDocument,
        ModifierDocument,
        ReleaseFileDocument,
        RowDocument,
        SearchDocument,
        SectionDocument,
        ShowDocument,
        SimilarDocument,
        SystemDocument,
        SystemsDocument,
    )

GENERAL_INFORMATION = (
    "This page is general information, not advice about you. The person who treats you knows more."
)
CREDIT = (
    "Made with codelookup. Its pages may be shared under CC BY 4.0 if you name the codelookup "
    "authors. CPT is a registered trademark of the American Medical Association."
)
"""The last line of what is handed out."""
COMPARISON = "Codes side by side"
PACKET = "Your information packet"
"""The title of several codes handed out as one."""
MAX_CHILDREN = 40
MATCH_WORDS = {
    "code": "code",
    "name": "also called",
    "synonym": "also called",
    "words": "matches",
    "fuzzy": "close to",
}
"""Kind of match to the words before the text that matched."""
MAX_NOTICE = 400


def search_text(document: SearchDocument) -> str:
    """Hits as tab-separated code, system, display, kind of match, and what matched.

    Those of own pages have one column more, that says so.
    """
    return "".join(
        "\t".join(
            (
                hit["code"],
                hit["system"],
                hit["display"],
                hit["match"]["kind"],
                hit["match"]["text"].replace("\t", " "),
                *(["own page"] if hit["own_page"] else []),
            )
        )
        + "\n"
        for hit in document["results"]
    )


def show_text(document: ShowDocument, narrowed: bool = False) -> str:
    """Pages, with a line between them; ``narrowed`` leaves out head and foot."""
    parts = ["\n".join(concept_lines(concept, narrowed)) for concept in document["concepts"]]
    return ("\n\n" + "-" * 60 + "\n\n").join(parts) + "\n" if parts else ""


def concept_lines(concept: ConceptDocument, narrowed: bool = False) -> Iterator[str]:
    """One concept as lines of text."""
    yield f"{concept['code']}  {concept['display']}"
    yield " · ".join([*subtitle(concept), *own_page(concept)])
    if not narrowed:
        for label, names in other_names(concept):
            yield f"{label}: {', '.join(names)}"
    for sentence in status_lines(concept):
        yield ""
        yield sentence
    for modifier in concept["modifiers"]:
        yield ""
        yield modifier_line(modifier)
    for name, section in concept["sections"].items():
        yield ""
        yield section["title"].upper() + own_mark(concept, name)
        yield from block_lines(section["blocks"])
    if concept["similar"]:
        yield ""
        yield "SIMILAR CODES"
        for near in concept["similar"]:
            name = f" {near['display']}" if near["display"] else ""
            yield f"- {near['code']}{name}: {near['difference']}"
    if narrowed:
        return
    yield from official_lines(concept)
    if concept["has_page"]:
        yield ""
        if concept["sources"]:
            yield "SOURCES"
        for source in concept["sources"]:
            yield f"- {source['title']}: {source['url']}"
        yield from review_lines(concept)
        yield GENERAL_INFORMATION


def subtitle(concept: ConceptDocument) -> Iterator[str]:
    """The words under the title: system, kind, specialty, or what sort of code it is."""
    yield SYSTEM_NAME[concept["system"]]
    if concept["kind"]:
        yield concept["kind"]
    if concept["specialty"] and concept["specialty"] != concept["kind"]:
        yield concept["specialty"]
    if concept["level"] and not concept["has_page"]:
        if concept["level"] in ("chapter", "block"):
            yield concept["level"]
        elif concept["level"] == "header":
            yield "header: too general to bill, pick a code below it"
        else:
            yield "can be billed" if not concept["used_until"] else "no longer used"
        if concept["release"]:
            yield f"release {concept['release']}"


def other_names(concept: ConceptDocument) -> Iterator[tuple[str, list[str]]]:
    """(label, names) for the head of a page."""
    names = concept["designations"]
    if names.get("common"):
        yield "Also called", names["common"]
    if names.get("technical"):
        yield "Medical terms", names["technical"]
    if names.get("inclusion"):
        yield "Includes", names["inclusion"]


def status_lines(concept: ConceptDocument) -> Iterator[str]:
    """What a reader must know first: that a code has gone, and what came instead."""
    if concept["status"] not in ("retired", "terminated"):
        return
    codes = concept["replaced_by"]
    now = ", ".join(
        f"{new['code']} ({new['display']})" if new["display"] else new["code"] for new in codes
    )
    yield f"Used until {concept['used_until']}." + (f" Now: {now}." if now else "")
    if concept["has_page"] and codes:
        yield f"The page below is the one of {codes[0]['code']}."


def modifier_line(modifier: ModifierDocument) -> str:
    """A modifier in words."""
    if not modifier["known"]:
        return f"Modifier {modifier['code']}: not one that is known here."
    if not modifier["display"]:
        return f"Modifier {modifier['code']}: a real one; no plain words for it are here yet."
    return (
        f"Modifier {modifier['code']}: {modifier['display']}. {modifier['summary'] or ''}".strip()
    )


def block_lines(blocks: list[BlockDocument]) -> Iterator[str]:
    """The paragraphs, points and steps of a section."""
    for block in blocks:
        if block["type"] == "paragraph":
            yield block["text"]
        elif block["type"] == "steps":
            for number, step in enumerate(block["items"], start=1):
                yield f"{number}. {step}"
        elif block["type"] == "path":
            for depth, step in enumerate(block["items"]):
                yield f"{'  ' * depth}{step}"
        else:
            for item in block["items"]:
                yield f"- {item}"


def official_lines(concept: ConceptDocument) -> Iterator[str]:
    """What the code set says, below a heading each."""
    for section in official_sections(concept):
        yield ""
        yield section["title"].upper()
        yield from block_lines(section["blocks"])


def official_sections(concept: ConceptDocument) -> Iterator[SectionDocument]:
    """What the code set says, in the form of a page's sections.

    One type of block is of this place alone: ``path``, whose items stand below one another in
    the hierarchy.
    """
    if not concept["descriptor"]:
        return
    if concept["has_page"]:
        yield _said("Official wording", concept["descriptor"])
    if concept["path"]:
        steps = [*concept["path"], {"code": concept["code"], "display": concept["descriptor"]}]
        names = [f"{step['code']}  {step['display']}" for step in steps]
        yield {"title": "Where it stands", "blocks": [{"type": "path", "items": names}]}
    if concept["children"]:
        below = [
            f"{child['code']}  {child['display']}" + ("" if child["billable"] else " (header)")
            for child in concept["children"]
        ]
        yield _listed(f"Codes below it ({len(below)})", below)
    for title, notes in note_groups(concept):
        yield _listed(title, notes)
    if concept["properties"]:
        facts = [f"{entry['label']}: {entry['value']}" for entry in concept["properties"]]
        yield _listed("Official facts", facts)
    if concept["notice"]:
        yield _said("Notice", notice_line(concept))


def _said(title: str, text: str) -> SectionDocument:
    return {"title": title, "blocks": [{"type": "paragraph", "text": text}]}


def _listed(title: str, items: list[str]) -> SectionDocument:
    return {"title": title, "blocks": [{"type": "list", "items": items}]}


def notice_line(concept: ConceptDocument) -> str:
    """The notice that a licensed wording comes with, in one line."""
    text = " ".join(str(concept["notice"]).split())
    if len(text) > MAX_NOTICE:
        text = text[:MAX_NOTICE].rpartition(" ")[0]
        text += " (cut short here; all of it: codelookup systems)"
    return f"{SYSTEM_NAME[concept['system']]} wording: {text}"


def note_groups(concept: ConceptDocument) -> Iterator[tuple[str, list[str]]]:
    """(heading, notes) in the usual order; a note from above says from where."""
    for kind, title in NOTE_TYPES.items():
        notes = [
            note["text"]
            if note["from"] == concept["code"]
            else f"{note['text']} [from {note['from']}]"
            for note in concept["notes"]
            if note["type"] == kind
        ]
        if notes:
            yield title, notes


def own_page(concept: ConceptDocument) -> list[str]:
    """What stands under the title of a page that is the user's."""
    own = concept["own_page"]
    if not own:
        return []
    titles = [section_title(name, concept["kind"] or "") for name in own["sections"]]
    return ["own page" if own["whole"] else f"own page: {', '.join(titles) or 'names'}"]


def own_mark(concept: ConceptDocument, section: str) -> str:
    """What stands behind the heading of a section that is the user's, on a page that is not."""
    origin = concept["own_page"]
    marked = origin and not origin["whole"] and section in origin["sections"]
    return " (own page)" if marked else ""


def review_lines(concept: ConceptDocument) -> Iterator[str]:
    """Whose words these are, when they were edited, and who has, and has not, read them."""
    origin = concept["own_page"]
    if not origin:
        yield _reviewed(concept["edited"], concept["clinical_review"], "this page")
        return
    theirs = _reviewed(origin["edited"], origin["clinical_review"])
    yield f"Own page: {origin['path']}. {theirs}".rstrip()
    if not origin["whole"]:
        yield "The rest is codelookup's. " + _reviewed(
            concept["edited"], concept["clinical_review"]
        )


def _reviewed(edited: str | None, review: str | None, what: str = "it") -> str:
    parts = [f"Edited {edited}."] if edited else []
    if review:
        none = f"No clinician has reviewed {what} yet."
        parts.append(none if review == "none" else f"Reviewed: {review}.")
    return " ".join(parts)


def about_lines(concept: ConceptDocument) -> Iterator[str]:
    """Where the words come from, who has reviewed them, and that they are general.

    It is read by somebody else, who should not see where the user's files are.
    """
    origin = concept["own_page"]
    theirs = set(origin["sections"]) & set(concept["sections"]) if origin else set()
    rest = set(concept["sections"]) - theirs
    if not concept["has_page"]:
        release = f", release {concept['release']}" if concept["release"] else ""
        yield (
            f"This comes from the code set {SYSTEM_NAME[concept['system']]}{release}. "
            "No plain-language page explains this code yet."
        )
    if origin and theirs:
        titles = [concept["sections"][name]["title"] for name in SECTIONS if name in theirs]
        which = "" if not rest else ": " + ", ".join(f'"{title}"' for title in titles)
        reviewed = _reviewed(origin["edited"], origin["clinical_review"])
        yield f"Written by whoever gives you this page{which}. {reviewed}".rstrip()
        if rest:
            reviewed = _reviewed(concept["edited"], concept["clinical_review"])
            yield f"The rest is codelookup's. {reviewed}"
    elif concept["edited"]:
        yield _reviewed(concept["edited"], concept["clinical_review"], "this page")
    yield GENERAL_INFORMATION


def is_link(address: str) -> bool:
    """May a reader be sent there? Only to the web, and only by an address without tricks."""
    web = address.lower().startswith(("https://", "http://"))
    return web and address.isprintable() and not any(sign in address for sign in ' <>"\\')


def not_found_lines(
    document: ShowDocument | CompareDocument | SimilarDocument,
) -> Iterator[str]:
    """What could not be found, with what is near and what to do next."""
    for entry in document["not_found"]:
        yield entry["reason"]
        if entry["suggestions"]:
            yield "Did you mean:"
            for near in entry["suggestions"]:
                yield f"  {near['code']}  {near['display']} ({SYSTEM_NAME[near['system']]})"


def compare_text(document: CompareDocument) -> str:
    """Codes compared, one below the other in each row."""
    return "\n".join(compare_lines(document)) + "\n"


def compare_lines(document: CompareDocument) -> Iterator[str]:
    """A comparison as lines of text."""
    concepts = document["concepts"]
    for concept in concepts:
        yield f"{column_label(concept)}  {concept['display']}"
        yield " · ".join([*subtitle(concept), *own_page(concept)])
    for title, rows in row_groups(document):
        yield ""
        yield f"== {title} =="
        for row in rows:
            yield ""
            yield row["title"].upper()
            for label, cell in row_cells(row, concepts):
                lines = [cell["note"]] if cell["note"] else list(block_lines(cell["blocks"]))
                if len(lines) == 1 and not lines[0].startswith("- "):
                    yield f"{label}: {lines[0]}"
                else:
                    yield f"{label}:"
                    yield from lines
            if row["common"] and row["state"] != "same":
                yield common_line(row, document["whole"])
            if document["whole"]:
                yield from block_lines(row["common"])
    folded = list(fold_lines(document))
    if folded:
        yield ""
        yield from folded


def column_label(concept: ConceptDocument) -> str:
    """What stands for a code in a comparison: the code, with the modifiers that were typed."""
    return "-".join([concept["code"], *(str(one["code"]) for one in concept["modifiers"])])


def row_groups(document: CompareDocument) -> Iterator[tuple[str, list[RowDocument]]]:
    """(title, rows) of what is to be shown: what differs, what only one has, what is the same."""
    for state, title in _STATES.items():
        rows = [row for row in document["rows"] if row["state"] == state and not row["folded"]]
        if rows:
            yield title, rows


_STATES = {
    "different": "What differs",
    "only": "What only one of them has",
    "same": "What is the same for all",
}


def row_cells(
    row: RowDocument, concepts: list[ConceptDocument]
) -> Iterator[tuple[str, CellDocument]]:
    """(label, cell) of each cell that says something; equal ones once, under one label."""
    cells: list[tuple[list[str], CellDocument]] = []
    for cell, concept in zip(row["cells"], concepts, strict=True):
        labels = next((labels for labels, other in cells if other == cell), None)
        if labels:
            labels.append(column_label(concept))
        elif cell["blocks"] or cell["note"]:
            cells.append(([column_label(concept)], cell))
    for labels, cell in cells:
        yield ", ".join(labels), cell


def common_line(row: RowDocument, whole: bool) -> str:
    """How many points of a row all share; with ``whole``, the heading over them."""
    if whole:
        return "The same for all:"
    count = sum(len(block.get("items") or [block["text"]]) for block in row["common"])
    return f"({count} more {'point is' if count == 1 else 'points are'} the same for all.)"


def fold_lines(document: CompareDocument, tip: bool = True) -> Iterator[str]:
    """What is not shown, and with ``tip``, how to see it."""
    folded = [row for row in document["rows"] if row["folded"]]
    if not folded:
        return
    titles = {state: [row["title"] for row in folded if row["state"] == state] for state in _STATES}
    if titles["same"]:
        yield f"The same for all ({len(titles['same'])}): {', '.join(titles['same'])}."
    if titles["different"]:
        yield f"Also different ({len(titles['different'])}): {', '.join(titles['different'])}."
    for at, concept in enumerate(document["concepts"]):
        own = [
            row["title"] for row in folded if row["state"] == "only" and row["cells"][at]["blocks"]
        ]
        if own:
            yield f"Only {column_label(concept)} ({len(own)}): {', '.join(own)}."
    if tip:
        yield "--all shows everything, --section NAME one section."


def similar_text(document: SimilarDocument) -> str:
    """Neighbours as tab-separated code, system, display, difference, origin, relation."""
    keys = ("code", "system", "display", "difference", "origin", "relation")
    return "".join(
        "\t".join(str(near[key]) for key in keys)  # type: ignore[literal-required]
        + "\n"
        for near in document["similar"]
    )


def similar_groups(document: SimilarDocument) -> Iterator[tuple[str, list[Any]]]:
    """(heading, neighbours): who says that they are near, and how."""
    for title, relations in _NEAR.items():
        near = [code for code in document["similar"] if code["relation"] in relations]
        if near:
            yield title, near


_NEAR = {
    "In its place (written)": ("replaced_by",),
    "The same service in another form (written)": ("family",),
    "Named on its page (written)": ("similar", "mentioned"),
    "Near in the catalogue (found)": (
        "names", "side", "child", "sibling", "parent", "character", "list",
    ),
}  # fmt: skip


def list_text(document: ListDocument) -> str:
    """Codes with a page, tab-separated; those of own pages have one column more, that says so."""
    lines = []
    for page in document["concepts"]:
        cells = [page["code"], page["system"], page["display"], page["kind"], page["specialty"]]
        lines.append("\t".join([*cells, "own page"] if page["own_page"] else cells) + "\n")
    return "".join(lines)


def systems_text(document: SystemsDocument) -> str:
    """Code sets at hand, tab-separated."""
    keys = ("system", "name", "release", "in_force_since", "codes", "billable", "pages")
    more = ("modifiers", "synonyms", "bytes", "source")
    lines = []
    for entry in document["systems"]:
        values: Mapping[str, object] = entry
        cells = ["" if values[key] is None else str(values[key]) for key in keys + more]
        cells.append(",".join(file["sha256"] for file in entry["files"]))
        cells.append("older than a year" if entry["outdated"] else "")
        lines.append("\t".join(cells) + "\n")
    return "".join(lines)


def explain_text(document: ExplainDocument) -> str:
    """A bill, a card a line: the line as printed, then what each code on it is."""
    parts = ["\n".join(_explained_lines(line)) for line in document["lines"]]
    return "\n\n".join([*parts, document["summary"]["text"]]) + "\n"


def _explained_lines(line: ExplainedLineDocument) -> Iterator[str]:
    yield f"Line {line['line']}: {line['text']}"
    if where := line_facts(line):
        yield f"  {where}"
    for code in line["codes"]:
        yield f"  {printed_code(code)}  {code_title(code)}"
        for sentence in code_sentences(code):
            yield f"    {sentence}"
    for other in line["others"]:
        yield f"  {other['text']}  {other['note']}"
    for question in line["questions"]:
        yield f"  ASK: {question['text']} {question['why']}"


def line_facts(line: ExplainedLineDocument) -> str:
    """When and where, in one phrase."""
    facts = [line["date"]] if line["date"] else []
    if place := line["place_of_service"]:
        facts.append(f"{place['display']} (place of service {place['code']})")
    return ", ".join(facts)


def printed_code(code: ExplainedCodeDocument) -> str:
    """A code with its modifiers, as ``99214-25``."""
    return "-".join([code["code"], *(modifier["code"] for modifier in code["modifiers"])])


def code_title(code: ExplainedCodeDocument) -> str:
    """The name of a code on a bill, or what can be said of an unknown one."""
    name = code["display"] or f"not known here; it looks like a {SYSTEM_NAME[code['system']]} code"
    if code["units"] and code["units"] != 1:
        name += f" (billed {code['units']:g} times)"
    return name


def code_sentences(code: ExplainedCodeDocument) -> Iterator[str]:
    """What a code is, what its modifiers say, and what is not sure about it."""
    if code["confidence"] == "uncertain":
        yield f"This may not be a code: {code['reason']}."
    if code["summary"]:
        yield code["summary"]
    for modifier in code["modifiers"]:
        yield modifier_line(modifier)


def system_lines(entry: SystemDocument) -> Iterator[tuple[str, str]]:
    """What there is to say of a code system at hand, as (label, value)."""
    if entry["release_name"]:
        yield "Release", entry["release_name"]
    if entry["in_force_since"]:
        yield "In force since", entry["in_force_since"]
    if entry["outdated"]:
        yield "Older than a year", _newer(entry["system"])
    if entry["codes"]:
        yield "Codes", _counts(entry)
    if entry["synonyms"]:
        yield "Further names to search by", f"{entry['synonyms']:,}"
    if entry["pages"]:
        yield "Plain-language pages", f"{entry['pages']:,}"
    if entry["bytes"]:
        shared = "" if entry["added"] else ", together with the pages"
        yield "On disk", size(entry["bytes"]) + shared
    yield "From", entry["source"]
    for file in entry["files"]:
        yield "File", _file(file)
    if entry["notice"]:
        yield "Notice", entry["notice"]


def added_text(entry: SystemDocument) -> str:
    """What to say when a release has been added."""
    since = f" In force since {entry['in_force_since']}." if entry["in_force_since"] else ""
    lines = [f"Added {entry['release_name']}: {_counts(entry, ' codes')}.{since}"]
    lines += [f"From {_file(file)}" for file in entry["files"]]
    if entry["outdated"]:
        lines.append(f"It is older than a year. {_newer(entry['system'])}")
    if entry["notice"]:
        lines.append(entry["notice"])
    return "\n".join(lines)


def _newer(system: str) -> str:
    if system == "cpt":
        return "Your licence may come with newer files."
    return f"To get the one in force: codelookup systems add {system}"


def _counts(entry: SystemDocument, codes: str = "") -> str:
    text = f"{entry['codes']:,}{codes}, of which {entry['billable']:,} can be billed"
    return text + (f"; {entry['modifiers']:,} modifiers" if entry["modifiers"] else "")


def _file(file: ReleaseFileDocument) -> str:
    address = f" from {file['url']}" if file["url"] else ""
    return f"{file['name']}{address}, {size(file['bytes'])}, sha256 {file['sha256']}"


def size(count: int) -> str:
    """A number of bytes as people say it: ``2.5 MB``."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000)):,} kB"
    return f"{count / 1_000_000:,.1f} MB"


def check_text(document: CheckDocument) -> str:
    """A line a code: code, system, yes or no, reason."""
    return "".join(
        "\t".join(
            (
                entry["code"] or entry["query"],
                entry["system"] or "",
                "yes" if entry["usable"] else "no",
                entry["reason"],
            )
        )
        + "\n"
        for entry in document["checks"]
    )
