"""A clean surrounding for every test: an empty home, no settings of the machine's user."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).parent / "golden"


class Done(NamedTuple):
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests, so that a checkout compiles its catalogue once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def environment(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    kept = ("PATH", "SYSTEMROOT", "VIRTUAL_ENV")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CODELOOKUP_CACHE_DIR": str(cache),
        "CODELOOKUP_DATA_DIR": str(home / "data"),
        "TERM": "xterm-256color",
        "COLUMNS": "80",
    }


Run = Callable[..., Done]


@pytest.fixture(scope="session")
def run(environment: dict[str, str]) -> Run:
    """Run the command in a process of its own, with a pipe for stdout."""

    def runner(*arguments: str, stdin: str | bytes = "", env: dict[str, str] | None = None) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "codelookup", *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={**environment, **(env or {})},
            timeout=120,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    # Whatever a checkout says about compiling is said here, not in a test's stderr.
    runner("show", "90832")
    return runner


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """The data folder that ``own`` gives to the command."""
    return tmp_path / "data"


@pytest.fixture
def own(run: Run, own_data: Path) -> Run:
    """Run the command with a data folder that only this test has."""

    def runner(*arguments: str, **more: Any) -> Done:
        return run(*arguments, env={"CODELOOKUP_DATA_DIR": str(own_data)}, **more)

    return runner


@pytest.fixture(scope="session")
def installed(environment: dict[str, str], run: Run, tmp_path_factory: pytest.TempPathFactory):
    """The environment with ``codelookup`` and this ``python`` on its PATH, for what shells run."""
    folder = tmp_path_factory.mktemp("bin")
    for name, module in (("codelookup", "-m codelookup"), ("python", "")):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n')
        script.chmod(0o755)
    return {**environment, "PATH": f"{folder}:{environment['PATH']}"}


def needs(*tools: str) -> None:
    """Skip the test where a program is missing; with REQUIRE_TOOLS set, as in CI, fail it."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        message = f"not installed: {', '.join(missing)}"
        if os.environ.get("REQUIRE_TOOLS"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def draw(environment: dict[str, str], run: Run) -> Run:
    """Run the command on a pseudo-terminal; ``out`` is what it drew."""

    def runner(
        *arguments: str,
        columns: int = 80,
        env: dict[str, str] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "codelookup"),
    ) -> Done:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env={**environment, "COLUMNS": str(columns), **(env or {})},
        )
        os.close(slave)
        drawn = b""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # Linux says so when the other end has closed
                    break
                if not piece:
                    break
                drawn += piece
            elif process.poll() is not None:
                break
        assert process.stderr is not None
        error = process.stderr.read().decode()
        process.stderr.close()
        code = process.wait(10)
        os.close(master)
        return Done(code, drawn.decode().replace("\r\n", "\n"), error)

    return runner


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare text with a file in ``golden``; ``UPDATE_GOLDEN=1`` writes it anew."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
