"""The smaller data files: thesaurus, modifiers, places of service, billing frequency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from codelookup.errors import DataError
from codelookup.find import normalise

THESAURUS_TABLES = {
    "abbreviations": "abbreviation",
    "capitals": "capitals",
    "phrases": "phrase",
    "words": "word",
    "drugs": "drug",
}
"""Table of ``thesaurus.toml`` to the kind that search knows it by."""


FREQUENCY_FILE = "_frequency.toml"
RULES_FILE = "_rules.toml"
"""Beside the pages, so that CPT numbers stay in their folder."""

RIDE = "ride:"
"""Before a letter that says where an ambulance ride began or ended."""


def _table(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not valid TOML: {error}.", "Mend the file.") from error


def read_thesaurus(path: Path) -> list[tuple[str, str, Any]]:
    """(phrase, kind, target) rows; the target is plain words for kind ``word``, else a list.

    Phrases come as the words that a query is cut into: ``a-fib`` is ``a fib``.

    Raises:
        DataError: the file is not valid TOML, or an entry has the wrong type.
    """
    rows: list[tuple[str, str, Any]] = []
    table = _table(path)
    # Words last: where a phrase stands in two tables the more particular one is kept.
    for name in ("words", "drugs", "phrases", "abbreviations", "capitals"):
        for phrase, target in table.get(name, {}).items():
            wanted = str if name == "words" else list
            if not isinstance(target, wanted):
                raise DataError(
                    f'{path}: [{name}] "{phrase}" is {target!r}.',
                    "Write a word in quotes." if name == "words" else "Write a list of texts.",
                )
            key = " ".join(normalise.raw_words(phrase))
            kind = THESAURUS_TABLES[name]
            if kind == "word" and isinstance(target, str) and " " not in key:
                rows.append((key, kind, " ".join(normalise.raw_words(target))))
            else:
                targets = [target] if isinstance(target, str) else target
                rows.append((key, "phrase" if kind == "word" else kind, targets))
    return rows


def read_everyday(path: Path) -> list[tuple[str, str, Any]]:
    """(word, "everyday", no other wordings): words that alone say nothing about health."""
    return [(word, "everyday", []) for word in _table(path).get("words", [])]


def read_modifiers(path: Path) -> list[tuple[str, str, str, str, str]]:
    """(code, system, title, sentences, kind) of each modifier; those without words have the code.

    The letters of ambulance rides come as ``ride:H``, with the place they stand for.
    """
    table = _table(path)
    words = [
        (
            code,
            str(entry.get("system", "")),
            str(entry["display"]),
            str(entry["summary"]),
            str(entry.get("kind", "")),
        )
        for code, entry in table.get("modifiers", {}).items()
    ]
    words += [(code, "", "", "", "") for code in table.get("without_words", [])]
    words += [
        (f"{RIDE}{letter}", "hcpcs", str(entry["place"]), "", "ambulance")
        for letter, entry in table.get("ambulance", {}).items()
    ]
    return words


def read_places(path: Path) -> list[tuple[str, str, str]]:
    """(code, title, sentences) of each place of service."""
    return [
        (code, str(entry["display"]), str(entry["summary"]))
        for code, entry in _table(path).get("places", {}).items()
    ]


def read_frequency(data: Path) -> dict[str, float]:
    """Code to how often it is billed, 0 to 1, from the file beside each system's pages."""
    found: dict[str, float] = {}
    for path in sorted(data.glob(f"*/{FREQUENCY_FILE}")):
        for code, value in _table(path).get("frequency", {}).items():
            found[code] = float(value)
    return found


def read_rules(data: Path) -> dict[str, dict[str, Any]]:
    """Code to its time and add-on rules, from the file beside each system's pages."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(data.glob(f"*/{RULES_FILE}")):
        found.update(_table(path).get("codes", {}))
    return found
