"""Search: what somebody typed to ranked hits that each say why they are there.

The steps: a code is looked up; else words are made canonical, abbreviations and phrases are
read in their other wordings, unknown words are corrected one at a time, the names that have most
of the words are taken, and each is scored by how much of the query it covers and how much of it
the query covers, weighted by how rare the words are.
"""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup.catalogue.postings import lowest
from codelookup.errors import UsageError
from codelookup.find import normalise, weights
from codelookup.find.lookup import find_code, near_codes, read_code
from codelookup.find.query import QueryReader, Reading

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

MAX_QUERY = 300
"""Characters; more is a text, not a query."""

CANDIDATES = 150
PER_WAY = 50
"""How many names to score for each reading of a query, of a file's pages and of its codes; and of
those that have the same words of it."""
LIKELIEST = 80
"""How many of the scored to look at closer."""
MAX_KEPT = 1000
"""Words whose names are kept from query to query; one takes at most 45 kB."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+")


class Match(NamedTuple):
    """Why a hit is there: ``code``, ``name``, ``synonym``, ``words`` or ``fuzzy``."""

    kind: str
    text: str


class Hit(NamedTuple):
    """An answer to a query. ``score`` is 0 to 100; ``origin`` the user's file it comes from."""

    system: str
    code: str
    display: str
    match: Match
    score: float
    has_page: bool
    family: str = ""
    origin: str = ""


class Answer(NamedTuple):
    """Hits, best first; ``corrected`` is the query as it was understood if that differs.

    ``suggestions`` are (system, code, display) of near codes, or ("", word, "") of near words.
    """

    query: str
    hits: list[Hit]
    corrected: str = ""
    suggestions: list[tuple[str, str, str]] = []


def clean(query: str) -> str:
    """A query as text: control characters and runs of space out.

    Raises:
        UsageError: nothing is left, or it is longer than MAX_QUERY.
    """
    text = " ".join(_CONTROL.sub(" ", query).split())
    if not text:
        raise UsageError(
            "The query is empty.", 'Type what you heard: codelookup search "knee scope"'
        )
    if len(text) > MAX_QUERY:
        raise UsageError(
            f"The query has {len(text):,} characters; {MAX_QUERY} is the most.",
            "Type a few words of it.",
        )
    return text


class Way(NamedTuple):
    """How names answer a reading: the words of it that they have, and no others.

    ``covered`` is their share of the reading, by rarity; ``matched`` is their weight. ``options``
    are the words as the names have them, ``fuzzy`` if one is a correction, ``telling`` if one is
    more than a word of every day. ``names`` are bits.
    """

    reading: Reading
    covered: float
    matched: float
    options: tuple[str, ...]
    fuzzy: bool
    telling: bool
    names: int


class Name(NamedTuple):
    """A name to score: of which page or concept, how many words, and the sum of their rarities."""

    file: int
    number: int
    page: int | None
    concept: int | None
    use: str
    words: int
    weight: float


class Scored(NamedTuple):
    """A name with its score; ``of_name`` is the share of it that the query has."""

    score: float
    kind: str
    of_name: float
    name: Name
    way: Way


