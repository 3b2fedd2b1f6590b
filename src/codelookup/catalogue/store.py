"""Reading catalogue files: read-only, and one answer from all of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from codelookup.catalogue import schema
from codelookup.errors import DataError


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
    """A page as ``list`` shows it."""

    system: str
    code: str
    display: str
    kind: str
    specialty: str


_CONCEPT = (
    "SELECT system, code, display, NULL, id, level, billable, parent, seventh, effective, "
    "terminated, facts FROM concept "
)


class Catalogue:
    """The catalogue files that are open, the bundled one first.

    Raises:
        DataError: a file is missing, damaged, or of another version.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = list(paths)
        self.files = [_open(path) for path in self.paths]
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

    def names_with(self, file: int, word: str) -> int:
        """The names of one file that have a canonical word: bits, as in ``postings``."""
        from codelookup.catalogue.postings import unpack

        rows = self.query(file, "SELECT aliases FROM word WHERE word = ?", (word,))
        try:
            return unpack(rows[0][0]) if rows else 0
        except ValueError as error:
            raise _damaged(self.paths[file], error) from error

    def find(self, key: str) -> list[Row]:
        """Pages and concepts with this key (a code without its dot), pages first."""
        rows = []
        for file in range(len(self.files)):
            for page in self.query(
                file, "SELECT system, code, display, document FROM page WHERE key = ?", (key,)
            ):
                system, code, display, document = page
                rows.append(
                    Row(
                        file,
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
                )
            for concept in self.query(file, _CONCEPT + "WHERE key = ?", (key,)):
                if concept[0] not in self.hidden[file]:
                    rows.append(_row(file, concept))
        return rows

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
        for file in range(len(self.files)):
            for row in self.query(
                file,
                "SELECT system, code, display, kind, specialty FROM page "
                "WHERE (? = '' OR system = ?) AND (? = '' OR specialty = ?) "
                "AND (? = '' OR kind = ?) AND document NOT LIKE '%\"used_until\"%' "
                "ORDER BY system, code",
                (system, system, specialty, specialty, kind, kind),
            ):
                yield PageRow(*row)

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
            if page.system not in released and (not systems or page.system in systems):
                yield (page.code, page.system, page.display, "code", True, "", "")

    def releases(self) -> list[ReleaseRow]:
        """The code system releases at hand."""
        return [
            ReleaseRow(*row)
            for file in range(len(self.files))
            for row in self.query(file, "SELECT * FROM release ORDER BY system")
            if row[0] not in self.hidden[file]
        ]

    def modifier(self, code: str) -> tuple[str, str] | None:
        """(title, sentence) of a modifier in our own words."""
        for file in range(len(self.files)):
            for row in self.query(
                file, "SELECT display, summary FROM modifier WHERE code = ?", (code,)
            ):
                return (row[0], row[1])
        return None


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
        db = sqlite3.connect(f"file:{address}?mode=ro&immutable=1", uri=True)
        db.execute("PRAGMA cache_size = -8000")  # kB; used up only by many queries in a row
        version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    if version != schema.VERSION:
        raise DataError(
            f"The catalogue {path} has format {version}; this codelookup reads {schema.VERSION}.",
            "Install codelookup again, or add the code set again.",
        )
    return db


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"The catalogue {path} is damaged ({error}).",
        "Install codelookup again: pip install --force-reinstall codelookup",
    )
