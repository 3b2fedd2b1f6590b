"""What a stranger gets: a wheel, installed in an empty virtual environment, and used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(
    not (ROOT / "hatch_build.py").exists(), reason="needs the checkout to build from"
)


def build(source: Path, target: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q",
         "--wheel-dir", str(target), str(source)],
        check=True,
    )  # fmt: skip
    (wheel,) = target.glob("codelookup-*.whl")
    return wheel


def copy_of_sources(target: Path, *, without: str = "") -> Path:
    made = ".git .venv bundled __pycache__ *.sqlite build dist node_modules"
    leave = shutil.ignore_patterns(*made.split(), without)
    shutil.copytree(ROOT, target, ignore=leave)
    return target


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = copy_of_sources(tmp_path_factory.mktemp("source") / "codelookup")
    return build(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The console script of a virtual environment with nothing but the wheel."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(venv / "bin" / "pip"), "install", "-q", str(wheel)], check=True)
    return venv / "bin" / "codelookup"


def use(script, *arguments, home):
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    return subprocess.run([str(script), *arguments], env=env, capture_output=True, text=True)


def test_what_is_in_the_wheel(wheel):
    assert wheel.stat().st_size < 30_000_000
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "codelookup/bundled/catalogue.sqlite" in names
    assert "codelookup/data/cpt/psychotherapy.toml" in names
    assert "codelookup/document/schema.json" in names
    assert "codelookup/py.typed" in names
    assert any(name.endswith(".data/data/share/man/man1/codelookup.1") for name in names)
    assert not [name for name in names if name.endswith((".xml", ".part"))]


def test_the_installed_command(installed, tmp_path):
    done = use(installed, "search", "talk therapy", home=tmp_path)
    assert done.returncode == 0
    assert {line.split("\t")[0] for line in done.stdout.splitlines()[:3]} == {
        "90832", "90834", "90837",
    }  # fmt: skip
    assert use(installed, "show", "E11.9", home=tmp_path).stdout.startswith("E11.9  Type 2")
    handout = use(installed, "show", "90832", "--format", "html", home=tmp_path)
    assert handout.stdout.startswith("<!doctype html>")
    assert use(installed, "validate", home=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_the_manual_page_lies_where_man_looks(installed, tmp_path):
    page = installed.parent.parent / "share" / "man" / "man1" / "codelookup.1"
    made = subprocess.run(
        [sys.executable, "-m", "codelookup.manual"], capture_output=True, text=True, check=True
    )
    written = page.read_text(encoding="ascii").splitlines()
    assert written[0].startswith(".TH CODELOOKUP 1 ")
    assert written[1:] == made.stdout.splitlines()[1:]  # the first has the day


def test_a_read_only_install_works(installed, tmp_path):
    package = next(installed.parent.parent.glob("lib/*/site-packages/codelookup"))
    catalogue = package / "bundled" / "catalogue.sqlite"
    catalogue.chmod(0o444)
    catalogue.parent.chmod(0o555)
    try:
        assert use(installed, "show", "90832", home=tmp_path).returncode == 0
    finally:
        catalogue.parent.chmod(0o755)


def test_a_missing_catalogue_says_how_to_mend_it(installed, tmp_path):
    package = next(installed.parent.parent.glob("lib/*/site-packages/codelookup"))
    catalogue = package / "bundled" / "catalogue.sqlite"
    catalogue.rename(tmp_path / "away")
    try:
        done = use(installed, "show", "90832", home=tmp_path)
    finally:
        (tmp_path / "away").rename(catalogue)
    assert done.returncode == 3
    assert "is missing" in done.stderr
    assert "pip install --force-reinstall codelookup" in done.stderr


def test_a_wheel_without_cpt_works_all_the_same(tmp_path):
    source = copy_of_sources(tmp_path / "codelookup", without="cpt")
    assert not (source / "data" / "cpt").exists()
    wheel = build(source, tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path)}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "codelookup", *arguments],
            env=env, cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip

    assert run("show", "E0601").returncode == 0
    assert run("search", "cpap machine").stdout.startswith("E0601\t")
    gone = run("show", "90832")
    assert gone.returncode == 1
    assert "looks like a CPT code" in gone.stderr
    assert run("list", "--system", "cpt").returncode == 1


def test_a_mistake_in_a_page_stops_the_build(tmp_path):
    source = copy_of_sources(tmp_path / "codelookup")
    page = source / "data" / "cpt" / "a1c.toml"
    page.write_text(page.read_text().replace('kind = "test"', 'kind = "tset"'))
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(tmp_path), str(source)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert 'a1c.toml:2: CL004 kind is "tset"; did you mean "test"?' in done.stdout + done.stderr
