"""The shapes of the documents, for type checking alone: making them costs start-up time."""

from __future__ import annotations

from typing import Any, TypedDict


class Named(TypedDict):
    """A code with its name."""

    system: str
    code: str
    display: str


class _OwnPage(TypedDict):
    path: str


class OwnPageDocument(_OwnPage, total=False):
    """A page of the user's own: the file, and (``show``) what in the page is from it.

    ``whole`` tells that all sections are; else the others are codelookup's.
    """

    sections: list[str]
    whole: bool
    edited: str | None
    clinical_review: str | None


class MatchDocument(TypedDict):
    kind: str
    text: str


class HitDocument(TypedDict):
    rank: int
    system: str
    system_uri: str
    code: str
    display: str
    match: MatchDocument
    score: float
    has_page: bool
    own_page: OwnPageDocument | None


class SearchDocument(TypedDict):
    schema_version: int
    command: str
    query: str
    corrected_query: str | None
    results: list[HitDocument]
    suggestions: list[str]


class SectionDocument(TypedDict):
    title: str
    blocks: list[dict[str, Any]]


class NoteDocument(TypedDict):
    """An official note; ``from`` is the code it stands with, here or above."""

    type: str
    text: str


class ConceptDocument(TypedDict):
    system: str
    system_uri: str
    code: str
    display: str
    kind: str | None
    specialty: str | None
    status: str
    has_page: bool
    release: str | None
    notice: str | None
    descriptor: str | None
    level: str | None
    billable: bool | None
    effective: str | None
    used_until: str | None
    replaced_by: list[Named]
    designations: dict[str, list[str]]
    sections: dict[str, SectionDocument]
    similar: list[dict[str, str]]
    path: list[Named]
    children: list[dict[str, Any]]
    notes: list[dict[str, str]]
    properties: list[dict[str, str]]
    modifiers: list[dict[str, str | bool | None]]
    sources: list[dict[str, str]]
    edited: str | None
    clinical_review: str | None
    own_page: OwnPageDocument | None


class NotFoundDocument(TypedDict):
    query: str
    reason: str
    suggestions: list[Named]


class ShowDocument(TypedDict):
    schema_version: int
    command: str
    concepts: list[ConceptDocument]
    not_found: list[NotFoundDocument]


class NamedConcept(Named):
    system_uri: str


class NeighbourDocument(Named):
    """A code beside another; :class:`~codelookup.find.neighbours.Neighbour` says what is what."""

    difference: str
    origin: str
    relation: str
    billable: bool


class SimilarDocument(TypedDict):
    """``total`` counts the neighbours of ``concept``, of which ``similar`` has the first."""

    schema_version: int
    command: str
    concept: NamedConcept | None
    similar: list[NeighbourDocument]
    total: int
    remarks: list[str]
    not_found: list[NotFoundDocument]


class CellDocument(TypedDict):
    """What a row says of one concept; ``note`` says in words why ``blocks`` is empty."""

    blocks: list[dict[str, Any]]
    note: str


class RowDocument(TypedDict):
    """A row of a comparison, with a cell for each concept in their order.

    ``state`` is ``different``, ``same`` or ``only`` (just one concept has it). ``common`` is
    what all say, and the cells have what is their own. A row that is ``folded`` is named in
    the closing lines alone.
    """

    id: str
    title: str
    state: str
    folded: bool
    common: list[dict[str, Any]]
    cells: list[CellDocument]


class CompareDocument(TypedDict):
    """``whole`` tells that nothing is folded, neither rows nor what is common in a row."""

    schema_version: int
    command: str
    whole: bool
    concepts: list[ConceptDocument]
    rows: list[RowDocument]
    remarks: list[str]
    not_found: list[NotFoundDocument]
