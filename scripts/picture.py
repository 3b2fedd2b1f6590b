"""Draws docs/show.svg: a real page as a terminal shows it, for the README.

python scripts/picture.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from codelookup.catalogue.bundled import catalogue_path
from codelookup.catalogue.store import Catalogue
from codelookup.document.documents import show_document
from codelookup.render.terminal import Screen

WIDTH = 80
SECTIONS = ["summary", "preparation", "procedure", "risks", "similar"]
TARGET = Path(__file__).resolve().parent.parent / "docs" / "show.svg"


def main() -> None:
    with Catalogue([catalogue_path(print)]) as catalogue:
        document = show_document(catalogue, ["90832"], (), SECTIONS)
    drawn = io.StringIO()
    Screen(drawn, WIDTH, color=True).show(document)
    recorder = Console(width=WIDTH, record=True, file=io.StringIO())
    recorder.print(Text.assemble(("$ ", "dim"), "codelookup show 90832"))
    recorder.print(Text.from_ansi(drawn.getvalue()))
    TARGET.parent.mkdir(exist_ok=True)
    svg = recorder.export_svg(title="codelookup", unique_id="codelookup")
    # rich names a font on the net; a picture of an offline tool should not fetch one.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    TARGET.write_text(svg.replace("Fira Code, monospace", "Fira Code, Menlo, Consolas, monospace"))


if __name__ == "__main__":
    main()
