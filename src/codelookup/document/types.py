"""The types of the documents. They are for type checking alone: making them takes time."""

from __future__ import annotations

from typing import TypedDict


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
    """Why a hit is there. ``text`` is the name that matched.

    ``kind`` is ``code``, ``name``, ``synonym``, ``words`` or ``fuzzy``.
    """

    kind: str
    text: str


class HitDocument(TypedDict):
    """An answer to a query. ``rank`` counts from 1; ``score`` is 0 to 100."""

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
    """``corrected_query`` is the query as it was understood, if that differs from what was typed.

    ``suggestions`` are near words or codes, if nothing was found.
    """

    schema_version: int
    command: str
    query: str
    corrected_query: str | None
    results: list[HitDocument]
    suggestions: list[str]


class _Block(TypedDict):
    type: str


class BlockDocument(_Block, total=False):
    """A ``paragraph`` has ``text``; a ``list`` and ``steps`` have ``items``."""

    text: str
    items: list[str]


class SectionDocument(TypedDict):
    title: str
    blocks: list[BlockDocument]


# A key that is a word of Python can only be written so.
NoteDocument = TypedDict("NoteDocument", {"type": str, "text": str, "from": str})
"""An official note; ``from`` is the code it stands with, here or above."""


class SimilarCode(Named):
    """A neighbour that a page names; ``difference`` says in a phrase how it differs."""

    difference: str


class ChildDocument(Named):
    billable: bool


class PropertyDocument(TypedDict):
    label: str
    value: str


class ModifierDocument(TypedDict):
    """``display`` and ``summary`` are missing where there are no words of ours for it."""

    code: str
    known: bool
    display: str | None
    summary: str | None


class SourceDocument(TypedDict):
    title: str
    url: str


class ConceptDocument(TypedDict):
    """What is known of a code. Dates are ``YYYY-MM-DD``.

    ``status`` is ``active``, ``header``, ``retired`` or ``terminated``; ``sections`` has section
    ids (``risks``), in their order; ``designations`` other names by use (``common``).
    """

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
    similar: list[SimilarCode]
    path: list[Named]
    children: list[ChildDocument]
    notes: list[NoteDocument]
    properties: list[PropertyDocument]
    modifiers: list[ModifierDocument]
    sources: list[SourceDocument]
    edited: str | None
    clinical_review: str | None
    own_page: OwnPageDocument | None


class NotFoundDocument(TypedDict):
    """A code that is not there: why, in a sentence, and which ones are near."""

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

    blocks: list[BlockDocument]
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
    common: list[BlockDocument]
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


class CheckedDocument(TypedDict):
    """Whether a code may be billed (``usable``), and why or why not."""

    query: str
    system: str | None
    system_uri: str | None
    code: str | None
    display: str | None
    known: bool
    usable: bool
    reason: str
    effective: str | None
    terminated: str | None
    replaced_by: list[Named]
    own_page: OwnPageDocument | None


class CheckDocument(TypedDict):
    """``date`` is the day that was asked about."""

    schema_version: int
    command: str
    date: str
    checks: list[CheckedDocument]


class PlaceDocument(TypedDict):
    code: str
    display: str
    summary: str


class ExplainedCodeDocument(TypedDict):
    """A code on a bill, ``printed`` as it stands there.

    ``status`` is as in :class:`ConceptDocument`, or ``unknown``. ``confidence`` is ``certain``,
    ``likely`` or ``uncertain``, and ``reason`` says why it is not certain.
    """

    system: str
    system_uri: str
    code: str
    display: str | None
    printed: str
    kind: str | None
    status: str
    has_page: bool
    summary: str | None
    modifiers: list[ModifierDocument]
    units: float | None
    confidence: str
    reason: str | None


class OtherDocument(TypedDict):
    """What looks like a code and is none of ours, as a revenue code."""

    text: str
    kind: str
    note: str


class QuestionDocument(TypedDict):
    """What is worth asking the billing office, and the facts behind it."""

    kind: str
    code: str
    text: str
    why: str


class ExplainedLineDocument(TypedDict):
    """A line of the bill, by its number in the file, with the day of service if one is there."""

    line: int
    text: str
    date: str | None
    place_of_service: PlaceDocument | None
    codes: list[ExplainedCodeDocument]
    others: list[OtherDocument]
    questions: list[QuestionDocument]


class BillSummaryDocument(TypedDict):
    """Counts, and ``text``: all of it in a sentence."""

    lines: int
    codes: int
    by_system: dict[str, int]
    uncertain: int
    unknown: int
    questions: int
    dates: list[str]
    text: str


class ExplainDocument(TypedDict):
    """The lines of a bill on which something was found."""

    schema_version: int
    command: str
    source: str
    lines: list[ExplainedLineDocument]
    summary: BillSummaryDocument


class PageDocument(Named):
    kind: str
    specialty: str
    own_page: OwnPageDocument | None


class ListDocument(TypedDict):
    schema_version: int
    command: str
    concepts: list[PageDocument]


class ReleaseFileDocument(TypedDict):
    """A published file that a release was read from, with its fingerprint."""

    name: str
    kinds: list[str]
    bytes: int
    sha256: str
    url: str | None


class SystemDocument(TypedDict):
    """A code system at hand: its release, and how much of it there is.

    ``outdated`` tells that the release came into force more than a year ago, ``added`` that the
    user added it, ``bytes`` is its size on disk.
    """

    system: str
    system_uri: str
    name: str
    release: str | None
    release_name: str | None
    in_force_since: str | None
    codes: int | None
    billable: int | None
    headers: int | None
    synonyms: int | None
    pages: int
    source: str
    modifiers: int | None
    notice: str | None
    outdated: bool | None
    added: bool
    bytes: int | None
    files: list[ReleaseFileDocument]


class SystemsDocument(TypedDict):
    schema_version: int
    command: str
    systems: list[SystemDocument]


class WrongDocument(TypedDict):
    message: str
    hint: str
    exit_code: int


class ErrorDocument(TypedDict):
    """What ``--json`` prints when something went wrong; Python raises a CodelookupError."""

    schema_version: int
    command: str
    error: WrongDocument
