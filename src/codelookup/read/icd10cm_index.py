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

_NOISE = re.compile(r"\s*\b(?:NEC|NOS)\b,?")
_REMARK = re.compile(r"\s+[-–]+(?:\s.*)?$")  # "- omit code", "- code as Burn, by site"
_BY_SITE = re.compile(r",?\s*\bby (?:body )?(?:site|type)(?: and type)?\b", re.IGNORECASE)
_OR = re.compile(r"(?P<stem>\S.*?) (?P<words>\w+(?:, \w+)*),? or (?P<last>\w+)")
# With two codes, D49.9 [M36.1], the second is the one for "arthropathy in neoplastic disease";
# but G30.9 [F02.80] is about Alzheimer's disease, and then only the first counts.
_IN_DISEASE = re.compile(r"\b(?:in|due to)\b")
_CATEGORY = re.compile(
    r"(?:sub)?categor(?:y|ies) (?P<code>[A-Z]\d\w(?:\.\w{1,4})?)(?:\.?-)?$", re.IGNORECASE
)
_SEVERAL = re.compile(r"\b([A-Z])(\d\d)-\1(\d\d) with \.(\d+)$")  # "E08-E13 with .42"
_WORD = re.compile(r"[^\W_]+")

_CONNECTIVES = frozenset(
    _WORD.findall("""
    about after affecting against and as associated at before between by caused causing
    complicated complicating concerning due during following for from in including into
    involving meaning not of off on or out over per related resulting since to under until
    when where while with within without
    """)
)
"""A term that begins with one of these follows what stands above it: abscess *due to*."""

_NOUN = ("ity", "ities", "ness", "cy")

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
    """Entries of the 2017 index that the tabular list has contradicted since.

    ``text`` is a regular expression; entries that match it and lead to ``old`` are led to
    ``new``. The reason is ``name``: what the tabular list of today has under ``new``, as its
    title or inclusion term. An index that no longer gives ``old`` is left alone.
    """

    text: str
    old: str
    new: str
    name: str


