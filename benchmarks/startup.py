"""Start-up of whole processes, as multiples of ``python -c pass``.

Rounds are paired: every command runs once a round, so what else the machine does hits all alike.
Medians are shown.

    python benchmarks/startup.py [--rounds 31] [--check]

``--check`` exits 1 if a limit is passed. Run it with the Python of an installed codelookup (a
wheel, not a checkout: a checkout also looks whether its pages changed).
"""

from __future__ import annotations

import argparse
import os
import pty
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = str(Path(sys.executable).parent / "codelookup")
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "import typer": ([sys.executable, "-c", "import typer"], None),
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
    "show 90832, drawn": ([SCRIPT, "show", "90832"], 11.0),
    'search "talk therapy", drawn': ([SCRIPT, "search", "talk therapy"], 11.0),
}


def once(command: list[str], drawn: bool) -> float:
    # Bytecode is what an installed package has; a setting of this shell should not take it away.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    started = time.perf_counter()
    if drawn:
        master, slave = pty.openpty()
        with subprocess.Popen(command, stdout=slave, stderr=slave, env=env) as process:
            os.close(slave)
            try:
                while os.read(master, 65536):
                    pass
            except OSError:
                pass
            process.wait()
        os.close(master)
    else:
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds + 1):
        for name, (command, _) in COMMANDS.items():
            times[name].append(once(command, "drawn" in name))
    # The first round warms the disk cache.
    medians = {name: statistics.median(taken[1:]) for name, taken in times.items()}
    base = medians["python -c pass"]
    failed = False
    print(f"{'':32}{'ms':>8}{'ratio':>8}{'limit':>8}")
    for name, (_, limit) in COMMANDS.items():
        ratio = medians[name] / base
        over = limit is not None and ratio > limit
        failed = failed or over
        shown = f"{limit:8.1f}" if limit else " " * 8
        print(f"{name:32}{medians[name] * 1000:8.1f}{ratio:8.2f}{shown}{'  over' if over else ''}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of any of them: {peak:.0f} MB (limit 60)")
    failed = failed or peak > 60
    return 1 if failed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
