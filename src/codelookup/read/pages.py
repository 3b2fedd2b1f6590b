"""Plain-language pages: TOML files to :class:`~codelookup.model.Page`, with inheritance.

A file is a *family*: one service in several sizes. A code inherits the family's sections
and overrides what differs. The form is described, with an example, in ``data/README.md``.

Reading never stops at the first mistake: every mistake becomes a :class:`Problem` with the
line it stands on, so that a writer sees all of them and the build can name each one.

The user's *own pages* have the same form, and may leave out nearly everything: what they do
not say, the bundled page of the code does (:mod:`codelookup.catalogue.own`).
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from codelookup.errors import DataError
from codelookup.model import Block, Page, Similar, Source
from codelookup.terms import KINDS, SECTIONS

CODE_SHAPE = {
    "cpt": re.compile(r"\d{4}[0-9A-Z]"),
    "hcpcs": re.compile(r"[A-Z]\d{4}"),
}
"""Systems that pages are written for, and what their codes look like."""

OWN_CODE_SHAPE = {
    **CODE_SHAPE,
    "icd10cm": re.compile(r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?"),
    "icd10pcs": re.compile(r"[0-9A-HJ-NP-Z]{7}"),
}
"""The same for own pages: a clinic may have a leaflet on an illness."""

_EXAMPLE = {"cpt": "90834", "hcpcs": "E0601", "icd10cm": '"E11.9"', "icd10pcs": "0DTJ4ZZ"}

MAX_BYTES = 1_000_000
"""A page file is a hundredth of this."""

_FAMILY_FIELDS = {
    "system": str,
    "kind": str,
    "specialty": str,
    "common": list,
    "technical": list,
    "sources": list,
    "edited": datetime.date,
    "clinical_review": str,
    "sections": dict,
    "codes": dict,
    "similar": list,
    "retired": dict,
}
_FAMILY_REQUIRED = tuple(name for name in _FAMILY_FIELDS if name not in ("similar", "retired"))
_OWN_REQUIRED = ("system", "codes")
_CODE_FIELDS = {
    "display": str,
    "difference": str,
    "kind": str,
    "common": list,
    "technical": list,
    "omit": list,
    "similar": list,
    "sections": dict,
}
_RETIRED_FIELDS = {
    "system": str,
    "display": str,
    "used_until": datetime.date,
    "replaced_by": list,
}
_RETIRED_REQUIRED = ("display", "used_until", "replaced_by")
_SIMILAR_FIELDS = {"system": str, "code": str, "difference": str}
_SOURCE_FIELDS = {"title": str, "url": str}
_BLOCK_FIELDS = {"text": str, "items": list, "steps": list}

_TYPE_WORDS = {
    str: 'text in quotes, as in name = "..."',
    list: 'a list, as in name = ["...", "..."]',
    dict: "a table, as in [name]",
    datetime.date: "a date without quotes, as in edited = 2026-01-31",
}


MAX_MESSAGE = 500


class Problem(NamedTuple):
    """A mistake in a file: where it is, the rule's permanent number, and how to mend it."""

    path: Path
    line: int
    rule: str
    message: str
    tip: str = ""

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}: {self.rule} {self.message}"
        # What a file says may be long, or hold escape sequences.
        return "".join(letter if letter.isprintable() else "?" for letter in text[:MAX_MESSAGE])


class Family(NamedTuple):
    """One file: its pages, the raw table and where in the text each value stands."""

    path: Path
    table: dict[str, Any]
    pages: tuple[Page, ...]
    places: Places


Where = tuple[Any, ...]


