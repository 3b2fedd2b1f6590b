"""What `explain --annotate` costs, beside reading and writing the same table with csv alone.

    python benchmarks/table.py [--rows 1000000]

Prints the ratio of the two processor times, taken in one run, and the peak of memory. Codes are
drawn from those with a page as claims have them: few codes stand on most rows.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

COPY = """
import csv, sys
with open(sys.argv[1], newline="") as source, open(sys.argv[2], "w", newline="") as target:
    csv.writer(target).writerows(csv.reader(source))
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, copy, out = (Path(folder) / name for name in ("claims.csv", "copy.csv", "out.csv"))
        _write(table, options.rows)
        print(f"{options.rows:,} rows, {table.stat().st_size / 1e6:.0f} MB")
        alone, ours, peaks = [], [], []
        for _ in range(options.rounds):
            alone.append(_run([sys.executable, "-c", COPY, str(table), str(copy)])[0])
            command = ["-m", "codelookup", "explain", str(table), "--annotate", str(out)]
            seconds, peak = _run([sys.executable, *command])
            ours.append(seconds)
            peaks.append(peak)
    ratio = statistics.median(ours) / statistics.median(alone)
    print(f"csv alone  {statistics.median(alone):6.2f} s")
    print(
        f"annotate   {statistics.median(ours):6.2f} s  {ratio:.2f} x, {max(peaks):.0f} MB at most"
    )


def _write(path: Path, rows: int) -> None:
    from codelookup.catalogue.at_hand import open_catalogue

    with open_catalogue() as catalogue:
        codes = [page.code for page in catalogue.pages()]
    dice = random.Random(7)
    dice.shuffle(codes)
    weights = [1 / (place + 1) for place in range(len(codes))]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow("claim_id line service_date cpt_code modifier units charge dx1".split())
        drawn = dice.choices(codes, weights, k=rows)
        for number, code in enumerate(drawn):
            writer.writerow(
                [
                    f"C{number // 3:08d}",
                    number % 3 + 1,
                    "2026-03-04",
                    code,
                    "",
                    1,
                    "125.00",
                    "E11.9",
                ]
            )


def _run(command: list[str]) -> tuple[float, float]:
    """(processor seconds, peak megabytes) of a command; other work on the machine counts little."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
