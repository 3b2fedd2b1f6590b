"""Code sets that the user adds: one catalogue file a system, in the user's data folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from codelookup import folders
from codelookup.catalogue.build import Builder
from codelookup.errors import DataError, UsageError
from codelookup.model import Concept, Designation, Note, Release
from codelookup.read import cpt, hcpcs, icd10cm, icd10pcs
from codelookup.read.release_files import Part, find_parts, only
from codelookup.terms import SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

Say = Callable[[str], None]

_INDEXES = ("index", "external_cause_index", "neoplasm_table", "drug_table")


def path_of(system: str) -> Path:
    """Where the added release of a system is kept."""
    return folders.data() / f"{system}.sqlite"


def add(system: str, files: Iterable[Path], at_hand: Catalogue, say: Say) -> Release:
    """Read release files and put them in place of what was there of that system.

    ``at_hand`` is the open catalogue: new ICD-10-CM files stand on top of the release in it.
    Whatever goes wrong, what was there before stays.

    Raises:
        UsageError: a file does not exist, or is of another system.
        DataError: a file cannot be read, or the catalogue cannot be written.
    """
    parts = only(find_parts(files), system)
    synonyms = dict(_words(at_hand))
    with ExitStack() as stack:
        builder = Builder(path_of(system), synonyms=synonyms)
        if system == "icd10cm":
            return _add_icd10cm(parts, at_hand, builder, say)
        if len(parts) > 1:
            names = ", ".join(part.name for part in parts)
            raise UsageError(f"More than one release is named: {names}.", "Add one of them.")
        (part,) = parts
        say(f"Reading {part.name} ...")
        stream = stack.enter_context(part.open())
        if system == "icd10pcs":
            release, concepts = icd10pcs.read_order(stream, part.name)
        elif system == "hcpcs":
            release, concepts = hcpcs.read_hcpcs(stream)
        else:
            release, concepts = cpt.read_cpt(stream, part.name)
        with builder:
            builder.add_release(release, concepts)
        return release


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


def _words(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Single-word synonyms: a release is indexed with the same words as the pages."""
    for phrase, target in catalogue.query(
        0, "SELECT phrase, target FROM thesaurus WHERE kind = 'word'"
    ):
        yield phrase, json.loads(target)


def _add_icd10cm(parts: list[Part], at_hand: Catalogue, builder: Builder, say: Say) -> Release:
    """Order file, tabular list, addenda and indexes, each on top of what is at hand."""
    by_kind: dict[str, list[Part]] = {}
    for part in parts:
        by_kind.setdefault(part.kind, []).append(part)
    for kind in ("order", "tabular", "addenda"):
        # The zip of an order file also has last year's changes to it, which are in it already.
        if len(by_kind.get(kind, [])) > 1:
            names = ", ".join(part.name for part in by_kind[kind])
            raise UsageError(f"More than one {kind} file is named: {names}.", "Add one of them.")
    base_release, base = _at_hand(at_hand, "icd10cm")
    old_index = _index_at_hand(at_hand)
    release, concepts = base_release, base
    indexed = bool(set(by_kind) & set(_INDEXES))
    # An index of another year joins by code; the tabular list beside it is not the release.
    if "tabular" in by_kind and "order" not in by_kind and not indexed:
        (part,) = by_kind["tabular"]
        lists = by_kind.get("code_list", [])
        say(f"Reading {part.name} ...")
        with ExitStack() as stack:
            tabular = stack.enter_context(part.unpacked())
            code_list = stack.enter_context(lists[0].unpacked()) if lists else None
            release, read = icd10cm.read_tabular(tabular, code_list)
            concepts = list(read)
    if "order" in by_kind:
        (part,) = by_kind["order"]
        say(f"Reading {part.name} ...")
        with part.open() as stream:
            release, read = icd10cm.read_order(stream, part.name)
            concepts = _with_notes(list(read), concepts)
    if "addenda" in by_kind and not _already_in(by_kind, parts):
        (part,) = by_kind["addenda"]
        say(f"Reading {part.name} ...")
        with part.open() as stream:
            release, concepts = icd10cm.apply_addenda(concepts, stream, part.name)
    with builder:
        builder.add_release(release, concepts)
        if not indexed:
            builder.add_synonyms("icd10cm", old_index)
        for kind in _INDEXES:
            for part in by_kind.get(kind, []):
                say(f"Reading {part.name} ...")
                with ExitStack() as stack:
                    table = None
                    if kind == "index" and by_kind.get("neoplasm_table"):
                        table = stack.enter_context(by_kind["neoplasm_table"][0].open())
                    stream = stack.enter_context(part.open())
                    entries = icd10cm.read_index(stream, table, part.name)
                    builder.add_synonyms("icd10cm", entries, spell=kind != "drug_table")
    return release


def _already_in(by_kind: dict[str, list[Part]], parts: list[Part]) -> bool:
    """Whether the addenda come from the same zip as the order file, which has them in it."""
    order = by_kind.get("order")
    return bool(order and order[0].member and order[0].path == by_kind["addenda"][0].path)


def _with_notes(listed: list[Concept], base: list[Concept]) -> list[Concept]:
    """An order file's codes with chapters, blocks, notes and inclusion terms of a tabular list."""
    known = {concept.code: concept for concept in base}
    merged = [concept for concept in base if concept.level in ("chapter", "block")]
    for concept in listed:
        other = known.get(concept.code)
        if other is not None:
            concept = concept._replace(
                parent=other.parent,
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
