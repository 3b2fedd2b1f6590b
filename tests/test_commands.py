"""The other commands, and what all of them share: JSON, exit codes, streams, colour."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

CONCEPT_KEYS = {
    "system", "system_uri", "code", "display", "kind", "specialty", "status", "has_page",
    "release", "descriptor", "level", "billable", "effective", "used_until", "replaced_by",
    "designations", "sections", "similar", "path", "children", "notes", "properties",
    "modifiers", "sources", "edited", "clinical_review", "notice", "own_page",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema(run):
    done = run("schema")
    assert done.code == 0
    return done.json


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "talk therapy"),
        ("search", "zzzqqq"),
        ("search", ""),
        ("search", "E119"),
        ("show", "90832", "E11", "nonsense", "E11.99"),
        ("show", "S52.521A"),
        ("show", "90832", "--section", "nope"),
        ("list", "--kind", "transport"),
        ("systems",),
        ("show",),
        ("compare", "99213", "99214"),
        ("compare", "E11.9", "I10", "90832", "--all"),
        ("compare", "90832", "nonsense"),
        ("compare", "90832"),
        ("similar", "90832"),
        ("similar", "E11.9", "--limit", "2"),
        ("similar", "nonsense"),
    ],
)
def test_every_answer_fits_the_schema(run, schema, arguments):
    document = run(*arguments, "--json").json
    jsonschema.validate(document, schema)
    assert document["schema_version"] == 1
    assert document["command"] == arguments[0]


def test_exact_keys(run):
    shown = run("show", "90832", "nonsense", "--json").json
    assert set(shown) == {"schema_version", "command", "concepts", "not_found"}
    assert set(shown["concepts"][0]) == CONCEPT_KEYS
    assert set(shown["not_found"][0]) == {"query", "reason", "suggestions"}
    assert set(shown["concepts"][0]["sections"]["risks"]) == {"title", "blocks"}
    found = run("search", "talk therapy", "--json").json
    assert set(found) == {
        "schema_version", "command", "query", "corrected_query", "results", "suggestions",
    }  # fmt: skip
    assert set(found["results"][0]) == {
        "rank", "system", "system_uri", "code", "display", "match", "score", "has_page", "own_page",
    }  # fmt: skip
    listed = run("list", "--json").json
    assert set(listed["concepts"][0]) == {
        "system", "code", "display", "kind", "specialty", "own_page",
    }  # fmt: skip


def test_system_uris(run):
    shown = run("show", "90832", "E0601", "E11.9", "--json").json["concepts"]
    assert [entry["system_uri"] for entry in shown] == [
        "http://www.ama-assn.org/go/cpt",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "http://hl7.org/fhir/sid/icd-10-cm",
    ]


def test_sections_stand_in_the_documented_order(run):
    (concept,) = run("show", "90832", "--json").json["concepts"]
    order = [
        "summary",
        "purpose",
        "indications",
        "preparation",
        "procedure",
        "tools",
        "anesthesia",
        "duration",
        "setting",
        "personnel",
        "risks",
        "benefits",
        "recovery",
        "alternatives",
        "experience",
        "results",
        "when_to_call",
        "questions",
        "billing",
    ]
    assert list(concept["sections"]) == [name for name in order if name in concept["sections"]]
    assert len(concept["sections"]) == 18


def test_list_narrows(run):
    done = run("list", "--system", "hcpcs", "--kind", "equipment")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert ["E0601", "hcpcs", "CPAP machine for sleep apnea", "equipment"] in [
        row[:4] for row in rows
    ]
    assert {row[1] for row in rows} == {"hcpcs"}
    assert {row[3] for row in rows} == {"equipment"}


def test_list_with_nothing_in_it(run):
    done = run("list", "--specialty", "astrology")
    assert (done.code, done.out) == (1, "")
    assert "mental health" in done.err


def test_list_with_an_unknown_kind(run):
    done = run("list", "--kind", "toy")
    assert done.code == 2
    assert "equipment" in done.err


def test_systems_counts(run):
    systems = {entry["system"]: entry for entry in run("systems", "--json").json["systems"]}
    diagnoses = systems["icd10cm"]
    assert diagnoses["codes"] > 98_000
    assert diagnoses["codes"] == diagnoses["billable"] + diagnoses["headers"]
    assert systems["cpt"]["pages"] >= 10


def test_version_and_help(run):
    assert run("--version").out.startswith("codelookup 0.")
    for flag in ("-h", "--help"):
        done = run(flag)
        assert done.code == 0
        assert 'codelookup search "talk therapy"' in done.out
    for command in (
        "search",
        "show",
        "compare",
        "similar",
        "list",
        "systems",
        "schema",
        "validate",
    ):
        assert "Usage: codelookup " + command in run(command, "-h").out


def test_unknown_command_and_option(run):
    done = run("serch", "x")
    assert done.code == 2
    assert "serch" in done.err
    assert "Traceback" not in done.err
    done = run("show", "90832", "--colour")
    assert done.code == 2
    assert "--colour" in done.err


def test_a_closed_pipe_is_silent(environment, run):
    done = subprocess.run(
        f"'{sys.executable}' -m codelookup show 90832 E11 27447 | head -n 1",
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("90832")
    assert done.stderr == ""


def test_ctrl_c(environment, run):
    process = subprocess.Popen(
        [sys.executable, "-m", "codelookup", "search", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"asthma\n" * 2000)
    process.stdin.flush()
    process.stdout.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err


@pytest.mark.parametrize(
    "env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "TERM=dumb"]
)
def test_colour_can_be_switched_off(draw, env):
    assert "\x1b[" not in draw("show", "90832", env=env).out


def test_no_color_option(draw):
    assert "\x1b[" in draw("show", "90832").out
    assert "\x1b[" not in draw("show", "90832", "--no-color").out


def test_nothing_heavy_is_imported(environment, run):
    heavy = {"rich", "rapidfuzz", "tomli", "textstat", "xml.etree", "importlib.metadata", "html"}
    for arguments in (
        ["show", "90832", "--json"],
        ["search", "talk therapy", "--json"],
        ["compare", "99213", "99214"],
        ["similar", "90832"],
        ["similar", "E11.9"],
    ):
        code = (
            "import sys; sys.argv[1:] = " + repr(arguments) + "\n"
            "import atexit, codelookup.cli\n"
            "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
            "codelookup.cli.main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        )
        loaded = set(done.stderr.split())
        assert "codelookup.catalogue.store" in loaded
        assert not heavy & loaded


def test_the_process_leaves_no_trace(environment, run, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    env = {**environment, "HOME": str(home), "CODELOOKUP_DATA_DIR": str(home / "data")}
    subprocess.run(
        [sys.executable, "-m", "codelookup", "search", "talk therapy"],
        env=env, check=True, capture_output=True,
    )  # fmt: skip
    assert list(home.iterdir()) == []


def test_json_is_one_line_in_a_pipe_and_indented_on_a_terminal(run, draw):
    assert run("show", "90832", "--json").out.count("\n") == 1
    drawn = draw("show", "90832", "--json").out
    assert drawn.count("\n") > 50
    assert json.loads(drawn)["command"] == "show"


def test_other_encodings_do_not_break_it(run):
    done = run("show", "90832", env={"PYTHONIOENCODING": "ascii", "LANG": "C"})
    assert done.code == 0
    assert os.linesep.join(["90832"])[:5] == done.out[:5]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("command", [("show", "90832"), ("list", "--all"), ("systems", "--json")])
def test_a_full_disk_gets_a_sentence(environment, run, command):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "codelookup", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
    assert done.returncode == 3
    assert done.stderr == "codelookup: The answer cannot be written: No space left on device.\n"
