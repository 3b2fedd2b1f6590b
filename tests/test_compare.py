"""``codelookup compare``: what differs, what is folded, codes of all sorts, widths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
HCPCS = FIXTURES / "hcpcs" / "sample_anweb.txt"
PCS = FIXTURES / "icd10pcs" / "icd10pcs_order_2026_sample.txt"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def rows_of(document):
    return {row["id"]: row for row in document["rows"]}


def text_of(cell):
    return " ".join(
        text for block in cell["blocks"] for text in block.get("items") or [block["text"]]
    )


def test_two_visits_in_a_pipe(run, golden):
    done = run("compare", "99213", "99214")
    assert (done.code, done.err) == (0, "")
    golden("compare-99213-99214.txt", done.out)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_two_visits_on_a_terminal(draw, golden, columns):
    done = draw("compare", "99213", "99214", columns=columns)
    assert done.code == 0
    assert max(len(line) for line in ESCAPE.sub("", done.out).splitlines()) <= columns
    golden(f"terminal-compare-99213-99214-{columns}.txt", done.out)


def test_two_diagnoses(run, golden):
    done = run("compare", "E11.9", "E11.65")
    assert (done.code, done.err) == (0, "")
    golden("compare-E11.9-E11.65.txt", done.out)


def test_what_differs_comes_first_and_nothing_is_lost(run):
    document = run("compare", "27447", "27446", "--json").json
    states = [row["state"] for row in document["rows"]]
    assert states == sorted(states, key=["different", "only", "same"].index)
    assert [row["id"] for row in document["rows"]][:3] == ["difference", "summary", "duration"]
    for number, concept in enumerate(document["concepts"]):
        for name, section in concept["sections"].items():
            row = rows_of(document)[name]
            kept = text_of({"blocks": row["common"]}) + text_of(row["cells"][number])
            for block in section["blocks"]:
                for text in block.get("items") or [block["text"]]:
                    assert text in kept


def test_common_points_are_taken_out_of_the_columns(run):
    billing = rows_of(run("compare", "27447", "27446", "--json").json)["billing"]
    common = billing["common"][0]["items"]
    assert len(common) == 2
    for cell in billing["cells"]:
        assert not set(common) & set(cell["blocks"][0]["items"])


def test_steps_stay_whole(run):
    procedure = rows_of(run("compare", "27447", "27446", "--json").json)["procedure"]
    assert procedure["common"] == []
    assert all(len(cell["blocks"][0]["items"]) >= 5 for cell in procedure["cells"])


def test_what_is_the_same_is_folded_until_asked_for(run):
    folded = run("compare", "27447", "27446").out
    assert "The same for all (10): When it is used, Where it happens" in folded
    assert "A physical therapist, who has you up" not in folded
    whole = run("compare", "27447", "27446", "--all").out
    assert "A physical therapist, who has you up" in whole
    assert "--all" not in whole
    assert whole.index("What differs") < whole.index("What is the same for all")


def test_each_says_in_short_how_it_differs(run):
    row = rows_of(run("compare", "45378", "G0121", "--json").json)["difference"]
    assert [text_of(cell) for cell in row["cells"]] == [
        "the same look under other plans, or for a symptom",
        "the routine look on Medicare with nothing found",
    ]
    row = rows_of(run("compare", "E11.9", "E11.65", "--json").json)["difference"]
    assert [text_of(cell) for cell in row["cells"]] == [
        "without complications",
        "with hyperglycemia",
    ]


def test_codes_for_different_things_say_so(run):
    row = rows_of(run("compare", "99213", "E11.9", "--json").json)["difference"]
    assert [text_of(cell) for cell in row["cells"]] == [
        "what was done or supplied",
        "why: the illness or the reason",
    ]


def test_one_section_is_shown_whole(run):
    done = run("compare", "27447", "27446", "--section", "on the bill", "-s", "where")
    assert done.code == 0
    assert "RT or LT tells which knee" in done.out
    assert "WHERE IT HAPPENS" in done.out
    assert "HOW LONG" not in done.out
    assert "--all" not in done.out


def test_a_page_beside_a_code_without_one(run):
    document = run("compare", "27447", "M17.11", "--json").json
    rows = rows_of(document)
    assert rows["summary"]["state"] == "only"
    assert not rows["summary"]["folded"]
    assert rows["summary"]["cells"][1]["note"] == "It has no plain-language page yet."
    assert rows["path"]["state"] == "only"
    assert rows["path"]["folded"]
    out = run("compare", "27447", "M17.11").out
    assert re.search(r"^Only 27447 \(\d+\): .*Risks", out, re.MULTILINE)
    assert re.search(r"^Only M17\.11 \(\d+\): .*Where it stands", out, re.MULTILINE)


def test_six_codes_stack_and_equal_cells_share_a_label(run, draw):
    codes = ["99211", "99212", "99213", "99214", "99215", "99203"]
    out = run("compare", *codes, "--section", "setting").out
    assert "99212, 99213, 99214, 99215: A doctor's office or clinic, or a video call." in out
    drawn = ESCAPE.sub("", draw("compare", *codes, columns=200).out)
    assert max(len(line) for line in drawn.splitlines()) <= 200
    assert re.search(r"^99211 .* 99212 .* 99203 ", drawn, re.MULTILINE)
    stacked = ESCAPE.sub("", draw("compare", *codes, columns=100).out)
    assert max(len(line) for line in stacked.splitlines()) <= 88


def test_a_retired_code_says_so(run):
    document = run("compare", "71020", "71046", "--json").json
    status = rows_of(document)["status"]
    assert [text_of(cell) for cell in status["cells"]] == [
        "Until 2017-12-31. Now 71046, whose page it shows.",
        "Yes.",
    ]
    assert {row["state"] for row in document["rows"][1:]} == {"same"}


def test_a_header_cannot_be_billed(run):
    status = rows_of(run("compare", "E11", "E11.9", "--json").json)["status"]
    assert text_of(status["cells"][0]).startswith("No: a header")


def test_modifiers_are_explained_side_by_side(run):
    document = run("compare", "99213", "99213-25", "--json").json
    row = rows_of(document)["modifiers"]
    assert row["cells"][0]["note"] == "None."
    assert text_of(row["cells"][1]).startswith("25: ")
    out = run("compare", "99213", "99213", "25").out
    assert "99213-25: 25: " in out


def test_the_same_code_twice(run):
    done = run("compare", "99213", "99213")
    assert (done.code, done.out) == (2, "")
    assert "99213 is the same code each time" in done.err
    done = run("compare", "99213", "99214", "e11.9", "E119", "--json")
    assert len(done.json["concepts"]) == 3
    assert done.json["remarks"] == ["E11.9 is named twice; it is shown once."]


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        (["99213"], "one was given"),
        (["90791"] + [f"9083{end}" for end in "234679"], "7 were given"),
    ],
)
def test_too_few_and_too_many(run, codes, says):
    done = run("compare", *codes)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert "codelookup compare 99213 99214" in done.err


def test_an_unknown_code(run):
    done = run("compare", "90832", "90823", "90834")
    assert done.code == 1
    assert done.out.startswith("90832  ")
    assert "90823 is not known" in done.err
    done = run("compare", "90832", "90823")
    assert (done.code, done.out) == (1, "")
    assert "Only 90832 is known, so nothing is compared." in done.err
    document = run("compare", "90832", "90823", "--json").json
    assert document["rows"] == []
    assert document["not_found"][0]["suggestions"][0]["code"] == "90832"


def test_similar_codes_are_no_section_to_compare(run):
    done = run("compare", "99213", "99214", "--section", "similar")
    assert done.code == 2
    assert "codelookup similar CODE" in done.err


def test_codes_from_stdin(run):
    done = run("compare", "-", "--json", stdin="99213\n99214-25\n")
    assert [concept["code"] for concept in done.json["concepts"]] == ["99213", "99214"]


@pytest.fixture(scope="module")
def with_releases(run, tmp_path_factory):
    """Runs the command with HCPCS and ICD-10-PCS samples added."""
    folder = tmp_path_factory.mktemp("releases")
    text = HCPCS.read_bytes()
    assert b"A0001" in text
    both = folder / "hcpcs.txt"
    both.write_bytes(text.replace(b"A0001", b"E0840"))
    env = {"CODELOOKUP_DATA_DIR": str(folder / "data")}
    for system, file in (("hcpcs", both), ("icd10pcs", PCS)):
        assert run("systems", "add", system, "--file", str(file), env=env).code == 0

    def runner(*arguments):
        return run(*arguments, env=env)

    return runner


@pytest.mark.parametrize(
    ("codes", "meant"),
    [
        (["E0840", "E0601"], [("hcpcs", "E0840"), ("hcpcs", "E0601")]),
        (["E0840", "E08.40"], [("hcpcs", "E0840"), ("icd10cm", "E08.40")]),
        (["E0840", "E11.9"], [("icd10cm", "E08.40"), ("icd10cm", "E11.9")]),
        (["E08.40", "E11.9"], [("icd10cm", "E08.40"), ("icd10cm", "E11.9")]),
    ],
)
def test_a_code_of_two_systems_is_read_like_those_beside_it(with_releases, codes, meant):
    document = with_releases("compare", *codes, "--json").json
    assert [(one["system"], one["code"]) for one in document["concepts"]] == meant
    assert len(document["remarks"]) == ("E0840" in codes)


def test_the_remark_tells_how_to_get_the_other(with_releases):
    assert "write E08.40." in with_releases("compare", "E0840", "E0601").err
    assert "add --system hcpcs." in with_releases("compare", "E0840", "E11.9").err


def test_characters_of_procedures(with_releases):
    document = with_releases("compare", "00H003Z", "00H033Z", "--json").json
    rows = rows_of(document)
    assert rows["character_4"]["state"] == "same"
    assert [row["id"] for row in document["rows"] if not row["folded"]] == [
        "difference",
        "character_5",
    ]
    assert [text_of(cell) for cell in rows["character_5"]["cells"]] == [
        "Open (through a cut down to the place) (0)",
        "Percutaneous (through the skin with a needle or a small puncture) (3)",
    ]


@pytest.mark.parametrize(("form", "ending"), [("markdown", "md"), ("html", "html")])
def test_handout(run, golden, tmp_path, form, ending):
    out = tmp_path / f"compared.{ending}"
    done = run("compare", "99213", "99214", "--output", str(out), "--heading", "Oak & Elm")
    assert (done.code, done.out) == (0, "")
    assert f"Wrote {out}." in done.err
    text = out.read_text()
    assert text == run("compare", "99213", "99214", "--format", form, "--heading", "Oak & Elm").out
    if form == "markdown":
        golden("compare.md", text)
    else:
        assert "Oak &amp; Elm" in text
        assert text.count("<h4>99213</h4>") == text.count("<h4>99214</h4>") > 3
        assert "--all" not in text
