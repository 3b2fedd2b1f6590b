"""Which concept is meant by a code that is one in two systems."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.catalogue.store import Row


def read_as(
    typed: str,
    found: list[list[Row]],
    systems: Collection[str] = (),
    taken: Collection[tuple[str, str]] = (),
) -> tuple[list[Row], str]:
    """The likeliest of the concepts that a typed code names, and a sentence if there was a choice.

    One that is ``taken`` (named otherwise beside it) is not meant again. One of the same
    ``systems`` as the codes beside it is likelier, then one with a page, then the one that
    people write without a dot.
    """

    def unlikely(rows: list[Row]) -> tuple[bool, ...]:
        first = rows[0]
        return (
            (first.system, first.code) in taken,
            bool(systems) and first.system not in systems,
            not any(row.document for row in rows),
            first.code.upper() != typed.strip().upper()[: len(first.code)],
        )

    found = sorted(found, key=unlikely)
    if len(found) == 1:
        return found[0], ""
    first, other = found[0][0], found[1][0]
    if other.code != first.code and "." in other.code:
        how = f"write {other.code}"
    else:
        how = f"add --system {other.system}"
    return found[0], (
        f"{first.code} is taken for the {SYSTEM_NAME[first.system]} code ({first.display}). "
        f"For {SYSTEM_NAME[other.system]} {other.code} ({other.display}), {how}."
    )
