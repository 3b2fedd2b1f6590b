"""Start-up of whole processes, as multiples of ``python -c pass``.

Rounds are paired: every command runs once a round, so what else the machine does hits all alike.
Medians are shown.

    python benchmarks/startup.py [--rounds 31] [--releases RELEASES] [--check]

With ``--releases``, a folder of official release files as :mod:`add` takes it, every command is
measured twice in each round: with what comes with codelookup alone, and with all of those added,
and a CPT file of our own making as large as a real one. ``--check`` exits 1 if a limit is passed.
Run it with the Python of an installed codelookup (a wheel, not a checkout: a checkout also looks
whether its pages changed).
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from add import add, by_system, megabytes

SCRIPT = str(Path(sys.executable).parent / "codelookup")
BASE = "python -c pass"
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    BASE: ([sys.executable, "-c", "pass"], None),
    "import typer": ([sys.executable, "-c", "import typer"], None),
    "import codelookup": ([sys.executable, "-c", "import codelookup"], 1.3),
    "--help": ([SCRIPT, "--help"], 7.0),
    "show 90832 --json": ([SCRIPT, "show", "90832", "--json"], 6.5),
    "show 90832": ([SCRIPT, "show", "90832"], 6.5),
    "show E11.9": ([SCRIPT, "show", "E11.9"], 6.5),
    "compare 99213 99214": ([SCRIPT, "compare", "99213", "99214"], 7.0),
    "compare E11.9 E11.65": ([SCRIPT, "compare", "E11.9", "E11.65"], 7.0),
    "similar 90832": ([SCRIPT, "similar", "90832"], 7.0),
    "similar E11.9": ([SCRIPT, "similar", "E11.9"], 7.0),
    'search "talk therapy" --json': ([SCRIPT, "search", "talk therapy", "--json"], 8.0),
    'search "talk therpy" --json': ([SCRIPT, "search", "talk therpy", "--json"], 8.5),
    "show 90832, own pages": ([SCRIPT, "show", "90832"], 6.8),
    'search "talk therapy", own pages': ([SCRIPT, "search", "talk therapy"], 8.3),
    "completing show 9083": (["env", "_CODELOOKUP_COMPLETE=1", SCRIPT, "show", "9083"], 8.0),
    "completing a command": (["env", "_CODELOOKUP_COMPLETE=1", SCRIPT, "s"], 8.0),
    "show 90832, drawn": ([SCRIPT, "show", "90832"], 11.0),
    'search "talk therapy", drawn': ([SCRIPT, "search", "talk therapy"], 11.0),
}
CPT_CODES = 10_000
PEAK = 60
"""Megabytes that any of the commands may take."""


OWN_PAGE = """system = "cpt"
[codes.{}]
sections.preparation = ["Come to door 3.", "Bring the blue card."]
"""


def environment(data: Path, own: bool = False) -> dict[str, str]:
    """What a command runs in: added sets in ``data``, and with ``own`` three pages beside it."""
    # Bytecode is what an installed package has; a setting of this shell should not take it away.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env |= {"CODELOOKUP_DATA_DIR": str(data), "CODELOOKUP_CONFIG_DIR": str(data / "none")}
    if own:
        env["CODELOOKUP_CONFIG_DIR"] = env["CODELOOKUP_CACHE_DIR"] = str(data.parent / "own")
    return env


def write_own_pages(folder: Path) -> None:
    folder.mkdir(parents=True)
    for code in ("90832", "45378", "27447"):
        (folder / f"{code}.toml").write_text(OWN_PAGE.format(code), encoding="utf-8")


def once(command: list[str], drawn: bool, env: dict[str, str]) -> tuple[float, float]:
    """Seconds and megabytes that a command takes, on a terminal or with its output thrown away."""
    master, slave = pty.openpty() if drawn else (-1, subprocess.DEVNULL)
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=slave, stderr=slave, env=env)
    if drawn:
        os.close(slave)
        try:
            while os.read(master, 65536):
                pass
        except OSError:  # the other end has closed
            os.close(master)
    _, process.returncode, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, megabytes(usage)


def add_all(releases: Path, data: Path) -> None:
    """Add the releases, and CPT codes with descriptors that mean nothing."""
    env = environment(data)
    for system, files in by_system(releases).items():
        print(f"adding {', '.join(path.name for path in files)}", flush=True)
        add(system, files, env)
    table = data / "made-up.csv"
    rows = (f"{number:05},Made-up service {number % 997} of group {number % 89}\n"
            for number in range(CPT_CODES))  # fmt: skip
    table.write_text("code,descriptor\n" + "".join(rows))
    add("cpt", [table], env)


def measure(rounds: int, folders: dict[str, Path]) -> tuple[dict[tuple[str, str], float], float]:
    """Median seconds of every command and data folder, and the most megabytes of any."""
    times: dict[tuple[str, str], list[float]] = {}
    peak = 0.0
    for _ in range(rounds + 1):
        for name, (command, _) in COMMANDS.items():
            for title, data in folders.items():
                env = environment(data, "own pages" in name)
                taken, memory = once(command, "drawn" in name, env)
                times.setdefault((name, title), []).append(taken)
                peak = max(peak, memory)
    # The first round warms the disk cache.
    return {key: statistics.median(taken[1:]) for key, taken in times.items()}, peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--releases", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="codelookup-bench-") as folder:
        write_own_pages(Path(folder) / "own" / "pages")
        folders = {"as it comes": Path(folder) / "none"}
        if options.releases:
            folders["all added"] = Path(folder) / "all"
            folders["all added"].mkdir()
            add_all(options.releases, folders["all added"])
        medians, peak = measure(options.rounds, folders)
    base = statistics.mean(medians[BASE, title] for title in folders)
    failed = False
    print(f"{'':32}" + "".join(f"{f'ms, {title}':>18}{'ratio':>7}" for title in folders)
          + f"{'limit':>8}")  # fmt: skip
    for name, (_, limit) in COMMANDS.items():
        line = f"{name:32}"
        over = False
        for title in folders:
            ratio = medians[name, title] / base
            over = over or (limit is not None and ratio > limit)
            line += f"{medians[name, title] * 1000:18.1f}{ratio:7.2f}"
        failed = failed or over
        print(line + (f"{limit:8.1f}" if limit else "") + ("  over" if over else ""))
    print(f"peak memory of any of them: {peak:.0f} MB (limit {PEAK})")
    return 1 if options.check and (failed or peak > PEAK) else 0


if __name__ == "__main__":
    sys.exit(main())
