"""Code sets that the user adds: one catalogue file a system, in the user's data folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from codelookup import folders
from codelookup.catalogue.build import Builder, cannot_write
from codelookup.errors import DataError, UsageError
from codelookup.model import Concept, Designation, Note, Release, ReleaseFile
from codelookup.progress import Progress, Say, quiet
from codelookup.read import cpt, hcpcs, icd10cm, icd10pcs
from codelookup.read.release_files import Part, file_of, find_parts, only
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

_INDEXES = ("index", "external_cause_index", "neoplasm_table", "drug_table")


def path_of(system: str) -> Path:
    """Where the added release of a system is kept."""
    return folders.data() / f"{system}.sqlite"


@contextmanager
def adding(system: str, say: Say) -> Iterator[Path]:
    """A folder for what is on the way to become the release of a system; it goes away again.

    Only one process at a time is let in for a system. Whoever is in takes away what one before
    it left that was killed.

    Raises:
        DataError: the user's data folder cannot be written.
    """
    home = folders.data()
    with ExitStack() as stack:
        try:
            home.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((home / f".{system}.lock").open("wb"))
            if _locked(lock, system, say):
                for left in home.glob(f".{system}.*.part"):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            folder = tempfile.mkdtemp(dir=home, prefix=f".{system}.", suffix=".part")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        except OSError as error:
            raise cannot_write(home, error) from error
        yield Path(folder)


def _locked(lock: IO[bytes], system: str, say: Say) -> bool:
    """Wait for the lock. False where there is none: on Windows, and on some network folders.

    The operating system drops it when the process ends, however that ends.
    """
    try:
        import fcntl
    except ImportError:
        return False
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{SYSTEM_NAME[system]} is being added by another run; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def add(
    system: str,
    files: Iterable[Path],
    at_hand: Catalogue,
    workspace: Path,
    say: Say,
    progress: Progress = quiet,
    urls: Mapping[Path, str] | None = None,
) -> Release:
    """Read release files and put them in place of what was there of that system.

    ``at_hand`` is the open catalogue: new ICD-10-CM files stand on top of the release in it.
    Whatever goes wrong, what was there before stays. ``workspace`` is the folder that
    :func:`adding` gives; ``urls`` tells of a downloaded file where it is from.

    Raises:
        UsageError: a file does not exist, or is of another system.
        DataError: a file cannot be read, or the catalogue cannot be written.
    """
    parts = only(find_parts(files), system)
    builder = Builder(path_of(system), synonyms=at_hand.synonyms(), progress=progress)
    if system == "icd10cm":
        return _Icd10cm(parts, at_hand, workspace, say).add(builder, urls or {})
    if system != "cpt" and len(parts) > 1:
        names = ", ".join(part.name for part in parts)
        raise UsageError(f"More than one release is named: {names}.", "Add one of them.")
    read = []
    for part in parts:
        say(f"Reading {part.name} ...")
        with part.open() as stream:
            if system == "icd10pcs":
                release, concepts = icd10pcs.read_order(stream, *part.names)
            elif system == "hcpcs":
                release, concepts = hcpcs.read_hcpcs(stream)
            else:
                release, concepts = cpt.read_cpt(stream, part.name)
            read.append((release, list(concepts)))
    release, found = cpt.merge(read) if system == "cpt" else read[0]
    with builder:
        builder.add_release(release, found)
        builder.add_files(system, _files(parts, urls or {}))
    return release


def _files(parts: list[Part], urls: Mapping[Path, str]) -> list[ReleaseFile]:
    """The files that parts are from, to keep with the release."""
    kinds: dict[Path, list[str]] = {}
    for part in parts:
        kinds.setdefault(part.path, []).append(part.kind)
    return [file_of(path, *of, url=urls.get(path, "")) for path, of in kinds.items()]


def remove(system: str) -> None:
    """Take away an added release; the one that came with codelookup is there again.

    Raises:
        UsageError: none was added.
    """
    path = path_of(system)
    try:
        path.unlink()
    except FileNotFoundError:
        raise UsageError(
            f"No {SYSTEM_NAME[system]} release was added.", "codelookup systems lists what is here."
        ) from None
    except OSError as error:
        raise DataError(f"{path} cannot be removed: {error.strerror}.") from error


class _Icd10cm:
    """Order file, tabular list, addenda and indexes, each on top of what is at hand."""

    def __init__(self, parts: list[Part], at_hand: Catalogue, workspace: Path, say: Say) -> None:
        self.at_hand = at_hand
        self.workspace = workspace
        self.say = say
        orders = {part.path for part in parts if part.kind == "order" and part.member}
        self.by_kind: dict[str, list[Part]] = {}
        for part in parts:
            # The zip of an order file also has the changes that led to it.
            kind = "led_to" if part.kind == "addenda" and part.path in orders else part.kind
            self.by_kind.setdefault(kind, []).append(part)
        for kind in ("order", "tabular", "addenda"):
            if len(self.by_kind.get(kind, [])) > 1:
                names = ", ".join(part.name for part in self.by_kind[kind])
                raise UsageError(
                    f"More than one {kind} file is named: {names}.", "Add one of them."
                )
        if set(self.by_kind) == {"code_list"}:
            raise UsageError(
                f"{self.by_kind['code_list'][0].name} lists codes without saying what they mean.",
                "Add the order file or the tabular list, with this list beside it if you like.",
            )
        self.indexed = any(kind in self.by_kind for kind in _INDEXES)

    def add(self, builder: Builder, urls: Mapping[Path, str]) -> Release:
        old_index = [] if self.indexed else _index_at_hand(self.at_hand)
        release, concepts = self._codes()
        used = [part for parts in self.by_kind.values() for part in parts]
        given = _files(used, urls)
        files = [*self._files_that_stay({file.name for file in given}), *given]
        with builder:
            builder.add_release(release, concepts)
            builder.add_synonyms("icd10cm", old_index)
            self._add_indexes(builder)
            builder.add_files("icd10cm", files)
        return release

    def _part(self, kind: str) -> Part | None:
        return self.by_kind[kind][0] if kind in self.by_kind else None

    def _files_that_stay(self, given: set[str]) -> Iterator[ReleaseFile]:
        """Files read before, of which something is kept: the codes, the index, or both."""
        replaced = set(_INDEXES) if self.indexed else set()
        if "order" in self.by_kind or "tabular" in self.by_kind:
            replaced |= {"order", "tabular", "addenda", "code_list"}
        for file in self.at_hand.release_files("icd10cm"):
            if not set(file.kinds.split()) <= replaced and file.name not in given:
                yield file

    def _codes(self) -> tuple[Release, list[Concept]]:
        release, concepts = _at_hand(self.at_hand, "icd10cm")
        order, tabular, addenda, led_to = map(self._part, ("order", "tabular", "addenda", "led_to"))
        if tabular and not order:
            listed_release, listed = self._tabular(tabular)
            # An index of another year joins by code; the tabular list beside it is no release.
            if self.indexed and listed_release.version < release.version:
                self._leave_aside(tabular, release)
            else:
                self.say(f"Reading {tabular.name} ...")
                release, concepts = listed_release, list(listed)
        if order:
            self.say(f"Reading {order.name} ...")
            with order.open() as stream:
                release, read = icd10cm.read_order(stream, *order.names)
                ordered = list(read)
            concepts = _with_notes(ordered, self._notes(release, tabular) or concepts)
        if led_to:
            with self._at_best(led_to), led_to.open() as stream:
                concepts = icd10cm.date_changes(release, concepts, stream, led_to.name)
        if addenda:
            self.say(f"Reading {addenda.name} ...")
            with addenda.open() as stream:
                release, concepts = icd10cm.apply_addenda(concepts, stream, addenda.name)
        return release, concepts

    def _tabular(self, part: Part) -> tuple[Release, Iterator[Concept]]:
        code_list = self._part("code_list")
        release, read = icd10cm.read_tabular(
            part.unpacked(self.workspace),
            code_list.unpacked(self.workspace) if code_list else None,
        )
        if len(part.names) > 1:
            release = icd10cm.release_from_names(
                *part.names, version=release.version, source=release.source
            )
        return release, read

    def _notes(self, release: Release, tabular: Part | None) -> list[Concept]:
        """The tabular list that goes with an order file, if it is of the same year."""
        if tabular is None:
            return []
        with self._at_best(tabular):
            listed_release, listed = self._tabular(tabular)
            if listed_release.version == release.version:
                self.say(f"Reading {tabular.name} ...")
                return list(listed)
            self._leave_aside(tabular, release)
        return []

    @contextmanager
    def _at_best(self, part: Part) -> Iterator[None]:
        """Do without a file that only adds to the order file, if it cannot be read."""
        try:
            yield
        except DataError as error:
            self.say(f"{error.message} {part.name} is left aside.")

    def _leave_aside(self, tabular: Part, release: Release) -> None:
        del self.by_kind["tabular"]
        self.say(f"{tabular.name} is of another year than {release.name}, and is left aside.")

    def _add_indexes(self, builder: Builder) -> None:
        neoplasms = self._part("neoplasm_table")
        for kind in _INDEXES:
            for part in self.by_kind.get(kind, []):
                self.say(f"Reading {part.name} ...")
                with ExitStack() as stack:
                    table = None
                    if kind == "index" and neoplasms:
                        table = stack.enter_context(neoplasms.open())
                    stream = stack.enter_context(part.open())
                    entries = icd10cm.read_index(stream, table, part.name)
                    builder.add_synonyms("icd10cm", entries, spell=kind != "drug_table")


def _with_notes(listed: list[Concept], base: list[Concept]) -> list[Concept]:
    """An order file's codes with chapters, blocks, notes and inclusion terms of a tabular list."""
    known = {concept.code: concept for concept in base}
    merged = [concept for concept in base if concept.level in ("chapter", "block")]
    there = {concept.code for concept in (*merged, *listed)}
    for concept in listed:
        other = known.get(concept.code)
        if other is not None:
            concept = concept._replace(
                # A list of another year may have a header that there is no more.
                parent=other.parent if other.parent in there else concept.parent,
                seventh=other.seventh,
                notes=other.notes,
                designations=concept.designations
                + tuple(name for name in other.designations if name.use == "inclusion"),
            )
        merged.append(concept)
    return merged


