"""What is read from files: concepts and pages, plain, frozen, without I/O.

Readers make them and the catalogue is built from them; look-ups read rows instead.
"""

from __future__ import annotations

from typing import NamedTuple


class Designation(NamedTuple):
    """Another name of a concept.

    ``use`` is ``common`` or ``technical`` (pages), ``inclusion`` (tabular list),
    ``index`` (alphabetic index and its tables) or ``short`` (short descriptor).
    """

    use: str
    text: str


class Note(NamedTuple):
    """An official instruction that stands with a code; ``type`` is in NOTE_TYPES."""

    type: str
    text: str


class Concept(NamedTuple):
    """One entry of a code system release.

    ``code`` is as people print it (``E11.9``); chapters and blocks of ICD-10-CM have
    their range (``E08-E13``). ``level`` is ``chapter``, ``block``, ``header``, ``code``
    or ``modifier``. ``parent`` is the code above, in the same system. Dates are
    ``YYYY-MM-DD`` or empty. ``seventh`` is the 7th character of an ICD-10-CM code that
    the tabular list gives only by rule, else empty. ``properties`` are further official
    facts as (label, value) in words, e.g. ("Coverage", "special instructions apply").
    """

    system: str
    code: str
    display: str
    level: str = "code"
    parent: str = ""
    billable: bool = True
    seventh: str = ""
    effective: str = ""
    terminated: str = ""
    replaced_by: tuple[str, ...] = ()
    designations: tuple[Designation, ...] = ()
    notes: tuple[Note, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


class Release(NamedTuple):
    """A published version of a code system.

    ``name`` is what people call it, ``version`` the publisher's label (``2026``),
    ``in_force_since`` a date or empty, ``source`` where the file came from in words.
    """

    system: str
    name: str
    version: str
    in_force_since: str = ""
    source: str = ""
    notice: str = ""


class ReleaseFile(NamedTuple):
    """A file that a release was read from, as it was published.

    ``kinds`` are what it holds, with blanks between them (``order``, ``index drug_table``),
    ``bytes`` is its size, ``sha256`` in hexadecimal. ``url`` is where it was downloaded, if it
    was.
    """

    name: str
    kinds: str
    bytes: int
    sha256: str
    url: str = ""


class Block(NamedTuple):
    """A piece of a section: ``paragraph`` has ``text``; ``list`` and ``steps`` have ``items``."""

    type: str
    text: str = ""
    items: tuple[str, ...] = ()


class Similar(NamedTuple):
    """A neighbouring code and, in a few words, how it differs."""

    system: str
    code: str
    difference: str


class Source(NamedTuple):
    """What a page rests on."""

    title: str
    url: str


class Origin(NamedTuple):
    """The file of the user's that a page comes from, and what of the page is theirs.

    ``path`` is relative to their folder of pages, ``sections`` the ids of the sections that the
    file has; ``edited`` and ``clinical_review`` are the file's and speak of those alone.
    """

    path: str
    sections: tuple[str, ...]
    edited: str
    clinical_review: str


class Page(NamedTuple):
    """A plain-language explanation of one code, with everything inherited filled in.

    ``family`` is the file's name without its ending. ``sections`` keeps the order of
    SECTIONS. A retired code has ``used_until`` (``YYYY-MM-DD``) and ``replaced_by``. Only a
    page of the user's own has an ``origin``.
    """

    system: str
    code: str
    display: str
    kind: str
    specialty: str
    family: str
    common: tuple[str, ...]
    technical: tuple[str, ...]
    sections: dict[str, tuple[Block, ...]]
    similar: tuple[Similar, ...]
    sources: tuple[Source, ...]
    edited: str
    clinical_review: str
    used_until: str = ""
    replaced_by: tuple[str, ...] = ()
    origin: Origin | None = None