PATCHES = (
    Patch(
        r"^(?!.*\b(?:ST elevation|STEMI|Q wave|transmural)\b)",
        "I21.3",
        "I21.9",
        "Myocardial infarction (acute) NOS",
    ),
    Patch("^depress(?:ion|ive disorder)$", "F32.9", "F32.A", "Depressive disorder NOS"),
    Patch("biventricular", "I50.9", "I50.82", "Biventricular heart failure"),
    Patch("high output", "I50.9", "I50.83", "High output heart failure"),
    Patch("^right (?:heart|ventric)", "I50.9", "I50.810", "Right ventricular failure NOS"),
    Patch("chronic fatigue syndrome", "R53.82", "G93.32", "Chronic fatigue syndrome"),
    Patch("encephalopathy", "K72.90", "K76.82", "Hepatic encephalopathy"),
    Patch("end stage liver", "K72.90", "K72.1", "End stage liver disease"),
    Patch("^retroperitoneal", "K66.1", "K68.3", "Retroperitoneal hematoma"),
    Patch("^retroperitoneal", "R58", "K68.3", "Retroperitoneal hemorrhage"),
    Patch("obliterative bronchiolitis", "J44.9", "J44.81", "Obliterative bronchiolitis"),
    Patch(
        "^(?:asthmatic chronic|chronic asthmatic) bronchitis",
        "J44.9",
        "J44.89",
        "Chronic asthmatic (obstructive) bronchitis",
    ),
    Patch(
        "^emphysematous (?:chronic )?bronchitis",
        "J44.9",
        "J44.89",
        "Chronic emphysematous bronchitis",
    ),
    Patch("pyuria|pus in urine", "N39.0", "R82.81", "Pyuria"),
    Patch("short", "K91.2", "K90.82", "Short bowel syndrome"),
    Patch("^latent", "R76.11", "Z22.7", "Latent tuberculosis"),
    Patch("^acute respiratory", "R06.00", "R06.03", "Acute respiratory distress"),
    Patch("nocturnal polyuria", "R35.1", "R35.81", "Nocturnal polyuria"),
    Patch("^dense breasts?$", "R92.2", "R92.30", "Dense breasts NOS"),
    Patch("^Fanconi", "D61.09", "D61.03", "Fanconi's anemia"),
    Patch("^thrombocythemia$", "D47.3", "D75.839", "Thrombocythemia NOS"),
    Patch("^mastocytosis$", "Q82.2", "D47.09", "Mastocytosis NOS"),
    Patch("pigmentosa", "Q82.2", "D47.01", "Urticaria pigmentosa"),
    Patch("^familial cold urticaria", "L50.2", "M04.2", "Familial cold urticaria"),
    Patch("bicuspid", "Q23.1", "Q23.81", "Bicuspid aortic valve"),
    Patch("Eisenmenger", "I27.89", "I27.83", "Eisenmenger's complex"),
    Patch(
        "^progressive spinal muscle|^spinal progressive muscle",
        "G12.21",
        "G12.25",
        "Progressive spinal muscle atrophy",
    ),
    Patch("lateral primary sclerosis", "G12.29", "G12.23", "Primary lateral sclerosis"),
    Patch("Canavan", "E75.29", "E75.28", "Canavan disease"),
    Patch("Merzbacher", "E75.29", "E75.27", "Pelizaeus-Merzbacher disease"),
    Patch("sulfatase", "E75.29", "E75.26", "Sulfatase deficiency"),
    Patch("Bardet", "Q87.89", "Q87.83", "Bardet-Biedl syndrome"),
    Patch("traumatic brain compression", "S06.2X", "S06.A0", "Traumatic brain compression NOS"),
    Patch("avoidant", "F50.89", "F50.82", "Avoidant/restrictive food intake disorder"),
    Patch("pica in adult", "F50.89", "F50.83", "Pica in adults"),
    Patch("hypercalciuria", "E83.52", "R82.994", "Idiopathic hypercalciuria"),
    Patch("^hyperoxaluria$", "E72.53", "R82.992", "Hyperoxaluria"),
    Patch("rosacea conjunctivitis", "L71.9", "H10.82", "Rosacea conjunctivitis"),
    Patch(
        "^food-induced .*proctocolitis",
        "K52.82",
        "K52.29",
        "Food-induced eosinophilic proctocolitis",
    ),
    Patch(
        "^food protein-induced proctocolitis",
        "K52.82",
        "K52.29",
        "Food protein-induced proctocolitis",
    ),
    Patch(
        "^milk protein-induced proctocolitis",
        "K52.82",
        "K52.29",
        "Milk protein-induced proctocolitis",
    ),
)


class _Term:
    """A term of the index: its title in words, what it leads to, what is below it."""

    __slots__ = (
        "below",
        "cells",
        "code",
        "connecting",
        "index",
        "manifestation",
        "see",
        "see_also",
        "title",
    )

    def __init__(self, title: str) -> None:
        self.title = title
        self.code = ""
        self.manifestation = ""
        self.see = ""
        self.see_also = ""
        self.cells: dict[str, str] = {}
        self.below: list[_Term] = []
        self.index: dict[str, list[tuple[tuple[str, ...], _Term]]] = {}
        self.connecting: list[_Term] | None = None  # None: not indexed yet


class _Index(NamedTuple):
    root: _Term
    columns: dict[str, str]


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
    seen = set()
    for code, text in entries:
        entry = (_patched(code, text), text)
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


def _patched(code: str, text: str) -> str:
    for patch in PATCHES:
        if patch.old == code and re.search(patch.text, text, re.IGNORECASE):
            return patch.new
    return code


def _is_neoplasm_table(index: _Index) -> bool:
    return index.columns.get("1") == "neoplasm"


# Reading


def _parse(stream: BinaryIO, name: str) -> _Index:
    root = _Term("")
    columns: dict[str, str] = {}
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
            columns[element.get("col", "")] = " ".join(_words(text_of(element)))
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
    elif element.tag == "manif":
        term.manifestation = _code(text_of(element))
    elif element.tag == "cell":
        if code := _code(text_of(element)):
            term.cells[element.get("col", "")] = code
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


def _reference(text: str) -> tuple[str, ...]:
    """The words of a reference that lead somewhere."""
    text = re.sub(r"\([^)]*\)", " ", text)
    return _words(_NOISE.sub("", _BY_SITE.sub("", text)))


