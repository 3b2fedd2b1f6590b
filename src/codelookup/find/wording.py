"""In which words names differ: "left hand", "right hand"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_JOINING = frozenset(["of", "with", "without", "in", "on", "for", "and", "or", "due", "to", "from"])
_SMALL = frozenset(["a", "an", "the", "that", "has", "by", "at", "than", "per", "other"])
_WAITING = _JOINING | _SMALL | {"no", "not"}
"""Words after which a reader waits for another."""
_EMPTY = _WAITING - {"without", "no", "not"}
"""Words that tell nothing of a name."""
_COUNTED = frozenset(["type", "level", "stage", "grade", "group", "phase", "class", "degree"])
"""Words that belong to the number behind them."""
_MARKS = ",;:."


class Apart(NamedTuple):
    """What each name says that not all say, and how much they share.

    ``shared`` is the share (0 to 1) of the shortest name's telling words that all have.
    """

    parts: tuple[str, ...]
    shared: float


def apart(names: Sequence[str]) -> Apart:
    """The parts in which names differ: what stands between their common begin and end.

    >>> apart(["Cut on right hand, first visit", "Cut on left hand, first visit"]).parts
    ('right hand', 'left hand')
    """
    words = [name.split() for name in names]
    bare = [[word.lower().strip(_MARKS) for word in one] for one in words]
    front = _common(bare)
    back = _common([one[front:][::-1] for one in bare])
    telling = [sum(word not in _EMPTY for word in one) for one in bare]
    both = bare[0][:front] + bare[0][len(bare[0]) - back :]
    shared = sum(word not in _EMPTY for word in both) / max(min(telling), 1)
    if all(len(one) > front + back for one in bare):
        if front and bare[0][front - 1].strip("(") in _COUNTED and _numbered(words, front):
            front -= 1
        else:
            back -= _words_to_add(words, bare, front, back)
    parts = [_ended(one[front : len(one) - back]) for one in words]
    return Apart(tuple(_trimmed(" ".join(part)) for part in parts), shared)


def _common(names: list[list[str]]) -> int:
    """How many words all names begin with."""
    count = 0
    while all(len(one) > count for one in names) and len({one[count] for one in names}) == 1:
        count += 1
    return count


def _numbered(words: list[list[str]], front: int) -> bool:
    """Whether a number comes next in all names: "level 3", "type IIIA"."""
    ends = words[0][front - 1][-1] in _MARKS
    return not ends and all(one[front][0].isdigit() or one[front].isupper() for one in words)


def _words_to_add(words: list[list[str]], bare: list[list[str]], front: int, back: int) -> int:
    """How many of the common last words a reader needs: "left hand", "up to 5 cm".

    Those up to the end of the phrase, if that is near.
    """
    if any(one[len(one) - back - 1][-1] in _MARKS for one in words):
        return 0
    middles = [one[front : len(one) - back] for one in bare]
    few = any(sum(word not in _EMPTY for word in middle) < 2 for middle in middles)
    most = 3 if few or any(middle[-1] in _WAITING for middle in middles) else 2
    rest = words[0][len(words[0]) - back :]
    for added, word in enumerate(rest[: most + 1]):
        if word.lower().strip(_MARKS) in _JOINING or word.startswith("("):
            return added
        if word[-1] in _MARKS or added + 1 == len(rest):
            return added + 1 if added < most else 0
    return most if few else 0


def _ended(words: list[str]) -> list[str]:
    """Without the words at the end that wait for another, unless these are all."""
    end = len(words)
    while end and words[end - 1].lower() in _WAITING:
        end -= 1
    return words[:end] or words


def _trimmed(part: str) -> str:
    """Without the marks at its ends, and with both halves of a bracket or neither."""
    part = part.strip(_MARKS + " ")
    if part.startswith("(") and part.count("(") == part.count(")") == 1 and part.endswith(")"):
        return part[1:-1]
    if part.count("(") > part.count(")"):
        return part.replace("(", "", 1) if part.startswith("(") else part + ")"
    if part.count(")") > part.count("("):
        return part[:-1] if part.endswith(")") else "(" + part
    return part
