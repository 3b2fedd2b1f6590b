"""Writes _frequency.toml beside the pages: how often each of their codes is billed, 0 to 1.

    python scripts/frequency.py billing-volume.csv

The file of volumes has one row a code, most billed first. The numbers are facts; only those of
codes with a page are kept. Search uses them to order equals.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

from codelookup.read.pages import read_pages
from codelookup.read.words import FREQUENCY_FILE

DATA = Path(__file__).resolve().parent.parent / "data"

HEAD = """\
# How often each code with a page here is billed: 1 for the most billed code, near 0 for one that is
# hardly seen (1 - log rank / log of all ranks). From the volumes of US Medicaid (2018 to 2024,
# HHS open data) and Medicare Part B (2012 to 2018, CMS public use files), half and half.
# Written by scripts/frequency.py; search uses it to order equals.

[frequency]
"""


def main(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as lines:
        ranks = {row["code"]: int(row["rank"]) for row in csv.DictReader(lines)}
    last = max(ranks.values())
    rows: dict[str, list[str]] = {}
    for page in read_pages(DATA):
        if page.code in ranks:
            share = 1 - math.log(ranks[page.code]) / math.log(last)
            rows.setdefault(page.system, []).append(f"{page.code} = {share:.3f}\n")
    for system, lines in rows.items():
        path = DATA / system / FREQUENCY_FILE
        path.write_text(HEAD + "".join(sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
