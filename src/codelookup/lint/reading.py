"""Sentences and reading level."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from codelookup.lint.words import ABBREVIATIONS
from codelookup.model import Block, Page

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(]?[A-Z0-9])")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’./-]*")


def texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Every paragraph, point and step of a section."""
    for block in blocks:
        if block.text:
            yield block.text
        yield from block.items


def sentences(text: str) -> list[str]:
    """The sentences of a text; ``Dr. Lee`` and ``a.m.`` end none."""
    found: list[str] = []
    for part in _END.split(text):
        previous = found[-1].rstrip(".").rsplit(" ", 1)[-1].lower() if found else ""
        if found and found[-1].endswith(".") and previous in ABBREVIATIONS:
            found[-1] += " " + part
        elif part.strip():
            found.append(part.strip())
    return found


def words(sentence: str) -> list[str]:
    return _WORD.findall(sentence)


def page_text(page: Page) -> str:
    """The page as running text, a full stop after each point, as the reading level sees it."""
    pieces = []
    for blocks in page.sections.values():
        for text in texts(blocks):
            pieces.append(text if text.endswith((".", "!", "?")) else text + ".")
    return "\n".join(pieces)


def grade(text: str) -> float:
    """US school grade by Flesch-Kincaid, as textstat works it out.

    Raises:
        ImportError: textstat is not installed (the ``validate`` extra brings it).
    """
    import textstat

    # The same words come thousands of times; textstat would cut each anew every time.
    hyphens = textstat.textstat.pyphen
    if not hasattr(hyphens.positions, "cache_info"):
        hyphens.positions = functools.lru_cache(maxsize=None)(hyphens.positions)
    return float(textstat.flesch_kincaid_grade(text))
