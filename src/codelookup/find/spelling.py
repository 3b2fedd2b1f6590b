"""Spelling correction, a word at a time, with rapidfuzz."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA


def near(word: str, vocabulary: Iterable[str], cutoff: float = 0.0) -> list[tuple[str, float]]:
    """Words within a slip or two of ``word``, with how near they are (0 to 1), nearest first.

    One slip is allowed from four letters on, two from seven on. A slip is a letter added, left
    out, put for another, or two that changed places (optimal string alignment distance).
    """
    allowed = 1 if len(word) < 7 else 2
    found = []
    for other, distance, _ in process.extract(
        word, list(vocabulary), scorer=OSA.distance, score_cutoff=allowed, limit=60
    ):
        if not distance:
            continue
        likeness = 1 - distance / max(len(word), len(other)) * 0.9
        if other[0] != word[0]:
            # People seldom get the first letter wrong.
            likeness -= 0.08
        if likeness >= cutoff:
            found.append((other, likeness))
    found.sort(key=lambda entry: -entry[1])
    return found
