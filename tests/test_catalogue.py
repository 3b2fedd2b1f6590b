"""Compiling and opening catalogues: what a checkout does, and what goes wrong with files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from codelookup.catalogue.build import Builder
from codelookup.catalogue.postings import lowest, pack, unpack
from codelookup.catalogue.store import Catalogue
from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Note, Release

RELEASE = Release("icd10cm", "A small release", "2030")
CONCEPTS = [
    Concept("icd10cm", "A00-B99", "Infections", level="chapter", billable=False),
    Concept("icd10cm", "A00", "Cholera", level="header", billable=False, parent="A00-B99"),
    Concept("icd10cm", "A00.0", "Cholera due to Vibrio", parent="A00"),
    Concept(
        "icd10cm",
        "A00.9",
        "Cholera, unspecified",
        parent="A00",
        designations=(Designation("inclusion", "Rice water disease"),),
        notes=(Note("excludes1", "carrier"),),
    ),
]


def test_a_header_is_found_as_its_general_code(tmp_path):
    target = tmp_path / "small.sqlite"
    with Builder(target) as builder:
        builder.add_release(RELEASE, CONCEPTS)
    db = sqlite3.connect(target)
    rows = dict(
        db.execute(
            "SELECT alias.text, concept.code FROM alias JOIN concept ON concept.id = alias.concept"
        )
    )
    assert rows["Cholera"] == "A00.9"
    assert rows["Rice water disease"] == "A00.9"
    assert rows["Cholera due to Vibrio"] == "A00.0"


def test_the_names_of_a_word(tmp_path):
    target = tmp_path / "small.sqlite"
    with Builder(target) as builder:
        builder.add_release(RELEASE, CONCEPTS)
    with Catalogue([target]) as catalogue:
        names = dict(catalogue.query(0, "SELECT id, text FROM alias"))
        found = [names[number] for number in lowest(catalogue.names_with(0, "cholera"))]
        # What says least besides stands first.
        assert found == ["Cholera", "Cholera, unspecified", "Cholera due to Vibrio"]
        assert lowest(catalogue.names_with(0, "cholera"), 1)[0] == min(names)
        assert catalogue.names_with(0, "plague") == 0
        assert catalogue.query(0, "SELECT * FROM alias_range") == [("icd10cm", 0, 1, len(names))]


def test_names_are_kept_when_more_are_added(tmp_path):
    base, target = tmp_path / "base.sqlite", tmp_path / "more.sqlite"
    with Builder(base) as builder:
        builder.add_release(RELEASE, CONCEPTS)
    with Builder(target, base=base) as builder:
        builder.add_synonyms("icd10cm", [("A009", "Asiatic cholera"), ("A009", "cholera")])
    with Catalogue([base]) as before, Catalogue([target]) as after:
        names = [
            {row[0] for row in catalogue.query(0, "SELECT text FROM alias")}
            for catalogue in (before, after)
        ]
        assert names[1] - names[0] == {"Asiatic cholera"}
        assert names[0] < names[1]
        assert after.query(0, "SELECT names FROM word WHERE word = 'cholera'") == [(4,)]


def test_a_damaged_list_of_names_is_one_clear_sentence(tmp_path):
    target = tmp_path / "small.sqlite"
    with Builder(target) as builder:
        builder.add_release(RELEASE, CONCEPTS)
    with sqlite3.connect(target) as db:
        db.execute("UPDATE word SET aliases = x'00ff'")
    db.close()
    with Catalogue([target]) as catalogue, pytest.raises(DataError, match="damaged"):
        catalogue.names_with(0, "cholera")


def test_numbers_of_any_size_come_back():
    for numbers in ([], [1], [8, 63, 64, 65, 4095], [*range(1, 5000, 7), 200_000]):
        assert lowest(unpack(pack(numbers))) == numbers


def test_escape_sequences_in_a_release_are_left_out(tmp_path):
    target = tmp_path / "small.sqlite"
    evil = Concept(
        "icd10cm", "A00", "Chol\x1b[31mera", notes=(Note("note", "rings\x07 a \x9bbell"),)
    )
    with Builder(target) as builder:
        builder.add_release(RELEASE, [evil])
    db = sqlite3.connect(target)
    assert db.execute("SELECT display FROM concept").fetchone() == ("Chol[31mera",)
    (facts,) = db.execute("SELECT facts FROM concept").fetchone()
    assert '"rings a bell"' in facts


def test_a_failed_build_leaves_what_was_there(tmp_path):
    target = tmp_path / "small.sqlite"
    target.write_bytes(b"before")

    def broken():
        yield CONCEPTS[0]
        raise DataError("The file ends in the middle.")

    with pytest.raises(DataError), Builder(target) as builder:
        builder.add_release(RELEASE, broken())
    assert target.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["small.sqlite"]


def test_a_full_disk_is_one_clear_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        Builder(tmp_path / "file.txt" / "x" / "catalogue.sqlite").__enter__() if (
            (tmp_path / "file.txt").write_text("a file, not a folder")
        ) else None


@pytest.fixture
def bundled(cache, run):
    """A copy of the compiled catalogue of this checkout or install."""
    from codelookup.catalogue import bundled as module

    if module.BUNDLED.exists():
        pytest.skip("an installed wheel has its catalogue inside")
    return next(cache.glob("catalogue-*.sqlite"))


def test_a_damaged_catalogue_exits_3(run, bundled, tmp_path, cache):
    shutil.copytree(cache, tmp_path / "cache")
    path = tmp_path / "cache" / bundled.name
    path.write_bytes(path.read_bytes()[:8192] + b"\x00" * 4096)
    done = run("show", "90832", env={"CODELOOKUP_CACHE_DIR": str(tmp_path / "cache")})
    assert done.code == 3
    assert "damaged" in done.err
    assert "Traceback" not in done.err


def test_an_unwritable_cache_still_works(run, tmp_path, bundled):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = run("show", "90832", env={"CODELOOKUP_CACHE_DIR": str(blocked / "cache")})
    assert done.code == 0
    assert done.out.startswith("90832")
    assert "cannot be written" in done.err


def test_two_processes_may_compile_at_once(environment, tmp_path, bundled):
    env = {**environment, "CODELOOKUP_CACHE_DIR": str(tmp_path / "fresh")}
    command = [sys.executable, "-m", "codelookup", "show", "90832"]
    both = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
        assert out.startswith(b"90832")
        assert b"Compiling the catalogue" in err
    left = {path.suffix for path in (tmp_path / "fresh").iterdir()}
    assert left == {".sqlite", ".txt"}


def test_a_changed_time_alone_compiles_nothing(run, cache, bundled):
    from codelookup.catalogue import bundled as module

    page = module.CHECKOUT_DATA / "cpt" / "a1c.toml"
    before = bundled.stat().st_mtime_ns
    status = page.stat()
    os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    try:
        done = run("show", "83036")
    finally:
        os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert done.code == 0
    assert done.err == ""
    assert bundled.stat().st_mtime_ns == before
