"""The shapes of the documents, for type checking alone: making them costs start-up time."""

from __future__ import annotations

from typing import Any, TypedDict


class Named(TypedDict):
    """A code with its name."""

    system: str
    code: str
    display: str


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


class NotFoundDocument(TypedDict):
    query: str
    reason: str
    suggestions: list[Named]


class ShowDocument(TypedDict):
    schema_version: int
    command: str
    concepts: list[ConceptDocument]
    not_found: list[NotFoundDocument]
