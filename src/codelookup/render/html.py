"""Documents as one HTML file to read, print and hand out.

The file stands alone: no script, nothing fetched, and a policy in its head that says so. What
comes from pages, code sets and people goes through ``escape``, and is never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from codelookup.render import plain
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.document.types import (
        BlockDocument,
        CellDocument,
        CompareDocument,
        ConceptDocument,
        Named,
        ShowDocument,
        SourceDocument,
    )

_STYLE = Path(__file__).with_name("handout.css")
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
{banner}<main id="main" tabindex="-1">
{body}
</main>
<footer>
<p>{credit}</p>
</footer>
</body>
</html>
"""


def page(title: str, heading: str, body: str) -> str:
    """A whole HTML file.

    ``title`` is its name in a browser's tab, ``heading`` what stands above everything, as a
    clinic's name, or empty; both are text. ``body`` is HTML, and has the one ``h1``.
    """
    return _PAGE.format(
        title=escape(f"{title} · {heading}" if heading else title),
        style=_STYLE.read_text(encoding="utf-8"),
        banner=f"<header>\n<p>{escape(heading)}</p>\n</header>\n" if heading else "",
        body=body,
        credit=escape(plain.CREDIT),
    )


def show_html(document: ShowDocument, heading: str = "", narrowed: bool = False) -> str:
    """One code as a page; several as a packet with contents at the front.

    ``narrowed`` leaves out other names and official facts, as the text does; who reviewed a
    page is always said.
    """
    concepts = document["concepts"]
    if len(concepts) == 1:
        title = f"{concepts[0]['code']} {concepts[0]['display']}"
        return page(title, heading, "\n".join(concept_html(concepts[0], "code", 1, narrowed)))
    parts = {f"code-{number}": concept for number, concept in enumerate(concepts, start=1)}
    body = [*_contents(parts)]
    for place, concept in parts.items():
        body.extend(concept_html(concept, place, 2, narrowed))
    codes = ", ".join(concept["code"] for concept in concepts)
    return page(f"{plain.PACKET}: {codes}", heading, "\n".join(body))


def compare_html(document: CompareDocument, heading: str = "") -> str:
    """Codes compared: a section a row, with the codes beside one another where there is room."""
    concepts = document["concepts"]
    codes = [plain.column_label(concept) for concept in concepts]
    title = f"{plain.COMPARISON}: {', '.join(codes)}"
    body = ['<article class="compared" aria-labelledby="title">']
    body.append(f'<h1 id="title">{escape(plain.COMPARISON)}</h1>')
    body.extend(_beside(2, [(_code_and_name(each), _kind(each)) for each in concepts]))
    for group, rows in plain.row_groups(document):
        body.append(f"<h2>{escape(group)}</h2>")
        for row in rows:
            body.append(f'<section class="row"><h3>{escape(row["title"])}</h3>')
            cells = plain.row_cells(row, concepts)
            body.extend(_beside(4, [(escape(label), _cell_html(cell)) for label, cell in cells]))
            if row["common"]:
                line = plain.common_line(row, document["whole"])
                body.append(f'<p class="kind">{escape(line)}</p>')
                if document["whole"]:
                    body.extend(blocks_html(row["common"]))
            body.append("</section>")
    body.extend(
        f'<p class="kind">{escape(line)}</p>' for line in plain.fold_lines(document, tip=False)
    )
    body.append('<section class="about" id="about"><h2>About this page</h2><div>')
    for concept in concepts:
        lines = " ".join(plain.about_lines(concept))
        body.append(f"<p>{escape(concept['code'])}: {escape(lines)}</p>")
    body.append("</div></section></article>")
    return page(title, heading, "\n".join(body))


