"""Search quality and speed, ours and others', in one table.

    python benchmarks/search.py --queries BENCH --releases CODESETS [--short] [--misses]

BENCH has ``*.tsv`` files with the columns query and codes (any of them is a right answer).
CODESETS has the official files: ICD-10-CM, its alphabetic index, ICD-10-PCS and HCPCS, which are
added to a catalogue in a temporary folder, just as ``codelookup systems add`` does.

hit@1 and hit@10: an accepted code is first, or among the first ten. cat@1 and cat@10: its
three-character category is. "one slip" is hit@10 with a random edit in each word of five or more
letters. For pages, hit@5 counts only queries whose code has a page.

``--short`` runs ours alone and fails on a drop of more than two points against
``search-results.json``; ``--save`` writes that file.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from codelookup import folders
from codelookup.catalogue.added import add, adding
from codelookup.catalogue.bundled import catalogue_path
from codelookup.catalogue.store import Catalogue
from codelookup.find.search import Searcher

SAVED = Path(__file__).parent / "search-results.json"
RELEASES = {
    "icd10cm": ("icd10cm-code-descriptions-*.zip", "icd10cm-full-xml-*.zip"),
    "icd10pcs": ("icd10pcs-order-*.zip",),
    "hcpcs": ("hcpcs-*.zip",),
}
Engine = Callable[[str], list[str]]
Query = tuple[str, set[str]]


def read_queries(path: Path) -> list[Query]:
    with path.open(newline="", encoding="utf-8") as lines:
        return [
            (row["query"], set(row["codes"].split(",")))
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def slip(query: str, chance: random.Random) -> str:
    """A random letter swapped, doubled, left out or replaced in each longer word."""
    words = []
    for word in query.split(" "):
        if len(word) >= 5:
            place = chance.randrange(len(word) - 1)
            kind = chance.randrange(4)
            if kind == 0:
                word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            elif kind == 1:
                word = word[:place] + word[place] + word[place:]
            elif kind == 2:
                word = word[:place] + word[place + 1 :]
            else:
                letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
                word = word[:place] + letter + word[place + 1 :]
        words.append(word)
    return " ".join(words)


def measure(engine: Engine, queries: Iterable[Query]) -> dict[str, Any]:
    hits = [0, 0, 0, 0]
    times, misses = [], []
    for query, codes in queries:
        started = time.perf_counter()
        found = engine(query)[:10]
        times.append(time.perf_counter() - started)
        categories = {code[:3] for code in codes}
        hits[0] += bool(found and found[0] in codes)
        hits[1] += bool(codes & set(found))
        hits[2] += bool(found and found[0][:3] in categories)
        hits[3] += bool(categories & {code[:3] for code in found})
        if not codes & set(found):
            misses.append((query, sorted(codes), found[:3]))
    times.sort()
    count = len(times)
    names = ("hit@1", "hit@10", "cat@1", "cat@10")
    return {
        **{name: round(hit / count, 3) for name, hit in zip(names, hits, strict=True)},
        "p50 ms": round(times[count // 2] * 1000, 1),
        "p95 ms": round(times[int(count * 0.95)] * 1000, 1),
        "misses": misses,
    }


def ours(searcher: Searcher, system: str = "") -> Engine:
    systems = [system] if system else []
    return lambda query: [hit.code.replace(".", "") for hit in searcher.search(query, systems).hits]


def names_of(catalogue: Catalogue) -> list[tuple[str, str]]:
    """(code, name) of everything searchable in ICD-10-CM: the others search the same names."""
    return [
        (row[0].replace(".", ""), row[1])
        for row in catalogue.query(
            catalogue.file_of("icd10cm"),
            "SELECT concept.code, alias.text FROM alias JOIN concept ON concept.id = alias.concept",
        )
    ]


def unique(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))


def fts5(names: list[tuple[str, str]]) -> Engine:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE names USING fts5 (code UNINDEXED, name, tokenize='porter')")
    db.executemany("INSERT INTO names VALUES (?,?)", names)

    def search(query: str) -> list[str]:
        words = "".join(letter if letter.isalnum() else " " for letter in query).split()
        match = " OR ".join(f'"{word}"' for word in words) or '""'
        rows = db.execute(
            "SELECT code FROM names WHERE names MATCH ? ORDER BY rank LIMIT 60", (match,)
        )
        return unique(row[0] for row in rows)

    return search


def fuzz(names: list[tuple[str, str]], scorer: str) -> Engine:
    from rapidfuzz import fuzz as scorers
    from rapidfuzz import process, utils

    texts = [utils.default_process(name) for _, name in names]

    def search(query: str) -> list[str]:
        found = process.extract(
            utils.default_process(query), texts, scorer=getattr(scorers, scorer), limit=60
        )
        return unique(names[place][0] for _, _, place in found)

    return search


def fzf(names: list[tuple[str, str]]) -> Engine:
    text = "\n".join(f"{code}\t{name}" for code, name in names)

    def search(query: str) -> list[str]:
        done = subprocess.run(
            ["fzf", "--filter", query, "--delimiter", "\t", "--nth", "2"],
            input=text, capture_output=True, text=True,
        )  # fmt: skip
        return unique(line.split("\t")[0] for line in done.stdout.splitlines()[:60])

    return search


def tantivy_engine(names: list[tuple[str, str]]) -> Engine:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("code", stored=True, tokenizer_name="raw")
    builder.add_text_field("name", tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for code, name in names:
        writer.add_document(tantivy.Document(code=code, name=name))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(query: str) -> list[str]:
        words = "".join(letter if letter.isalnum() else " " for letter in query)
        found = (
            searcher.search(index.parse_query(words, ["name"]), 60).hits if words.strip() else []
        )
        return unique(searcher.doc(address)["code"][0] for _, address in found)

    return search


def show(title: str, result: dict[str, Any]) -> None:
    keys = ("hit@1", "hit@10", "cat@1", "cat@10", "p50 ms", "p95 ms")
    print(f"{title:42}" + "".join(f"{result[key]:>9}" for key in keys), flush=True)


def open_all(releases: Path, workspace: Path) -> Catalogue:
    os.environ["CODELOOKUP_DATA_DIR"] = str(workspace)
    bundled = catalogue_path(print)
    for system, patterns in RELEASES.items():
        files = [file for pattern in patterns for file in sorted(releases.glob(pattern))]
        if files:
            with (
                adding(system, lambda text: None) as folder,
                Catalogue([bundled]) as catalogue,
            ):
                add(system, files, catalogue, folder, lambda text: None)
    added = [folders.data() / f"{system}.sqlite" for system in RELEASES]
    return Catalogue([bundled, *(path for path in added if path.exists())])


def run(options: argparse.Namespace, catalogue: Catalogue) -> dict[str, float]:
    searcher = Searcher(catalogue)
    saved: dict[str, float] = {}
    print(f"{'':42}" + "".join(f"{key:>9}" for key in
          ("hit@1", "hit@10", "cat@1", "cat@10", "p50 ms", "p95 ms")))  # fmt: skip
    for path in sorted(options.queries.glob("*-icd10cm.tsv")):
        queries = read_queries(path)
        name = path.name.split("-")[0]
        result = measure(ours(searcher, "icd10cm"), queries)
        show(f"{name}: ours", result)
        for key in ("hit@1", "hit@10", "cat@1", "cat@10"):
            saved[f"{name} {key}"] = result[key]
        if options.misses:
            for miss in result["misses"]:
                print("   missed:", *miss, sep="  ")
        chance = random.Random(1)
        slipped = measure(
            ours(searcher, "icd10cm"), [(slip(query, chance), codes) for query, codes in queries]
        )
        show(f"{name}: ours, one slip a word", slipped)
        saved[f"{name} hit@10 with slips"] = slipped["hit@10"]
        show(f"{name}: ours, all systems at once", measure(ours(searcher), queries))
        if options.short:
            continue
        names = names_of(catalogue)
        show(f"{name}: FTS5 alone (porter, bm25)", measure(fts5(names), queries))
        sample = queries[:: max(1, len(queries) // options.sample)]
        for scorer in ("ratio", "WRatio"):
            show(f"{name}: rapidfuzz {scorer}, {len(sample)} queries",
                 measure(fuzz(names, scorer), sample))  # fmt: skip
        if shutil.which("fzf"):
            show(f"{name}: fzf --filter, {len(sample)} queries", measure(fzf(names), sample))
        try:
            show(f"{name}: tantivy (en_stem, bm25)", measure(tantivy_engine(names), queries))
        except ImportError:
            print(f"{name}: tantivy is not installed")
    pages = {code for (code,) in catalogue.query(0, "SELECT code FROM page")}
    for path in sorted(options.queries.glob("procedures-*.tsv")):
        queries = [(query, codes) for query, codes in read_queries(path) if codes & pages]
        found = ours(searcher)
        misses = [query for query, codes in queries if not codes & set(found(query)[:5])]
        saved["procedures hit@5"] = round(1 - len(misses) / max(1, len(queries)), 3)
        print(f"procedures: {len(queries)} queries have a page, hit@5 {saved['procedures hit@5']}")
        if options.misses:
            print("   missed:", *misses, sep="\n      ")
    return saved


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--releases", type=Path, required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--sample", type=int, default=60, help="queries for the slow engines")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="codelookup-bench-") as folder,
        open_all(options.releases, Path(folder)) as catalogue,
    ):
        result = run(options, catalogue)
    if options.save:
        SAVED.write_text(json.dumps(result, indent=2) + "\n")
    if not options.short:
        return 0
    before = json.loads(SAVED.read_text())
    worse = {key: (before[key], result.get(key, 0.0)) for key in before
             if result.get(key, 0.0) < before[key] - 0.02}  # fmt: skip
    for key, (old, new) in worse.items():
        print(f"worse than the saved result: {key} was {old}, is {new}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
