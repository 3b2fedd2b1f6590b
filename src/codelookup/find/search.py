"""Search: what somebody typed to ranked hits that each say why they are there.

The steps: a code is looked up; else words are made canonical, abbreviations and phrases are
read in their other wordings, unknown words are corrected one at a time, FTS5 gives candidates,
and each candidate name is scored by how much of the query it covers and how much of it the
query covers, weighted by how rare the words are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup.errors import UsageError
from codelookup.find import normalise, weights
from codelookup.find.lookup import find_code, near_codes, read_code
from codelookup.find.query import QueryReader, Reading

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

MAX_QUERY = 300
"""Characters; more is a text, not a query."""

CANDIDATES = 220
ALL_WORDS = 80
"""How many names to score: those that share words with the query, and those that have all."""

_COMMON_SHARE = 0.03
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


class Searcher:
    """Searches a catalogue; keeps what it learned between queries (for ``search -``)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.reader = QueryReader(catalogue)
        self._marks_in: dict[int, set[str]] = {}

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
        scored: dict[tuple[int, Any, Any], tuple[float, str, Match, Reading]] = {}
        rows: dict[tuple[int, Any, Any], tuple[Any, ...]] = {}
        # Words of another world must not find what happens to share one of them. A query is of
        # this world if all its words are known, or one of them is in very many names.
        typed = readings[0].terms
        exact = [set(term.options) - set(term.fuzzy) for term in typed]
        known = all(exact) or any(
            self.reader.names[option] >= weights.MEDICAL_WORD
            for options in exact
            for option in options
        )
        strange = any(not term.options for term in typed)
        least_covered = weights.ENOUGH_OF_STRANGE if strange else weights.ENOUGH
        enough = False
        prepared = [
            (
                reading,
                {option for term in reading.terms for option in term.options},
                sum(term.weight for term in reading.terms),
            )
            for reading in readings
        ]
        for file in range(len(self.catalogue.files)):
            for row in self._candidates(file, readings, systems):
                _, page, concept, use, name, words, weight = row[:7]
                key = (file, page, concept)
                present = set(words.split())
                for reading, options, wanted in prepared:
                    if options.isdisjoint(present):
                        continue
                    score, kind, covered, of_name = _score(reading, wanted, present, weight)
                    score *= 1 - (1 - reading.penalty) * weights.READING
                    if score and (key not in scored or score > scored[key][0]):
                        scored[key] = (score, kind, Match(use, name), reading)
                        enough = enough or known or covered >= least_covered
                        # The words that are known are a name of their own: "xyz cancer".
                        if of_name >= weights.WHOLE_NAME and kind != "fuzzy":
                            enough = enough or covered >= weights.ENOUGH
                        rows[key] = row
        if not enough:
            return [], ""
        ranked = []
        for key, (base, kind, match, reading) in scored.items():
            words, _, system, code, display, frequency, family, place = rows[key][5:13]
            if systems and system not in systems:
                continue
            if key[1] is not None and self.catalogue.is_covered(key[0], system, code):
                continue
            origin = self.catalogue.origins.get((system, code), "")
            # Who writes a page for a code uses the code: it counts as one billed often.
            frequency = 1.0 if origin else frequency or 0.0
            score = base + _bonus(code, display, key[1] is not None, frequency)
            score += weights.INDEX * (match.kind == "index")
            if system == "icd10cm" and kind != "exact":
                score -= weights.ASIDE.get(code[:1], 0.0)
                if "T36" <= code[:3] <= "T65":
                    score -= weights.POISONING
            why = kind if kind == "fuzzy" else _kind(kind, match.kind)
            hit = Hit(
                system,
                code,
                display,
                Match(why, match.text),
                score,
                key[1] is not None,
                family or "",
                origin,
            )
            ranked.append((-score, place or 0, len(code), code, hit, reading, words))
        if not ranked:
            return [], ""
        ranked.sort(key=lambda entry: entry[:4])
        ranked = _once(ranked)
        least = ranked[0][4].score * weights.NEAR_ENOUGH
        hits = _spread([entry[4] for entry in ranked if entry[4].score >= least], limit)
        corrected = ""
        if hits and hits[0].match.kind == "fuzzy":
            corrected = _corrected(text, *ranked[0][5:])
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

    def _candidates(
        self, file: int, readings: list[Reading], systems: Collection[str] = ()
    ) -> list[tuple[Any, ...]]:
        """Names of one file that share words with the query, the likeliest few."""
        rare: set[str] = set()
        common: set[str] = set()
        found: list[tuple[Any, ...]] = []
        marks = self._marks(file, systems)
        if marks is None:
            return []
        every: list[str] = []
        for terms, *_ in readings:
            for term in terms:
                for option in term.options:
                    share = self.reader.names.get(option, 0) / self.reader.total
                    (common if share > _COMMON_SHARE else rare).add(option)
            if len(terms) > 1 and all(term.options for term in terms):
                every.append(" AND ".join(f"({_any(term.options)})" for term in terms))
        # Names that have all words of a reading, however common these are ("malignant neoplasm").
        if every:
            both = " OR ".join(f"({words})" for words in every)
            found += self._matching(file, f"({both}){marks}", ALL_WORDS)
        if rare or common:
            found += self._matching(file, f"({_any(rare or common)}){marks}", CANDIDATES)
        return list({row[0]: row for row in found}.values())

    def _marks(self, file: int, systems: Collection[str]) -> str | None:
        """What an FTS5 expression must add to leave other systems out; None if nothing is left.

        FTS5 walks the whole list of each mark, so the shorter ones are named.
        """
        if file not in self._marks_in:
            query = "SELECT '0' || system FROM release UNION SELECT '0page' || system FROM page"
            self._marks_in[file] = {row[0] for row in self.catalogue.query(file, query)}
        hidden = {f"0{system}" for system in self.catalogue.hidden[file]}
        there = self._marks_in[file]
        wanted = {
            mark
            for mark in there - hidden
            if not systems or mark.removeprefix("0page").removeprefix("0") in systems
        }
        if not wanted:
            return None
        if wanted == there:
            return ""
        if all(mark.startswith("0page") for mark in wanted):
            return f" AND ({_any(wanted)})"
        return f" NOT ({_any(there - wanted)})"

    def _matching(self, file: int, match: str, limit: int) -> list[tuple[Any, ...]]:
        return self.catalogue.query(
            file,
            "SELECT alias.id, alias.page, alias.concept, alias.use, alias.text, alias.words, "
            "alias.weight, coalesce(page.system, concept.system), "
            "coalesce(page.code, concept.code), coalesce(page.display, concept.display), "
            "page.frequency, coalesce(page.family, concept.parent), page.place "
            "FROM (SELECT rowid FROM alias_words WHERE alias_words MATCH ? "
            "ORDER BY rank LIMIT ?) AS found "
            "JOIN alias ON alias.id = found.rowid "
            "LEFT JOIN page ON page.id = alias.page "
            "LEFT JOIN concept ON concept.id = alias.concept",
            (match, limit),
        )


