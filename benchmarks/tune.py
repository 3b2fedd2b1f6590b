"""Tunes the table in ``codelookup/find/weights.py`` on queries with known answers.

    python benchmarks/tune.py --queries BENCH --releases CODESETS [--minutes 5]

Candidates are found once; then single weights are changed at random and kept if the sum of
hit@1, hit@10, cat@1 and cat@10 over the conditions, and half of it over the diseases, grows.
Prints the table to put into the module. A dozen weights on two thousand queries do not learn
them by heart: the trial's unseen half moved with the seen one.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from search import open_all, read_queries

from codelookup.find import weights
from codelookup.find.search import Hit, Match, Searcher, _spread

STEPS = {
    "NAME": 0.08, "EXACT": 0.08, "WORDS": 0.08, "EXTRA": 0.01, "READING": 0.3, "UNSPECIFIED": 0.02,
    "UNCOMPLICATED": 0.02, "OTHER": 0.02, "LENGTH": 0.004, "POISONING": 0.05, "FUZZY": 0.05,
    "INDEX": 0.02, "O": 0.04, "P": 0.04, "Q": 0.04, "Z": 0.03, "V": 0.05,
    "R": 0.03, "S": 0.03, "D": 0.03, "C": 0.03,
}  # fmt: skip


def features(searcher: Searcher, query: str) -> list[tuple[Any, ...]]:
    """What scoring needs of each candidate name, without the weights."""
    found = []
    readings = searcher.reader.readings(query)
    known = bool(readings) and all(
        set(term.options) - set(term.fuzzy) for term in readings[0].terms
    )
    for name, way in searcher.candidates(readings, ["icd10cm"]):
        if name.concept is None:
            continue
        ((code, display, family),) = searcher.catalogue.query(
            name.file, "SELECT code, display, parent FROM concept WHERE id = ?", (name.concept,)
        )
        hits, asked = len(way.options), len(way.reading.terms)
        found.append((
            (name.file, name.concept), code, str(family), way.covered,
            min(way.matched / name.weight, 1.0) if name.weight else 0.0, hits / asked,
            name.words - hits, hits == asked and name.words <= hits and not way.fuzzy, way.fuzzy,
            1 - way.reading.penalty, name.use, "unspecified" in display.lower(),
            "without complication" in display.lower() or "uncomplicated" in display.lower(),
            display.startswith("Other "), known,
        ))  # fmt: skip
    return found


def ranked(candidates: list[tuple[Any, ...]], table: dict[str, float]) -> list[str]:
    best: dict[Any, tuple[float, str, str]] = {}
    enough = False
    aside = {letter: table[letter] for letter in "OPQZRSDC"}
    aside |= dict.fromkeys("VWXY", table["V"])
    for (key, code, family, of_query, of_name, share, extra, exact, fuzzy, lost, use, unspecified,
         simple, other, known) in candidates:  # fmt: skip
        score = (
            of_query
            + table["NAME"] * of_name
            + table["WORDS"] * share
            + table["EXTRA"] * min(extra, weights.MOST_EXTRA)
        )
        if exact:
            score += table["EXACT"]
        if fuzzy:
            score -= table["FUZZY"]
        score *= 1 - lost * table["READING"]
        enough = enough or known or of_query >= weights.ENOUGH
        if use == "index":
            score += table["INDEX"]
        score += table["LENGTH"] * len(code) + table["UNSPECIFIED"] * unspecified
        score += table["UNCOMPLICATED"] * simple + table["OTHER"] * other
        if not exact:
            score -= aside.get(code[:1], 0.0)
            if "T36" <= code[:3] <= "T65":
                score -= table["POISONING"]
        if key not in best or score > best[key][0]:
            best[key] = (score, code, family)
    if not enough:
        return []
    order = sorted(best.values(), key=lambda entry: (-entry[0], len(entry[1]), entry[1]))
    least = order[0][0] * weights.NEAR_ENOUGH
    hits = [_hit(code, family) for score, code, family in order if score >= least]
    return [hit.code.replace(".", "") for hit in _spread(hits, 10)]


def _hit(code: str, family: str) -> Hit:
    return Hit("icd10cm", code, "", Match("words", ""), 0.0, False, family)


def measure(data: Any, table: dict[str, float]) -> tuple[float, dict[str, list[float]]]:
    shown: dict[str, list[float]] = {}
    total = 0.0
    for name, queries in data.items():
        hits = [0, 0, 0, 0]
        for codes, candidates in queries:
            found = ranked(candidates, table)
            categories = {code[:3] for code in codes}
            hits[0] += bool(found and found[0] in codes)
            hits[1] += bool(codes & set(found))
            hits[2] += bool(found and found[0][:3] in categories)
            hits[3] += bool(categories & {code[:3] for code in found})
        shown[name] = [round(hit / len(queries), 3) for hit in hits]
        total += sum(shown[name]) * (1.0 if name.startswith("cond") else 0.5)
    return total, shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--releases", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_all(options.releases, Path(folder)) as at_hand,
    ):
        searcher = Searcher(at_hand)
        data = {
            path.name.split("-")[0]: [
                (codes, features(searcher, query)) for query, codes in read_queries(path)
            ]
            for path in sorted(options.queries.glob("*-icd10cm.tsv"))
        }
    table = {name: getattr(weights, name, weights.ASIDE.get(name, 0.0)) for name in STEPS}
    best, shown = measure(data, table)
    print(best, shown, flush=True)
    chance = random.Random(1)
    until = time.monotonic() + options.minutes * 60
    while time.monotonic() < until:
        trial = dict(table)
        for name in chance.sample(sorted(STEPS), chance.choice([1, 1, 2])):
            trial[name] = round(trial[name] + chance.gauss(0, STEPS[name]), 4)
        total, shown = measure(data, trial)
        if total > best:
            best, table = total, trial
            print(round(best, 4), shown, flush=True)
    print(table)


if __name__ == "__main__":
    main()
