"""What the catalogue knows of the codes, modifiers and words on a bill, asked once each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup.find import normalise

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, Row


class Entry(NamedTuple):
    """A code of one system as a bill needs it; ``names`` are all it has.

    ``status`` is as in ``show``: ``active``, ``header``, ``retired`` or ``terminated``. Dates are
    ``YYYY-MM-DD`` or empty. ``summary`` is one sentence, from the page, or empty.
    """

    system: str
    code: str
    display: str
    kind: str | None
    status: str
    has_page: bool
    summary: str
    names: tuple[str, ...]
    effective: str
    until: str
    replaced_by: tuple[str, ...]


class Known:
    """The open catalogue as the reader of a bill sees it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.released = {release.system for release in catalogue.releases()}
        self._entries: dict[str, dict[str, Entry]] = {}
        self._words: dict[tuple[str, str], frozenset[str]] = {}
        self._frequency: dict[str, float] = {}
        self._modifiers: dict[str, tuple[str, str] | None] = {}

    def find(self, key: str) -> dict[str, Entry]:
        """System id to the entry of a code without its dot; empty when nothing is known."""
        if key not in self._entries:
            rows: dict[str, list[Row]] = {}
            for row in self.catalogue.find(key):
                if row.level not in ("chapter", "block", "modifier"):
                    rows.setdefault(row.system, []).append(row)
            self._entries[key] = {system: _entry(found) for system, found in rows.items()}
        return self._entries[key]

    def words(self, entry: Entry) -> frozenset[str]:
        """The canonical words of the names of a code."""
        key = (entry.system, entry.code)
        if key not in self._words:
            self._words[key] = frozenset(normalise.words(" ".join(entry.names)))
        return self._words[key]

    def frequency(self, code: str) -> float:
        """How often a code with a page is billed, 0 to 1."""
        if code not in self._frequency:
            found = 0.0
            for file in range(len(self.catalogue.files)):
                for (value,) in self.catalogue.query(
                    file, "SELECT frequency FROM page WHERE key = ?", (code,)
                ):
                    found = max(found, value)
            self._frequency[code] = found
        return self._frequency[code]

    def modifier(self, code: str) -> tuple[str, str] | None:
        """(title, sentence) of a modifier, empty where it exists and we have no words; or None."""
        if code not in self._modifiers:
            self._modifiers[code] = self.catalogue.modifier(code)
        return self._modifiers[code]

    def place(self, code: str) -> tuple[str, str] | None:
        """(title, sentence) of a place of service."""
        return self.catalogue.place(code)

    def rule(self, code: str) -> dict[str, Any]:
        """The time and add-on rules of a code, as in ``_rules.toml``; empty where none is known."""
        return self.catalogue.rule(code)


def _entry(rows: list[Row]) -> Entry:
    page_row = next((row for row in rows if row.document), None)
    fact_row = next((row for row in rows if row.concept is not None), None)
    first = page_row or rows[0]
    page = json.loads(page_row.document or "{}") if page_row else {}
    facts = json.loads(fact_row.facts or "{}") if fact_row else {}
    names = [first.display, fact_row.display if fact_row else ""]
    for found in page.get("designations", {}).values():
        names.extend(found)
    names.extend(text for _, text in facts.get("designations", []))
    status = "active"
    if page.get("used_until"):
        status = "retired"
    elif fact_row and fact_row.terminated:
        status = "terminated"
    elif fact_row and fact_row.level == "header":
        status = "header"
    return Entry(
        system=first.system,
        code=first.code,
        display=first.display,
        kind=page.get("kind") or None,
        status=status,
        has_page=bool(page),
        summary=first_sentence(page),
        names=tuple(names),
        effective=fact_row.effective if fact_row else "",
        until=page.get("used_until") or (fact_row.terminated if fact_row else ""),
        replaced_by=tuple(page.get("replaced_by") or facts.get("replaced_by") or ()),
    )


def first_sentence(page: dict[str, Any]) -> str:
    """The sentence that a page begins with."""
    blocks = page.get("sections", {}).get("summary", [])
    text = blocks[0].get("text", "") if blocks else ""
    for place, letter in enumerate(text):
        if letter in ".!?" and text[place + 1 : place + 2] in ("", " ") and place > 3:
            # "Dr. Smith", "St. John" would end too soon; pages do not abbreviate.
            return str(text[: place + 1])
    return str(text)
