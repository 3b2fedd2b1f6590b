"""How work that takes a while tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0: unknown)."""

Say = Callable[[str], None]
"""Called with a sentence for the user that is not the answer."""

T = TypeVar("T")


def quiet(what: str, done: int, total: int) -> None:
    """Tells nobody."""


def counted(items: Iterable[T], what: str, total: int, progress: Progress) -> Iterator[T]:
    """``items`` as they are, with ``progress`` told every thousand of them."""
    for number, item in enumerate(items):
        if number % 1000 == 0:
            progress(what, number, total)
        yield item
    progress(what, total, total)