def _keys(title: str) -> list[tuple[str, ...]]:
    """Everything a term answers to, the best first: its title, then each part of it."""
    variants = _variants(title)
    parts = [part for variant in variants for part in variant.split(",")]
    keys = dict.fromkeys(_words(text) for text in (title, *variants, *parts))
    return [key for key in keys if key]


def _prepare(term: _Term) -> list[_Term]:
    """Make the index of the terms below; those that only connect ("with") are returned."""
    ranked: list[tuple[int, int, tuple[str, ...], _Term]] = []
    term.connecting = []
    for child in term.below:
        keys = _keys(child.title)
        ranked.extend((-len(key), rank, key, child) for rank, key in enumerate(keys))
        if keys and _CONNECTIVES.issuperset(keys[0]):
            term.connecting.append(child)
    for _, _, key, child in sorted(ranked, key=lambda entry: entry[:2]):
        term.index.setdefault(key[0], []).append((key, child))
    return term.connecting


def _find(term: _Term, words: tuple[str, ...]) -> Iterator[_Term]:
    """The terms that ``words`` may lead to, through the tree below ``term``, best first.

    References leave out terms that only connect: "Diabetes, retinopathy" stands below
    Diabetes, with.
    """
    if not words:
        yield term
        return
    connecting = _prepare(term) if term.connecting is None else term.connecting
    for key, child in term.index.get(words[0], ()):
        if words[: len(key)] == key:
            yield from _find(child, words[len(key) :])
    for child in connecting:
        yield from _find(child, words)


class _Walk:
    """Goes through an index and gives its entries."""

    def __init__(self, index: _Index, neoplasms: _Index | None) -> None:
        self.index = index
        self.neoplasms = index if _is_neoplasm_table(index) else neoplasms
        # Words written with a capital inside the index are names: Abscess, but Hodgkin.
        self.names: set[str] = set()
        stack = list(index.root.below)
        while stack:
            term = stack.pop()
            stack.extend(term.below)
            self.names.update(word for child in term.below for word in child.title.split())
            self.names.update(term.title.split()[1:])

    def entries(self) -> Iterator[tuple[str, str]]:
        for main in self.index.root.below:
            for variant in _variants(main.title):
                yield from self._below(main, [self._lower(variant)])

    def _below(self, term: _Term, path: list[str]) -> Iterator[tuple[str, str]]:
        if self.index.columns:
            for column, code in self._row(term).items():
                yield code, self._cell_text(column, path)
        elif not (term.title == "specified site" and _BY_SITE.search(term.see)):
            # (That one says to look elsewhere for each site, and leads to no site at all.)
            text = _natural([title for title in path if title != "unspecified site"])
            for code in self._refers_to(term):
                yield code, text
            if term.manifestation and _IN_DISEASE.search(text):
                yield term.manifestation, text
        for child in term.below:
            yield from self._below(child, [*path, child.title])

    def _lower(self, title: str) -> str:
        """A main term as it is written inside a sentence."""
        first, _, rest = title.partition(" ")
        named = "'s" in first or first in self.names or rest in ("disease", "syndrome")
        if named or not first[1:].replace("-", "").islower() or first[1:2] == "-":
            return title
        return first.lower() + title[len(first) :]

    # References

    def _refers_to(self, term: _Term, depth: int = _DEPTH) -> list[str]:
        """The code of a term, or else the codes that it refers to."""
        if term.code or depth == 0:
            return [term.code] if term.code else []
        # "See also" is followed where the way begins; a step further it leads astray.
        references = (term.see, term.see_also) if depth == _DEPTH else (term.see,)
        for reference in references:
            if reference and (codes := self._resolve(reference, depth)):
                return codes
        return []

    def _resolve(self, reference: str, depth: int = _DEPTH) -> list[str]:
        if category := _CATEGORY.search(reference):
            return [category["code"]]
        if several := _SEVERAL.search(reference):
            letter, first, last, rest = several.groups()
            return [f"{letter}{n:02}.{rest}" for n in range(int(first), int(last) + 1)]
        words = _reference(reference)
        if words == ("condition",):  # advice to look under the name of the disease
            return []
        if words[:1] == ("neoplasm",):
            return self._neoplasm(" ".join(words[1:]))
        for found in _find(self.index.root, words):
            if found is not self.index.root and (codes := self._refers_to(found, depth - 1)):
                return codes
        return []

    def _neoplasm(self, wanted: str) -> list[str]:
        """A reference into the neoplasm table: "skin, malignant", "in situ, by site"."""
        if self.neoplasms is None:
            return []
        column = ""
        for behavior, heading in _BEHAVIORS:
            if behavior in wanted:
                wanted, column = wanted.replace(behavior, " "), column or heading
        column = column or "unspecified behavior"
        for term in _find(self.neoplasms.root.below[0], _words(wanted)):
            for number, code in self._row(term).items():
                if self.neoplasms.columns.get(number) == column:
                    return [code]
        return []

    # Tables

    def _row(self, term: _Term, depth: int = _DEPTH) -> dict[str, str]:
        """The codes of a term in a table, by column; else those of the term it refers to."""
        if term.cells or depth == 0:
            return term.cells
        table = self.index if self.index.columns else self.neoplasms
        for reference in (term.see, term.see_also):
            words = _reference(reference)
            if words and table:
                for found in _find(table.root, words):
                    if row := self._row(found, depth - 1):
                        return row
        return {}

    def _cell_text(self, column: str, path: list[str]) -> str:
        heading = self.index.columns.get(column, "")
        form = _COLUMNS.get(heading, heading + " {}")
        if _is_neoplasm_table(self.index):
            path = path[1:]
            if not path:
                return form.replace(" of {}", "")
            if path[-1].endswith("carcinoma") and path[:-1]:  # a kind of tumor, not a site
                return f"{path[-1]} of {_natural(path[:-1])}"
        return form.format(_natural(path))


