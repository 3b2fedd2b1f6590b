"""The user's own pages: read, held against the rules, and laid over the pages below them.

A mistake of form (``OWN_ERRORS``) keeps its file out of the catalogue. All other rules are
advice, which only ``codelookup validate`` gives.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from codelookup.catalogue.build import key_of, page_of
from codelookup.lint import checks
from codelookup.lint.rules import OWN_ERRORS
from codelookup.model import Origin, Page
from codelookup.read.pages import Family, Problem, duplicate, read_family
from codelookup.terms import SECTIONS

if TYPE_CHECKING:
    from codelookup.catalogue.own import Found
    from codelookup.catalogue.store import Catalogue


class Own(NamedTuple):
    """What a folder of own pages came to.

    ``pages`` are whole, in the order of the files. ``families`` are the files without a
    mistake, as they were written. ``advice`` is what the reader found that is no mistake.
    """

    pages: list[Page]
    families: list[Family]
    errors: list[Problem]
    advice: list[Problem]


def read_own(found: Iterable[Found], below: Catalogue) -> Own:
    """Read page files, leave out those with a mistake, and complete the others from ``below``.

    Problems name a file by its path in the folder.
    """
    own = Own([], [], [], [])
    taken: dict[tuple[str, str], Path] = {}
    for entry in found:
        name = Path(entry.name)
        if entry.fault:
            own.errors.append(Problem(name, 1, "CL001", entry.fault))
            continue
        family, problems = read_family(entry.path, own=True)
        pages: dict[tuple[str, str], Page] = {}
        if family:
            problems += checks.check_dates(family, datetime.date.today())
        for page in family.pages if family else ():
            key = (page.system, page.code)
            if key in taken or key in pages:
                problems.append(duplicate(family, page, taken.get(key, name)))
            pages[key] = _complete(page, below, entry.name)
            if family and not problems and not pages[key].display:
                problems.append(_without_title(family, page))
        problems = [problem._replace(path=name) for problem in problems]
        errors = [problem for problem in problems if problem.rule in OWN_ERRORS]
        own.errors.extend(errors)
        if family and not errors:
            own.advice.extend(problems)
            own.families.append(family._replace(path=name))
            own.pages.extend(pages.values())
            taken.update(dict.fromkeys(pages, name))
    return own


def advice(own: Own, below: Catalogue) -> list[Problem]:
    """What the rules of style say to own pages; a leaflet need not be a whole page."""
    problems = list(own.advice)
    codes = {(page.system, page.code) for page in own.pages}
    written: list[Family] = []
    for family in own.families:
        pages = []
        for page in family.pages:
            sections = {name: blocks for name, blocks in page.sections.items() if blocks}
            # Which sections a page must have, its kind says.
            kind = "" if _page_below(page, below) else page.kind
            pages.append(page._replace(sections=sections, kind=kind))
        written.append(family._replace(pages=tuple(pages)))
        for where, system, code in checks.written_neighbours(family):
            rows = below.find(key_of(code))
            if (system, code) not in codes and not any(
                row.document and row.system == system for row in rows
            ):
                problems.append(
                    Problem(
                        family.path,
                        family.places.line(where),
                        "CL010",
                        f"similar code {code} ({system}) has no page",
                        "Name a code that has one.",
                    )
                )
    for family in written:
        problems += checks.check_family(family)
    checks.check_grades(written, problems)
    return problems


def _without_title(family: Family, page: Page) -> Problem:
    return Problem(
        family.path,
        family.places.line(("codes", page.code)),
        "CL003",
        f'code {page.code} has no "display", and no other page or code set knows it',
        'Add display = "...", or mend the code.',
    )


def _page_below(page: Page, below: Catalogue) -> Page | None:
    """The page that codelookup has of a code, or for a retired one of what replaced it."""
    for code in (page.code, *page.replaced_by):
        for row in below.find(key_of(code)):
            if row.document and row.code == code and row.system == page.system:
                return page_of(row)
    return None


def _complete(page: Page, below: Catalogue, path: str) -> Page:
    """An own page with what it does not say taken from the page below, or the code set."""
    own = {name: blocks for name, blocks in page.sections.items() if blocks}
    origin = Origin(path, tuple(own), page.edited, page.clinical_review)
    similar = tuple(near for near in page.similar if near.difference)
    under = _page_below(page, below)
    if under is None:
        rows = below.find(key_of(page.code))
        official = [
            row.display for row in rows if (row.system, row.code) == (page.system, page.code)
        ]
        display = page.display or "".join(official[:1])
        return page._replace(display=display, sections=own, similar=similar, origin=origin)
    # A section that an own page omits stands in it without text.
    merged = {**under.sections, **page.sections}
    sections = {name: merged[name] for name in SECTIONS if merged.get(name)}
    named = {(near.system, near.code) for near in similar}
    inherits = set(sections) - set(own)
    # People still know it by the title that the user replaces.
    title = (under.display,) if page.display not in ("", under.display) else ()
    return page._replace(
        display=page.display or under.display,
        kind=page.kind or under.kind,
        specialty=page.specialty or under.specialty,
        family=under.family,
        common=_unique(page.common + title + under.common),
        technical=_unique(page.technical + under.technical),
        sections=sections,
        similar=similar
        + tuple(near for near in under.similar if (near.system, near.code) not in named),
        sources=page.sources
        + tuple(source for source in under.sources if source not in page.sources),
        # They are about the words that are not the user's.
        edited=under.edited if inherits else page.edited,
        clinical_review=under.clinical_review if inherits else page.clinical_review,
        used_until=page.used_until or under.used_until,
        replaced_by=page.replaced_by or under.replaced_by,
        origin=origin,
    )


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names once, however they are capitalised."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.lower(), name)
    return tuple(first.values())
