"""The ICD-10-CM tabular list (XML) with the list of codes that goes with it.

The form is the one of CDC/NCHS, "ICD-10-CM Tabular List of Diseases and Injuries",
``icd10cm_tabular_YYYY.xml`` with its schema ``icd10cm_tabular.xsd``: chapters hold
sections (which people call blocks), sections hold ``diag`` elements inside each other.

Codes with a 7th character mostly stand there only by rule: ``sevenChrDef`` on a category
names the characters and what they mean for every code below. Which of the possible
combinations exist is in the list of codes, a text file with one code, block or chapter
number a line and no dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.etree import ElementTree

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Note, Release
from codelookup.read.icd10cm_common import (
    CODE,
    LISTED,
    SYSTEM,
    dotted,
    release_from_names,
    text_of,
    xml_events,
)

_NOTE_TYPE = {
    "includes": "includes",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
    "notes": "note",
}
"""Element of the tabular list to type of note."""

_RANGE_IN_TITLE = re.compile(r"\s*\(([A-Z][0-9A-Z]{2}(?:-[A-Z][0-9A-Z]{2})?)\)$")

# Some "inclusion terms" are not names but directions ("This code is not for inpatient
# use."). As a name they would only mislead a search, so they become notes.
_DIRECTION = re.compile(
    r"\b(?:is|are|be) (?:only |not )?(?:for (?:inpatient )?use|to be used|intended|based|coded)\b"
    r"|\bcodes identify\b|\bused for the\b|^Screening is\b|^Usually implies\b|^Use two\b"
    r"|^Codes? also\b"
)

# "7th characters D and S do not apply to codes in category S06 with 6th character 7 - death
# due to ..., or 8 - death ..." is the one exception the list makes in prose alone.
_EXCEPTION = re.compile(
    r"7th characters? (?P<seventh>\w(?:(?:, | and |, and )\w)*) do(?:es)? not apply to codes "
    r"in (?:sub)?category (?P<below>[A-Z0-9.]+) with 6th character (?P<sixth>.*)"
)


def read_tabular(tabular: Path, code_list: Path | None) -> tuple[Release, Iterator[Concept]]:
    """Read a tabular list and, with it, every code that its rules and ``code_list`` make.

    Concepts come in the order of the book, a parent always before its children. What the
    levels are:

    * ``chapter``: code is the range of its title, ``A00-B99``.
    * ``block``: code is its range, ``E08-E13``. A block of one category is written
      ``B99-B99``, as plain ``B99`` is the category. Blocks lie inside each other
      (``C00-C96`` > ``C00-C75`` > ``C00-C14``) although the file has them side by side. A
      block with the range of its chapter, or of a block before it, has `` (block)``
      after its code; no release so far has one.
    * ``header``: a code that is divided further, here or by a 7th character; not billable.
    * ``code``: billable. For codes made by rule ``seventh`` is set, the display is the one
      of the parent, a comma and the meaning of the character, as the long description in
      the order file of CMS, and the parent is the listed code: S52.521 of S52.521A, T14.91
      of T14.91XA.

    Without ``code_list`` every character is taken to go with every code below its
    definition, save for exceptions stated in the usual words; in 2026 that gives the same.

    Raises DataError, at once or while iterating, where a file cannot be read, is not what
    it should be, names a code twice, or where the two files contradict each other.
    """
    version = _version(tabular)
    names = [path.name for path in (code_list, tabular) if path is not None]
    release = release_from_names(
        *names,
        version=version,
        source="ICD-10-CM Tabular List of Diseases and Injuries, CDC/NCHS",
    )
    listed = None if code_list is None else _read_code_list(code_list)
    return release, _Reader(tabular, listed).concepts()


def _cannot_open(path: Path, error: OSError) -> DataError:
    reason = error.strerror or str(error)
    return DataError(f"{path} cannot be opened: {reason}.", "Check the path.")


def _version(path: Path) -> str:
    """The fiscal year the file gives itself, after a check that it is a tabular list."""
    try:
        with path.open("rb") as stream:
            root = None
            for event, element in xml_events(path.name, stream):
                if root is None:
                    root = element
                    _check_root(path, root)
                if event == "end" and element.tag == "version":
                    return text_of(element)
                if element.tag == "chapter":
                    break
    except OSError as error:
        raise _cannot_open(path, error) from error
    return ""


def _check_root(path: Path, root: ElementTree.Element) -> None:
    if root.tag != "ICD10CM.tabular":
        raise DataError(
            f"{path.name} is not an ICD-10-CM tabular list: it starts with <{root.tag}>.",
            "The file wanted is icd10cm_tabular_YYYY.xml of CDC/NCHS.",
        )
    if root.get("isAddenda") == "true":
        raise DataError(
            f"{path.name} holds only the changes of a year, not the tabular list.",
            "Take the full icd10cm_tabular_YYYY.xml.",
        )


def _read_code_list(path: Path) -> set[str]:
    """The codes of a list, without dots; its blocks and chapter numbers are left out."""
    codes = set()
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                entry = line.strip()
                if not entry:
                    continue
                if not LISTED.fullmatch(entry):
                    raise DataError(
                        f"{path.name}, line {number}: {entry[:40]!r} is not a code.",
                        "The list has one code a line, without its dot.",
                    )
                # A block of one category (B99) looks like the category, which is listed too.
                if "-" not in entry and not entry.isdigit():
                    codes.add(entry)
    except OSError as error:
        raise _cannot_open(path, error) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name} is not plain text in UTF-8.", "The list has one code a line."
        ) from error
    return codes


class _Rule(NamedTuple):
    """What 7th characters mean below a code, and which of them some codes do not take."""

    meaning: dict[str, str]
    exceptions: tuple[tuple[str, str, str], ...] = ()  # code without dot, 6ths, 7ths

    def characters(self, base: str) -> Iterator[str]:
        """The characters that ``base`` (six characters, padded) takes."""
        for character in self.meaning:
            if not any(
                base.startswith(below) and base[5] in sixths and character in sevenths
                for below, sixths, sevenths in self.exceptions
            ):
                yield character


class _Reader:
    """One pass over the file, a section at a time: the whole tree would take 100 MB."""

    def __init__(self, path: Path, listed: set[str] | None) -> None:
        self.path = path
        self.listed = listed
        self.seen: set[str] = set()
        # Codes of the list by their first six characters: where to look for 7th characters.
        self.sevenths: dict[str, list[str]] = {}
        for code in listed or ():
            if len(code) == 7:
                self.sevenths.setdefault(code[:6], []).append(code)

    def concepts(self) -> Iterator[Concept]:
        try:
            with self.path.open("rb") as stream:
                yield from self._chapters(stream)
        except OSError as error:
            raise _cannot_open(self.path, error) from error
        missing = sorted((self.listed or set()) - {code.replace(".", "") for code in self.seen})
        if missing:
            raise DataError(
                f"{self.path.name} does not have {dotted(missing[0])}, which the list of codes "
                f"names ({len(missing)} such codes).",
                "Take both files from the same release.",
            )

    def _chapters(self, stream: BinaryIO) -> Iterator[Concept]:
        chapter: ElementTree.Element | None = None
        above: list[tuple[str, str, str]] = []  # first, last and code: chapter, then blocks
        for event, element in xml_events(self.path.name, stream):
            if event == "start":
                if element.tag == "chapter":
                    chapter, above = element, []
                continue
            if chapter is None or element.tag not in ("chapter", "section"):
                continue
            # All that is said about a chapter stands before its first section.
            if not above:
                title, span = self._title(chapter)
                yield self._chapter(chapter, title, span)
                first, last = _ends(span)
                above = [(first, last, span)]
            if element.tag == "section":
                yield from self._section(element, above)
                element.clear()
            else:
                chapter = None
                element.clear()

    def _chapter(self, element: ElementTree.Element, title: str, span: str) -> Concept:
        return self._once(
            Concept(
                SYSTEM,
                span,
                title,
                level="chapter",
                billable=False,
                designations=_inclusions(element),
                notes=_notes(element),
                properties=(("Chapter", text_of(element.find("name"))),),
            )
        )

    def _section(
        self, element: ElementTree.Element, above: list[tuple[str, str, str]]
    ) -> Iterator[Concept]:
        title, _ = self._title(element)
        first, last = _ends(element.get("id", ""))
        code = f"{first}-{last}"
        if code in self.seen:
            code += " (block)"
        while len(above) > 1 and not (above[-1][0] <= first and last <= above[-1][1]):
            above.pop()
        parent = above[-1][2]
        above.append((first, last, code))
        yield self._once(
            Concept(
                SYSTEM,
                code,
                title,
                level="block",
                parent=parent,
                billable=False,
                designations=_inclusions(element),
                notes=_notes(element),
            )
        )
        for diag in element.findall("diag"):
            yield from self._diag(diag, code, _Rule({}))

    def _diag(self, element: ElementTree.Element, parent: str, rule: _Rule) -> Iterator[Concept]:
        code = text_of(element.find("name"))
        if not CODE.fullmatch(code):
            raise DataError(
                f"{self.path.name}: {code[:40]!r} below {parent} is not a code.",
                "The file is damaged or of a form this version does not know.",
            )
        plain = code.replace(".", "")
        if self.listed is not None and plain not in self.listed:
            raise DataError(
                f"The list of codes does not name {code}, which {self.path.name} has.",
                "Take both files from the same release.",
            )
        rule = _rule(element) or rule
        below = element.findall("diag")
        composed = [] if below else self._composed(plain, rule)
        display = text_of(element.find("desc"))
        divided = bool(below or composed)
        yield self._once(
            Concept(
                SYSTEM,
                code,
                display,
                level="header" if divided else "code",
                parent=parent,
                billable=not divided,
                designations=_inclusions(element),
                notes=_notes(element),
            )
        )
        for diag in below:
            yield from self._diag(diag, code, rule)
        for longer in composed:
            character = longer[6]
            if character not in rule.meaning:
                raise DataError(
                    f"{self.path.name} does not say what 7th character {character} of "
                    f"{dotted(longer)} means.",
                    "Take the tabular list and the list of codes from the same release.",
                )
            yield self._once(
                Concept(
                    SYSTEM,
                    dotted(longer),
                    f"{display}, {rule.meaning[character]}",
                    parent=code,
                    seventh=character,
                )
            )

    def _composed(self, plain: str, rule: _Rule) -> list[str]:
        """The codes that a code gives with a 7th character, without dots."""
        if len(plain) > 6:
            return []
        base = plain.ljust(6, "X")
        if self.listed is not None:
            return sorted(self.sevenths.get(base, ()))
        return [base + character for character in rule.characters(base)]

    def _title(self, element: ElementTree.Element) -> tuple[str, str]:
        """Title and range of a chapter or section, told apart."""
        title = text_of(element.find("desc"))
        span = _RANGE_IN_TITLE.search(title)
        if span is None:
            raise DataError(
                f"{self.path.name}: the title {title[:60]!r} does not end in a range of codes.",
                "The file is damaged or of a form this version does not know.",
            )
        return title[: span.start()], span[1]

    def _once(self, concept: Concept) -> Concept:
        if concept.code in self.seen:
            raise DataError(
                f"{self.path.name} has {concept.code} twice.",
                "The file is damaged; fetch it again.",
            )
        self.seen.add(concept.code)
        return concept


def _ends(span: str) -> tuple[str, str]:
    """First and last category of ``E08-E13``; both the same of ``B99``."""
    first, _, last = span.partition("-")
    return first, last or first


def _rule(element: ElementTree.Element) -> _Rule | None:
    """The rule for 7th characters that stands with this code, if one does."""
    definition = element.find("sevenChrDef")
    if definition is None:
        return None
    meaning = {
        extension.get("char", ""): text_of(extension) for extension in definition.iter("extension")
    }
    exceptions = []
    for note in element.iterfind("notes/note"):
        if found := _EXCEPTION.search(text_of(note)):
            sixths = "".join(re.findall(r"(?:^|or )(\w) -", found["sixth"]))
            sevenths = "".join(re.findall(r"\b\w\b", found["seventh"]))
            exceptions.append((found["below"].replace(".", ""), sixths, sevenths))
    return _Rule(meaning, tuple(exceptions))


def _inclusions(element: ElementTree.Element) -> tuple[Designation, ...]:
    texts = (text_of(note) for note in element.iterfind("inclusionTerm/note"))
    return tuple(Designation("inclusion", text) for text in texts if not _DIRECTION.search(text))


def _notes(element: ElementTree.Element) -> tuple[Note, ...]:
    notes: list[Note] = []
    for child in element:
        if child.tag in _NOTE_TYPE:
            texts = (text_of(note) for note in child.iterfind("note"))
            notes.extend(Note(_NOTE_TYPE[child.tag], text) for text in texts if text)
        elif child.tag == "inclusionTerm":
            texts = (text_of(note) for note in child.iterfind("note"))
            notes.extend(Note("note", text) for text in texts if _DIRECTION.search(text))
        elif child.tag == "sevenChrNote":
            texts = (text_of(note) for note in child.iterfind("note"))
            notes.extend(Note("seventh_character", text) for text in texts if text)
        elif child.tag == "sevenChrDef":
            notes.extend(_seventh_characters(child))
        elif child.tag == "visualImpairment":
            notes.extend(_visual_impairment(child))
    return tuple(notes)


def _seventh_characters(definition: ElementTree.Element) -> Iterator[Note]:
    """One note a character, with the further wordings that stand below it in brackets."""
    lines: list[str] = []
    for child in definition:
        text = text_of(child)
        if child.tag == "extension":
            lines.append(f"{child.get('char', '')}: {text}")
        elif child.tag == "note" and lines and text:
            lines[-1] += f" [{text}]"
    return (Note("seventh_character", line) for line in lines)


def _visual_impairment(table: ElementTree.Element) -> Iterator[Note]:
    """The one table of the book (at H54), a note a line."""
    for category in table.iterfind("visCategory"):
        value = text_of(category.find("value"))
        if not value:
            continue  # the line of headings
        worst = [text_of(cell) for cell in category.iterfind("visRange/visMax/value")]
        best = [text_of(cell) for cell in category.iterfind("visRange/visMin/value")]
        text = f"Category {value} of visual impairment: "
        if best or len(worst) > 1:
            text += "visual acuity with best possible correction less than "
        text += " or ".join(worst)
        if best:
            text += "; equal to or better than " + " or ".join(best)
        yield Note("note", text)
