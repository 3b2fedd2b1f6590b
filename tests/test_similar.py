"""``codelookup similar``: who is near, how each differs, and who says so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from codelookup.catalogue.store import Catalogue
from codelookup.find.lookup import CodeInput, find_code
from codelookup.find.neighbours import neighbours
from codelookup.find.wording import apart

FIXTURES = Path(__file__).parent / "fixtures"
HCPCS = "hcpcs/sample_anweb.txt"
PCS = "icd10pcs/icd10pcs_order_2026_sample.txt"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def catalogue(run, cache):
    (path,) = cache.glob("catalogue-*.sqlite")
    with Catalogue([path]) as opened:
        yield opened


def similar(run, *arguments, **more):
    return run("similar", *arguments, "--json", **more).json["similar"]


def by_code(near):
    return {entry["code"]: entry for entry in near}


def test_in_a_pipe(run, golden):
    done = run("similar", "90832", "--limit", "8")
    assert (done.code, done.err) == (0, "")
    assert all(line.count("\t") == 5 for line in done.out.splitlines())
    golden("similar-90832.txt", done.out)


def test_a_diagnosis_in_a_pipe(run, golden):
    golden("similar-E11.9.txt", run("similar", "E11.9").out)


@pytest.mark.parametrize(("code", "columns"), [("71020", 40), ("E11.9", 80)])
def test_on_a_terminal(draw, golden, code, columns):
    done = draw("similar", code, columns=columns)
    assert done.code == 0
    assert max(len(line) for line in ESCAPE.sub("", done.out).splitlines()) <= columns
    golden(f"terminal-similar-{code}-{columns}.txt", done.out)


def test_the_written_ones_stand_first_with_their_own_words(run):
    near = similar(run, "90832")
    (shown,) = run("show", "90832", "--json").json["concepts"]
    written = [(entry["code"], entry["difference"]) for entry in shown["similar"]]
    assert [(entry["code"], entry["difference"]) for entry in near][: len(written)] == written
    assert [entry["relation"] for entry in near[:3]] == ["family", "family", "similar"]
    origins = [entry["origin"] for entry in near]
    assert origins == sorted(origins, reverse=True)


def test_a_code_in_a_sentence_of_the_page_comes_with_that_sentence(run):
    near = by_code(similar(run, "76519"))
    assert near["92136"]["relation"] == "mentioned"
    assert near["92136"]["difference"] == "The light machine is 92136"


def test_no_page_stands_alone(catalogue):
    """Where no writer named a neighbour, the catalogue finds one."""
    pages = catalogue.query(0, "SELECT system, code, document FROM page")
    alone = [(system, code) for system, code, text in pages if not json.loads(text)["similar"]]
    assert len(pages) > 2000
    assert alone
    for system, code in alone:
        (rows,) = find_code(catalogue, CodeInput(code, False), [system])
        near = neighbours(catalogue, rows)
        assert near, code
        assert all(entry.display and entry.difference for entry in near)


def test_what_is_found_says_something_of_its_own(catalogue):
    """A phrase that fits any code would be filler."""
    rows = catalogue.query(0, "SELECT system, code FROM page ORDER BY place LIMIT 60 OFFSET 400")
    for system, code in rows:
        (found,) = find_code(catalogue, CodeInput(code, False), [system])
        for entry in neighbours(catalogue, found):
            assert (entry.system, entry.code) != (system, code)
            if entry.origin == "found":
                after, _, before = entry.difference.partition(" instead of ")
                assert after, entry
                assert before, entry
                assert after != before, entry


@pytest.mark.parametrize(
    ("code", "near", "difference"),
    [
        ("E11.9", "E10.9", "Type 1 instead of Type 2"),
        ("E11.9", "E11.6", "with other specified complications instead of without complications"),
        ("E11.9", "E11", 'one level up: not only "without complications"'),
        ("E11", "E11.9", 'adds "without complications"'),
        ("S52.521A", "S52.522A", "left radius instead of right radius"),
        ("S52.521A", "S52.521S", "sequela instead of initial encounter for closed fracture"),
        ("H40.1111", "H40.1112", "moderate stage instead of mild stage"),
        ("I10", "I15", "Secondary hypertension instead of Essential (primary) hypertension"),
        ("M17.11", "M17.12", "left knee instead of right knee"),
    ],
)
def test_diagnoses(run, code, near, difference):
    assert by_code(similar(run, code))[near]["difference"] == difference


def test_headers_say_that_they_are(run, draw):
    near = by_code(similar(run, "E11.9"))
    assert near["E11"]["billable"] is False
    assert near["E10.9"]["billable"] is True
    assert "Type 2 diabetes mellitus (header)" in ESCAPE.sub("", draw("similar", "E11.9").out)


def test_a_retired_code_leads_to_what_took_its_place(run):
    first = similar(run, "71020")[0]
    assert (first["code"], first["relation"]) == ("71046", "replaced_by")
    assert first["difference"] == "took its place after 2017-12-31"


def test_the_limit(run, draw):
    document = run("similar", "45378", "--limit", "3", "--json").json
    assert len(document["similar"]) == 3
    assert document["total"] > 12
    assert f"--limit {document['total']}" in draw("similar", "45378", "--limit", "3").out
    assert run("similar", "45378", "--limit", "0").code == 2


def test_unknown_codes(run):
    done = run("similar", "90823")
    assert (done.code, done.out) == (1, "")
    assert "90832  Talk therapy" in done.err
    document = run("similar", "90823", "--json").json
    assert document["concept"] is None
    assert document["not_found"][0]["query"] == "90823"
    assert run("similar").code == 2


def test_modifiers_make_no_difference(run):
    assert similar(run, "99213-25") == similar(run, "99213")


@pytest.fixture(scope="module")
def with_procedures(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("procedures")
    env = {"CODELOOKUP_DATA_DIR": str(folder)}
    sample = FIXTURES / PCS
    assert run("systems", "add", "icd10pcs", "--file", str(sample), env=env).code == 0
    return env


def test_procedures_differ_by_a_character(run, with_procedures):
    near = by_code(similar(run, "00H003Z", env=with_procedures))
    assert near["00H033Z"]["difference"] == "approach: Percutaneous instead of Open"
    near = by_code(similar(run, "0SR9029", env=with_procedures))
    assert near["0SR902Z"]["difference"] == "qualifier: None instead of Glued"
    assert near["0SR902Z"]["relation"] == "character"


def test_tables_of_procedures(run, with_procedures):
    near = by_code(similar(run, "0SR", env=with_procedures))
    assert near["0SR902Z"]["difference"].startswith("only Sample Joint, Open")


def test_an_equipment_list_without_a_hierarchy(run, tmp_path):
    sample = next(line for line in (FIXTURES / HCPCS).read_bytes().splitlines() if b"A0001" in line)

    def line(code, text):
        return code.encode() + sample[5:11] + text.ljust(80).encode() + sample[91:] + b"\r\n"

    wordings = {
        "E0840": "Traction frame, attached to headboard, cervical traction",
        "E0841": "Traction frame, attached to footboard, cervical traction",
        "E0842": "Commode chair, mobile, with fixed arms",
        "E0843": "Commode chair, mobile, with detachable arms",
    }
    path = tmp_path / "list.txt"
    path.write_bytes(b"".join(line(*entry) for entry in wordings.items()))
    env = {"CODELOOKUP_DATA_DIR": str(tmp_path / "data")}
    done = run("systems", "add", "hcpcs", "--file", str(path), env=env)
    assert done.code == 0, done.err
    done = run("similar", "E0840", "--system", "hcpcs", env=env)
    assert done.out.split("\t")[0] == "E0841"
    assert "footboard instead of headboard" in done.out
    assert "E0843" not in done.out
    assert "write E08.40." in run("similar", "E0840", env=env).err


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["Cut on right hand, first visit", "Cut on left hand, first visit"],
         ("right hand", "left hand")),
        (["Asthma with fever", "Asthma without fever"], ("with fever", "without fever")),
        (["Visit (level 3)", "Visit (level 4)"], ("level 3", "level 4")),
        (["Burn, up to 2 cm", "Burn, 3 to 4 cm"], ("up to 2 cm", "3 to 4 cm")),
        (["Flu shot (Brand One)", "Flu shot (Other)"], ("Brand One", "Other")),
        (["Brace (small size)", "Brace (large size)"], ("small size", "large size")),
        (["Drug that has no code", "Chair that has no code"], ("Drug", "Chair")),
        (["Asthma", "Asthma, mild"], ("", "mild")),
        (["Asthma", "Gout"], ("Asthma", "Gout")),
        (["Same", "Same"], ("", "")),
        (["A b", "A c", "A d"], ("b", "c", "d")),
    ],
)  # fmt: skip
def test_the_words_in_which_names_differ(names, parts):
    assert apart(names).parts == parts