def _at_hand(catalogue: Catalogue, system: str) -> tuple[Release, list[Concept]]:
    """The release of a system that is open, as it was read."""
    file = catalogue.file_of(system)
    row = next(release for release in catalogue.releases() if release.system == system)
    release = Release(row.system, row.name, row.version, row.in_force_since, row.source, row.notice)
    codes: dict[int, str] = {}
    concepts = []
    for number, *values, facts in catalogue.query(
        file,
        "SELECT id, code, display, level, parent, billable, seventh, effective, terminated, facts "
        "FROM concept WHERE system = ? ORDER BY id",
        (system,),
    ):
        code, display, level, parent, billable, seventh, effective, terminated = values
        codes[number] = code
        more = json.loads(facts) if facts else {}
        concepts.append(
            Concept(
                system,
                code,
                display,
                level,
                codes.get(parent, ""),
                bool(billable),
                seventh,
                effective,
                terminated,
                tuple(more.get("replaced_by", ())),
                tuple(Designation(*name) for name in more.get("designations", ())),
                tuple(Note(*note) for note in more.get("notes", ())),
                tuple((label, value) for label, value in more.get("properties", ())),
            )
        )
    return release, concepts


def _index_at_hand(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [
        (str(row[0]), str(row[1]))
        for row in catalogue.query(
            catalogue.file_of("icd10cm"),
            "SELECT concept.code, alias.text FROM alias "
            "JOIN concept ON concept.id = alias.concept "
            "WHERE alias.use = 'index' AND concept.system = 'icd10cm'",
        )
    ]
