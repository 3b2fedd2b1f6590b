"""Reading catalogue files: read-only, and one answer from all of them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from codelookup import folders
from codelookup.catalogue import schema
from codelookup.errors import DataError
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.model import ReleaseFile


class Row(NamedTuple):
    """A code as a catalogue file has it; ``document`` is a page's JSON, ``facts`` official."""

    file: int
    system: str
    code: str
    display: str
    document: str | None
    concept: int | None
    level: str
    billable: bool
    parent: int | None
    seventh: str
    effective: str
    terminated: str
    facts: str | None


class ReleaseRow(NamedTuple):
    """A code system release at hand, with its counts."""

    system: str
    name: str
    version: str
    in_force_since: str
    source: str
    notice: str
    codes: int
    billable: int
    headers: int
    modifiers: int
    synonyms: int


class PageRow(NamedTuple):
    """A page as ``list`` shows it; ``origin`` is the user's file that it comes from."""

    system: str
    code: str
    display: str
    kind: str
    specialty: str
    origin: str = ""


class OwnFile(NamedTuple):
    """The catalogue file of the user's own pages; ``new`` if just compiled.

    ``folder`` is theirs, as it may be shown.
    """

    path: Path
    folder: str
    new: bool


_CONCEPT = (
    "SELECT system, code, display, NULL, id, level, billable, parent, seventh, effective, "
    "terminated, facts FROM concept "
)


