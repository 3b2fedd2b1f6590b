"""Builds catalogue files. One builder makes all of them: bundled, cached, and added.

A file is complete or absent: it is written under another name and moved into place.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup import folders
from codelookup.catalogue import postings, schema
from codelookup.errors import DataError
from codelookup.find import normalise
from codelookup.model import Block, Concept, Page, Release, ReleaseFile, Similar, Source
from codelookup.progress import Progress, counted, quiet

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue, Row
    from codelookup.read.pages import Problem

_CONTROL = dict.fromkeys([*range(32), *range(127, 160), *range(0x202A, 0x202F)])
_SHORT_FORM = re.compile(r"\b[A-Z]{2,6}\b")
_UNREMARKABLE = re.compile(
    r",? (?:without (?:[\w ]*(?:loss|evidence|mention) of )?.+?"
    r"|not (?:having achieved|specified as|elsewhere|\w+able\b)(?: \w+)?)"
    r"(?=,| of | with | without | due | and |$)"
)
_WITHOUT = re.compile(r"without (?:\w+ )?complication|uncomplicated|not having achieved remission")


def key_of(code: str) -> str:
    """A code as it is looked up: upper case, no dot."""
    return code.upper().replace(".", "")


def cannot_write(folder: Path, error: Exception) -> DataError:
    """What to say when the disk is full, or a folder may not be written."""
    reason = getattr(error, "strerror", None) or str(error)
    variable = "CODELOOKUP_DATA_DIR" if folder == folders.data() else "CODELOOKUP_CACHE_DIR"
    return DataError(
        f"The catalogue cannot be written to {folder}: {reason}.",
        f"Make room there, or set {variable} to a folder that can be written.",
    )


class _Name(NamedTuple):
    """A name to find a page or a concept by; ``words`` are its canonical words, sorted."""

    page: int | None
    concept: int | None
    use: str
    text: str
    system: str
    words: tuple[str, ...]


class Builder:
    """Fills one catalogue file.

    >>> with Builder(target) as builder:          # doctest: +SKIP
    ...     builder.add_release(release, concepts)
    ...     builder.add_pages(pages)

    Leaving the block without an exception completes the file and moves it to ``target``;
    any exception leaves what was there before. ``base`` is a catalogue to start from.
    ``beside`` are open catalogues that it will be searched with: how rare a word is, they know
    better than a small file does.

    Raises:
        DataError: the file cannot be written (disk full, no permission).
    """

    def __init__(
        self,
        target: Path,
        base: Path | None = None,
        synonyms: dict[str, str] | None = None,
        progress: Progress = quiet,
        beside: Catalogue | None = None,
    ) -> None:
        self.target = target
        self.base = base
        self.beside = beside
        self.synonyms = synonyms or {}
        self.progress = progress
        self.spellings: Counter[str] = Counter()

    def __enter__(self) -> Builder:
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(
                dir=self.target.parent, prefix=f".{self.target.name}-", suffix=".part"
            )
            os.close(handle)
            self.part = Path(name)
            if self.base:
                shutil.copyfile(self.base, self.part)
        except OSError as error:
            self._discard()
            raise self._cannot_write(error) from error
        self.db = sqlite3.connect(self.part, isolation_level=None)
        try:
            # Nobody else sees the file before it is complete, so nothing needs a journal.
            self.db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
            self.db.execute("BEGIN")
            if not self.base:
                for statement in schema.TABLES.split(";\n"):
                    self.db.execute(statement)
            self.names = _names(self.db) if self.base else []
        except sqlite3.Error as error:
            self.db.close()
            self._discard()
            raise self._cannot_write(error) from error
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            if error is None:
                self._finish()
            self.db.close()
            if error is None:
                self.part.chmod(0o644)  # mkstemp lets nobody else read
                os.replace(self.part, self.target)
        except (OSError, sqlite3.Error) as fault:
            raise self._cannot_write(fault) from fault
        finally:
            self.db.close()
            self._discard()
        if isinstance(error, sqlite3.Error):
            raise self._cannot_write(error) from error

    def _discard(self) -> None:
        if part := getattr(self, "part", None):
            part.unlink(missing_ok=True)

    def _cannot_write(self, error: Exception) -> DataError:
        return cannot_write(self.target.parent, error)

    # -- code systems ----------------------------------------------------------------------

    def add_release(self, release: Release, concepts: Iterable[Concept]) -> None:
        """A code system with all its concepts; a parent comes before its children."""
        ids: dict[str, int] = {}
        rows = []
        next_id = self.db.execute("SELECT coalesce(max(id), 0) FROM concept").fetchone()[0] + 1
        kept: list[tuple[int, Concept]] = []
        for number, concept in enumerate(concepts, start=next_id):
            concept = _printable(concept)
            ids[concept.code] = number
            kept.append((number, concept))
        leaves = _leaves(kept, ids)
        synonyms = 0
        for number, concept in counted(kept, f"Writing {release.name}", len(kept), self.progress):
            facts: dict[str, Any] = {}
            if concept.notes:
                facts["notes"] = [list(note) for note in concept.notes]
            if concept.designations:
                facts["designations"] = [list(name) for name in concept.designations]
            if concept.properties:
                facts["properties"] = [list(entry) for entry in concept.properties]
            if concept.replaced_by:
                facts["replaced_by"] = list(concept.replaced_by)
            rows.append(
                (
                    number,
                    concept.system,
                    concept.code,
                    key_of(concept.code),
                    concept.display,
                    concept.level,
                    ids.get(concept.parent),
                    int(concept.billable),
                    concept.seventh,
                    concept.effective,
                    concept.terminated,
                    leaves.get(number),
                    json.dumps(facts, ensure_ascii=False) if facts else None,
                )
            )
            if concept.level in ("chapter", "block") or concept.seventh or concept.terminated:
                # A 7th-character code is found through the code it extends.
                continue
            leaf = leaves.get(number, number)
            self._alias(None, leaf, "name", concept.display, concept.system)
            if _plain(concept.display) != concept.display:
                self._alias(None, leaf, "general", _plain(concept.display), concept.system)
            for use, text in concept.designations:
                # Short descriptors only shorten words; as names they would mislead.
                if use != "short":
                    synonyms += self._alias(None, leaf, use, text, concept.system)
            for note in concept.notes:
                if note.type == "includes":
                    synonyms += self._alias(
                        None, leaf, "inclusion", _bare(note.text), concept.system
                    )
        self.db.executemany("INSERT INTO concept VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)
        # A new ICD-10-CM no longer lists what it deleted; that is kept to say since when.
        listed = [
            concept
            for _, concept in kept
            if not (concept.terminated and release.system == "icd10cm")
        ]
        levels = Counter(concept.level for concept in listed)
        self.db.execute(
            "INSERT OR REPLACE INTO release VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                *release,
                levels["header"] + levels["code"],
                sum(
                    concept.billable and concept.level == "code" and not concept.terminated
                    for concept in listed
                ),
                levels["header"],
                levels["modifier"],
                synonyms,
            ),
        )

    def add_synonyms(
        self, system: str, pairs: Iterable[tuple[str, str]], spell: bool = True
    ) -> int:
        """Official further names, as (code, name); names of codes not at hand are dropped.

        Without ``spell`` their words are not what a misspelt word may have meant: thousands of
        drug names lie near to anything. Returns how many were new.
        """
        spellings = self.spellings.copy()
        targets = {
            key: leaf or number
            for number, key, leaf in self.db.execute(
                "SELECT id, key, leaf FROM concept WHERE system = ?", (system,)
            )
        }
        known = {(name.concept, name.words) for name in self.names}
        added = 0
        names = _printable(tuple(pairs))
        for code, text in counted(names, "Writing further names", len(names), self.progress):
            target = targets.get(key_of(code))
            if target is None:
                continue
            words = self._words(text)
            if words and (target, words) not in known:
                known.add((target, words))
                added += self._alias(None, target, "index", text, system)
        if not spell:
            self.spellings = spellings
        self.db.execute(
            "UPDATE release SET synonyms = synonyms + ? WHERE system = ?", (added, system)
        )
        return added

    def add_files(self, system: str, files: Iterable[ReleaseFile]) -> None:
        """The files that a release came from."""
        self.db.executemany(
            "INSERT INTO release_file VALUES (?,?,?,?,?,?)",
            ((system, *_printable(tuple(file))) for file in files),
        )

    # -- pages and the words around them ---------------------------------------------------

    def add_pages(self, pages: Iterable[Page], frequency: dict[str, float]) -> None:
        """Plain-language pages. ``frequency``: code to how often it is billed, 0 to 1."""
        for place, page in enumerate(pages):
            # "psychotherapy 30 minutes": words that stand in different names of one code.
            names = " ".join((page.display, *page.common, *page.technical))
            number = self.db.execute(
                "INSERT INTO page VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    page.system,
                    page.code,
                    key_of(page.code),
                    page.display,
                    page.kind,
                    page.specialty,
                    page.family,
                    place,
                    frequency.get(page.code, 0.0),
                    "" if page.used_until else " ".join(self._words(names)),
                    _page_json(page),
                ),
            ).lastrowid
            if page.used_until:
                continue  # found by its code, or through what replaced it
            self._alias(number, None, "name", page.display, page.system)
            for text in page.common:
                self._alias(number, None, "common", text, page.system)
            for text in page.technical:
                self._alias(number, None, "technical", text, page.system)
            self._alias(number, None, "all", page.display, page.system, names)

    def add_own_pages(self, pages: Iterable[Page], problems: Iterable[Problem]) -> None:
        """Pages of the user's own, and what is wrong with those that were left out."""
        for statement in schema.OWN_TABLES.split(";\n"):
            self.db.execute(statement)
        clean = [_printable(page) for page in pages]
        self.add_pages(clean, {})
        self.db.executemany(
            "INSERT INTO origin VALUES (?,?,?)",
            [(page.system, page.code, page.origin.path) for page in clean if page.origin],
        )
        self.db.executemany(
            "INSERT INTO problem VALUES (?,?,?,?,?)",
            [_printable((str(problem.path), *problem[1:])) for problem in problems],
        )

    def add_thesaurus(self, rows: Iterable[tuple[str, str, Any]]) -> None:
        """(phrase, kind, target) rows, as :mod:`codelookup.read.thesaurus` gives them."""
        self.db.executemany(
            "INSERT OR REPLACE INTO thesaurus VALUES (?,?,?)",
            ((phrase, kind, json.dumps(target)) for phrase, kind, target in rows),
        )
        # Words of the thesaurus are words people may type, and misspell; short forms are not.
        for (phrase,) in self.db.execute(
            "SELECT phrase FROM thesaurus "
            "WHERE kind NOT IN ('abbreviation', 'capitals', 'everyday')"
        ):
            self.spellings.update(normalise.raw_words(phrase))

    def add_modifiers(self, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
        self.db.executemany("INSERT OR REPLACE INTO modifier VALUES (?,?,?,?,?)", rows)

    def add_places(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self.db.executemany("INSERT OR REPLACE INTO place_of_service VALUES (?,?,?)", rows)

    def add_rules(self, rules: dict[str, dict[str, Any]]) -> None:
        """Code to its time and add-on rules."""
        self.db.executemany(
            "INSERT OR REPLACE INTO rule VALUES (?,?)",
            ((code, json.dumps(rule)) for code, rule in rules.items()),
        )

    # -- search ----------------------------------------------------------------------------

    def _alias(
        self,
        page: int | None,
        concept: int | None,
        use: str,
        text: str,
        system: str,
        searched: str = "",
    ) -> int:
        """A name to find a page or concept by; ``searched`` is what is matched if not ``text``."""
        words = self._words(searched or text)
        if not words:
            return 0
        # A short form in capitals is near to any slip of the keys (ACDF, asdf).
        plain = _SHORT_FORM.sub(" ", text)
        self.spellings.update(set(normalise.raw_words(plain)))
        self.names.append(_Name(page, concept, use, text, system, words))
        return 1

    def _words(self, text: str) -> tuple[str, ...]:
        return tuple(sorted({sys.intern(word) for word in normalise.words(text, self.synonyms)}))

    def _finish(self) -> None:
        db = self.db
        for step in (self._index_names, self._write_spellings):
            self.progress("Making it searchable", 0, 0)
            step()
        db.execute(f"PRAGMA user_version = {schema.VERSION}")
        db.execute("COMMIT")
        db.execute("VACUUM")

    def _index_names(self) -> None:
        db = self.db
        counts = Counter(word for name in self.names for word in name.words)
        total = len(self.names)
        rarity = self._rarity(counts, total)
        weighed = [
            (name.page is None, name.system, round(sum(rarity[word] for word in name.words), 3))
            for name in self.names
        ]
        aliases: dict[str, list[int]] = {word: [] for word in sorted(counts)}
        ranges: dict[tuple[str, bool], list[int]] = {}
        rows = []
        # Sorting is stable: of the equally heavy the first given stays first.
        for number, place in enumerate(sorted(range(total), key=weighed.__getitem__), start=1):
            name, weight = self.names[place], weighed[place][2]
            for word in name.words:
                aliases[word].append(number)
            stretch = ranges.setdefault((name.system, name.page is not None), [number, number])
            stretch[1] = number
            rows.append(
                (number, name.page, name.concept, name.use, name.text, len(name.words), weight)
            )
        for table in ("alias", "alias_range", "word"):
            db.execute(f"DELETE FROM {table}")
        db.executemany("INSERT INTO alias VALUES (?,?,?,?,?,?,?)", rows)
        db.executemany(
            "INSERT INTO alias_range VALUES (?,?,?,?)",
            ((*key, *stretch) for key, stretch in ranges.items()),
        )
        db.executemany(
            "INSERT INTO word VALUES (?,?,?)",
            ((word, len(there), postings.pack(there)) for word, there in aliases.items()),
        )

    def _rarity(self, counts: Counter[str], total: int) -> dict[str, float]:
        """How rare each word is, in this file and those that it will be searched with."""
        names = counts.copy()
        for other in self.beside.files if self.beside else ():
            total += other.execute("SELECT count(*) FROM alias").fetchone()[0]
            for word in counts:
                found = other.execute("SELECT names FROM word WHERE word = ?", (word,)).fetchone()
                names[word] += found[0] if found else 0
        return {word: math.log(1 + total / count) for word, count in names.items()}

    def _write_spellings(self) -> None:
        buckets: dict[int, set[str]] = {
            length: set(words.split())
            for length, words in self.db.execute("SELECT length, words FROM spelling")
        }
        for word in self.spellings:
            if len(word) >= 4 and not word.isdigit():
                buckets.setdefault(len(word), set()).add(word)
        self.db.execute("DELETE FROM spelling")
        self.db.executemany(
            "INSERT INTO spelling VALUES (?,?)",
            [(length, "\n".join(sorted(words))) for length, words in sorted(buckets.items())],
        )


def _names(db: sqlite3.Connection) -> list[_Name]:
    """The names that a finished file has."""
    words: dict[int, list[str]] = {}
    for word, stored in db.execute("SELECT word, aliases FROM word ORDER BY word"):
        for number in postings.lowest(postings.unpack(stored)):
            words.setdefault(number, []).append(word)
    return [
        _Name._make((*values, tuple(words[number])))
        for number, *values in db.execute(
            "SELECT alias.id, alias.page, alias.concept, use, text, "
            "coalesce(page.system, concept.system) FROM alias "
            "LEFT JOIN page ON page.id = alias.page "
            "LEFT JOIN concept ON concept.id = alias.concept ORDER BY alias.id"
        )
    ]


def _printable(value: Any) -> Any:
    """Text, and tuples of it, without control characters: what a file says is only data.

    An escape sequence in a release file must never reach a terminal.
    """
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(_CONTROL)
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, tuple):
        cleaned = [_printable(part) for part in value]
        return type(value)(*cleaned) if hasattr(value, "_fields") else tuple(cleaned)
    return value


def _bare(text: str) -> str:
    """An includes note without the codes in brackets behind it."""
    return re.sub(r"\s*\([A-Z]\d[^)]*\)", "", text)


def _plain(title: str) -> str:
    """A title without what it says is not there: that is the usual case, and nobody says it."""
    return _UNREMARKABLE.sub("", title)


def _leaves(kept: list[tuple[int, Concept]], ids: dict[str, int]) -> dict[int, int]:
    """For every header the billable code that answers for it.

    People who say "asthma" mean asthma without more, so the way down goes, at each level, to
    what is "without complication", else most "unspecified", else adds the fewest words.
    """
    children: dict[int, list[tuple[int, Concept]]] = {}
    for number, concept in kept:
        parent = ids.get(concept.parent)
        if parent is not None and not concept.terminated:
            children.setdefault(parent, []).append((number, concept))
    leaves: dict[int, int] = {}
    # Parents come before children, so going backwards every child is settled first.
    for number, concept in reversed(kept):
        if concept.level in ("chapter", "block") or number not in children:
            continue
        best = min(children[number], key=lambda child: _distance(concept, child[1]))
        leaves[number] = leaves.get(best[0], best[0])
    return leaves


def _distance(header: Concept, child: Concept) -> tuple[Any, ...]:
    text = child.display.lower()
    last = child.code[-1]
    if child.seventh:
        # Initial encounter; "unspecified eye" (9); "stage unspecified" (0).
        order = "A90"
        place = order.index(last) if last in order else len(order)
        return (0, 0, place, last)
    extra = len(set(_plain(text).split()) - set(_plain(header.display.lower()).split()))
    return (
        0 if _WITHOUT.search(text) else 1,
        -text.count("unspecified"),
        {"9": 0, "0": 1}.get(last, 2) if "unspecified" in text else 0,
        extra,
        {"9": 0, "0": 1}.get(last, 2),
        child.code,
    )


def _page_json(page: Page) -> str:
    document: dict[str, Any] = {
        "kind": page.kind,
        "specialty": page.specialty,
        "family": page.family,
        "designations": {"common": list(page.common), "technical": list(page.technical)},
        "sections": {
            name: [
                {"type": block.type, "text": block.text}
                if block.type == "paragraph"
                else {"type": block.type, "items": list(block.items)}
                for block in blocks
            ]
            for name, blocks in page.sections.items()
        },
        "similar": [list(near) for near in page.similar],
        "sources": [{"title": source.title, "url": source.url} for source in page.sources],
        "edited": page.edited,
        "clinical_review": page.clinical_review,
    }
    if page.used_until:
        document["used_until"] = page.used_until
        document["replaced_by"] = list(page.replaced_by)
    if page.origin:
        document["origin"] = page.origin._asdict()
    return json.dumps(document, ensure_ascii=False)


def page_of(row: Row) -> Page:
    """The page of a catalogue row, as it was read from its file."""
    about = json.loads(row.document or "{}")
    return Page(
        row.system,
        row.code,
        row.display,
        about["kind"],
        about["specialty"],
        about["family"],
        tuple(about["designations"]["common"]),
        tuple(about["designations"]["technical"]),
        {
            name: tuple(
                Block(block["type"], block.get("text", ""), tuple(block.get("items", ())))
                for block in blocks
            )
            for name, blocks in about["sections"].items()
        },
        tuple(Similar(*near) for near in about["similar"]),
        tuple(Source(**source) for source in about["sources"]),
        about["edited"],
        about["clinical_review"],
        about.get("used_until", ""),
        tuple(about.get("replaced_by", ())),
    )
