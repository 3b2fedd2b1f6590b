"""Adding official releases: seconds and peak memory, for each code set and all together.

    python benchmarks/add.py RELEASES [--check]

RELEASES is a folder with release files as they are published: order files of ICD-10-CM and
ICD-10-PCS, the ICD-10-CM index, the HCPCS alpha-numeric file. They are told apart by content.
Each code set is added by the command itself, in a process of its own, to an empty data folder.
Seconds of the processor are shown too: what else the machine does adds nothing to those.
``--check`` exits 1 if all together take a minute or more, or one takes 500 MB of memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from codelookup.errors import CodelookupError
from codelookup.read.release_files import find_parts

SCRIPT = str(Path(sys.executable).parent / "codelookup")
SECONDS = 60
MEGABYTES = 500


class Cost(NamedTuple):
    """What adding took: seconds, seconds of the processor, and megabytes at the peak."""

    seconds: float
    processor: float
    memory: float


def by_system(releases: Path) -> dict[str, list[Path]]:
    """The files to add for each system."""
    found: dict[str, list[Path]] = {}
    for path in sorted(releases.iterdir()):
        try:
            parts = find_parts([path])
        except CodelookupError:
            continue  # a README, or something else
        found.setdefault(parts[0].system, []).append(path)
    return found


def add(system: str, files: list[Path], env: dict[str, str]) -> Cost:
    named = [part for path in files for part in ("--file", str(path))]
    started = time.perf_counter()
    process = subprocess.Popen(
        [SCRIPT, "systems", "add", system, *named], env=env, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(said)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, megabytes(usage))


def megabytes(usage: resource.struct_rusage) -> float:
    """Peak memory of an ended process. Linux counts kilobytes, macOS bytes."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("releases", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    costs = {}
    with tempfile.TemporaryDirectory(prefix="codelookup-bench-") as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        env["CODELOOKUP_DATA_DIR"] = folder
        # A checkout compiles its catalogue now, not while the clock runs.
        subprocess.run([SCRIPT, "systems"], env=env, check=True, capture_output=True)
        print(f"{'':12}{'seconds':>10}{'processor':>11}{'MB':>8}", flush=True)
        for system, files in by_system(options.releases).items():
            costs[system] = add(system, files, env)
            show(system, costs[system])
    seconds, processor, memory = zip(*costs.values(), strict=True)
    everything = Cost(sum(seconds), sum(processor), max(memory))
    show("all", everything)
    print(f"{'limit':12}{SECONDS:10}{'':11}{MEGABYTES:8}")
    over = everything.seconds >= SECONDS or everything.memory >= MEGABYTES
    return 1 if options.check and over else 0


def show(title: str, cost: Cost) -> None:
    print(f"{title:12}{cost.seconds:10.1f}{cost.processor:11.1f}{cost.memory:8.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