class Places:
    """Finds the line of a value, which TOML parsers throw away.

    A place is the path of keys to a value, e.g. ``("codes", "90834", "display")`` or
    ``("similar", 0, "code")``.
    """

    _HEADER = re.compile(r"^\[(\[)?\s*([^\]]+?)\s*\]")
    _PART = re.compile(r"""\s*(?:"[^"]*"|'[^']*'|[^.]+)""")
    _KEY = re.compile(r"""^((?:[A-Za-z0-9_.-]+|"[^"]*"|'[^']*')+)\s*=""")

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self._line: dict[Where, int] = {}
        prefix: Where = ()
        counts: dict[Where, int] = {}
        in_long_text = False
        for number, line in enumerate(self.lines, start=1):
            if not in_long_text:
                if header := self._HEADER.match(line):
                    prefix = self._parts(header[2])
                    if header[1]:
                        index = counts.get(prefix, 0)
                        counts[prefix] = index + 1
                        prefix = (*prefix, index)
                    self._note(prefix, number)
                elif key := self._KEY.match(line):
                    self._note((*prefix, *self._parts(key[1])), number)
            if (line.count('"""') + line.count("'''")) % 2:
                in_long_text = not in_long_text

    def _parts(self, keys: str) -> Where:
        return tuple(part.strip(" \"'") for part in self._PART.findall(keys))

    def _note(self, where: Where, number: int) -> None:
        """A table begins where something in it is first named, as in [codes.90834.sections]."""
        for end in range(1, len(where) + 1):
            self._line.setdefault(where[:end], number)

    def line(self, where: Where, value: object = None) -> int:
        """The line of a value, or of the nearest thing above it that has one."""
        for end in range(len(where), -1, -1):
            if where[:end] in self._line or end == 0:
                start = self._line.get(where[:end], 1)
                break
        if isinstance(value, str) and value.strip():
            # An item of a list, or a word in a paragraph, has no key: look for its text.
            needle = value.strip().splitlines()[0]
            for number in range(start, len(self.lines) + 1):
                if needle in self.lines[number - 1]:
                    return number
                if where and number > start and self._HEADER.match(self.lines[number - 1]):
                    break
        return start


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` for a misspelt name, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, path: Path, own: bool) -> None:
        self.path = path
        self.own = own
        self.shapes = OWN_CODE_SHAPE if own else CODE_SHAPE
        self.problems: list[Problem] = []

    def fault(
        self, where: Where, rule: str, message: str, tip: str = "", value: object = None
    ) -> None:
        line = self.places.line(where, value)
        self.problems.append(Problem(self.path, line, rule, message, tip))

    def fields(
        self, table: dict[str, Any], allowed: dict[str, Any], where: Where, what: str
    ) -> dict[str, Any]:
        """The known fields of the right type; everything else becomes a problem."""
        good: dict[str, Any] = {}
        for name, value in table.items():
            if name not in allowed:
                known = ", ".join(allowed)
                self.fault(
                    (*where, name),
                    "CL002",
                    f'unknown field "{name}" in {what}{nearest(name, allowed)}',
                    f"Known fields: {known}.",
                )
            elif not isinstance(value, allowed[name]) or isinstance(value, datetime.datetime):
                self.fault(
                    (*where, name),
                    "CL004",
                    f'field "{name}" is {value!r}',
                    f"Write {_TYPE_WORDS[allowed[name]]}.",
                )
            else:
                good[name] = value
        return good

    def require(self, table: dict[str, Any], names: Iterable[str], where: Where, what: str) -> None:
        for name in names:
            if name not in table:
                self.fault(where, "CL003", f'{what} has no "{name}"', f"Add {name} = ...")

    def texts(self, value: list[Any], where: Where) -> tuple[str, ...]:
        good = []
        for item in value:
            if isinstance(item, str) and item.strip():
                good.append(_one_line(item))
            else:
                self.fault(where, "CL004", f"{item!r} is not text", _TYPE_WORDS[str])
        return tuple(good)

    def read(self) -> Family | None:
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                self.places = Places("")
                self.fault((), "CL001", f"larger than {MAX_BYTES:,} bytes, so it is no page")
                return None
            # Some editors begin a file with a byte order mark, and end lines in two characters.
            text = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            self.places = Places("")
            why = f"{error.reason} at byte {error.start}"
            self.fault((), "CL001", f"not UTF-8 text ({why})", "Save it again as UTF-8.")
            return None
        except OSError as error:
            self.places = Places("")
            self.fault((), "CL001", f"cannot be read: {error.strerror}")
            return None
        self.places = Places(text)
        try:
            table = tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            line = int(found[1]) if found else len(self.places.lines)
            message = re.sub(r"\s*\(at .*\)", "", str(error))
            self.problems.append(
                Problem(
                    self.path,
                    line,
                    "CL001",
                    f"not valid TOML: {message[:1].lower()}{message[1:]}",
                    "Look for a missing quote, comma or bracket on this line or just above.",
                )
            )
            return None
        except (ValueError, RecursionError) as error:
            self.fault((), "CL001", f"not valid TOML: {error}")
            return None
        pages = self.family(table)
        return Family(self.path, table, pages, self.places)

    def family(self, table: dict[str, Any]) -> tuple[Page, ...]:
        good = self.fields(table, _FAMILY_FIELDS, (), "the file")
        self.require(table, _OWN_REQUIRED if self.own else _FAMILY_REQUIRED, (), "the file")
        system = good.get("system", "")
        if "system" in good and system not in self.shapes:
            known = " or ".join(self.shapes)
            self.fault(("system",), "CL004", f'system is "{system}"', f"Write {known}.")
        elif not self.own and "system" in good and self.path.parent.name not in (system, "pages"):
            self.fault(
                ("system",),
                "CL008",
                f'a file with system = "{system}" stands in the folder "{self.path.parent.name}"',
                f"Move it to data/{system}/.",
            )
        kind = self.kind(good, ())
        sections = self.sections(good.get("sections", {}), ("sections",))
        common = self.texts(good.get("common", []), ("common",))
        technical = self.texts(good.get("technical", []), ("technical",))
        sources = []
        for index, source in enumerate(good.get("sources", [])):
            if not isinstance(source, dict):
                tip = 'Write { title = "...", url = "https://..." }.'
                self.fault(("sources",), "CL004", f"source {source!r} is not a table", tip)
                continue
            entry = self.fields(source, _SOURCE_FIELDS, ("sources",), "a source")
            self.require(source, _SOURCE_FIELDS, ("sources",), f"source {index + 1}")
            sources.append(
                Source(_one_line(entry.get("title", "")), _one_line(entry.get("url", "")))
            )
        neighbours = self.similar(good.get("similar", []), ("similar",), system)
        edited = good.get("edited")
        family_page = Page(
            system=system,
            code="",
            display="",
            kind=kind,
            specialty=_one_line(good.get("specialty", "")),
            family=self.path.stem,
            common=common,
            technical=technical,
            sections=sections,
            similar=neighbours,
            sources=tuple(sources),
            edited=edited.isoformat() if edited else "",
            clinical_review=_one_line(good.get("clinical_review", "")),
        )
        codes = good.get("codes", {})
        if "codes" in good and not codes:
            self.fault(("codes",), "CL003", "the file has no code", "Add [codes.12345].")
        pages, differences = [], {}
        for code, entry in codes.items():
            page, difference = self.code(code, entry, family_page)
            if page is not None:
                pages.append(page)
                differences[code] = difference
        pages = [
            page._replace(
                similar=tuple(
                    Similar(system, code, differences[code])
                    for code in differences
                    if code != page.code
                )
                + page.similar
            )
            for page in pages
        ]
        return tuple(pages) + self.retired(good.get("retired", {}), pages)

    def kind(self, table: dict[str, Any], where: Where) -> str:
        kind = str(table.get("kind", ""))
        if "kind" in table and kind not in KINDS:
            self.fault(
                (*where, "kind"),
                "CL004",
                f'kind is "{kind}"{nearest(kind, KINDS)}',
                f"Write one of: {', '.join(KINDS)}.",
            )
        return kind

    def code(self, code: str, entry: Any, family: Page) -> tuple[Page | None, str]:
        where: Where = ("codes", code)
        if not isinstance(entry, dict):
            self.fault(where, "CL004", f"codes.{code} is {entry!r}", f"Write [codes.{code}].")
            return None, ""
        for more in entry:
            if more not in _CODE_FIELDS and re.fullmatch(r"[A-Z][0-9A-Z]{2}", code):
                # In TOML, [codes.E11.9] is a table "9" in a table "E11".
                dotted = f"{code}.{more}"
                tip = f'Write [codes."{dotted}"], with quotes.'
                self.fault((*where, more), "CL008", f"the code {dotted} has no quotes", tip)
                return None, ""
        self.shape(code, family.system, where)
        good = self.fields(entry, _CODE_FIELDS, where, f"code {code}")
        if not self.own:
            self.require(entry, ("display",), where, f"code {code}")
        kind = self.kind(good, where) or family.kind
        own = self.sections(good.get("sections", {}), (*where, "sections"))
        omit = self.texts(good.get("omit", []), (*where, "omit"))
        for name in omit:
            if name not in (SECTIONS if self.own else family.sections):
                self.fault(
                    (*where, "omit"),
                    "CL004",
                    f'omit names "{name}", which '
                    + (
                        f"is no section{nearest(name, SECTIONS)}"
                        if self.own
                        else "the family does not have"
                    ),
                    "Name only sections that the page has.",
                )
        merged = {**family.sections, **own}
        if self.own:
            # What an own page omits is a section of the page below it.
            merged.update(dict.fromkeys(omit, ()))
            omit = ()
        sections = {name: merged[name] for name in SECTIONS if name in merged and name not in omit}
        page = family._replace(
            code=code,
            display=_one_line(good.get("display", "")),
            kind=kind,
            common=_unique(self.texts(good.get("common", []), (*where, "common")) + family.common),
            technical=_unique(
                self.texts(good.get("technical", []), (*where, "technical")) + family.technical
            ),
            sections=sections,
            similar=self.similar(good.get("similar", []), (*where, "similar"), family.system)
            + family.similar,
        )
        return page, _one_line(good.get("difference", ""))

    def shape(self, code: str, system: str, where: Where) -> None:
        pattern = self.shapes.get(system)
        if pattern and not pattern.fullmatch(code):
            self.fault(
                where,
                "CL008",
                f'"{code}" is not a {system} code',
                f"A {system} code looks like {_EXAMPLE[system]}.",
            )

    def similar(self, value: list[Any], where: Where, system: str) -> tuple[Similar, ...]:
        found = []
        for index, entry in enumerate(value):
            place = (*where, index)
            if not isinstance(entry, dict):
                self.fault(place, "CL004", f"similar has {entry!r}", "Write [[similar]].")
                continue
            good = self.fields(entry, _SIMILAR_FIELDS, place, "similar")
            self.require(entry, ("code", "difference"), place, "similar")
            found.append(
                Similar(
                    _one_line(good.get("system", system)),
                    _one_line(good.get("code", "")),
                    _one_line(good.get("difference", "")),
                )
            )
        return tuple(found)

    def retired(self, value: dict[str, Any], pages: list[Page]) -> tuple[Page, ...]:
        """Codes no longer used: they show the page of their first replacement in this file."""
        by_code = {page.code: page for page in pages}
        found = []
        for code, entry in value.items():
            where: Where = ("retired", code)
            if not isinstance(entry, dict):
                self.fault(where, "CL004", f"retired.{code} is {entry!r}", "Write [retired.X].")
                continue
            good = self.fields(entry, _RETIRED_FIELDS, where, f"retired code {code}")
            self.require(entry, _RETIRED_REQUIRED, where, f"retired code {code}")
            replaced_by = self.texts(good.get("replaced_by", []), (*where, "replaced_by"))
            base = next((by_code[new] for new in replaced_by if new in by_code), None)
            if base is None:
                self.fault(
                    (*where, "replaced_by"),
                    "CL028",
                    f"nothing that replaced {code} is a code of this file",
                    "Move it to the file of the code that replaced it.",
                )
                continue
            # A few codes moved from one system to the other: G0202 became 77067.
            system = good.get("system", base.system)
            self.shape(code, system, where)
            until = good.get("used_until")
            found.append(
                base._replace(
                    system=system,
                    code=code,
                    display=_one_line(good.get("display", "")),
                    used_until=until.isoformat() if until else "",
                    replaced_by=replaced_by,
                )
            )
        return tuple(found)

    def sections(self, table: dict[str, Any], where: Where) -> dict[str, tuple[Block, ...]]:
        found = {}
        order = list(SECTIONS)
        last = -1
        for name, value in table.items():
            if name not in SECTIONS:
                self.fault(
                    (*where, name),
                    "CL002",
                    f'unknown section "{name}"{nearest(name, SECTIONS)}',
                    f"Known sections: {', '.join(SECTIONS)}.",
                )
                continue
            if order.index(name) < last:
                self.fault(
                    (*where, name),
                    "CL005",
                    f'section "{name}" stands after "{order[last]}"',
                    f"The order is: {', '.join(SECTIONS)}.",
                )
            last = max(last, order.index(name))
            found[name] = self.blocks(value, (*where, name))
        return found

    def blocks(self, value: Any, where: Where) -> tuple[Block, ...]:
        """Text, a list of points, or tables {text}, {items}, {steps}, to blocks."""
        if isinstance(value, str):
            paragraphs = [_one_line(part) for part in re.split(r"\n\s*\n", value)]
            blocks = [Block("paragraph", text=text) for text in paragraphs if text]
        elif isinstance(value, dict):
            blocks = self.block_table(value, where)
        elif isinstance(value, list):
            if any(isinstance(item, str) and not item.strip() for item in value):
                self.fault(where, "CL003", "a point is empty", "Write it, or take it out.")
            blocks = []
            points: list[str] = []
            for item in [*value, None]:
                if isinstance(item, str):
                    points.append(_one_line(item))
                    continue
                if points:
                    blocks.append(Block("list", items=tuple(points)))
                    points = []
                if isinstance(item, dict):
                    blocks.extend(self.block_table(item, where))
                elif item is not None:
                    self.fault(where, "CL004", f"{item!r} is not text", _TYPE_WORDS[str])
        else:
            tip = "Write text, a list of points, or { steps = [...] }."
            self.fault(where, "CL004", f"section is {value!r}", tip)
            return ()
        if not blocks:
            self.fault(where, "CL003", "the section is empty", "Write it, or take it out.")
        return tuple(blocks)

    def block_table(self, table: dict[str, Any], where: Where) -> list[Block]:
        good = self.fields(table, _BLOCK_FIELDS, where, "a block")
        blocks = []
        if "text" in good:
            blocks.append(Block("paragraph", text=_one_line(good["text"])))
        if "items" in good:
            blocks.append(Block("list", items=self.texts(good["items"], where)))
        if "steps" in good:
            blocks.append(Block("steps", items=self.texts(good["steps"], where)))
        return blocks


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def page_files(folder: Path) -> list[Path]:
    """The page files below a ``data`` folder, in the order in which they are read.

    A name that begins with ``_`` is not a page.
    """
    return sorted(
        path
        for system in CODE_SHAPE
        for path in (folder / system).glob("**/*.toml")
        if not path.name.startswith("_")
    )


def read_family(path: Path, own: bool = False) -> tuple[Family | None, list[Problem]]:
    """Read one file, of the project or of the user's ``own``.

    Returns (None, problems) when nothing can be made of the file.
    """
    reader = _Reader(path, own)
    family = reader.read()
    return family, reader.problems


def read_pages(folder: Path) -> list[Page]:
    """All pages of a ``data`` folder.

    Raises:
        DataError: a file has a mistake, or a code has two pages; the message names every
            place as ``path:line``, with the offending value and what to write instead.
    """
    problems: list[Problem] = []
    pages: list[Page] = []
    where_found: dict[tuple[str, str], Path] = {}
    for path in page_files(folder):
        family, found = read_family(path)
        problems += found
        for page in family.pages if family else ():
            key = (page.system, page.code)
            if key in where_found:
                problems.append(duplicate(family, page, where_found[key]))
            else:
                where_found[key] = path
                pages.append(page)
    if problems:
        lines = [f"{problem} {problem.tip}".rstrip() for problem in problems]
        raise DataError("\n".join(lines), "Mend the files; `codelookup validate` checks them.")
    return pages


def duplicate(family: Family | None, page: Page, other: Path) -> Problem:
    """The problem of a code that two files, or one file twice, explain."""
    assert family is not None
    field = "retired" if page.used_until else "codes"
    return Problem(
        family.path,
        family.places.line((field, page.code)),
        "CL009",
        f"code {page.code} already has a page in {other.name}",
        "Keep one of the two.",
    )