def _beside(level: int, cells: list[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Cells, each of a heading and what is below it, as columns or one below the other."""
    yield '<div class="columns">'
    for title, body in cells:
        yield f"<div><h{level}>{title}</h{level}>"
        yield from body
        yield "</div>"
    yield "</div>"


def _kind(concept: ConceptDocument) -> list[str]:
    return [f'<p class="kind">{escape(" · ".join(plain.subtitle(concept)))}</p>']


def _cell_html(cell: CellDocument) -> Iterator[str]:
    if cell["note"]:
        yield f"<p>{escape(cell['note'])}</p>"
    yield from blocks_html(cell["blocks"])


def concept_html(
    concept: ConceptDocument, place: str, level: int, narrowed: bool = False
) -> Iterator[str]:
    """One concept as an article: ``place`` is its id, ``level`` that of its heading."""
    yield f'<article id="{place}" aria-labelledby="{place}-title">'
    yield f'<h{level} id="{place}-title">{_code_and_name(concept)}</h{level}>'
    yield f'<p class="kind">{escape(" · ".join(plain.subtitle(concept)))}</p>'
    if "when_to_call" in concept["sections"] and len(concept["sections"]) > 1:
        title = concept["sections"]["when_to_call"]["title"]
        yield f'<p class="jump"><a href="#{place}-when_to_call">{escape(title)}</a></p>'
    if not narrowed:
        for label, names in plain.other_names(concept):
            yield f"<p><b>{escape(label)}:</b> {escape(', '.join(names))}</p>"
    for sentence in plain.status_lines(concept):
        yield f'<p class="notice">{escape(sentence)}</p>'
    for modifier in concept["modifiers"]:
        yield f'<p class="notice">{escape(plain.modifier_line(modifier))}</p>'
    for name, section in concept["sections"].items():
        body = blocks_html(section["blocks"])
        yield from section_html(section["title"], body, level + 1, place, name)
    if concept["similar"]:
        items = (
            f"{_code_and_name(near)}: {escape(near['difference'])}" for near in concept["similar"]
        )
        yield from section_html("Similar codes", _list("ul", items), level + 1, place, "similar")
    if not narrowed:
        for section in plain.official_sections(concept):
            yield from section_html(section["title"], blocks_html(section["blocks"]), level + 1)
    yield from section_html("About this page", _about(concept), level + 1, place, "about")
    yield "</article>"


def section_html(
    title: str, body: Iterable[str], level: int, place: str = "", name: str = ""
) -> Iterator[str]:
    """A section with its heading beside or above it.

    ``body`` is HTML. ``name`` is the section's id: a class for the style sheet, and with
    ``place``, the id of the article, something to link to.
    """
    yield f'<section id="{place}-{name}" class="{name}">' if name else "<section>"
    yield f"<h{level}>{escape(title)}</h{level}>"
    yield "<div>"
    yield from body
    yield "</div>"
    yield "</section>"


def blocks_html(blocks: list[BlockDocument]) -> Iterator[str]:
    """The paragraphs, points and steps of a section."""
    for block in blocks:
        if block["type"] == "paragraph":
            yield f"<p>{escape(block['text'])}</p>"
        elif block["type"] == "path":
            names = [escape(name) for name in block["items"]]
            yield "<ul><li>" + "\n<ul><li>".join(names) + "</li></ul>" * len(names)
        else:
            yield from _list(
                "ol" if block["type"] == "steps" else "ul", map(escape, block["items"])
            )


def _list(kind: str, items: Iterable[str]) -> Iterator[str]:
    yield f"<{kind}>"
    for item in items:
        yield f"<li>{item}</li>"
    yield f"</{kind}>"


def _contents(parts: dict[str, ConceptDocument]) -> Iterator[str]:
    yield f"<h1>{escape(plain.PACKET)}</h1>"
    yield '<nav aria-labelledby="contents">'
    yield '<h2 id="contents">Contents</h2>'
    yield from _list(
        "ol",
        (
            f'<a href="#{place}">{_code_and_name(concept)}</a> '
            f"({escape(SYSTEM_NAME[concept['system']])})"
            for place, concept in parts.items()
        ),
    )
    yield "</nav>"


def _code_and_name(concept: Named) -> str:
    return (
        f'<span class="code">{escape(concept["code"])}</span> {escape(concept["display"])}'.strip()
    )


def _about(concept: ConceptDocument) -> Iterator[str]:
    for sentence in plain.about_lines(concept):
        yield f"<p>{escape(sentence)}</p>"
    if concept["sources"]:
        yield "<p>Sources:</p>"
        yield from _list("ul", (_source(source) for source in concept["sources"]))


def _source(source: SourceDocument) -> str:
    title, url = escape(source["title"]), escape(source["url"])
    return f'<a href="{url}">{title}</a>' if plain.is_link(source["url"]) else f"{title}: {url}"
