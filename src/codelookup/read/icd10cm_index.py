"""The alphabetic index of ICD-10-CM and its tables (XML), as other names of codes.

The form is the one of CDC/NCHS, ``icd10cm_index_YYYY.xml`` (diseases and injuries),
``icd10cm_eindex_YYYY.xml`` (external causes), ``icd10cm_neoplasm_YYYY.xml`` and
``icd10cm_drug_YYYY.xml``, with the schemas ``icd10cm_index.xsd`` and
``icd10cm_drug_neoplasm.xsd``. All four are trees of terms: a main term (``Abscess``), below
it narrower ones (``liver``, ``amebic``), with a code or a reference to another main term
(``see``). In the two tables a term has a row of codes instead, a column for each behavior
of a tumor or circumstance of a poisoning.

Everything here gives pairs of a code and a text. The code is as it stands in the index but
in printed form: ``E11.-`` (complete it) is given as ``E11``, and a code that needs a 7th
character is given without it. An index may be older than the codes at hand:
:func:`join_index` keeps what still exists.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from typing import BinaryIO, NamedTuple
from xml.etree import ElementTree

from codelookup.errors import DataError
from codelookup.model import Designation
from codelookup.read.icd10cm_common import CODE, text_of, xml_events

_CONNECTIVES = frozenset(
    "about after affecting against and as associated at before between by caused causing "
    "complicated complicating complication-of concerning due during following for from in "
    "including into involving meaning not of on or originating over per postprocedural "
    "related resulting secondary-to since to under until when where while with within without".split()
)
"""A term that begins with one of these follows what stands above it: abscess *due to*."""

_NOISE = re.compile(r"\s*\b(?:NEC|NOS)\b,?")
_REMARK = re.compile(r"\s+[-–]+(?:\s.*)?$")  # "- omit code", "- code as Burn, by site"
_BY_SITE = re.compile(r",?\s*\bby (?:site|type|drug|location|cause)\b.*$", re.IGNORECASE)
_OR_SYNDROME = re.compile(r"(?P<stem>\S.*?) (?P<words>\w+(?:, \w+)*),? or (?P<last>disease|syndrome)")
_CATEGORY = re.compile(r"(?:sub)?categor(?:y|ies) (?P<code>[A-Z]\d\w(?:\.\w{1,4})?)(?:\.?-)?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

_DEPTH = 6
"""Longest chain of references that is followed; some run in circles."""

# Behavior in a reference to the neoplasm table, and how the column for it begins.
_BEHAVIORS = (
    ("in situ", "ca in situ"),
    ("secondary", "malignant secondary"),
    ("uncertain behavior", "uncertain behavior"),
    ("unspecified behavior", "unspecified behavior"),
    ("benign", "benign"),
    ("malignant", "malignant primary"),
    ("primary", "malignant primary"),
)

# Column of a table to what a code in it is called.
_COLUMNS = {
    "malignant primary": "malignant primary neoplasm of {}",
    "malignant secondary": "malignant secondary neoplasm of {}",
    "ca in situ": "carcinoma in situ of {}",
    "benign": "benign neoplasm of {}",
    "uncertain behavior": "neoplasm of uncertain behavior of {}",
    "unspecified behavior": "neoplasm of unspecified behavior of {}",
    "poisoning accidental unintentional": "accidental poisoning by {}",
    "poisoning intentional self harm": "intentional self-harm by poisoning with {}",
    "poisoning assault": "assault by poisoning with {}",
    "poisoning undetermined": "poisoning by {}, undetermined intent",
    "adverse effect": "adverse effect of {}",
    "underdosing": "underdosing of {}",
}


class Patch(NamedTuple):
    """An entry of an old index that the tabular list contradicts since."""

    text: str
    old: str
    new: str
    reason: str


PATCHES: tuple[Patch, ...] = ()


class _Term:
    """A term of the index: its title in words, what it leads to, what is below it."""

    __slots__ = ("below", "cells", "code", "index", "see", "see_also", "title")

    def __init__(self, title: str) -> None:
        self.title = title
        self.code = ""
        self.see = ""
        self.see_also = ""
        self.cells: dict[int, str] = {}
        self.below: list[_Term] = []
        self.index: dict[str, list[tuple[tuple[str, ...], _Term]]] | None = None


class _Index(NamedTuple):
    root: _Term
    columns: dict[int, str]


def read_index(
    stream: BinaryIO, neoplasm_table: BinaryIO | None = None, name: str = "The index"
) -> Iterator[tuple[str, str]]:
    """Codes and their index entries, from any of the four files.

    The text is the path in natural words: "amebic liver abscess" for Abscess, liver,
    amebic; "diabetes with ketoacidosis"; modifiers in parentheses, which make no
    difference to the code, are left out, as are "NEC" and "NOS". A term that only refers
    ("see", "see also") gives its own text with the code it refers to. References to
    "Neoplasm" are looked up in ``neoplasm_table`` if that is given. In the tables the text
    names the column: "benign neoplasm of liver", "accidental poisoning by aspirin".

    A code can come with many texts and a text with several codes, but no pair twice.
    Raises DataError for a file that is not such an index or breaks off.
    """
    index = _parse(stream, name)
    table = _parse(neoplasm_table, "The neoplasm table") if neoplasm_table else None
    if table is not None and not _is_neoplasm_table(table):
        raise DataError(
            "The file given as the neoplasm table is another one.",
            "The file wanted is icd10cm_neoplasm_YYYY.xml of CDC/NCHS.",
        )
    entries = _Walk(index, table).entries()
    patches = {(patch.text.lower(), patch.old): patch.new for patch in PATCHES}
    seen = set()
    for code, text in entries:
        entry = (patches.get((text.lower(), code), code), text)
        if entry not in seen:
            seen.add(entry)
            yield entry


def join_index(
    entries: Iterable[tuple[str, str]], codes: Container[str]
) -> Iterator[tuple[str, Designation]]:
    """Index entries as designations of the codes at hand; entries of other codes are dropped."""
    for code, text in entries:
        if code in codes:
            yield code, Designation("index", text)


def _is_neoplasm_table(index: _Index) -> bool:
    return index.columns.get(1) == "neoplasm"


# Reading


def _parse(stream: BinaryIO, name: str) -> _Index:
    root = _Term("")
    columns: dict[int, str] = {}
    path = [root]
    top: ElementTree.Element | None = None
    for event, element in xml_events(name, stream):
        tag = element.tag
        if event == "start":
            if top is None:
                top = element
                if tag != "ICD10CM.index" or top.get("isAddenda") == "true":
                    raise DataError(
                        f"{name} is not an ICD-10-CM index: it starts with <{tag}>.",
                        "The files wanted are icd10cm_index_YYYY.xml and those beside it.",
                    )
            elif tag in ("mainTerm", "term"):
                term = _Term("")
                path[-1].below.append(term)
                path.append(term)
        elif tag in ("mainTerm", "term"):
            path.pop()
            element.clear()
        elif tag == "letter":
            element.clear()
        elif tag == "head":
            columns[int(element.get("col", "0"))] = " ".join(_words(text_of(element)))
        elif len(path) > 1:
            _take(path[-1], element)
    if not root.below:
        raise DataError(f"{name} has no terms.", "The file is damaged; fetch it again.")
    return _Index(root, columns)


def _take(term: _Term, element: ElementTree.Element) -> None:
    """What one element says about its term."""
    if element.tag == "title":
        # Without <nemod>, the nonessential modifiers; what follows it belongs to the title.
        words = [element.text or "", *(child.tail or "" for child in element)]
        term.title = _plain_title(" ".join(words))
    elif element.tag in ("code", "subcat", "seecat"):
        term.code = term.code or _code(text_of(element))
    elif element.tag == "cell":
        if code := _code(text_of(element)):
            term.cells[int(element.get("col", "0"))] = code
    elif element.tag == "see":
        term.see = text_of(element)
    elif element.tag == "seeAlso":
        term.see_also = text_of(element)


def _code(text: str) -> str:
    """``E11.-`` and ``E11-`` as ``E11``; empty for a dash or anything else."""
    code = text.rstrip("-").rstrip(".")
    return code if CODE.fullmatch(code) else ""


def _plain_title(text: str) -> str:
    text = _NOISE.sub("", _REMARK.sub("", " ".join(text.split())))
    return " ".join(text.replace(" ,", ",").strip(" ,").split())


def _words(text: str) -> tuple[str, ...]:
    """Words as they are compared: lower case, without plural s and possessives."""
    words = _WORD.findall(text.lower().replace("'s", ""))
    return tuple(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words)


# Finding what a reference means


def _keys(title: str) -> set[tuple[str, ...]]:
    """Everything a term answers to: its title, its alternatives, each part between commas."""
    keys = {_words(title)}
    for variant in _variants(title):
        keys.add(_words(variant))
        keys.update(_words(part) for part in variant.split(","))
    return keys - {()}


def _candidates(term: _Term, first: str) -> list[tuple[tuple[str, ...], _Term]]:
    """Terms below that answer to something beginning with this word, longest first."""
    if term.index is None:
        term.index = {}
        for child in term.below:
            for key in _keys(child.title):
                term.index.setdefault(key[0], []).append((key, child))
        for entries in term.index.values():
            entries.sort(key=lambda entry: -len(entry[0]))
    return term.index.get(first, [])


def _find(term: _Term, words: tuple[str, ...]) -> _Term | None:
    """The term that ``words`` lead to, through the tree below ``term``.

    References leave out terms that only connect: "Diabetes, retinopathy" stands below
    Diabetes, with.
    """
    if not words:
        return term
    for key, child in _candidates(term, words[0]):
        if words[: len(key)] == key and (found := _find(child, words[len(key) :])):
            return found
    for child in term.below:
        if child.title and all(word in _CONNECTIVES for word in _words(child.title)):
            if found := _find(child, words):
                return found
    return None


class _Walk:
    """Goes through an index and gives its entries."""

    def __init__(self, index: _Index, neoplasms: _Index | None) -> None:
        self.index = index
        self.neoplasms = index if _is_neoplasm_table(index) else neoplasms
        # Words that occur in lower case inside the index are no names: Abscess, but Crohn's.
        self.common = set()
        stack = [index.root]
        while stack:
            term = stack.pop()
            stack.extend(term.below)
            self.common.update(word for word in term.title.split() if word.islower())

    def entries(self) -> Iterator[tuple[str, str]]:
        for main in self.index.root.below:
            for variant in _variants(main.title):
                yield from self._below(main, [self._lower(variant)])

    def _below(self, term: _Term, path: list[str]) -> Iterator[tuple[str, str]]:
        if self.index.columns:
            for column, code in self._row(term).items():
                yield code, self._cell_text(column, path)
        else:
            text = _natural(path)
            code = term.code or self._refers_to(term)
            if code:
                yield code, text
        for child in term.below:
            yield from self._below(child, [*path, child.title])

    def _lower(self, title: str) -> str:
        first = title.partition(" ")[0]
        word = first.strip(",")
        return title[0].lower() + title[1:] if word.lower() in self.common else title

    # References

    def _refers_to(self, term: _Term, depth: int = _DEPTH) -> str:
        """The code that a term without one leads to, or nothing."""
        if term.code or depth == 0:
            return term.code
        for reference in (term.see, term.see_also):
            if reference and (code := self._resolve(reference, depth)):
                return code
        return ""

    def _resolve(self, reference: str, depth: int) -> str:
        if category := _CATEGORY.search(reference):
            return category["code"]
        words = _words(_BY_SITE.sub("", re.sub(r"\([^)]*\)", " ", reference)))
        if words[:1] == ("neoplasm",):
            return self._neoplasm(" ".join(words[1:]))
        found = _find(self.index.root, words)
        return self._refers_to(found, depth - 1) if found else ""

    def _neoplasm(self, wanted: str) -> str:
        """A reference into the neoplasm table: "skin, malignant", "in situ, by site"."""
        if self.neoplasms is None:
            return ""
        column = "unspecified behavior"
        for behavior, heading in _BEHAVIORS:
            if behavior in wanted:
                wanted, column = wanted.replace(behavior, " "), heading
        term = _find(self.neoplasms.root.below[0], _words(wanted))
        if term is None:
            return ""
        row = self._row(term)
        return next(
            (code for col, code in row.items() if self.neoplasms.columns[col] == column), ""
        )

    # Tables

    def _row(self, term: _Term, depth: int = _DEPTH) -> dict[int, str]:
        """The codes of a term in a table, by column; those of the term it refers to."""
        if term.cells or depth == 0:
            return term.cells
        for reference in (term.see, term.see_also):
            words = _words(_BY_SITE.sub("", re.sub(r"\([^)]*\)", " ", reference)))
            table = self.index if self.index.columns else self.neoplasms
            if words and table and (found := _find(table.root, words)):
                return self._row(found, depth - 1)
        return {}

    def _cell_text(self, column: int, path: list[str]) -> str:
        heading = self.index.columns.get(column, "")
        form = _COLUMNS.get(heading, heading + " {}")
        if _is_neoplasm_table(self.index):
            path = path[1:]
            if not path:
                return form.replace(" of {}", "")
        return form.format(_natural(path))


# Words


def _variants(title: str) -> list[str]:
    """``X disease, palsy or syndrome`` as three titles; any other as itself."""
    found = _OR_SYNDROME.fullmatch(title)
    if not found:
        return [title]
    words = [*found["words"].split(", "), found["last"]]
    return [f"{found['stem']} {word}" for word in words]


def _natural(path: list[str]) -> str:
    """A path of the index in the order of speech.

    What narrows a term goes before it (Abscess, liver, amebic: amebic liver abscess), what
    connects goes after it (Diabetes, with, ketoacidosis), and so on inside the rest.
    """
    phrases: list[list[str]] = [[]]
    for title in path:
        for part in _parts(title):
            first, _, rest = part.partition(" ")
            if first.lower().strip(",") in _CONNECTIVES and phrases != [[]]:
                connective, rest = _split_connective(part)
                phrases.append([connective])
                if rest:
                    phrases[-1].append(rest)
            else:
                phrases[-1].append(part)
    text = " ".join(phrases[0][::-1])
    for phrase in phrases[1:]:
        text += " " + " ".join([phrase[0], *phrase[:0:-1]])
    return text


def _split_connective(part: str) -> tuple[str, str]:
    """``due to alcohol`` as ``due to`` and ``alcohol``."""
    words = part.split(" ")
    at = next((i for i, w in enumerate(words) if w.lower().strip(",") not in _CONNECTIVES), None)
    if at is None:
        return part, ""
    return " ".join(words[:at]), " ".join(words[at:])


def _parts(title: str) -> list[str]:
    """``Infarct, infarction`` as ``Infarct``; ``Fracture, traumatic`` as its two parts."""
    parts = title.split(", ")
    first = parts[0].lower()
    parts = [parts[0]] + [part for part in parts[1:] if part.lower()[:4] != first[:4]]
    if len(parts) > 2 or any(re.search(r"\b(?:or|and)\b", part) for part in parts):
        return [", ".join(parts)]
    return parts
