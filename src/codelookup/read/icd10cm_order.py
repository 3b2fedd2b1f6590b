"""The ICD-10-CM order file and its addenda (fixed-width text).

The form is the one of CMS, "ICD-10-CM Order File" (``icd10OrderFiles.pdf``, in the same zip
as the file): positions 1-5 order number, 7-13 code without dot, 15 whether it is valid for
billing (1) or a header (0), 17-76 short and 78 on long description. An addenda file has
1-12 what to do (``Add:``, ``Delete:``, ``Revise from:``, ``Revise to:``), 14 the flag, 16-22
the code, 24-83 short and 85 on long description; it ends in a summary that names the two
releases it leads from and to.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Release
from codelookup.read.icd10cm_common import CODE, SYSTEM, dotted, release_from_names

_SOURCE = "ICD-10-CM order file, CMS"
_REFETCH = "Is it the file as CMS publishes it? Fetch it again, and do not edit or re-wrap it."

_ORDER_NUMBER = re.compile(r"\d{5}(?= )")
_ADDENDA_LINE = re.compile(r"(?P<action>Add|Delete|Revise from|Revise to): *")
_SUMMARY_LINE = re.compile(
    r"\s*(?:(?P<count>\d+) (?P<what>headers|codes) in (?P<file>icd10cm_order_20\d\d\.txt)"
    r"|\d+ (?:additions|deletions|revisions).*|(?:Headers|Codes|of which)|)\s*"
)


class _Line(NamedTuple):
    code: str  # as printed
    billable: bool
    short: str
    long: str


def read_order(stream: BinaryIO, *names: str) -> tuple[Release, Iterator[Concept]]:
    """Read an order file (``icd10cm_order_2026.txt``), open for reading bytes.

    Nothing in the file says which release it is: that comes from ``names``, the file's own
    name (taken from the stream where it has one) and that of its archive. Concepts come in
    the order of the file, headers before what is below them; the parent is the longest code
    of the file that the code begins with, so three-character categories have none.
    ``display`` is the long description; a short one that differs is a designation.

    Raises DataError while iterating: lines of the wrong form, a code twice, a code of
    another system.
    """
    names = names or (_name_of(stream, "The order file"),)
    return release_from_names(*names, source=_SOURCE), _concepts(stream, names[0])


def apply_addenda(
    concepts: Iterable[Concept], stream: BinaryIO, name: str = ""
) -> tuple[Release, list[Concept]]:
    """A release from the one before it and an addenda file.

    ``concepts`` are those of :func:`read_order` or of the tabular list, with its chapters,
    blocks, notes and inclusion terms, which stay; new categories go into the block of the
    category before them.

    What changed is dated: an added code is ``effective`` on the day the new release is in
    force; a deleted one stays, ``terminated`` on the day before; one that only became a
    header has the property "Billable until". Added codes stand in their place. The file does
    not say what replaces a deleted code, save where exactly one code is added with the very
    same description: then it is ``replaced_by`` that.

    Raises DataError for lines of the wrong form and where the addenda do not fit:
    something to be deleted is not there, something to be added is, or the totals that the
    file states are not reached.
    """
    name = name or _name_of(stream, "The addenda file")
    changes, totals, target = _read_addenda(stream, name)
    release = release_from_names(target, source=f"{_SOURCE}, with the addenda {name}")
    since = release.in_force_since
    tree = _Tree(concepts, name, since)
    for number, action, line in changes:
        tree.change(number, action, line)
    tree.say_what_replaced(line for _, _, line in changes)
    result = list(tree.walk(""))
    for what, level in (("headers", "header"), ("codes", "code")):
        reached = sum(c.level == level and not c.terminated for c in result)
        if reached != totals.get((target, what), reached):
            raise DataError(
                f"With the changes of {name} there are {reached} {what}, and the file says "
                f"there should be {totals[target, what]}.",
                "Apply it to the release of the year before, complete and unchanged.",
            )
    return release, result


def date_changes(
    release: Release, concepts: list[Concept], stream: BinaryIO, name: str = ""
) -> list[Concept]:
    """A release that has its changes in it already, with the dates that the addenda give.

    CMS publishes an order file together with the addenda that led to it. From those, added
    codes are ``effective`` and deleted ones come back ``terminated``, as
    :func:`apply_addenda` would have it. Addenda that lead to another release change nothing.

    Raises DataError for lines of the wrong form.
    """
    name = name or _name_of(stream, "The addenda file")
    changes, _, target = _read_addenda(stream, name)
    led_to = release_from_names(target)
    if led_to.in_force_since != release.in_force_since:
        return concepts
    tree = _Tree(concepts, name, led_to.in_force_since)
    deleted = {line.code for _, action, line in changes if action == "Delete"}
    for _, action, line in changes:
        there = tree.concepts.get(line.code)
        if action == "Delete" and there is None:
            tree.insert(line, terminated=tree.until)
        elif action == "Add" and there:
            tree.concepts[line.code] = (
                tree.turned(there, line)
                if line.code in deleted
                else there._replace(effective=tree.since)
            )
    tree.say_what_replaced(line for _, _, line in changes)
    return list(tree.walk(""))


def seventh_of(code: str, display: str, parent_display: str) -> str:
    """The 7th character of a code that has one by rule, else nothing.

    Such a code repeats the description of its parent and adds the meaning of the
    character after a comma; codes that are seven characters long in their own right
    (H54.1131) mostly have a description of their own. In the 2026 order file this finds all
    51,305 and takes 33 too many (T86.8401); only the tabular list knows for certain.
    """
    plain = code.replace(".", "")
    if len(plain) == 7 and display.startswith(f"{parent_display}, "):
        return plain[6]
    return ""


def text_lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    """Lines of a CMS text file with their numbers.

    CMS writes latin-1 and, here and there, a no-break space for a space; somebody may have
    turned the file into UTF-8, which is told apart line by line.
    """
    for number, raw in enumerate(stream, 1):
        if b"\0" in raw:
            raise DataError(f"{name}, line {number}: this is not a plain text file.", _REFETCH)
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        yield number, text.replace("\u00a0", " ").rstrip()


def _name_of(stream: BinaryIO, otherwise: str) -> str:
    name = getattr(stream, "name", "")
    return (
        name.replace("\\", "/").rpartition("/")[2] if isinstance(name, str) and name else otherwise
    )


def _line(number: int, name: str, code: str, flag: str, names: str) -> _Line:
    """What order and addenda lines share; ``names`` are the columns from the short name on.

    Columns come with the blank before them, which shows a line that has shifted.
    """
    short, long = names[1:61], names[62:]
    gaps = code[:1] + flag[:1] + names[:1] + names[61:62]
    if gaps.strip() or flag[1:] not in ("0", "1") or not long or long.startswith(" "):
        raise DataError(f"{name}, line {number}: the columns are not where they belong.", _REFETCH)
    printed = dotted(code.strip())
    if "." in code or not CODE.fullmatch(printed):
        raise DataError(
            f"{name}, line {number}: {code.strip()!r} is not an ICD-10-CM code.",
            "ICD-10-PCS order files look the same; is it one of those?",
        )
    return _Line(printed, flag[1:] == "1", " ".join(short.split()), " ".join(long.split()))


def _concepts(stream: BinaryIO, name: str) -> Iterator[Concept]:
    displays: dict[str, str] = {}
    for number, text in text_lines(stream, name):
        if not text:
            continue
        if not _ORDER_NUMBER.match(text):
            raise DataError(f"{name}, line {number}: no order number at the beginning.", _REFETCH)
        line = _line(number, name, text[5:13], text[13:15], text[15:])
        if line.code in displays:
            raise DataError(f"{name}, line {number}: {line.code} is there twice.", _REFETCH)
        parent = _parent(line.code, displays)
        yield _concept(line, parent, displays.get(parent, ""))
        displays[line.code] = line.long
    if not displays:
        raise DataError(f"{name} is empty.", _REFETCH)


def _parent(code: str, known: Iterable[str] | dict[str, str]) -> str:
    """The longest known code that ``code`` begins with."""
    for length in range(len(code) - 1, 2, -1):
        if code[:length] in known:
            return code[:length]
    return ""


def _concept(line: _Line, parent: str, parent_display: str) -> Concept:
    return Concept(
        SYSTEM,
        line.code,
        line.long,
        level="code" if line.billable else "header",
        parent=parent,
        billable=line.billable,
        seventh=seventh_of(line.code, line.long, parent_display) if line.billable else "",
        designations=_short(line),
    )


def _short(line: _Line) -> tuple[Designation, ...]:
    return () if line.short == line.long else (Designation("short", line.short),)


def _read_addenda(
    stream: BinaryIO, name: str
) -> tuple[list[tuple[int, str, _Line]], dict[tuple[str, str], int], str]:
    """Changes in order, totals by file and kind, and the order file they lead to."""
    changes = []
    totals: dict[tuple[str, str], int] = {}
    target = ""
    for number, text in text_lines(stream, name):
        if action := _ADDENDA_LINE.match(text[:12]):
            changes.append(
                (number, action["action"], _line(number, name, text[14:22], text[12:14], text[22:]))
            )
        elif not (summary := _SUMMARY_LINE.fullmatch(text)):
            raise DataError(
                f"{name}, line {number}: neither a change nor part of the summary.", _REFETCH
            )
        elif summary["file"]:
            target = max(target, summary["file"])
            totals[summary["file"], summary["what"]] = int(summary["count"])
    if not target:
        raise DataError(f"{name} breaks off before the summary that names the releases.", _REFETCH)
    return changes, totals, target


class _Tree:
    """Concepts by code and what is below each, while an addenda file is applied."""

    def __init__(self, concepts: Iterable[Concept], name: str, since: str) -> None:
        self.name = name
        self.since = since
        day_before = datetime.date.fromisoformat(since) - datetime.timedelta(days=1)
        self.until = day_before.isoformat()
        self.concepts: dict[str, Concept] = {}
        self.below: dict[str, list[str]] = {}
        for concept in concepts:
            self.concepts[concept.code] = concept
            self.below.setdefault(concept.parent, []).append(concept.code)

    def walk(self, code: str) -> Iterator[Concept]:
        for child in self.below.get(code, ()):
            yield self.concepts[child]
            yield from self.walk(child)

    def change(self, number: int, action: str, line: _Line) -> None:
        old = self.concepts.get(line.code)
        there = old is not None and not old.terminated
        if there == (action == "Add"):
            raise DataError(
                f"{self.name}, line {number}: {line.code} is to be "
                + ("added and is there already." if there else "changed and is not there."),
                "Apply it to the release of the year before, complete and unchanged.",
            )
        if old is None:
            self.insert(line, effective=self.since)
        elif action == "Delete":
            self.concepts[line.code] = old._replace(terminated=self.until)
        elif action == "Add":
            self.concepts[line.code] = self._again(old, line)
        elif action == "Revise to":
            self.concepts[line.code] = self._reworded(old, line)

    def say_what_replaced(self, changed: Iterable[_Line]) -> None:
        """Lead a deleted code to the one code that was added with the same description."""
        added: dict[tuple[str, bool], list[str]] = {}
        deleted = []
        for code in dict.fromkeys(line.code for line in changed):
            concept = self.concepts.get(code)
            if concept is None:
                continue
            if concept.effective == self.since:
                added.setdefault((concept.display, concept.billable), []).append(code)
            elif concept.terminated == self.until:
                deleted.append(concept)
        for concept in deleted:
            same = added.get((concept.display, concept.billable), [])
            if len(same) == 1:
                self.concepts[concept.code] = concept._replace(replaced_by=(same[0],))

    def insert(self, line: _Line, effective: str = "", terminated: str = "") -> None:
        """A new concept in its place among its siblings."""
        siblings_of = _parent(line.code, self.concepts) or self._block(line.code)
        concept = _concept(line, siblings_of, self._display(siblings_of))
        siblings = self.below.setdefault(siblings_of, [])
        at = next((i for i, code in enumerate(siblings) if code > line.code), len(siblings))
        siblings.insert(at, line.code)
        self.concepts[line.code] = concept._replace(effective=effective, terminated=terminated)

    def _block(self, category: str) -> str:
        """What a new category belongs to: the block of the category before it.

        A block of one category (QA0-QA0) is not stretched; what it lies in is taken.
        Nothing where there are no blocks.
        """
        before = max((c for c in self.concepts if len(c) == 3 and c < category), default="")
        if not before or not (block := self.concepts[before].parent):
            return ""
        return self.concepts[block].parent if block == f"{before}-{before}" else block

    def _display(self, code: str) -> str:
        return self.concepts[code].display if code in self.concepts else ""

    def _again(self, old: Concept, line: _Line) -> Concept:
        """Deleted and added at once is how a code becomes a header, or the reverse."""
        concept = self._reworded(old, line)._replace(
            terminated="",
            billable=line.billable,
            level="code" if line.billable else "header",
        )
        if old.terminated != self.until:  # it was gone for a while
            return concept._replace(effective=self.since)
        return concept if old.billable == line.billable else self.turned(concept, line)

    def turned(self, concept: Concept, line: _Line) -> Concept:
        """A concept that became a header, or the reverse, with the day on which it did."""
        change = ("Billable since", self.since) if line.billable else ("Billable until", self.until)
        return concept._replace(properties=(*concept.properties, change))

    def _reworded(self, old: Concept, line: _Line) -> Concept:
        others = tuple(d for d in old.designations if d.use != "short")
        return old._replace(display=line.long, designations=others + _short(line))
