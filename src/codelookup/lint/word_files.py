"""The rules for the smaller data files: word lists, modifiers, places of service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomli

from codelookup.lint import reading
from codelookup.lint.words import CODEBOOK_STYLE
from codelookup.read.pages import Places, Problem, nearest
from codelookup.read.words import RULES_FILE, THESAURUS_TABLES

MAX_TITLE = 60
MAX_SENTENCES = 3
MAX_SENTENCE_WORDS = 25


def check_word_files(folder: Path) -> Iterator[Problem]:
    """The problems of the files beside the pages; a file that is not there has none."""
    for name, table in (("modifiers.toml", "modifiers"), ("places_of_service.toml", "places")):
        yield from _short_texts(folder / name, table)
    yield from _thesaurus(folder / "thesaurus.toml")
    for path in sorted(folder.glob(f"*/{RULES_FILE}")):
        yield from _rules(path)
    yield from _everyday(folder / "everyday.toml")


def _read(path: Path) -> tuple[dict[str, Any], str] | Problem | None:
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        return tomli.loads(text), text
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        return Problem(path, 1, "CL001", f"not valid TOML: {error}", "Mend the file.")


def _short_texts(path: Path, table: str) -> Iterator[Problem]:
    found = _read(path)
    if found is None:
        return
    if isinstance(found, Problem):
        yield found
        return
    places = Places(found[1])
    for code, entry in found[0].get(table, {}).items():
        line = places.line((table, code))
        for message in _faults(entry):
            yield Problem(path, line, "CL033", f"{code} {message}", "See the head of the file.")


def _faults(entry: dict[str, Any]) -> Iterator[str]:
    title, summary = entry.get("display"), entry.get("summary")
    if not isinstance(title, str) or not isinstance(summary, str) or not title or not summary:
        yield "needs a display and a summary"
        return
    if len(title) > MAX_TITLE:
        yield f"has a title of {len(title)} characters; {MAX_TITLE} is the most"
    sentences = reading.sentences(summary)
    if len(sentences) > MAX_SENTENCES:
        yield f"has {len(sentences)} sentences; {MAX_SENTENCES} is the most"
    if any(len(reading.words(sentence)) > MAX_SENTENCE_WORDS for sentence in sentences):
        yield f"has a sentence of more than {MAX_SENTENCE_WORDS} words"
    for pattern, name in CODEBOOK_STYLE:
        if re.search(pattern, title):
            yield f"has a title with {name}"


_BASE = re.compile(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5})?")
_RULE_FIELDS: dict[str, Callable[[Any], bool]] = {
    "minutes": lambda value: (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(end, int) for end in value)
        and (value[1] == 0 or 0 < value[0] <= value[1])
    ),
    "unit_minutes": lambda value: isinstance(value, int) and value > 0,
    "least_minutes": lambda value: isinstance(value, int) and value > 0,
    "most_units": lambda value: isinstance(value, int) and value > 0,
    "within_days": lambda value: isinstance(value, int) and value > 0,
    "add_on_to": lambda value: (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(base, str) and _BASE.fullmatch(base) for base in value)
    ),
}


def _rules(path: Path) -> Iterator[Problem]:
    found = _read(path)
    if found is None:
        return
    if isinstance(found, Problem):
        yield found
        return
    places = Places(found[1])
    paged = set()
    for page in path.parent.glob("*.toml"):
        if not page.name.startswith("_"):
            paged.update(re.findall(r"^\[codes\.(\w+)\]", page.read_text("utf-8", "replace"), re.M))
    last = ""
    for code, rule in found[0].get("codes", {}).items():
        line = places.line(("codes", code))
        if code not in paged:
            yield Problem(path, line, "CL034", f"{code} has no page", "Take the rule out.")
        if code < last:
            yield Problem(path, line, "CL034", f"{code} stands after {last}", "Sort the codes.")
        last = code
        for field, value in rule.items():
            if field not in _RULE_FIELDS:
                known = ", ".join(_RULE_FIELDS)
                message = f'unknown field "{field}"{nearest(field, _RULE_FIELDS)}'
                yield Problem(path, line, "CL034", message, f"Known fields: {known}.")
            elif not _RULE_FIELDS[field](value):
                message = f"{field} of {code} is {value!r}"
                yield Problem(path, line, "CL034", message, "See the head of the file.")


def _thesaurus(path: Path) -> Iterator[Problem]:
    found = _read(path)
    if found is None:
        return
    if isinstance(found, Problem):
        yield found
        return
    places = Places(found[1])
    seen: dict[str, str] = {}
    for name in THESAURUS_TABLES:
        last = ""
        for phrase in found[0].get(name, {}):
            line = places.line((name, phrase))
            if phrase != phrase.lower():
                yield Problem(path, line, "CL032", f'"{phrase}" has capitals', "Use lower case.")
            if phrase < last:
                tip = "Sort the table."
                yield Problem(path, line, "CL032", f'"{phrase}" stands after "{last}"', tip)
            if phrase in seen:
                message = f'"{phrase}" also stands in [{seen[phrase]}]'
                yield Problem(path, line, "CL032", message, "Keep one.")
            last = phrase
            seen[phrase] = name


def _everyday(path: Path) -> Iterator[Problem]:
    found = _read(path)
    if found is None:
        return
    if isinstance(found, Problem):
        yield found
        return
    places = Places(found[1])
    last = ""
    for word in found[0].get("words", []):
        line = places.line(("words",), f'"{word}"')
        if word != word.lower():
            yield Problem(path, line, "CL032", f'"{word}" has capitals', "Use lower case.")
        if word <= last:
            message = f'"{word}" stands after "{last}"'
            yield Problem(path, line, "CL032", message, "Sort the words, each once.")
        last = word
