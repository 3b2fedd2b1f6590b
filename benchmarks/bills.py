"""Precision and recall of `codelookup explain` over bills with known codes, and over variants.

    python benchmarks/bills.py tests/bills
    python benchmarks/bills.py tests/bills --misses
    python benchmarks/bills.py tests/bills --variants 3 --seed 7

A bill is NAME.txt, what should be found in it NAME.toml (tests/bills/README.md has the form). A
variant has the layout of a bill and other numbers: each code becomes another one of its system,
and the digits of everything else are drawn anew, half of the five-digit decoys as real codes.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import tomli

from codelookup.bill.known import Known
from codelookup.bill.questions import questions_of
from codelookup.bill.reader import read_bill
from codelookup.bill.table import bill_lines
from codelookup.catalogue.at_hand import open_catalogue

KINDS = ("code", "modifier", "units", "place", "date", "other", "question")


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path, nargs="+")
    arguments.add_argument("--misses", action="store_true", help="list what went wrong")
    arguments.add_argument("--variants", type=int, default=0, help="variants of each bill")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--json", action="store_true", help="counts as a JSON document")
    options = arguments.parse_args()
    with open_catalogue() as catalogue:
        known = Known(catalogue)
        codes = _codes(catalogue)
        tables = {"bills": Table(known, options.misses)}
        if options.variants:
            tables["variants"] = Table(known, options.misses)
        for path in sorted(path for folder in options.folder for path in folder.glob("*.toml")):
            wanted = tomli.loads(path.read_text(encoding="utf-8"))
            text = path.with_suffix(".txt").read_text(encoding="utf-8")
            tables["bills"].add(path.stem, text, wanted)
            for number in range(options.variants):
                dice = random.Random(f"{options.seed} {path.stem} {number}")
                tables["variants"].add(f"{path.stem}#{number}", *vary(text, wanted, codes, dice))
    if options.json:
        print(json.dumps({name: table.figures() for name, table in tables.items()}))
        return
    for name, table in tables.items():
        print(f"{table.read} {name}, {table.seconds / table.read * 1000:.1f} ms each")
        for kind, figures in table.figures().items():
            print(
                f"  {kind:9} precision {figures['precision']:.3f}  recall {figures['recall']:.3f}"
                f"  ({figures['right']} right, {figures['wrong']} wrong,"
                f" {figures['missed']} missed)"
            )


class Table:
    """What was right, wrong and missed, by kind."""

    def __init__(self, known: Known, say: bool) -> None:
        self.known = known
        self.say = say
        self.counts: Counter[tuple[str, str]] = Counter()
        self.read = 0
        self.seconds = 0.0

    def figures(self) -> dict[str, dict[str, float]]:
        found = {}
        for kind in KINDS:
            right, wrong, missed = (self.counts[kind, end] for end in ("right", "wrong", "missed"))
            if right + wrong + missed:
                found[kind] = {
                    "precision": right / max(1, right + wrong),
                    "recall": right / max(1, right + missed),
                    "right": right,
                    "wrong": wrong,
                    "missed": missed,
                }
        return found

    def add(self, name: str, text: str, wanted: dict[str, Any]) -> None:
        started = time.perf_counter()
        data = io.BufferedReader(io.BytesIO(text.encode()))  # type: ignore[arg-type]
        read = read_bill(bill_lines(data, name), self.known)
        self.seconds += time.perf_counter() - started
        self.read += 1
        found: dict[int, Any] = {}
        for line in read:  # a segment or a row of a web page may share its line with others
            seen = found.get(line.number)
            codes = seen.codes + line.codes if seen else line.codes
            found[line.number] = line._replace(codes=codes)
        lines = {line["number"]: line for line in wanted.get("lines", [])}
        printed = text.splitlines()
        self.show = lambda number: (
            f"{name}:{number} [{printed[number - 1].strip()[:80] if number else ''}]"
        )
        either = {_plain(code) for code in wanted.get("either", [])}
        for line in lines.values():
            either |= {_plain(code) for code in line.get("either", [])}
        for number in sorted(set(found) | set(lines)):
            self._line(number, found.get(number), lines.get(number, {}), either)
        named = {(e["number"], _plain(e["text"])): e["kind"] for e in wanted.get("others", [])}
        kinds = {(line.number, _plain(o.text)): o.kind for line in read for o in line.others}
        for key in sorted(set(named) | set(kinds)):
            end = "wrong" if key not in named else "missed"
            self._count("other", "right" if named.get(key) == kinds.get(key) else end, *key)
        if "questions" in wanted or "lines" in wanted:
            asked = {(q.kind, _plain(q.code)) for q in questions_of(read, self.known)}
            due = {(q["kind"], _plain(q["code"])) for q in wanted.get("questions", [])}
            if wanted.get("variant"):
                return  # other codes raise other questions
            for key in sorted(asked | due):
                end = "right" if key in asked & due else "wrong" if key in asked else "missed"
                self._count("question", end, 0, key)

    def _line(self, number: int, here: Any, wanted: dict[str, Any], either: set[str]) -> None:
        expected = wanted.get("codes", [])
        rest = {(m.system, _plain(m.code)): m for m in (here.codes if here else ())}
        for code in expected:
            key = (code["system"], _plain(code["code"]))
            mention = rest.pop(key, None)
            self._count("code", "right" if mention else "missed", number, key)
            if mention is None:
                continue
            self._compare("modifier", code.get("modifiers", []), mention.modifiers, number)
            units = [code["units"]] if code.get("units") else []
            self._compare("units", units, [mention.units] if mention.units else [], number)
        for key, mention in rest.items():
            if key[1] not in either:
                self._count("code", "wrong", number, (*key, mention.confidence))
        if expected and here:
            place = [wanted["place"]] if wanted.get("place") else []
            self._compare("place", place, [here.place] if here.place else [], number)
            if date := wanted.get("date"):  # a day that is not named is not to be judged
                self._compare("date", [date], [here.date] if here.date else [], number)

    def _compare(self, kind: str, wanted: Any, found: Any, number: int) -> None:
        for value in wanted:
            self._count(kind, "right" if value in found else "missed", number, value)
        for value in found:
            if value not in wanted:
                self._count(kind, "wrong", number, value)

    def _count(self, kind: str, end: str, number: int, thing: object) -> None:
        self.counts[kind, end] += 1
        if self.say and end != "right":
            print(f"{end} {kind} {thing} {self.show(number)}")


def _plain(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


# -- variants ------------------------------------------------------------------------------


def _codes(catalogue: Any) -> dict[tuple[str, int], list[str]]:
    """Codes by system and length, as printed with their dot: pages, and billable diagnoses."""
    codes: dict[tuple[str, int], list[str]] = {}
    for page in catalogue.pages():
        codes.setdefault((page.system, len(page.code)), []).append(page.code)
    for code, system, _, level, billable, _, until in catalogue.everything(("icd10cm",)):
        if level == "code" and billable and not until:
            codes.setdefault((system, len(code)), []).append(code)
    return codes


_NUMBER = re.compile(r"(?<![\w.$,/:-])\d{5}(?![\w,/:-]|\.\d)")
_LONG = re.compile(r"(?<![\w.$,/:-])\d{6,}(?![\w,/:-]|\.\d)")
_AMOUNT = re.compile(r"(?<![\w.])(\d[\d,]*?)\d\.\d\d\b")


def vary(
    text: str, wanted: dict[str, Any], codes: dict[tuple[str, int], list[str]], dice: random.Random
) -> tuple[str, dict[str, Any]]:
    """A bill with the layout of another: (text, what should be found in it)."""
    wanted = json.loads(json.dumps(wanted, default=str))
    lines = text.splitlines()
    instead: dict[str, str] = {}
    for line in wanted.get("lines", []):
        for code in line["codes"]:
            known = codes.get((code["system"], len(code["code"])), [])
            if code["code"] not in instead:
                instead[code["code"]] = dice.choice(known) if known else code["code"]
    places = {number - 1 for number in (line["number"] for line in wanted.get("lines", []))}
    for number in range(len(lines)):
        if number in places:
            line = next(line for line in wanted["lines"] if line["number"] == number + 1)
            lines[number] = _swapped(lines[number], [c["code"] for c in line["codes"]], instead)
        else:
            lines[number] = _NUMBER.sub(lambda found: _decoy(codes, dice), lines[number])
            lines[number] = _LONG.sub(
                lambda found: "".join(dice.choice("0123456789") for _ in found[0]), lines[number]
            )
        lines[number] = _AMOUNT.sub(
            lambda found: f"{found[1]}{dice.randrange(10)}.{dice.randrange(100):02d}",
            lines[number],
        )
    for line in wanted.get("lines", []):
        for code in line["codes"]:
            code["code"] = instead[code["code"]]
    wanted["variant"] = True
    return "\n".join(lines) + "\n", wanted


def _swapped(line: str, codes: list[str], instead: dict[str, str]) -> str:
    """A line with other codes in place of its own, with or without dot as it had them."""
    keys = {code.replace(".", ""): instead[code] for code in codes}
    if not keys:
        return line

    def other(found: re.Match[str]) -> str:
        new = keys[found[0].upper().replace(".", "")]
        return new if "." in found[0] else new.replace(".", "")

    patterns = "|".join(r"\.?".join(key) for key in sorted(keys, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])(?:{patterns})(?![\d.]\d)", other, line, flags=re.IGNORECASE)


def _decoy(codes: dict[tuple[str, int], list[str]], dice: random.Random) -> str:
    if dice.random() < 0.5:
        return dice.choice(codes["cpt", 5])
    return f"{dice.randrange(100000):05d}"


if __name__ == "__main__":
    sys.exit(main())
