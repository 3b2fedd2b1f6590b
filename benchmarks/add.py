"""Adding official releases: seconds and peak memory, one code set at a time and all together.

    python benchmarks/add.py RELEASES [--check]

RELEASES is a folder with release files as they are published: order files of ICD-10-CM and
ICD-10-PCS, the ICD-10-CM index, the HCPCS alpha-numeric file. They are told apart by content.
Each code set is added by the command itself, in a process of its own, to an empty data folder.
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

from codelookup.errors import CodelookupError
from codelookup.read.release_files import find_parts

SCRIPT = str(Path(sys.executable).parent / "codelookup")
SECONDS = 60
MEGABYTES = 500


def by_system(releases: Path) -> dict[str, list[list[Path]]]:
    """The files to add for each system: all at once, but changes of a new year afterwards."""
    found: dict[str, list[list[Path]]] = {}
    for path in sorted(releases.iterdir()):
        try:
            parts = find_parts([path])
        except CodelookupError:
            continue  # a README, or something else
        runs = found.setdefault(parts[0].system, [[], []])
        runs[{part.kind for part in parts} == {"addenda"}].append(path)
    return found


def add(system: str, files: list[Path], env: dict[str, str]) -> tuple[float, float]:
    """Seconds and megabytes at the peak that it takes to add files."""
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
    return seconds, megabytes(usage)


def megabytes(usage: resource.struct_rusage) -> float:
    """Peak memory of an ended process. Linux counts kilobytes, macOS bytes."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("releases", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    total, peak = 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="codelookup-bench-") as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        env["CODELOOKUP_DATA_DIR"] = folder
        # A checkout compiles its catalogue now, not while the clock runs.
        subprocess.run([SCRIPT, "systems"], env=env, check=True, capture_output=True)
        print(f"{'':44}{'seconds':>10}{'MB':>8}", flush=True)
        for system, runs in by_system(options.releases).items():
            for files in filter(None, runs):
                seconds, memory = add(system, files, env)
                total, peak = total + seconds, max(peak, memory)
                title = f"{system}, changes of a new year" if files is runs[1] else system
                print(f"{title:44}{seconds:10.1f}{memory:8.0f}", flush=True)
    print(f"{'all':44}{total:10.1f}{peak:8.0f}")
    print(f"{'limit':44}{SECONDS:10}{MEGABYTES:8}")
    return 1 if options.check and (total >= SECONDS or peak >= MEGABYTES) else 0


if __name__ == "__main__":
    sys.exit(main())
