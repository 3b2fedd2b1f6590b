"""The rules, as functions over one family or over the whole set.

Structural mistakes (CL001 to CL005, CL008, part of CL028) are found while reading, in
:mod:`codelookup.read.pages`; here is what a well-formed file can still get wrong.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import tomli

from codelookup.lint import reading
from codelookup.lint.rules import RULES
from codelookup.lint.word_files import check_word_files
from codelookup.lint.words import CODEBOOK_STYLE, FILLER, MEDICAL_WORDS
from codelookup.model import Page
from codelookup.read.pages import (
    Family,
    Problem,
    duplicate,
    nearest,
    page_files,
    read_family,
)
from codelookup.terms import SECTIONS

_COMMON = [
    "summary",
    "purpose",
    "indications",
    "preparation",
    "procedure",
    "risks",
    "benefits",
    "alternatives",
    "experience",
    "when_to_call",
    "questions",
    "billing",
]
_CARE = [*_COMMON, "duration", "setting", "personnel", "recovery"]
_OPERATION = [*_CARE, "tools", "anesthesia"]
_LOOK = [*_CARE, "tools", "results"]
REQUIRED: dict[str, list[str]] = {
    "visit": _CARE,
    "procedure": _OPERATION,
    "surgery": _OPERATION,
    "test": _LOOK,
    "imaging": _LOOK,
    "drug": _CARE,
    "vaccine": _CARE,
    "equipment": [*_COMMON, "tools", "duration", "personnel"],
    "supply": [*_COMMON, "duration", "personnel"],
    "transport": [*_COMMON, "tools", "duration", "setting", "personnel"],
    "service": _CARE,
}
"""Kind to the sections that a page of that kind must have."""

FORBIDDEN: dict[str, tuple[str, ...]] = {
    "visit": ("anesthesia",),
    "drug": ("anesthesia",),
    "vaccine": ("anesthesia",),
    "equipment": ("anesthesia",),
    "supply": ("anesthesia",),
    "transport": ("anesthesia", "results"),
    "service": ("anesthesia",),
}
"""Kind to the sections that make no sense for it."""

MAX_SENTENCE_WORDS = 25
MAX_GRADE = 7.0
MAX_MEDIAN_GRADE = 5.0
MAX_TITLE = 70
MAX_SUMMARY_WORDS = 100
MAX_POINTS = 10
MAX_FAMILIES_PER_SENTENCE = 3

_NEEDS_911 = ("surgery", "drug", "vaccine", "procedure")
_PRICE = re.compile(r"[$€£]\s?\d|\b\d[\d,]*\s?(?:dollars|USD|cents)\b", re.IGNORECASE)
_MARKUP = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]|</?[a-z]+>|\*\*|`|https?://"
)
_FILLER = re.compile("|".join(rf"\b{re.escape(phrase)}\b" for phrase in FILLER))
_PATIENT = re.compile(r"\bthe patients?\b|\bpatients (?:are|may|should|will|can|have)\b", re.I)
_REVIEW = re.compile(r"none|[^,]+, [^,]+, \d{4}-\d{2}-\d{2}")
_EXPLAINED_AFTER = re.compile(
    r"""^\w*(?:[\s-]\w+)?(?:\s\([^)]+\)|,?\s(?:a|an|the|is|are|means|which|or|that)\s|,\s\w+\s|:\s)"""
)


class Result(NamedTuple):
    """What a run found, and the figures it saw on the way."""

    problems: list[Problem]
    families: int
    pages: int
    median_grade: float | None


Report = Callable[..., None]


def check(folder: Path, only: Path | None = None, today: datetime.date | None = None) -> Result:
    """Check the pages below ``folder`` (a ``data`` folder).

    ``only`` narrows what is reported to one file or folder; the others are still read,
    because similar codes and repeated sentences concern all of them.
    """
    today = today or datetime.date.today()
    problems: list[Problem] = []
    families: list[Family] = []
    for path in page_files(folder):
        family, found = read_family(path)
        problems += found
        if family:
            families.append(family)
    for family in families:
        problems += check_family(family)
        problems += check_dates(family, today)
    problems += _whole_set(families)
    problems += check_word_files(folder)
    grades = check_grades(families, problems)
    if grades and median(grades) > MAX_MEDIAN_GRADE and only is None:
        problems.append(
            Problem(
                folder,
                1,
                "CL015",
                f"the median page reads at grade {median(grades):.1f}",
                f"Bring it to {MAX_MEDIAN_GRADE:.0f} or below.",
            )
        )
    problems = _without_exceptions(folder, problems, only)
    if only is not None:
        wanted = only.resolve()
        problems = [
            problem
            for problem in problems
            if wanted == problem.path.resolve() or wanted in problem.path.resolve().parents
        ]
    problems.sort(key=lambda problem: (str(problem.path), problem.line, problem.rule))
    return Result(
        problems,
        len(families),
        sum(len(family.pages) for family in families),
        median(grades) if grades else None,
    )


def check_dates(family: Family, today: datetime.date) -> list[Problem]:
    """What is wrong with when a file was edited and who has reviewed it."""
    problems: list[Problem] = []

    def report(field: str, rule: str, message: str, tip: str) -> None:
        line = family.places.line((field,))
        problems.append(Problem(family.path, line, rule, message, tip))

    edited = family.table.get("edited")
    if isinstance(edited, datetime.date) and edited > today:
        report("edited", "CL020", f"edited = {edited} is in the future", "Write today's date.")
    review = family.table.get("clinical_review", "none")
    if isinstance(review, str) and not _REVIEW.fullmatch(review):
        tip = RULES["CL025"].asks
        report("clinical_review", "CL025", f'clinical_review is "{review}"', tip)
    return problems


def check_family(family: Family) -> list[Problem]:
    """What is wrong with the pages of a file, as far as that can be told without the others."""
    problems: list[Problem] = []
    seen: set[tuple[Any, ...]] = set()
    read: set[int] = set()

    def report(
        where: tuple[Any, ...], rule: str, message: str, tip: str = "", value: object = None
    ) -> None:
        # An inherited section belongs to every code of the family: report it once.
        line = family.places.line(where, value)
        if (line, rule, message) not in seen:
            seen.add((line, rule, message))
            problems.append(Problem(family.path, line, rule, message, tip))

    _head(family, report)
    for page in family.pages:
        if page.used_until:
            _title(page, ("retired", page.code), report)
            continue
        _page(family, page, report, read)
    return problems


def _head(family: Family, report: Report) -> None:
    table = family.table
    page = family.pages[0] if family.pages else None
    if page is None:
        return
    if not page.sources:
        report(("sources",), "CL021", "the file has no source", RULES["CL021"].asks)
    for index, source in enumerate(page.sources):
        if not source.url.startswith("https://") or " " in source.url:
            report(
                ("sources",),
                "CL021",
                f'source address "{source.url}" is not https',
                "Write the page's https address.",
                source.url,
            )
        if not source.title.strip():
            report(("sources",), "CL021", f"source {index + 1} has no title", "Add title = ...")
    urls = [source.url.rstrip("/") for source in page.sources]
    for url in {url for url in urls if urls.count(url) > 1}:
        report(("sources",), "CL021", f'source "{url}" stands twice', "Keep one.", url)
    codes = [page for page in family.pages if not page.used_until]
    own = {page.code for page in family.pages}
    for page in codes:
        entry = table["codes"][page.code]
        difference = entry.get("difference", "") if isinstance(entry, dict) else ""
        place = ("codes", page.code)
        if len(codes) > 1 and not difference:
            report(place, "CL024", f"code {page.code} has no difference", 'Add difference = "...".')
        _difference((*place, "difference"), difference, report)
    neighbours: list[tuple[tuple[Any, ...], Any]] = [
        (("similar", i), entry) for i, entry in enumerate(table.get("similar", []))
    ]
    for page in codes:
        entry = table["codes"][page.code]
        if isinstance(entry, dict):
            neighbours += [
                (("codes", page.code, "similar", i), item)
                for i, item in enumerate(entry.get("similar", []))
            ]
    named: set[tuple[Any, ...]] = set()
    for where, entry in neighbours:
        code = str(entry.get("code", ""))
        key = (where[:-1], entry.get("system"), code)
        if key in named:
            report(where, "CL029", f"similar code {code} is named twice", "Keep one.")
        named.add(key)
        if code in own and entry.get("system", page.system) == page.system:
            report(where, "CL029", f"similar code {code} is of this family", "Take it out.")
        _difference((*where, "difference"), str(entry.get("difference", "")), report)


def _difference(where: tuple[Any, ...], text: str, report: Report) -> None:
    if text.endswith("."):
        report(where, "CL024", f'difference "{text}" ends with a full stop', "Take it out.")
    first = text.split(" ", 1)[0]
    if first[:1].isupper() and first[1:].islower() and first not in ("Medicare", "Medicaid"):
        report(where, "CL024", f'difference "{text}" starts with a capital', "Use lower case.")


def _title(page: Page, where: tuple[Any, ...], report: Report) -> None:
    place = (*where, "display")
    for pattern, name in CODEBOOK_STYLE:
        if re.search(pattern, page.display, re.IGNORECASE if pattern[0] != "\\" else 0) or (
            re.search(pattern, page.display)
        ):
            report(
                place,
                "CL012",
                f'title "{page.display}" has {name}',
                "Say it as you would to a neighbour.",
            )
    if len(page.display) > MAX_TITLE:
        report(
            place,
            "CL023",
            f"title has {len(page.display)} characters",
            f"Keep it to {MAX_TITLE}.",
        )


def _page(family: Family, page: Page, report: Report, read: set[int]) -> None:
    """``read`` has the ids of the sections that were seen before: most are inherited."""
    where: tuple[Any, ...] = ("codes", page.code)
    entry = family.table["codes"][page.code]
    own = entry.get("sections", {}) if isinstance(entry, dict) else {}
    _title(page, where, report)
    missing = [name for name in REQUIRED.get(page.kind, ()) if name not in page.sections]
    if missing:
        report(
            where if len(family.pages) == 1 or entry.get("omit") else ("sections",),
            "CL006",
            f"a {page.kind} needs the section"
            + "s" * (len(missing) > 1)
            + f" {', '.join(missing)}",
            "Write " + ", ".join(f"{name} ({SECTIONS[name]})" for name in missing) + ".",
        )
    for name in FORBIDDEN.get(page.kind, ()):
        if name in page.sections:
            place = (*where, "sections", name) if name in own else ("sections", name)
            report(place, "CL007", f'a {page.kind} has no "{name}"', "Take the section out.")
    names = [name.lower() for name in (page.display, *page.common, *page.technical)]
    for name in {name for name in names if names.count(name) > 1}:
        report(where, "CL022", f'the name "{name}" stands twice for {page.code}', "Keep one.")
    _names_text(page, report)
    points: dict[str, str] = {}
    unexplained = set(MEDICAL_WORDS)
    for name, blocks in page.sections.items():
        place = (*where, "sections", name) if name in own else ("sections", name)
        new = id(blocks) not in read
        read.add(id(blocks))
        if new:
            _section(place, name, blocks, report)
        for text in reading.texts(blocks):
            for sentence in reading.sentences(text):
                if new:
                    _sentence(place, sentence, report)
                _words(place, sentence, unexplained, page, report)
                key = " ".join(reading.words(sentence)).lower()
                if key in points and len(reading.words(sentence)) > 3:
                    report(
                        place,
                        "CL022",
                        f'"{sentence}" stands twice (also in {points[key]})',
                        "Keep it where it helps most.",
                        sentence,
                    )
                points[key] = name
    calls = page.sections.get("when_to_call")
    if page.kind in _NEEDS_911 and calls and "911" not in " ".join(reading.texts(calls)):
        report(
            ("sections", "when_to_call"),
            "CL031",
            f"when_to_call of {page.code} has no 911",
            "Say which signs are an emergency.",
        )


def _names_text(page: Page, report: Report) -> None:
    for field, names in (("common", page.common), ("technical", page.technical)):
        for name in names:
            if _MARKUP.search(name) or len(name) > MAX_TITLE:
                report((field,), "CL026", f"name {name!r} is not plain", "Use plain words.", name)


def _section(where: tuple[Any, ...], name: str, blocks: tuple[Any, ...], report: Report) -> None:
    for block in blocks:
        if block.items and not 2 <= len(block.items) <= MAX_POINTS:
            report(
                where,
                "CL023",
                f'"{name}" has a list of {len(block.items)}',
                f"Between 2 and {MAX_POINTS} points; one point is a sentence.",
            )
        for item in block.items:
            if not item.endswith((".", "?", "!", ")")):
                report(where, "CL023", f'"{item}" has no full stop', "End it with one.", item)
    if name == "summary":
        size = sum(len(reading.words(text)) for text in reading.texts(blocks))
        if size > MAX_SUMMARY_WORDS:
            report(
                where,
                "CL023",
                f"the summary has {size} words",
                f"Keep it to {MAX_SUMMARY_WORDS}.",
            )


def _sentence(where: tuple[Any, ...], sentence: str, report: Report) -> None:
    size = len(reading.words(sentence))
    if size > MAX_SENTENCE_WORDS:
        report(
            where,
            "CL013",
            f'a sentence of {size} words: "{sentence[:60]}..."',
            f"At most {MAX_SENTENCE_WORDS} words; make two of it.",
            sentence[:40],
        )
    low = sentence.lower()
    if found := _FILLER.search(low):
        report(
            where,
            "CL018",
            f'filler: "{found[0]}"',
            "Say what is particular here, or take it out.",
            sentence[:40],
        )
    if found := _PRICE.search(sentence):
        report(where, "CL019", f'a price: "{found[0]}"', "Take it out.", found[0])
    if found := _MARKUP.search(sentence):
        report(where, "CL026", f"markup: {found[0]!r}", "Use plain text.", sentence[:40])
    if found := _PATIENT.search(sentence):
        report(where, "CL027", f'"{found[0]}"', "Write you.", found[0])


def _words(
    where: tuple[Any, ...], sentence: str, unexplained: set[str], page: Page, report: Report
) -> None:
    """Medical words count as explained where they first stand with other words beside them."""
    for match in re.finditer(r"[A-Za-z]+", sentence):
        word = match[0].lower()
        if word not in unexplained:
            continue
        unexplained.discard(word)
        before, after = sentence[: match.start()], sentence[match.end() :]
        inside = before.count("(") > before.count(")")
        called = re.search(r"(?:called|named|known as|or|is)(?: an?| the)?(?: \w+)?\s$", before)
        if not inside and not called and not _EXPLAINED_AFTER.match(after):
            report(
                where,
                "CL016",
                f'"{word}" is not explained where it first stands',
                "Add the plain word in brackets, or use it instead.",
                match[0],
            )


def _whole_set(families: list[Family]) -> Iterator[Problem]:
    by_code: dict[tuple[str, str], Family] = {}
    for family in families:
        for page in family.pages:
            key = (page.system, page.code)
            if key in by_code:
                yield duplicate(family, page, by_code[key].path)
            else:
                by_code[key] = family
    links = {
        family.path: {(near.system, near.code) for page in family.pages for near in page.similar}
        for family in families
    }
    for family in families:
        for where, system, code in written_neighbours(family):
            other = by_code.get((system, code))
            line = family.places.line(where)
            if other is None:
                known = [known for of, known in by_code if of == system]
                yield Problem(
                    family.path,
                    line,
                    "CL010",
                    f"similar code {code} ({system}) has no page{nearest(code, known)}",
                    "Write its page, or name a code that has one.",
                )
                continue
            mine = {(page.system, page.code) for page in family.pages}
            if not mine & links[other.path]:
                yield Problem(
                    family.path,
                    line,
                    "CL011",
                    f"similar code {code} does not name this family in return",
                    f"Add [[similar]] with one of this file's codes to {other.path.name}.",
                )
    yield from _repeated_sentences(families)


def written_neighbours(family: Family) -> Iterator[tuple[tuple[Any, ...], str, str]]:
    """(where, system, code) of the similar codes that a file names."""
    system = str(family.table.get("system", ""))
    for index, entry in enumerate(family.table.get("similar", [])):
        if isinstance(entry, dict):
            yield (
                ("similar", index, "code"),
                str(entry.get("system", system)),
                str(entry.get("code", "")),
            )
    for code, table in family.table.get("codes", {}).items():
        for entry in table.get("similar", []) if isinstance(table, dict) else ():
            yield (
                ("codes", code, "similar"),
                str(entry.get("system", system)),
                str(entry.get("code", "")),
            )


def _repeated_sentences(families: list[Family]) -> Iterator[Problem]:
    found: dict[str, dict[Path, tuple[Family, str]]] = defaultdict(dict)
    for family in families:
        for page in family.pages:
            for blocks in page.sections.values():
                for text in reading.texts(blocks):
                    for sentence in reading.sentences(text):
                        words = reading.words(sentence.lower())
                        # A call for help may sound the same everywhere.
                        if len(words) >= 8 and not {"911", "988"} & set(words):
                            found[" ".join(words)].setdefault(family.path, (family, sentence))
    for places in found.values():
        if len(places) > MAX_FAMILIES_PER_SENTENCE:
            for family, sentence in places.values():
                yield Problem(
                    family.path,
                    family.places.line((), sentence[:60]),
                    "CL017",
                    f'"{sentence[:60]}" stands in {len(places)} families',
                    "Say what is particular to this one.",
                )


def check_grades(families: list[Family], problems: list[Problem]) -> list[float]:
    """Reading level of every page; what is too hard is added to ``problems``.

    Without textstat (it comes with the ``validate`` extra) there are no grades.
    """
    known: dict[str, float] = {}
    grades = []
    for family in families:
        for page in family.pages:
            if page.used_until:
                continue
            text = reading.page_text(page)
            if not text:
                continue
            if text not in known:
                try:
                    known[text] = reading.grade(text)
                except ImportError:
                    return []
                if known[text] > MAX_GRADE:
                    problems.append(
                        Problem(
                            family.path,
                            family.places.line(("codes", page.code)),
                            "CL014",
                            f"{page.code} reads at grade {known[text]:.1f}",
                            "Shorter sentences, shorter words.",
                        )
                    )
            grades.append(known[text])
    return grades


def _without_exceptions(folder: Path, problems: list[Problem], only: Path | None) -> list[Problem]:
    """Drop what ``lint-exceptions.toml`` allows, and report what it allows in vain."""
    path = folder / "lint-exceptions.toml"
    if not path.exists():
        return problems
    entries = tomli.loads(path.read_text(encoding="utf-8")).get("exception", [])
    unused = []
    for entry in entries:
        target = (folder / entry["path"]).resolve()
        matching = [
            problem
            for problem in problems
            if problem.path.resolve() == target
            and problem.rule == entry["rule"]
            and entry.get("value", "") in problem.message
        ]
        if matching:
            problems = [problem for problem in problems if problem not in matching]
        elif only is None:
            unused.append(
                Problem(
                    path,
                    1,
                    "CL030",
                    f"{entry['rule']} in {entry['path']} is no longer needed",
                    "Take the entry out.",
                )
            )
    return problems + unused