# Words


def _variants(title: str) -> list[str]:
    """``X disease, palsy or syndrome`` as three titles; any other as itself."""
    if found := _OR.fullmatch(title):
        words = [*found["words"].split(", "), found["last"]]
        if "disease" in words or "syndrome" in words:
            return [f"{found['stem']} {word}" for word in words]
    return [title]


def _natural(path: list[str]) -> str:
    """A path of the index in the order of speech.

    What narrows a term goes before it (Abscess, liver, amebic: amebic liver abscess), what
    connects goes after it (Diabetes, with, ketoacidosis), and so on inside the rest.
    """
    phrases: list[list[str]] = [[]]
    connectives = []  # between the phrases
    for level, title in enumerate(path):
        words = title.split(" ")
        split = next((i for i, w in enumerate(words) if w.strip(",") not in _CONNECTIVES), None)
        if level and split != 0:
            # "due to, caused by" as "due to"; "due to alcohol" begins with "alcohol".
            connective = " ".join(words[:split]) if split else title.partition(",")[0]
            phrases.append([" ".join(words[split:])] if split else [])
            connectives.append(connective)
        elif level and len(title) <= 2:
            phrases[-1].insert(0, title)  # Polymyxin, B
        else:
            phrases[-1].extend(_parts(title))
    spoken = [" ".join(phrase[::-1]) for phrase in phrases]
    if _is_adjective(path[0]) and len(phrases[0]) > 1:
        spoken[0] = " ".join([phrases[0][0], *phrases[0][:0:-1]])
    for connective, phrase in zip(connectives, spoken[1:], strict=True):
        spoken[0] += f" {connective} {phrase}".rstrip()
    return spoken[0]


def _is_adjective(title: str) -> bool:
    """Whether a main term is one and so stays in front: ``Abnormal, abnormality``."""
    first, *others = title.split(", ")
    return not first.endswith(_NOUN) and any(other.endswith(_NOUN) for other in others)


def _parts(title: str) -> list[str]:
    """``Infarct, infarction`` as ``Infarct``; ``Fracture, traumatic`` as its two parts."""
    parts = title.split(", ")
    first = parts[0].lower()
    parts = [parts[0]] + [part for part in parts[1:] if part.lower()[:4] != first[:4]]
    if len(parts) > 2 or any(re.search(r"\b(?:or|and)\b", part) for part in parts):
        return [", ".join(parts)]
    return parts
