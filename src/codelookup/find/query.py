"""What a query may mean: its words, their other wordings, and corrections of misspelt ones."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from codelookup.find import normalise

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

MAX_WORDS = 24
MAX_READINGS = 5
MAX_SPELLINGS = 36
"""Combinations of corrections that are looked up as phrases ("hart atack")."""
USUAL = 20
"""How many names must have each part for an unknown word to be two ("kidneystone")."""
MAX_KEPT = 50_000
"""Words and phrases whose meaning is kept from query to query."""

_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")


class Term(NamedTuple):
    """A word of the query with what may stand for it: canonical word to how good it is.

    ``fuzzy`` has, for those that are corrections, the word as people write it. An ``everyday``
    word says nothing about health by itself.
    """

    typed: str
    options: dict[str, float]
    weight: float
    fuzzy: dict[str, str]
    everyday: bool


class Reading(NamedTuple):
    """A way to understand a query; ``penalty`` (0 to 1) is what its hits are multiplied by.

    ``corrected`` is the query with corrections in it, where these came before the wording.
    """

    terms: list[Term]
    penalty: float
    corrected: str = ""


class QueryReader:
    """Reads queries against the words of a catalogue; keeps what it learned between them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.total = 1
        for file in range(len(catalogue.files)):
            self.total += catalogue.query(file, "SELECT max(id) FROM alias")[0][0] or 0
        self.names: dict[str, int] = {}
        self._corrections: dict[str, dict[str, tuple[float, str]]] = {}
        self._spelling: dict[int, list[str]] = {}
        self._thesaurus: dict[str, tuple[str, list[str]] | None] = {}

    def readings(self, text: str) -> list[Reading]:
        """The query as typed, then with abbreviations and phrases in their other wordings."""
        for kept in (self.names, self._corrections, self._thesaurus):
            if len(kept) > MAX_KEPT:
                kept.clear()
        words = normalise.raw_words(text)[:MAX_WORDS]
        spoken: list[tuple[list[str], float, str]] = [(words, 1.0, "")]
        phrases = self._phrases(words, _in_capitals(text, words))
        for start, end, targets in phrases:
            for order, target in enumerate(targets[:3]):
                changed = words[:start] + normalise.raw_words(target) + words[end:]
                spoken.append((changed, 0.98 - 0.03 * order, ""))
        if len(phrases) > 1:
            spoken.insert(1, (_replaced(words, phrases), 0.97, ""))
        if not phrases:
            for respaced in self._respaced(words):
                spoken.append((respaced, 0.98, ""))
                spoken.append((_replaced(respaced, self._phrases(respaced)), 0.97, ""))
            spoken += self._corrected_phrases(words)
        readings: list[Reading] = []
        seen = set()
        for reading, penalty, corrected in spoken:
            terms = self._terms(reading)
            key = tuple(tuple(term.options) for term in terms)
            if terms and key not in seen:
                seen.add(key)
                readings.append(Reading(terms, penalty, corrected))
        return readings[:MAX_READINGS]

    def _respaced(self, words: list[str]) -> list[list[str]]:
        """The words with two written as one where that is a word, and unknown ones parted."""
        joined = [one + other for one, other in itertools.pairwise(words)]
        parts = {
            word: [(word[:place], word[place:]) for place in range(3, len(word) - 2)]
            for word in words
            if len(word) > 5 and word.isalpha() and not self._is_known(word)
        }
        self._read_thesaurus(joined)
        found = [
            [*words[:place], both, *words[place + 2 :]]
            for place, both in enumerate(joined)
            if len(both) > 5 and self._is_known(both)
        ]
        for place, word in enumerate(words):
            pairs = parts.get(word, [])
            self._read_thesaurus([text for pair in pairs for text in (*pair, " ".join(pair))])
            self._count([stem for pair in pairs for part in pair for stem in self._stems(part)])
            usual = [
                (bool(self._thesaurus[" ".join(pair)]), min(self._names_of(part) for part in pair))
                for pair in pairs
            ]
            phrase, names = best = max(usual, default=(False, 0))
            if phrase or names >= USUAL:
                pair = pairs[usual.index(best)]
                found.append([*words[:place], *pair, *words[place + 1 :]])
        return found

    def _names_of(self, word: str) -> int:
        return max((self.names[stem] for stem in self._stems(word)), default=0)

    def _is_known(self, word: str) -> bool:
        """Whether a name or the thesaurus has the word."""
        stems = self._stems(word)
        self._count(stems)
        return bool(self._thesaurus.get(word)) or any(self.names[stem] for stem in stems)

    def _corrected_phrases(self, words: list[str]) -> list[tuple[list[str], float, str]]:
        """Readings in which corrected words make a phrase that the thesaurus knows.

        Never an abbreviation: any four letters are near to one.
        """
        self._count([stem for word in words for stem in self._stems(word)])
        choices = []
        for word in words:
            options = [word]
            if self._may_be_wrong(word):
                options += [spelled for _, spelled in self._correct(word).values()]
            choices.append(options)
        if all(len(options) == 1 for options in choices):
            return []
        found = []
        for spelling in itertools.islice(itertools.product(*choices), 1, MAX_SPELLINGS):
            changed = list(spelling)
            phrases = self._phrases(changed)
            longest = max((end - start for start, end, _ in phrases), default=0)
            if any(changed[start:end] != words[start:end] for start, end, _ in phrases):
                slips = sum(one != other for one, other in zip(changed, words, strict=True))
                reading = (_replaced(changed, phrases), 0.9, " ".join(changed))
                found.append((-longest, slips, reading))
        # A longer phrase is less likely a chance find; of these the fewest slips.
        found.sort(key=lambda entry: entry[:2])
        return [reading for _, _, reading in found[:2]]

    def _phrases(
        self, words: list[str], short: Collection[str] | None = None
    ) -> list[tuple[int, int, list[str]]]:
        """(start, end, other wordings) of the runs of words that the thesaurus knows.

        Abbreviations are among them unless ``short`` is None; those that are plain words too only
        if ``short`` has them.
        """
        runs: dict[tuple[int, int], str] = {}
        for start in range(len(words)):
            for end in range(start + 1, min(start + 5, len(words)) + 1):
                runs[start, end] = " ".join(words[start:end])
        self._read_thesaurus(runs.values())
        found = []
        for (start, end), text in runs.items():
            kind, targets = self._thesaurus[text] or ("", [])
            if kind in ("phrase", "drug") or (
                short is not None
                and (kind == "abbreviation" or (kind == "capitals" and text in short))
            ):
                found.append((start, end, targets))
        found.sort(key=lambda run: (run[0] - run[1], run[0]))
        kept: list[tuple[int, int, list[str]]] = []
        for run in found:
            if all(run[1] <= start or run[0] >= end for start, end, _ in kept):
                kept.append(run)
        return kept

    def _read_thesaurus(self, texts: Iterable[str]) -> None:
        wanted = [text for text in texts if text not in self._thesaurus]
        if not wanted:
            return
        self._thesaurus.update(dict.fromkeys(wanted))
        marks = ",".join("?" * len(wanted))
        # Only the first file, which comes with codelookup, has one.
        for phrase, kind, target in self.catalogue.query(
            0, f"SELECT phrase, kind, target FROM thesaurus WHERE phrase IN ({marks})", wanted
        ):
            value = json.loads(target)
            self._thesaurus[phrase] = (kind, value if isinstance(value, list) else [value])

    def _terms(self, words: list[str]) -> list[Term]:
        """Canonical words with their weights; unknown and rare ones with corrections."""
        stems = [(word, stem) for word in words for stem in self._stems(word)]
        self._count([stem for _, stem in stems])
        terms = []
        seen = set()
        for word, stem in stems:
            if stem in seen:
                continue
            seen.add(stem)
            names = self.names.get(stem, 0)
            options = {stem: 1.0} if names else {}
            fuzzy: dict[str, str] = {}
            if self._may_be_wrong(word):
                for other, (likeness, spelled) in self._correct(word).items():
                    # A word that exists may be a slip all the same ("hart").
                    factor = likeness if not names else likeness * 0.8
                    if factor > options.get(other, 0.0):
                        options[other] = factor
                        fuzzy[other] = spelled
            best = max(options, key=lambda option: options[option], default=stem)
            weight = self._weight(best)
            terms.append(Term(word, options, weight, fuzzy, self._is_everyday(word)))
        return terms

    def _may_be_wrong(self, word: str) -> bool:
        """Whether to look for what else it may be: unknown, or so rare that it may be a slip.

        Words of three letters or fewer are never corrected: MRI is not MI.
        """
        if len(word) <= 3 or word.isdigit() or word in normalise.STOP_WORDS:
            return False
        if self._is_everyday(word):
            return False
        return all(self.names.get(stem, 0) <= 2 for stem in self._stems(word))

    def _is_everyday(self, word: str) -> bool:
        forms = (word, word.removesuffix("s"))
        self._read_thesaurus(forms)
        return any((self._thesaurus[form] or ("",))[0] == "everyday" for form in forms)

    def _stems(self, word: str) -> list[str]:
        if word in normalise.STOP_WORDS:
            return []
        self._read_thesaurus([word])
        entry = self._thesaurus[word]
        if entry and entry[0] == "word":
            return [normalise.stem(part) for part in entry[1][0].split()]
        return [normalise.stem(word)]

    def _count(self, stems: Collection[str]) -> None:
        wanted = [stem for stem in stems if stem not in self.names]
        if not wanted:
            return
        for stem in wanted:
            self.names[stem] = 0
        marks = ",".join("?" * len(wanted))
        for file in range(len(self.catalogue.files)):
            for word, names in self.catalogue.query(
                file, f"SELECT word, names FROM word WHERE word IN ({marks})", wanted
            ):
                self.names[word] += names

    def _weight(self, stem: str) -> float:
        return math.log(1 + self.total / max(self.names.get(stem, 0), 1))

    # -- spelling ----------------------------------------------------------------------------

    def _correct(self, word: str) -> dict[str, tuple[float, str]]:
        """Canonical words that ``word`` may be a slip of: how near (0 to 1), and as written."""
        if word in self._corrections:
            return self._corrections[word]
        from codelookup.find.spelling import near

        reach = 1 if len(word) < 7 else 2
        vocabulary: list[str] = []
        for length in range(len(word) - reach, len(word) + reach + 1):
            vocabulary += self.words_of_length(length)
        found: dict[str, tuple[float, str]] = {}
        nearest = near(word, vocabulary)
        self._read_thesaurus([other for other, _ in nearest])
        for other, likeness in nearest:
            for stem in self._stems(other):
                if stem not in found or likeness > found[stem][0]:
                    found[stem] = (likeness, other)
        self._count(list(found))
        known = [
            stem
            for stem, (_, spelled) in found.items()
            if self.names.get(stem) or self._phrases([spelled])
        ]
        # Of the equally near the more usual first; four are enough.
        known.sort(key=lambda stem: (-found[stem][0], -self.names[stem]))
        self._corrections[word] = {stem: found[stem] for stem in known[:4]}
        return self._corrections[word]

    def words_of_length(self, length: int) -> list[str]:
        if length not in self._spelling:
            words: set[str] = set()
            for file in range(len(self.catalogue.files)):
                for (text,) in self.catalogue.query(
                    file, "SELECT words FROM spelling WHERE length = ?", (length,)
                ):
                    words.update(text.split("\n"))
            self._spelling[length] = sorted(words)
        return self._spelling[length]


def _in_capitals(text: str, words: list[str]) -> Collection[str]:
    """The words of a query that were typed as a short form: in capitals, or alone."""
    if len(words) == 1:
        return words
    if text.isupper():
        return ()
    return {word.lower() for word in _CAPITALS.findall(text)}


def _replaced(words: list[str], phrases: list[tuple[int, int, list[str]]]) -> list[str]:
    """The words with every phrase in its first other wording."""
    result: list[str] = []
    place = 0
    by_start = {start: (end, targets) for start, end, targets in phrases}
    while place < len(words):
        if place in by_start:
            place, targets = by_start[place]
            result += normalise.raw_words(targets[0])
        else:
            result.append(words[place])
            place += 1
    return result
