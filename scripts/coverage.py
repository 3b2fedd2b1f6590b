"""Prints what the pages cover: share of billed lines, reading levels, counts.

    python scripts/coverage.py billing-volume.csv [shoppable-codes.txt]

Coverage is the share of each volume, dental codes left out, whose code has a page; a retired
code counts, since it leads to the page of what replaced it.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path
from statistics import median

from codelookup.lint.reading import grade, page_text
from codelookup.read.pages import read_pages

DATA = Path(__file__).resolve().parent.parent / "data"
VOLUMES = {
    "Medicaid claims 2018 to 2024": "medicaid_claims_2018_2024",
    "Medicare provider-years 2012 to 2018": "medicare_provider_rows_2012_2018",
}


def main(volume: Path, shoppable: Path | None) -> None:
    pages = read_pages(DATA)
    known = {page.code for page in pages}
    with volume.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["code"].startswith("D")]
    for name, column in VOLUMES.items():
        total = sum(int(row[column]) for row in rows)
        covered = sum(int(row[column]) for row in rows if row["code"] in known)
        print(f"{name}: {covered / total:.1%} of lines have a page")
    missing = [row["code"] for row in rows if row["code"] not in known][:30]
    print(f"most billed without a page: {' '.join(missing)}")
    if shoppable:
        wanted = shoppable.read_text(encoding="utf-8").split()
        print(
            f"shoppable services: {sum(code in known for code in wanted)} of {len(wanted)}; "
            f"missing: {' '.join(code for code in wanted if code not in known) or 'none'}"
        )
    live = [page for page in pages if not page.used_until]
    grades = [grade(page_text(page)) for page in live]
    print(
        f"codes with a page: {len(live)}, retired codes that lead to one: {len(pages) - len(live)}"
    )
    print(f"families: {len({(page.system, page.family) for page in pages})}")
    print(f"reading grade: median {median(grades):.1f}, highest {max(grades):.1f}")
    for field in ("system", "kind", "specialty"):
        counted = Counter(getattr(page, field) for page in live).most_common()
        print(f"by {field}: " + ", ".join(f"{name} {count}" for name, count in counted))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