def _any(words: Iterable[str]) -> str:
    """An FTS5 expression for any of the words; they are quoted, so none is an operator."""
    return " OR ".join(f'"{word}"' for word in sorted(words))


def _score(
    reading: Reading, wanted: float, present: set[str], weight: float
) -> tuple[float, str, float, float]:
    """How well a name answers a reading of the query.

    ``wanted`` is the weight of all words of the reading, ``present`` the words of the name and
    ``weight`` theirs. Returns the score (0, or up to about 1.6), ``exact``, ``words`` or
    ``fuzzy``, the share of the query that is covered, and the share of the name.
    """
    covered = matched = 0.0
    hit_words = 0
    fuzzy = bool(reading.corrected)
    for term in reading.terms:
        best, which = 0.0, ""
        for option, factor in term.options.items():
            if factor > best and option in present:
                best, which = factor, option
        if best:
            covered += term.weight * best
            matched += term.weight
            hit_words += 1
            fuzzy = fuzzy or which in term.fuzzy
    of_query = covered / wanted
    if of_query < 0.30:
        return 0.0, "", 0.0, 0.0
    of_name = min(matched / weight, 1.0) if weight else 0.0
    extra = len(present) - hit_words
    score = (
        of_query
        + weights.NAME * of_name
        + weights.WORDS * hit_words / len(reading.terms)
        + weights.EXTRA * (extra if extra < weights.MOST_EXTRA else weights.MOST_EXTRA)
    )
    if fuzzy:
        return score - weights.FUZZY, "fuzzy", of_query, of_name
    if hit_words == len(reading.terms) and extra <= 0:
        return score + weights.EXACT, "exact", of_query, of_name
    return score, "words", of_query, of_name


def _bonus(code: str, display: str, is_page: bool, frequency: float) -> float:
    if is_page:
        return weights.PAGE + weights.FREQUENCY * frequency
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
    return "words"


def _once(ranked: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Each code once: a page and the official entry of a code are one answer, the page's."""
    best: dict[tuple[str, str], int] = {}
    kept: list[tuple[Any, ...]] = []
    for entry in ranked:
        hit = entry[4]
        key = (hit.system, hit.code)
        if key not in best:
            best[key] = len(kept)
            kept.append(entry)
        elif hit.has_page:
            first = kept[best[key]]
            page = first[4]._replace(display=hit.display, has_page=True, family=hit.family)
            kept[best[key]] = (*first[:4], page, *first[5:])
    return kept


def _spread(hits: list[Hit], limit: int, most: int = 3) -> list[Hit]:
    """The first ``limit`` hits, a family taking at most ``most`` places before the others."""
    front: list[Hit] = []
    later: list[Hit] = []
    count: dict[str, int] = {}
    for hit in hits:
        if hit.family:
            count[hit.family] = count.get(hit.family, 0) + 1
            if count[hit.family] > most:
                later.append(hit)
                continue
        front.append(hit)
        if len(front) >= limit:
            break
    return (front + later)[:limit]


def _corrected(text: str, reading: Reading, words: str) -> str:
    """The query with the corrections in it that made a name with these words match."""
    if reading.corrected:
        return reading.corrected
    present = set(words.split())
    for term in reading.terms:
        fuzzy = [option for option in term.options if option in present and option in term.fuzzy]
        exact = [option for option in term.options if option in present and option not in fuzzy]
        if fuzzy and not exact:
            best = max(fuzzy, key=lambda option: term.options[option])
            text = re.sub(rf"(?i)\b{re.escape(term.typed)}\b", term.fuzzy[best], text)
    return text
