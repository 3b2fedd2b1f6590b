"""The README's examples print what it shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8") if README.exists() else ""


def examples():
    """(command line, expected lines) of each example in a console block."""
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield pytest.param(command, output.rstrip("\n").split("\n"), id=command[:60])


@pytest.mark.parametrize(("command", "expected"), list(examples()))
def test_example(environment, run, tmp_path, command, expected):
    if "jq" in command and not shutil.which("jq"):
        pytest.skip("jq is not installed")
    script = tmp_path / "codelookup"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m codelookup "$@"\n')
    script.chmod(0o755)
    done = subprocess.run(
        command,
        shell=True,
        cwd=tmp_path,
        env={**environment, "PATH": f"{tmp_path}:{environment['PATH']}"},
        capture_output=True,
        text=True,
    )
    lines = (done.stdout + done.stderr).rstrip("\n").split("\n")
    # "..." on a line of its own stands for any further lines, or none.
    pattern = "".join(
        r"(?:\n.*)*" if line == "..." else "\n" + re.escape(line) for line in expected
    )
    assert re.fullmatch(pattern, "\n" + "\n".join(lines)), "\n".join(lines)


def test_there_are_examples():
    assert len(list(examples())) >= 6


def test_the_first_two_sh_blocks_set_up_everything():
    first, second = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)[:2]
    assert "pip install ." in first
    assert "codelookup search" in first
    assert "pytest" in second