class Catalogue:
    """The catalogue files that are open: the bundled one first, the user's own pages last.

    ``origins`` has, for each code that an own page is about, the path of the user's file; what
    other files have as a page of that code is passed over.

    Raises:
        DataError: a file is missing, damaged, or of another version.
    """

    def __init__(self, paths: Iterable[Path], own: OwnFile | None = None) -> None:
        self.paths = [*paths, *([own.path] if own else ())]
        self.files = [_open(path) for path in self.paths]
        self.own = len(self.files) - 1 if own else None
        self.origins: dict[tuple[str, str], str] = {}
        if own:
            rows = self.query(len(self.files) - 1, "SELECT system, code, path FROM origin")
            self.origins = {(row[0], row[1]): os.path.join(own.folder, row[2]) for row in rows}
        # A later file of a system stands in for what an earlier one has of it.
        self.hidden: list[frozenset[str]] = [frozenset() for _ in self.files]
        if len(self.files) > 1:
            later: set[str] = set()
            for file in range(len(self.files) - 1, -1, -1):
                self.hidden[file] = frozenset(later)
                later.update(row[0] for row in self.query(file, "SELECT system FROM release"))

    def file_of(self, system: str) -> int:
        """The file that has the release of a system at hand."""
        for file in range(len(self.files) - 1, -1, -1):
            if self.query(file, "SELECT 1 FROM release WHERE system = ?", (system,)):
                return file
        raise DataError(f"No release of {system} is at hand.")

    def close(self) -> None:
        for db in self.files:
            db.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def query(self, file: int, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query on one file."""
        try:
            return self.files[file].execute(sql, tuple(values)).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self.paths[file], error) from error

    def is_covered(self, file: int, system: str, code: str) -> bool:
        """Whether an own page stands in front of the page that a file has of a code."""
        return file != self.own and (system, code) in self.origins

    def synonyms(self) -> dict[str, str]:
        """Single-word synonyms: all files are indexed with the same words as the pages."""
        rows = self.query(0, "SELECT phrase, target FROM thesaurus WHERE kind = 'word'")
        return {phrase: json.loads(target) for phrase, target in rows}

    def problems(self) -> list[tuple[Any, ...]]:
        """(path in the folder, line, rule, message, tip) of the mistakes in own pages."""
        if self.own is None:
            return []
        return self.query(self.own, "SELECT path, line, rule, message, tip FROM problem")

    def names_with(self, file: int, word: str) -> int:
        """The names of one file that have a canonical word: bits, as in ``postings``."""
        from codelookup.catalogue.postings import unpack

        rows = self.query(file, "SELECT aliases FROM word WHERE word = ?", (word,))
        try:
            return unpack(rows[0][0]) if rows else 0
        except ValueError as error:
            raise _damaged(self.paths[file], error) from error

    def find(self, key: str) -> list[Row]:
        """Pages and concepts with this key (a code without its dot), pages first.

        An own page takes the place of the page below it, and is said to be in that one's file:
        there are the pages beside it.
        """
        pages: dict[tuple[str, str], Row] = {}
        concepts = []
        for file in range(len(self.files)):
            for system, code, display, document in self.query(
                file, "SELECT system, code, display, document FROM page WHERE key = ?", (key,)
            ):
                below = pages.get((system, code))
                pages[system, code] = Row(
                    below.file if below else file,
                    system,
                    code,
                    display,
                    document,
                    None,
                    "code",
                    True,
                    None,
                    "",
                    "",
                    "",
                    None,
                )
            for concept in self.query(file, _CONCEPT + "WHERE key = ?", (key,)):
                if concept[0] not in self.hidden[file]:
                    concepts.append(_row(file, concept))
        return [*pages.values(), *concepts]

    def concept(self, file: int, number: int) -> Row | None:
        """One concept by its row number."""
        found = self.query(file, _CONCEPT + "WHERE id = ?", (number,))
        return _row(file, found[0]) if found else None

    def path(self, row: Row) -> list[Row]:
        """The concepts above a concept, from the chapter down, without itself."""
        above: list[Row] = []
        parent = row.parent
        while parent is not None and len(above) < 20:
            found = self.concept(row.file, parent)
            if found is None:
                break
            above.append(found)
            parent = found.parent
        return above[::-1]

    def children(self, row: Row) -> list[Row]:
        """The concepts directly below a concept, in the order of the book."""
        if row.concept is None:
            return []
        found = self.query(row.file, _CONCEPT + "WHERE parent = ? ORDER BY id", (row.concept,))
        return [_row(row.file, concept) for concept in found]

    def displays(self, codes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """(system, code) to display for those of ``codes`` that are at hand."""
        wanted = list(codes)
        found: dict[tuple[str, str], str] = {}
        if not wanted:
            return found
        keys = sorted({code.replace(".", "") for _, code in wanted})
        marks = ",".join("?" * len(keys))
        for file in range(len(self.files)):
            for table in ("concept", "page"):
                for system, code, display in self.query(
                    file,
                    f"SELECT system, code, display FROM {table} WHERE key IN ({marks})",
                    keys,
                ):
                    if table == "page" or (system, code) not in found:
                        found[system, code] = display
        return found

    def pages(self, system: str = "", specialty: str = "", kind: str = "") -> Iterator[PageRow]:
        """The codes that have a page, by system and code; retired ones are left out."""
        found: list[PageRow] = []
        for file in range(len(self.files)):
            for row in self.query(
                file,
                "SELECT system, code, display, kind, specialty FROM page "
                "WHERE (? = '' OR system = ?) AND (? = '' OR specialty = ?) "
                "AND (? = '' OR kind = ?) AND document NOT LIKE '%\"used_until\"%' "
                "ORDER BY system, code",
                (system, system, specialty, specialty, kind, kind),
            ):
                if not self.is_covered(file, row[0], row[1]):
                    origin = self.origins.get((row[0], row[1]), "")
                    found.append(PageRow._make((*row, origin)))
        yield from sorted(found)

    def everything(self, systems: Collection[str] = ()) -> Iterator[tuple[Any, ...]]:
        """(code, system, display, level, billable, effective, terminated) of every code.

        Codes of a release come in its order; then those that have only a page.
        """
        released = {release.system for release in self.releases()}
        for file, db in enumerate(self.files):
            for system in sorted(released - self.hidden[file]):
                if systems and system not in systems:
                    continue
                for *values, billable, since, until in db.execute(
                    "SELECT code, system, display, level, billable, effective, terminated "
                    "FROM concept WHERE system = ? ORDER BY id",
                    (system,),
                ):
                    yield (*values, bool(billable), since, until)
        for page in self.pages():
            if systems and page.system not in systems:
                continue
            if page.system not in released or (page.origin and not self._is_released(page)):
                yield (page.code, page.system, page.display, "code", True, "", "")

    def _is_released(self, page: PageRow) -> bool:
        rows = self.find(page.code.replace(".", ""))
        return any(row.concept is not None and row.system == page.system for row in rows)

    def releases(self) -> list[ReleaseRow]:
        """The code system releases at hand."""
        return [
            ReleaseRow(*row)
            for file in range(len(self.files))
            for row in self.query(file, "SELECT * FROM release ORDER BY system")
            if row[0] not in self.hidden[file]
        ]

    def release_files(self, system: str) -> list[ReleaseFile]:
        """The published files that the release of a system at hand was read from."""
        from codelookup.model import ReleaseFile

        return [
            ReleaseFile(*row)
            for row in self.query(
                self.file_of(system),
                "SELECT name, kinds, bytes, sha256, url FROM release_file WHERE system = ?",
                (system,),
            )
        ]

    def modifier(self, code: str) -> tuple[str, str] | None:
        """(title, sentence) of a modifier in our own words; None for one that does not exist.

        Both are empty for a real one that has no words of ours and no release to give them.
        """
        found = None
        for file in range(len(self.files)):
            for row in self.query(
                file, "SELECT display, summary FROM modifier WHERE code = ?", (code,)
            ):
                found = (row[0], row[1])
            if not found or not found[0]:
                for row in self.query(
                    file,
                    "SELECT display FROM concept WHERE key = ? AND level = 'modifier'",
                    (code,),
                ):
                    found = (row[0], "")
        return found

    def ride(self, letters: str) -> tuple[str, str] | None:
        """(title, sentence) of the two letters on an ambulance line; None for other letters."""
        ends = [self.modifier(f"ride:{letter}") for letter in letters]
        if len(ends) != 2 or ends[0] is None or ends[1] is None or letters[0] == "X":
            return None
        return "Where the ride began and ended", f"From {ends[0][0]}, to {ends[1][0]}."

    def place(self, code: str) -> tuple[str, str] | None:
        """(title, sentence) of a place of service; None for one that does not exist."""
        for file in range(len(self.files)):
            for row in self.query(
                file, "SELECT display, summary FROM place_of_service WHERE code = ?", (code,)
            ):
                return (row[0], row[1])
        return None

    def rule(self, code: str) -> dict[str, Any]:
        """The time and add-on rules of a code with a page; empty where none is known."""
        for file in range(len(self.files)):
            for (rule,) in self.query(file, "SELECT rule FROM rule WHERE code = ?", (code,)):
                return dict(json.loads(rule))
        return {}


def _row(file: int, values: tuple[Any, ...]) -> Row:
    return Row._make((file, *values[:6], bool(values[6]), *values[7:]))


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise DataError(
            f"The catalogue {path} is missing.",
            "Install codelookup again: pip install --force-reinstall codelookup",
        )
    try:
        # immutable: no lock files, so a read-only install works, and opening is quicker.
        address = quote(os.path.abspath(path).replace(os.sep, "/"))
        # Threads may take turns with it, as those that share a Codes do.
        db = sqlite3.connect(
            f"file:{address}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        db.execute("PRAGMA cache_size = -8000")  # kB; used up only by many queries in a row
        version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    if version != schema.VERSION:
        raise DataError(
            f"The catalogue {path} has format {version}; this codelookup reads {schema.VERSION}.",
            _repair(path),
        )
    return db


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"The catalogue {path} is damaged ({error}).",
        _repair(path),
    )


def _repair(path: Path) -> str:
    """What to do about a catalogue that cannot be read: an added one is easily made anew."""
    if path.stem in SYSTEM_NAME:
        return f"Add the code set again, or take it away: codelookup systems remove {path.stem}"
    if folders.cache() in path.parents:
        return "Remove it; codelookup makes it anew."
    return "Install codelookup again: pip install --force-reinstall codelookup"