class Searcher:
    """Searches a catalogue; keeps what it learned between queries (for ``search -``)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.reader = QueryReader(catalogue)
        self._names: dict[tuple[int, str], int] = {}
        self._all_ranges = [
            catalogue.query(file, "SELECT system, page, first, last FROM alias_range")
            for file in range(len(catalogue.files))
        ]

    # -- the whole ---------------------------------------------------------------------------

    def search(self, query: str, systems: Collection[str] = (), limit: int = 10) -> Answer:
        """Ranked hits for what somebody typed.

        Raises:
            UsageError: the query is empty or too long.
        """
        text = clean(query)
        typed = read_code(text)
        if typed:
            found = find_code(self.catalogue, typed, systems)
            if found:
                hits = [
                    Hit(
                        rows[0].system,
                        rows[0].code,
                        rows[0].display,
                        Match("code", rows[0].code),
                        100.0,
                        any(row.document for row in rows),
                        origin=self.catalogue.origins.get((rows[0].system, rows[0].code), ""),
                    )
                    for rows in found
                ]
                return Answer(text, hits)
        hits, corrected = self.by_words(text, systems, limit)
        if hits:
            return Answer(text, hits, corrected)
        near = near_codes(self.catalogue, typed, systems) if typed else []
        return Answer(text, [], "", near or self._near_words(text))

    def by_words(self, text: str, systems: Collection[str], limit: int) -> tuple[list[Hit], str]:
        """Hits for words, and the corrected query if a correction made the first hit."""
        readings = self.reader.readings(text)
        if not readings:
            return [], ""
        # Words of another world must not find what happens to share one of them. A query is of
        # this world if all its words are known, or one of them is in very many names.
        typed = readings[0].terms
        exact = [set(term.options) - set(term.fuzzy) for term in typed]
        everyday = any(term.everyday for term in typed)
        known = (all(exact) and not everyday) or any(
            self.reader.names[option] >= weights.MEDICAL_WORD
            for term, options in zip(typed, exact, strict=True)
            for option in options
            if not term.everyday
        )
        strange = any(not term.options or term.everyday for term in typed)
        least_covered = weights.ENOUGH_OF_STRANGE if strange else weights.ENOUGH
        best: dict[tuple[int, int | None, int | None], Scored] = {}
        enough = False
        times = -(-limit // 10)
        for name, way in self.candidates(readings, systems, times):
            scored = _score(name, way)
            key = name.file, name.page, name.concept
            if key not in best or scored.score > best[key].score:
                best[key] = scored
                enough = enough or known or way.covered >= least_covered
                # The words that are known are a name of their own: "xyz cancer".
                if scored.of_name >= weights.WHOLE_NAME and not way.fuzzy:
                    enough = enough or way.covered >= weights.ENOUGH
        if not enough:
            return [], ""
        likeliest = sorted(best.values(), key=lambda scored: -scored.score)[: LIKELIEST * times]
        ranked = sorted(self._titled(likeliest), key=lambda entry: entry[0])
        if not ranked:
            return [], ""
        least = ranked[0][1].score * weights.NEAR_ENOUGH
        near: dict[tuple[str, str], Hit] = {}
        for _, hit, _ in ranked:
            if hit.score >= least:
                # A code may be there twice: with a page, and with its official name.
                near.setdefault((hit.system, hit.code), hit)
        if not near:
            return [], ""
        hits = self._with_pages(_spread(list(near.values()), limit))
        corrected = ""
        if hits[0].match.kind == "fuzzy":
            corrected = _corrected(text, ranked[0][2])
            corrected = "" if corrected == text else corrected
        return [hit._replace(score=round(min(hit.score, 2.0) * 50, 1)) for hit in hits], corrected

    def _near_words(self, text: str) -> list[tuple[str, str, str]]:
        """Words of the catalogue near to those typed, to try instead."""
        from codelookup.find.spelling import near

        found: dict[str, float] = {}
        for word in normalise.raw_words(text)[:8]:
            if len(word) > 3:
                vocabulary: list[str] = []
                for length in range(len(word) - 2, len(word) + 3):
                    vocabulary += self.reader.words_of_length(length)
                for other, likeness in near(word, vocabulary, cutoff=0.55):
                    found[other] = max(likeness, found.get(other, 0.0))
        order = sorted(found, key=lambda word: (-found[word], word))
        return [("", word, "") for word in order[:5]]

    # -- candidates --------------------------------------------------------------------------

    def candidates(
        self, readings: list[Reading], systems: Collection[str], times: int = 1
    ) -> Iterator[tuple[Name, Way]]:
        """The likeliest names of each file, those of pages and of codes apart.

        ``times`` as many as usual: a list of ten needs fewer than one of a hundred.
        """
        for file in range(len(self.catalogue.files)):
            for everything in self._ranges(file, systems):
                found: list[tuple[int, Way]] = []
                for reading in readings:
                    room = CANDIDATES * times
                    for way in self._ways(file, reading, everything):
                        # The lightest stand first, and answer best.
                        numbers = lowest(way.names, min(PER_WAY * times, room))
                        found += [(number, way) for number in numbers]
                        room -= len(numbers)
                        if room <= 0:
                            break
                if not found:
                    continue
                names = {
                    row[0]: Name(file, *row)
                    for row in self.catalogue.query(
                        file,
                        "SELECT id, page, concept, use, words, weight FROM alias "
                        f"WHERE id IN ({','.join({str(number) for number, _ in found})})",
                    )
                }
                for number, way in found:
                    yield names[number], way

    def _ways(self, file: int, reading: Reading, everything: int) -> Iterator[Way]:
        """Names by the words of the reading that they have: those that cover most first.

        Best first: what is not decided yet counts as covered, so the first that is decided
        covers at least as much as any other.
        """
        terms = [term for term in reading.terms if term.options]
        terms.sort(key=lambda term: -term.weight)
        wanted = sum(term.weight for term in reading.terms)
        least = weights.LEAST * wanted * min(1.0, weights.LONG / len(reading.terms))
        left = [0.0]
        for term in reversed(terms):
            left.append(left[-1] + term.weight * max(term.options.values()))
        left.reverse()
        order = itertools.count()
        start = Way(reading, 0.0, 0.0, (), bool(reading.corrected), False, everything)
        open_ways = [(-left[0], 0, 0, start)]
        while open_ways:
            bound, _, depth, way = heapq.heappop(open_ways)
            if -bound < least:
                return
            if depth == len(terms):
                if way.telling or len(way.options) == len(reading.terms):
                    yield way._replace(covered=way.covered / wanted)
                continue
            term = terms[depth]
            depth += 1
            names = way.names
            for option, factor in sorted(term.options.items(), key=lambda item: -item[1]):
                there = names & self._names_with(file, option)
                if there:
                    names ^= there
                    covered = way.covered + term.weight * factor
                    with_it = Way(
                        reading,
                        covered,
                        way.matched + term.weight,
                        (*way.options, option),
                        way.fuzzy or option in term.fuzzy,
                        way.telling or not term.everyday,
                        there,
                    )
                    heapq.heappush(
                        open_ways, (-covered - left[depth], -next(order), depth, with_it)
                    )
            if names and way.covered + left[depth] >= least:
                heapq.heappush(
                    open_ways,
                    (-way.covered - left[depth], -next(order), depth, way._replace(names=names)),
                )

    def _names_with(self, file: int, word: str) -> int:
        names = self._names.get((file, word))
        if names is None:
            if len(self._names) >= MAX_KEPT:
                self._names.clear()
            names = self._names[file, word] = self.catalogue.names_with(file, word)
        return names

    def _ranges(self, file: int, systems: Collection[str]) -> list[int]:
        """The names of pages, and those of codes, that a search in ``systems`` may find."""
        found = {1: 0, 0: 0}
        for system, page, first, last in self._all_ranges[file]:
            if (not systems or system in systems) and (
                page or system not in self.catalogue.hidden[file]
            ):
                found[page] |= (1 << last + 1) - (1 << first)
        return [names for names in found.values() if names]

    def _titled(self, scored: list[Scored]) -> Iterator[tuple[tuple[Any, ...], Hit, Way]]:
        """Hits with what orders them, and how they answer."""
        for file in range(len(self.catalogue.files)):
            of_file = {entry.name.number: entry for entry in scored if entry.name.file == file}
            if not of_file:
                continue
            for (
                number,
                text,
                place,
                frequency,
                family,
                system,
                code,
                display,
            ) in self.catalogue.query(
                file,
                "SELECT alias.id, alias.text, coalesce(page.place, 0), page.frequency, "
                "coalesce(page.family, concept.parent), coalesce(page.system, concept.system), "
                "coalesce(page.code, concept.code), coalesce(page.display, concept.display) "
                "FROM alias LEFT JOIN page ON page.id = alias.page "
                "LEFT JOIN concept ON concept.id = alias.concept "
                f"WHERE alias.id IN ({','.join(map(str, of_file))})",
            ):
                entry = of_file[number]
                score, kind = entry.score, entry.kind
                has_page = entry.name.page is not None
                if has_page and self.catalogue.is_covered(file, system, code):
                    continue
                origin = self.catalogue.origins.get((system, code), "")
                # Who writes a page for a code uses the code: it counts as one billed often.
                frequency = 1.0 if origin else frequency
                if has_page:
                    page = weights.PAGE + weights.FREQUENCY * frequency
                    score += page * entry.way.covered
                else:
                    score += _bonus(code, display)
                if system == "icd10cm" and kind != "exact":
                    score -= weights.ASIDE.get(code[:1], 0.0)
                    if "T36" <= code[:3] <= "T65":
                        score -= weights.POISONING
                match = Match(_kind(kind, entry.name.use), text)
                family = f"{file} {family}" if family else ""
                hit = Hit(system, code, display, match, score, has_page, family, origin)
                yield (-score, place, len(code), code), hit, entry.way

    def _with_pages(self, hits: list[Hit]) -> list[Hit]:
        """The hits, those that were found by an official name with the page of the code."""
        keys = [hit.code for hit in hits if not hit.has_page and hit.system in ("cpt", "hcpcs")]
        marks = ",".join("?" * len(keys))
        titles: dict[tuple[str, str], str] = {}
        for file in range(len(self.catalogue.files)) if keys else ():
            for system, code, display in self.catalogue.query(
                file,
                f"SELECT system, code, display FROM page WHERE key IN ({marks})",
                keys,
            ):
                titles[system, code] = display
        return [
            hit._replace(display=titles[hit.system, hit.code], has_page=True)
            if (hit.system, hit.code) in titles
            else hit
            for hit in hits
        ]


def _score(name: Name, way: Way) -> Scored:
    """How well a name answers: a score of up to about 1.6; ``exact``, ``words`` or ``fuzzy``."""
    of_name = min(way.matched / name.weight, 1.0) if name.weight else 0.0
    reading = way.reading
    hits, asked = len(way.options), len(reading.terms)
    extra = name.words - hits
    score = (
        way.covered
        + weights.NAME * of_name
        + weights.WORDS * hits / asked
        + weights.EXTRA * (extra if extra < weights.MOST_EXTRA else weights.MOST_EXTRA)
    )
    kind = "words"
    if way.fuzzy:
        kind = "fuzzy"
        score -= weights.FUZZY
    elif hits == asked and extra <= 0:
        kind = "exact"
        score += weights.EXACT
    score *= 1 - (1 - reading.penalty) * weights.READING
    score += weights.INDEX * (name.use == "index")
    return Scored(score, kind, of_name, name, way)


def _bonus(code: str, display: str) -> float:
    """What an official title and its code add to the score of a name."""
    low = display.lower()
    bonus = weights.LENGTH * len(code)
    if "unspecified" in low:
        bonus += weights.UNSPECIFIED
    if "without complication" in low or "uncomplicated" in low:
        bonus += weights.UNCOMPLICATED
    if low.startswith("other "):
        bonus += weights.OTHER
    return bonus


def _kind(kind: str, use: str) -> str:
    if kind == "exact":
        return "name" if use == "name" else "synonym"
    return kind


def _spread(hits: list[Hit], limit: int, most: int = 3) -> list[Hit]:
    """The first ``limit`` hits, of which no family and no system takes more than its share.

    A family has at most ``most`` places before the others. A system has at most half of them for
    names that only share words with the query: "liver ultrasound" and its like answer any
    question about the liver. Diagnoses, of which there are most, may have all.
    """
    front: list[Hit] = []
    crowd: list[Hit] = []
    later: list[Hit] = []
    count: dict[str, int] = {}
    for hit in hits:
        if hit.family:
            count[hit.family] = count.get(hit.family, 0) + 1
            if count[hit.family] > most:
                later.append(hit)
                continue
        if hit.match.kind in ("words", "fuzzy") and hit.system != "icd10cm":
            count[hit.system] = count.get(hit.system, 0) + 1
            if count[hit.system] > (limit + 1) // 2:
                crowd.append(hit)
                continue
        front.append(hit)
        if len(front) >= limit:
            break
    return (front + crowd + later)[:limit]


def _corrected(text: str, way: Way) -> str:
    """The query with the corrections in it that made a name match."""
    if way.reading.corrected:
        return way.reading.corrected
    for term in way.reading.terms:
        for option in way.options:
            if option in term.fuzzy:
                text = re.sub(rf"(?i)\b{re.escape(term.typed)}\b", term.fuzzy[option], text)
    return text
