"""``codelookup show``: pages, official facts, sections, codes as people type them."""

from __future__ import annotations

import re

import pytest

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def test_page_in_a_pipe(run, golden):
    done = run("show", "90832")
    assert (done.code, done.err) == (0, "")
    golden("show-90832.txt", done.out)


def test_diagnosis_in_a_pipe(run, golden):
    done = run("show", "E11.9")
    assert (done.code, done.err) == (0, "")
    golden("show-E11.9.txt", done.out)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_page_on_a_terminal(draw, golden, columns):
    done = draw("show", "90832", columns=columns)
    assert done.code == 0
    plain = ESCAPE.sub("", done.out)
    assert max(len(line) for line in plain.splitlines()) <= min(columns, 88)
    if columns != 200:
        golden(f"terminal-90832-{columns}.txt", done.out)


def test_no_line_is_wrapped_in_a_pipe(run):
    out = run("show", "27447", env={"COLUMNS": "40"}).out
    assert max(len(line) for line in out.splitlines()) > 88


@pytest.mark.parametrize("typed", ["E119", "e11.9", " e119 ", "E11.9."])
def test_a_code_however_it_is_typed(run, typed):
    concepts = run("show", typed, "--json").json["concepts"]
    assert [(entry["system"], entry["code"]) for entry in concepts] == [("icd10cm", "E11.9")]


def test_a_dot_says_icd(run):
    assert [entry["code"] for entry in run("show", "E06.01", "--json").json["concepts"]] == []
    both = run("show", "E0601", "--json").json["concepts"]
    assert [(entry["system"], entry["code"]) for entry in both] == [("hcpcs", "E0601")]


def test_place_in_the_hierarchy(run):
    (concept,) = run("show", "E11.9", "--json").json["concepts"]
    assert [step["code"] for step in concept["path"]] == ["E00-E89", "E08-E13", "E11"]
    assert concept["billable"] is True
    inherited = [note for note in concept["notes"] if note["from"] == "E11"]
    assert {"use_additional", "excludes1"} <= {note["type"] for note in inherited}


def test_header_lists_what_is_below(run):
    (concept,) = run("show", "e11", "--json").json["concepts"]
    assert concept["status"] == "header"
    assert concept["billable"] is False
    assert "E11.9" in [child["code"] for child in concept["children"]]


def test_seventh_character_code(run):
    (concept,) = run("show", "S52.521A", "--json").json["concepts"]
    assert concept["display"].endswith("initial encounter for closed fracture")
    assert concept["path"][-1]["code"] == "S52.521"


def test_one_section(run, golden):
    done = run("show", "90832", "--section", "risks")
    golden("section-risks.txt", done.out)


@pytest.mark.parametrize(
    ("asked", "section"),
    [
        ("side effects", "risks"),
        ("Risks and Complications", "risks"),
        ("getting ready", "preparation"),
        ("WHEN TO CALL", "when_to_call"),
        ("prep", "preparation"),
        ("how long", "duration"),
    ],
)
def test_sections_by_the_names_people_use(run, asked, section):
    (concept,) = run("show", "27447", "--section", asked, "--json").json["concepts"]
    assert list(concept["sections"]) == [section]


def test_unknown_section_names_the_known(run):
    done = run("show", "90832", "--section", "riskz")
    assert done.code == 2
    assert 'Did you mean "risks"?' in done.err
    assert "when_to_call" in done.err
    assert done.out == ""


def test_modifier_is_explained(run):
    (concept,) = run("show", "90832-95", "--json").json["concepts"]
    (modifier,) = concept["modifiers"]
    assert modifier["code"] == "95"
    assert "video" in f"{modifier['display']} {modifier['summary']}".lower()
    assert run("show", "90832", "95", "--json").json["concepts"] == [concept]


def test_known_codes_are_shown_beside_an_unknown_one(run):
    done = run("show", "90832", "90823", "E11.9")
    assert done.code == 1
    assert done.out.startswith("90832  ")
    assert "E11.9  Type 2" in done.out
    assert "90823 is not known" in done.err
    assert "90832  Talk therapy" in done.err


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("D1110", "dental"),
        ("0450", "revenue code"),
        ("0DTJ4ZZ", "ICD-10-PCS"),
        ("J9999", "HCPCS"),
        ("talk therapy", 'codelookup search "talk therapy"'),
    ],
)
def test_what_is_not_here_says_what_it_is(run, typed, says):
    done = run("show", typed)
    assert done.code == 1
    assert done.out == ""
    assert says in done.err


def test_a_slip_in_a_diagnosis_finds_the_real_one(run):
    (missing,) = run("show", "E11.99", "--json").json["not_found"]
    assert "E11.9" in [near["code"] for near in missing["suggestions"]]


def test_codes_from_stdin(run):
    done = run("show", "-", "--json", stdin="90832\n\n  E11.9 \n")
    assert [entry["code"] for entry in done.json["concepts"]] == ["90832", "E11.9"]


def test_the_same_code_is_shown_once(run):
    assert len(run("show", "90832", "90832", "--json").json["concepts"]) == 1
