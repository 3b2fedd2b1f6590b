"""Search: what somebody typed to ranked hits that each say why they are there.

The steps: a code is looked up; else words are made canonical, abbreviations and phrases are
read in their other wordings, unknown words are corrected one at a time, FTS5 gives candidates,
and each candidate name is scored by how much of the query it covers and how much of it the
query covers, weighted by how rare the words are.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from codelookup.errors import UsageError
from codelookup.find import normalise
from codelookup.find.lookup import find_code, near_codes, read_code

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

MAX_QUERY = 300
"""Characters; more is a text, not a query."""

CANDIDATES = 200
MAX_VARIANTS = 4
_COMMON_SHARE = 0.03
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+")

# Chapters of ICD-10-CM that answer only when asked for: pregnancy, newborn, external causes,
# factors that are no illness.
_ASIDE = {"O": 0.10, "P": 0.10, "V": 0.15, "W": 0.15, "X": 0.15, "Y": 0.15, "Z": 0.06, "T": 0.03}


class Match(NamedTuple):
    """Why a hit is there: ``code``, ``name``, ``synonym``, ``words`` or ``fuzzy``."""

    kind: str
    text: str


class Hit(NamedTuple):
    """An answer to a query. ``score`` is 0 to 100."""

    system: str
    code: str
    display: str
    match: Match
    score: float
    has_page: bool
    family: str = ""


class Answer(NamedTuple):
    """Hits, best first; ``corrected`` is the query as it was understood if that differs.

    ``suggestions`` are (system, code, display) of near codes, or ("", word, "") of near words.
    """

    query: str
    hits: list[Hit]
    corrected: str = ""
    suggestions: list[tuple[str, str, str]] = []


class _Term(NamedTuple):
    """A word of the query with what may stand for it: canonical word to how good it is.

    ``fuzzy`` has, for those that are corrections, the word as people write it.
    """

    typed: str
    options: dict[str, float]
    weight: float
    fuzzy: dict[str, str]


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
        self.total = 1
        for file in range(len(catalogue.files)):
            self.total += catalogue.query(file, "SELECT max(id) FROM alias")[0][0] or 0
        self._names: dict[str, int] = {}
        self._corrections: dict[str, dict[str, tuple[float, str]]] = {}
        self._spelling: dict[int, list[str]] = {}
        self._thesaurus: dict[str, tuple[str, list[str]] | None] = {}

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
        variants = self._variants(text)
        if not variants:
            return [], ""
        scored: dict[tuple[int, Any, Any], tuple[float, str, Match, list[_Term]]] = {}
        rows: dict[tuple[int, Any, Any], tuple[Any, ...]] = {}
        for file in range(len(self.catalogue.files)):
            for row in self._candidates(file, variants):
                _, page, concept, use, name, words, weight = row[:7]
                key = (file, page, concept)
                for terms, penalty in variants:
                    score, kind = _score(terms, words, weight)
                    score *= penalty
                    if score and (key not in scored or score > scored[key][0]):
                        scored[key] = (score, kind, Match(use, name), terms)
                        rows[key] = row
        ranked = []
        for key, (base, kind, match, terms) in scored.items():
            words, _, system, code, display, frequency, family, place = rows[key][5:13]
            if systems and system not in systems:
                continue
            score = base + _bonus(code, display, key[1] is not None, frequency or 0.0)
            if system == "icd10cm" and kind != "exact":
                score -= _ASIDE.get(code[:1], 0.0)
            why = kind if kind == "fuzzy" else _kind(kind, match.kind)
            hit = Hit(
                system,
                code,
                display,
                Match(why, match.text),
                score,
                key[1] is not None,
                family or "",
            )
            ranked.append((-score, place or 0, len(code), code, hit, terms, words))
        ranked.sort(key=lambda entry: entry[:4])
        hits = _spread([entry[4] for entry in ranked], limit)
        corrected = ""
        if hits and hits[0].match.kind == "fuzzy":
            corrected = _corrected(text, *ranked[0][5:])
            corrected = "" if corrected == text else corrected
        return [hit._replace(score=round(min(hit.score, 2.0) * 50, 1)) for hit in hits], corrected

    # -- the query ---------------------------------------------------------------------------

    def _variants(self, text: str) -> list[tuple[list[_Term], float]]:
        """The query as typed, then with abbreviations and phrases in their other wordings."""
        words = normalise.raw_words(text)[:24]
        plain = [(word, 1.0) for word in words]
        readings = [(plain, 1.0)]
        for start, end, targets in self._phrases(words):
            for order, target in enumerate(targets[:3]):
                spoken = [(word, 1.0) for word in normalise.raw_words(target)]
                for reading, penalty in list(readings):
                    # Replace only in the reading that still has the typed words there.
                    if len(reading) == len(words) or reading is plain:
                        changed = reading[:start] + spoken + reading[end:]
                        if reading is plain:
                            readings.append((changed, penalty * (0.98 - 0.03 * order)))
        if self._many(words) and len(readings) > 2:
            readings.append((self._all_replaced(words), 0.97))
        variants = []
        seen = set()
        for reading, penalty in readings[: MAX_VARIANTS + 1]:
            terms = self._terms([word for word, _ in reading])
            key = tuple(tuple(term.options) for term in terms)
            if terms and key not in seen:
                seen.add(key)
                variants.append((terms, penalty))
        return variants[:MAX_VARIANTS]

    def _many(self, words: list[str]) -> bool:
        return len(self._phrases(words)) > 1

    def _all_replaced(self, words: list[str]) -> list[tuple[str, float]]:
        """Every phrase in its first other wording, longest phrases first."""
        result: list[tuple[str, float]] = []
        place = 0
        phrases = {start: (end, targets) for start, end, targets in reversed(self._phrases(words))}
        while place < len(words):
            if place in phrases:
                end, targets = phrases[place]
                result += [(word, 1.0) for word in normalise.raw_words(targets[0])]
                place = end
            else:
                result.append((words[place], 1.0))
                place += 1
        return result

    def _phrases(self, words: list[str]) -> list[tuple[int, int, list[str]]]:
        """(start, end, other wordings) of the runs of words that the thesaurus knows."""
        runs: dict[tuple[int, int], str] = {}
        for start in range(len(words)):
            for end in range(start + 1, min(start + 5, len(words)) + 1):
                runs[start, end] = " ".join(words[start:end])
        wanted = [text for text in runs.values() if text not in self._thesaurus]
        if wanted:
            marks = ",".join("?" * len(wanted))
            for text in wanted:
                self._thesaurus[text] = None
            for file in range(len(self.catalogue.files)):
                for phrase, kind, target in self.catalogue.query(
                    file,
                    f"SELECT phrase, kind, target FROM thesaurus WHERE phrase IN ({marks})",
                    wanted,
                ):
                    value = json.loads(target)
                    self._thesaurus[phrase] = (kind, value if isinstance(value, list) else [value])
        found = []
        for (start, end), text in runs.items():
            entry = self._thesaurus.get(text)
            if entry and entry[0] != "word":
                found.append((start, end, entry[1]))
        found.sort(key=lambda run: (run[0] - run[1], run[0]))
        kept: list[tuple[int, int, list[str]]] = []
        for run in found:
            if all(run[1] <= start or run[0] >= end for start, end, _ in kept):
                kept.append(run)
        return kept

    def _terms(self, words: list[str]) -> list[_Term]:
        """Canonical words with their weights; unknown and rare ones with corrections."""
        stems = [(word, stem) for word in words for stem in self._stems(word)]
        self._count([stem for _, stem in stems])
        terms = []
        seen = set()
        for word, stem in stems:
            if stem in seen:
                continue
            seen.add(stem)
            names = self._names.get(stem, 0)
            options = {stem: 1.0} if names else {}
            fuzzy: dict[str, str] = {}
            if len(word) > 3 and not word.isdigit() and names <= 2:
                for other, (likeness, spelled) in self._correct(word).items():
                    # A word that exists may be a slip all the same ("hart").
                    factor = likeness if not names else likeness * 0.8
                    if factor > options.get(other, 0.0):
                        options[other] = factor
                        fuzzy[other] = spelled
            best = max(options, key=lambda option: options[option], default=stem)
            weight = self._weight(best)
            terms.append(_Term(word, options, weight, fuzzy))
        return terms

    def _stems(self, word: str) -> list[str]:
        if word in normalise.STOP_WORDS:
            return []
        if word not in self._thesaurus:
            self._phrases([word])
        entry = self._thesaurus.get(word)
        if entry and entry[0] == "word":
            return [normalise.stem(part) for part in entry[1][0].split()]
        return [normalise.stem(word)]

    def _count(self, stems: Collection[str]) -> None:
        wanted = [stem for stem in stems if stem not in self._names]
        if not wanted:
            return
        for stem in wanted:
            self._names[stem] = 0
        marks = ",".join("?" * len(wanted))
        for file in range(len(self.catalogue.files)):
            for word, names in self.catalogue.query(
                file, f"SELECT word, names FROM word WHERE word IN ({marks})", wanted
            ):
                self._names[word] += names

    def _weight(self, stem: str) -> float:
        return math.log(1 + self.total / max(self._names.get(stem, 0), 1))

    # -- spelling ----------------------------------------------------------------------------

    def _correct(self, word: str) -> dict[str, tuple[float, str]]:
        """Canonical words that ``word`` may be a slip of: how near (0 to 1), and as written."""
        if word in self._corrections:
            return self._corrections[word]
        from codelookup.find.spelling import near

        reach = 1 if len(word) < 7 else 2
        vocabulary: list[str] = []
        for length in range(len(word) - reach, len(word) + reach + 1):
            vocabulary += self._words_of_length(length)
        found: dict[str, tuple[float, str]] = {}
        for other, likeness in near(word, vocabulary):
            for stem in self._stems(other):
                if stem not in found or likeness > found[stem][0]:
                    found[stem] = (likeness, other)
        self._count(list(found))
        known = [stem for stem in found if self._names.get(stem)]
        # Of the equally near the more usual first; four are enough.
        known.sort(key=lambda stem: (-found[stem][0], -self._names[stem]))
        self._corrections[word] = {stem: found[stem] for stem in known[:4]}
        return self._corrections[word]

    def _words_of_length(self, length: int) -> list[str]:
        if length not in self._spelling:
            words: list[str] = []
            for file in range(len(self.catalogue.files)):
                for (text,) in self.catalogue.query(
                    file, "SELECT words FROM spelling WHERE length = ?", (length,)
                ):
                    words += text.split("\n")
            self._spelling[length] = words
        return self._spelling[length]

    def _near_words(self, text: str) -> list[tuple[str, str, str]]:
        """Words of the catalogue near to those typed, to try instead."""
        from codelookup.find.spelling import near

        found: dict[str, float] = {}
        for word in normalise.raw_words(text)[:8]:
            if len(word) > 3:
                vocabulary: list[str] = []
                for length in range(len(word) - 2, len(word) + 3):
                    vocabulary += self._words_of_length(length)
                for other, likeness in near(word, vocabulary, cutoff=0.55):
                    found[other] = max(likeness, found.get(other, 0.0))
        order = sorted(found, key=lambda word: (-found[word], word))
        return [("", word, "") for word in order[:5]]

    # -- candidates --------------------------------------------------------------------------

    def _candidates(
        self, file: int, variants: list[tuple[list[_Term], float]]
    ) -> list[tuple[Any, ...]]:
        """Names of one file that share words with the query, the likeliest few."""
        rare: set[str] = set()
        common: set[str] = set()
        for terms, _ in variants:
            for term in terms:
                for option in term.options:
                    share = self._names.get(option, 0) / self.total
                    (common if share > _COMMON_SHARE else rare).add(option)
        words = rare or common
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in sorted(words))
        return self.catalogue.query(
            file,
            "SELECT alias.id, alias.page, alias.concept, alias.use, alias.text, alias.words, "
            "alias.weight, coalesce(page.system, concept.system), "
            "coalesce(page.code, concept.code), coalesce(page.display, concept.display), "
            "page.frequency, page.family, page.place "
            "FROM (SELECT rowid FROM alias_words WHERE alias_words MATCH ? "
            "ORDER BY rank LIMIT ?) AS found "
            "JOIN alias ON alias.id = found.rowid "
            "LEFT JOIN page ON page.id = alias.page "
            "LEFT JOIN concept ON concept.id = alias.concept",
            (match, CANDIDATES),
        )


def _score(terms: list[_Term], words: str, weight: float) -> tuple[float, str]:
    """How well a name answers the terms: 0 to 1.5 and more, and ``exact``, ``words``, ``fuzzy``."""
    have = words.split()
    present = set(have)
    wanted = covered = matched = 0.0
    hit_words = 0
    fuzzy = False
    for term in terms:
        wanted += term.weight
        best, which = 0.0, ""
        for option, factor in term.options.items():
            if option in present and factor > best:
                best, which = factor, option
        if best:
            covered += term.weight * best
            matched += term.weight
            hit_words += 1
            fuzzy = fuzzy or (which in term.fuzzy)
    if not covered:
        return 0.0, ""
    of_query = covered / wanted
    of_name = min(matched / weight, 1.0) if weight else 0.0
    # A hit must answer most of what was asked; one word of two is not an answer.
    if of_query < 0.30:
        return 0.0, ""
    score = of_query + 0.5 * of_name
    whole = hit_words == len(terms) and len(present) <= hit_words
    if whole and not fuzzy:
        return score + 0.25, "exact"
    return score, "fuzzy" if fuzzy else "words"


def _bonus(code: str, display: str, is_page: bool, frequency: float) -> float:
    if is_page:
        return 0.05 + 0.10 * frequency
    low = display.lower()
    bonus = 0.0
    if "unspecified" in low:
        bonus += 0.04
    if "without complication" in low or "uncomplicated" in low:
        bonus += 0.02
    bonus -= 0.006 * len(code)
    return bonus


def _kind(kind: str, use: str) -> str:
    if kind == "exact":
        return "name" if use == "name" else "synonym"
    return "words"


def _spread(hits: list[Hit], limit: int, most: int = 4) -> list[Hit]:
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


def _corrected(text: str, terms: list[_Term], words: str) -> str:
    """The query with the corrections in it that made a name with these words match."""
    present = set(words.split())
    for term in terms:
        fuzzy = [option for option in term.options if option in present and option in term.fuzzy]
        exact = [option for option in term.options if option in present and option not in fuzzy]
        if fuzzy and not exact:
            best = max(fuzzy, key=lambda option: term.options[option])
            text = re.sub(rf"(?i)\b{re.escape(term.typed)}\b", term.fuzzy[best], text)
    return text
