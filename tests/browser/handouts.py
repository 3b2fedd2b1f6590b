"""Writes the handouts that ``check.mjs`` opens in a browser.

python tests/browser/handouts.py FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from codelookup.catalogue.bundled import catalogue_path
from codelookup.catalogue.store import Catalogue
from codelookup.document.documents import show_document
from codelookup.render.html import show_html

HANDOUTS = {
    "page": ["show", "90832", "--heading", "Oak Street Clinic"],
    "packet": ["show", "27447", "90832-95-ZZ", "H0015", "71020", "--heading", "Oak Street Clinic"],
    "facts": ["show", "I30-I5A"],
    "compared": ["compare", "45378", "G0121", "E11.9", "--all", "--heading", "Oak Street Clinic"],
}
HOSTILE = "<script>alert(1)</script><img src=//x.example/x.png onerror=alert(1)></style>&amp;"
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4


def main(folder: Path) -> None:
    for name, arguments in HANDOUTS.items():
        target = folder / f"{name}.html"
        command = [sys.executable, "-m", "codelookup", *arguments, "--output", str(target)]
        subprocess.run(command, check=True)
    with Catalogue([catalogue_path(print)]) as catalogue:
        document = show_document(catalogue, ["27447-25", "71020", "E11"])
    for concept in document["concepts"]:
        for source in concept["sources"]:
            source["url"] = f"https://x.example/{LONG}"
    text = show_html(spoilt(document, HOSTILE, LONG), f"{HOSTILE} {LONG}")
    (folder / "hostile.html").write_text(text, encoding="utf-8")


def spoilt(value: Any, before: str, after: str = "") -> Any:
    """A document with something before and after every text that is not one of our own words."""
    if isinstance(value, dict):
        kept = {"system", "system_uri", "type", "status", "level", "url"}
        return {
            name: part if name in kept else spoilt(part, before, after)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [spoilt(part, before, after) for part in value]
    return f"{before} {value} {after}".strip() if isinstance(value, str) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
