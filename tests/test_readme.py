"""The README's examples print what it shows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import needs

README = Path(__file__).resolve().parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8") if README.exists() else ""


def examples():
    """(command line, expected lines) of each example in a console block."""
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield pytest.param(command, output.rstrip("\n").split("\n"), id=command[:60])


@pytest.mark.parametrize(("command", "expected"), list(examples()))
def test_example(installed, tmp_path, command, expected):
    needs(*(tool for tool in ("jq", "fzf") if f"| {tool} " in command))
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=installed, capture_output=True, text=True
    )
    lines = (done.stdout + done.stderr).rstrip("\n").split("\n")
    # "..." on a line of its own stands for any further lines, or none.
    pattern = "".join(
        r"(?:\n.*)*" if line == "..." else "\n" + re.escape(line) for line in expected
    )
    assert re.fullmatch(pattern, "\n" + "\n".join(lines)), "\n".join(lines)


def test_there_are_examples():
    assert len(list(examples())) >= 6


def test_the_recipe_for_a_terminal(installed):
    needs("fzf")
    (recipe,) = [
        block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if "fzf" in block
    ]
    done = subprocess.run(
        recipe,
        shell=True,
        env={**installed, "FZF_DEFAULT_OPTS": "--filter=27447"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("27447  Total knee replacement\n")
    assert done.stderr == ""


def test_the_first_two_sh_blocks_set_up_everything():
    first, second = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)[:2]
    assert "pip install ." in first
    assert "codelookup search" in first
    assert "pytest" in second
