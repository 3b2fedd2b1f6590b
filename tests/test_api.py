"""``import codelookup``: the look-ups as functions, with the documents that the commands print."""

from __future__ import annotations

import csv
import gc
import locale
import os
import shutil
import subprocess
import sys
import typing
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import jsonschema
import pytest
from examples import programs

import codelookup
from codelookup.document import types

ROOT = Path(__file__).resolve().parent.parent
BILL = "03/04/2026  99214-25  visit      POS 11  $268.00\nDx: E11.9\n"


@pytest.fixture(autouse=True)
def at_hand(environment, run, monkeypatch):
    """The functions in this process see what the commands of the other tests see."""
    for name, value in environment.items():
        if name == "HOME" or name.startswith("CODELOOKUP_"):
            monkeypatch.setenv(name, value)
    yield
    codelookup.close()


def python(code, environment, *options):
    """What a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, *options, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout


# -- importing -------------------------------------------------------------------------------


def test_importing_loads_nothing_else(environment):
    code = (
        "import sys; before = set(sys.modules); import codelookup; "
        "print(*sorted(set(sys.modules) - before))"
    )
    assert python(code, environment).split() == ["codelookup"]


def test_no_command_line_comes_with_it(environment):
    code = (
        "import sys, gc, codelookup; codelookup.lookup('90832'); codelookup.search('knee scope');"
        "print(gc.isenabled(), [name for name in ('typer', 'rich', 'codelookup.cli',"
        " 'codelookup.commands', 'codelookup.render') if name in sys.modules])"
    )
    assert python(code, environment) == "True []\n"


def test_names_are_listed_and_others_are_not_there():
    assert set(codelookup.__all__) <= set(dir(codelookup))
    for name in codelookup.__all__:
        assert getattr(codelookup, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'serch'"):
        codelookup.serch  # noqa: B018


# -- what the functions answer ---------------------------------------------------------------


def test_the_documents_are_those_of_the_commands(run, tmp_path):
    bill = tmp_path / "bill.txt"
    bill.write_text(BILL)
    for document, arguments in (
        (codelookup.search("brain mri", limit=3), ["search", "brain mri", "--limit", "3"]),
        (codelookup.search("flu", system="ICD-10"), ["search", "flu", "--system", "icd10cm"]),
        (codelookup.lookup("90832", "e119", "90823"), ["show", "90832", "e119", "90823"]),
        (
            codelookup.lookup("27447", sections=["side effects", "recovery"]),
            ["show", "27447", "-s", "risks", "-s", "recovery"],
        ),
        (
            codelookup.check("71020", "E11", on=date(2017, 6, 30)),
            ["check", "71020", "E11", "--date", "2017-06-30"],
        ),
        (codelookup.similar("90832", limit=4), ["similar", "90832", "--limit", "4"]),
        (codelookup.compare("45378", "G0121"), ["compare", "45378", "G0121"]),
        (
            codelookup.compare("99213", "99214", sections="billing", everything=True),
            ["compare", "99213", "99214", "--section", "billing", "--all"],
        ),
        (codelookup.explain(BILL, name="standard input"), ["explain", "-"]),
        (codelookup.explain_file(bill), ["explain", str(bill)]),
        (codelookup.pages(kind="surgery"), ["list", "--kind", "surgery"]),
        (codelookup.systems(), ["systems"]),
    ):
        assert document == run(*arguments, "--json", stdin=BILL).json, arguments
        assert document["schema_version"] == codelookup.SCHEMA_VERSION


def test_a_day_with_a_time_is_that_day():
    last = codelookup.check("71020", on=datetime(2017, 12, 31, 23, 59))
    assert last["date"] == "2017-12-31"
    assert last["checks"][0]["usable"]


def test_bytes_of_any_file_that_is_a_bill():
    as_text = codelookup.explain("Größe\nCPT 99213 visit\n")
    assert codelookup.explain("Größe\nCPT 99213 visit\n".encode("utf-16")) == as_text
    page = b"<!doctype html><html><body><table><tr><td>CPT</td><td>99213</td></tr></table></html>"
    assert codelookup.explain(page)["lines"][0]["codes"][0]["code"] == "99213"
    with pytest.raises(codelookup.DataError, match=r"photo.png is a picture \(PNG\), not text"):
        codelookup.explain(b"\x89PNG\r\n\x1a\n", name="photo.png")


def test_no_setting_of_the_process_is_changed(monkeypatch):
    before = csv.field_size_limit(), gc.isenabled(), locale.getlocale(), os.environ.copy()
    claims = codelookup.explain('cpt,what\n99213,"a visit"\n', name="claims.csv")
    assert claims["lines"][0]["codes"][0]["code"] == "99213"
    codelookup.search("knee scpoe")
    assert before == (csv.field_size_limit(), gc.isenabled(), locale.getlocale(), os.environ)


def test_a_text_is_never_a_path(tmp_path, monkeypatch):
    (tmp_path / "99213").write_text("CPT 27447")
    monkeypatch.chdir(tmp_path)
    assert codelookup.explain("99213")["lines"] == []
    assert codelookup.explain_file("99213")["lines"][0]["codes"][0]["code"] == "27447"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: codelookup.search(" "), "The query is empty."),
        (lambda: codelookup.search("knee", limit=0), "The limit is 0."),
        (lambda: codelookup.search("knee", system="icd9x"), 'There is no code system "icd9x"'),
        (lambda: codelookup.lookup("90832", sections="cooking"), 'There is no section "cooking"'),
        (lambda: codelookup.compare("99213"), "compare takes two to six codes"),
        (lambda: codelookup.compare("99213", "99214", sections="similar"), "are not compared"),
        (lambda: codelookup.pages(kind="surgry"), 'Did you mean "surgery"?'),
        (lambda: codelookup.explain_file("no-such-bill.txt"), "There is no file no-such-bill.txt"),
    ],
)
def test_what_cannot_be_asked_raises_and_prints_nothing(capfd, ask, message):
    with pytest.raises(codelookup.UsageError) as caught:
        ask()
    assert message in caught.value.message
    assert isinstance(caught.value, codelookup.CodelookupError)
    assert capfd.readouterr() == ("", "")


def test_a_damaged_catalogue_raises(monkeypatch, tmp_path):
    (tmp_path / "hcpcs.sqlite").write_bytes(b"no catalogue")
    monkeypatch.setenv("CODELOOKUP_DATA_DIR", str(tmp_path))
    with codelookup.Codes() as codes, pytest.raises(codelookup.DataError, match="is damaged"):
        codes.lookup("90832")


# -- an open catalogue -----------------------------------------------------------------------


def test_threads_share_one():
    words = ["brain mri", "knee scope", "talk therpy", "flu shot", "heart attack", "a1c"] * 4
    alone = [codelookup.search(text) for text in words]
    codelookup.close()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(codelookup.search, words)) == alone


def test_own_pages(tmp_path, capfd):
    shutil.copy(ROOT / "docs" / "examples" / "clinic" / "colonoscopy.toml", tmp_path)
    (tmp_path / "broken.toml").write_text("system = ")
    told = []
    with codelookup.Codes(tmp_path, say=told.append) as codes:
        page = codes.lookup("45378")["concepts"][0]
    assert page["own_page"]["sections"] == ["preparation"]
    assert "broken.toml" in told[0]
    with codelookup.Codes(tmp_path) as quiet:
        assert quiet.search("lakeside bowel check")["results"][0]["code"] == "45378"
    assert capfd.readouterr() == ("", "")
    with pytest.raises(codelookup.UsageError, match="does not exist"):
        codelookup.Codes(tmp_path / "none").search("knee")


def test_it_can_be_used_again_after_it_was_closed():
    with codelookup.Codes() as codes:
        before = codes.search("knee scope")
    assert codes.search("knee scope") == before
    codes.close()
    codes.close()


# -- types -----------------------------------------------------------------------------------


def test_a_program_passes_a_strict_type_check(tmp_path):
    path = tmp_path / "day_sheet.py"
    path.write_text(programs(ROOT / "docs" / "howto" / "python.md")["day_sheet.py"])
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import codelookup\n"
        "codelookup.serch('knee')\n"
        "codelookup.lookup('90832')['concepts'][0]['titel']\n"
        "codelookup.search(5)\n"
    )

    def mypy(file):
        return subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(file)],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip

    good = mypy(path)
    assert good.returncode == 0, good.stdout
    lines = [line.split(":")[1] for line in mypy(wrong).stdout.splitlines() if "error:" in line]
    assert lines == ["2", "3", "4"]


def schema_of(declared):
    """The JSON Schema of a type: all keys that it names, and no others."""
    simple = {str: "string", int: "integer", float: "number", bool: "boolean"}
    inside = typing.get_args(declared)
    if type(None) in inside:
        return {"anyOf": [{"type": "null"}, *(schema_of(part) for part in inside[:-1])]}
    if typing.is_typeddict(declared):
        keys = typing.get_type_hints(declared)
        return {
            "type": "object",
            "properties": {name: schema_of(kind) for name, kind in keys.items()},
            "required": sorted(declared.__required_keys__),
            "additionalProperties": False,
        }
    if typing.get_origin(declared) is list:
        return {"type": "array", "items": schema_of(inside[0])}
    if typing.get_origin(declared) is dict:
        return {"type": "object", "additionalProperties": schema_of(inside[1])}
    return {"type": simple[declared]}


def test_the_documents_have_the_types_that_they_are_said_to_have(run):
    """Keys and kinds of value; ``schema.json``, which allows for more keys, is held elsewhere."""
    for document, declared in (
        (codelookup.search("brain mri"), types.SearchDocument),
        (codelookup.lookup("99214-25-ZZ", "E11", "M1A.0", "71020", "90823"), types.ShowDocument),
        (codelookup.check("E11.9", "90823", "71020"), types.CheckDocument),
        (codelookup.similar("90832"), types.SimilarDocument),
        (codelookup.similar("90823"), types.SimilarDocument),
        (codelookup.compare("45378", "G0121-PT"), types.CompareDocument),
        (codelookup.explain(BILL + "Rev 0450 ER\nE11\nCPT 99213 x 2\n"), types.ExplainDocument),
        (codelookup.pages(), types.ListDocument),
        (codelookup.systems(), types.SystemsDocument),
        (run("show", "x", "--system", "y", "--json").json, types.ErrorDocument),
    ):
        jsonschema.validate(document, schema_of(declared))


# -- examples --------------------------------------------------------------------------------


def test_the_examples_of_the_docstrings(environment):
    code = (
        "import doctest, codelookup, codelookup.api, codelookup.asked\n"
        "for module in codelookup, codelookup.api, codelookup.asked:\n"
        "    print(*doctest.testmod(module))\n"
    )
    failed = [line.split() for line in python(code, environment).splitlines()]
    assert [line[0] for line in failed] == ["0", "0", "0"]
    assert int(failed[1][1]) > 15
