"""Adding official code sets, what comes of them, and what goes wrong with files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import jsonschema
import pytest

FIXTURES = Path(__file__).parent / "fixtures"
OFFICIAL = Path(__file__).resolve().parents[2] / "shared" / "codesets"
PCS = FIXTURES / "icd10pcs" / "icd10pcs_order_2026_sample.txt"
HCPCS = FIXTURES / "hcpcs" / "sample_anweb.txt"
ORDER = FIXTURES / "icd10cm" / "icd10cm_order_2031.txt"
INDEX = FIXTURES / "icd10cm" / "icd10cm_index_2031.xml"


def releases(own):
    return {entry["system"]: entry for entry in own("systems", "--json").json["systems"]}


def test_add_use_and_remove(own):
    assert own("show", "A0001").code == 1
    done = own("systems", "add", "hcpcs", "--file", str(HCPCS))
    assert (done.code, done.out) == (0, "")
    assert "Added HCPCS" in done.err
    (concept,) = own("show", "a0001", "--json").json["concepts"]
    assert concept["display"] == "Sample ride, per mile"
    assert concept["path"][0]["code"] == "A"
    assert {"label": "In use since", "value": concept["effective"]} in concept["properties"]
    assert own("search", "sample ride per mile", "--json").json["results"][0]["code"] == "A0001"
    assert own("systems", "remove", "hcpcs").code == 0
    assert own("show", "A0001").code == 1
    assert own("systems", "remove", "hcpcs").code == 2


def test_a_zip_as_published(own, tmp_path):
    path = tmp_path / "any name at all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.pdf", b"%PDF-1.4 nothing to see")
        archive.write(PCS, "folder/renamed.txt")
    assert own("systems", "add", "icd10pcs", "--file", str(path)).code == 0
    assert own("show", "0016070", "--json").json["concepts"][0]["system"] == "icd10pcs"


def test_a_page_stays_in_front_of_the_official_facts(own, tmp_path):
    text = HCPCS.read_bytes()
    text = text.replace(b"A0001", b"E0601")
    path = tmp_path / "with-a-page.txt"
    path.write_bytes(text)
    assert own("systems", "add", "hcpcs", "--file", str(path)).code == 0
    (concept,) = own("show", "E0601", "--json").json["concepts"]
    assert concept["display"] == "CPAP machine for sleep apnea"
    assert concept["descriptor"] == "Sample ride, per mile"
    assert "risks" in concept["sections"]
    # Found by either name, it is one hit.
    for query in ("sample ride per mile", "cpap machine sample ride"):
        hits = own("search", query, "--json").json["results"]
        (hit,) = [hit for hit in hits if hit["code"] == "E0601"]
        assert hit["has_page"]
        assert hit["display"] == "CPAP machine for sleep apnea"


def test_an_added_release_stands_in_for_the_bundled_one(own):
    before = releases(own)["icd10cm"]["codes"]
    assert own("systems", "add", "icd10cm", "--file", str(ORDER)).code == 0
    after = releases(own)["icd10cm"]
    assert after["codes"] < 100 < before
    assert after["release"] == "2031"
    assert own("show", "J45.909").code == 1
    (concept,) = own("show", "E11.9", "--json").json["concepts"]
    # Notes and blocks of the tabular list at hand stay with the codes of the new order file.
    assert [step["code"] for step in concept["path"]] == ["E00-E89", "E08-E13", "E11"]
    assert own("systems", "remove", "icd10cm").code == 0
    assert releases(own)["icd10cm"]["codes"] == before


def test_an_index_joins_the_release_at_hand(own):
    assert releases(own)["icd10cm"]["synonyms"] > 0
    before = releases(own)["icd10cm"]["synonyms"]
    assert own("systems", "add", "icd10cm", "--file", str(INDEX)).code == 0
    after = releases(own)["icd10cm"]
    assert after["codes"] > 98_000
    assert after["synonyms"] > before


def test_one_code_in_two_systems(own, tmp_path):
    path = tmp_path / "collision.txt"
    path.write_bytes(HCPCS.read_bytes().replace(b"A0001", b"E0840"))
    assert own("systems", "add", "hcpcs", "--file", str(path)).code == 0
    both = own("show", "E0840", "--json").json["concepts"]
    assert {(entry["system"], entry["code"]) for entry in both} == {
        ("hcpcs", "E0840"),
        ("icd10cm", "E08.40"),
    }
    (dotted,) = own("show", "E08.40", "--json").json["concepts"]
    assert dotted["system"] == "icd10cm"
    (one,) = own("show", "E0840", "--system", "hcpcs", "--json").json["concepts"]
    assert one["system"] == "hcpcs"
    assert own("search", "E0840", "--json").json["results"][1]["match"]["kind"] == "code"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b""), "holds no release file"),
        (lambda path: path.write_bytes(b"PK\x03\x04 cut off"), "cannot be read"),
        (lambda path: path.write_bytes(b"\x00\xff" * 5000), "no text at all"),
        (lambda path: path.write_bytes(PCS.read_bytes()), "is no HCPCS Level II release"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: None, "does not exist"),
    ],
    ids=["empty", "truncated zip", "binary", "another system", "folder", "missing"],
)
def test_a_wrong_file_leaves_what_was_there(own, tmp_path, make, says):
    assert own("systems", "add", "hcpcs", "--file", str(HCPCS)).code == 0
    path = tmp_path / "wrong"
    make(path)
    done = own("systems", "add", "hcpcs", "--file", str(path))
    assert done.code in (2, 3)
    assert says in done.err
    assert "Traceback" not in done.err
    assert own("show", "A0001").code == 0


def test_a_zip_that_unpacks_without_end_is_refused(own, tmp_path):
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("bomb.txt", "w", force_zip64=True) as member,
    ):
        for _ in range(301):
            member.write(b"0" * 1_000_000)
    done = own("systems", "add", "hcpcs", "--file", str(path))
    assert done.code == 3
    assert "has 301,000,000 bytes when unpacked" in done.err


def test_no_file_and_no_such_system(own):
    assert own("systems", "add", "cpt").code == 2
    done = own("systems", "add", "snomed", "--file", str(HCPCS))
    assert done.code == 2
    assert "no code system" in done.err


def test_check(own, run):
    schema = run("schema").json
    own("systems", "add", "hcpcs", "--file", str(HCPCS))
    done = own("check", "E11.9", "E11", "A0002", "nonsense", "--json")
    assert done.code == 1
    jsonschema.validate(done.json, schema)
    checks = {entry["query"]: entry for entry in done.json["checks"]}
    assert checks["E11.9"]["usable"] is True
    assert "header" in checks["E11"]["reason"]
    assert checks["A0002"]["usable"] is False
    assert checks["A0002"]["reason"].startswith("It was used until")
    assert checks["nonsense"]["known"] is False
    assert own("check", "e11.9", "90832").code == 0


def test_check_on_a_day(own):
    own("systems", "add", "hcpcs", "--file", str(HCPCS))
    until = own("check", "A0002", "--json").json["checks"][0]["terminated"]
    assert own("check", "A0002", "--date", until).code == 0
    done = own("check", "A0002", "--date", "tomorrow")
    assert done.code == 2
    assert "is not a date" in done.err


def test_check_follows_what_changed_with_a_new_year(own):
    folder = FIXTURES / "icd10cm"
    own("systems", "add", "icd10cm", "--file", str(ORDER))
    own("systems", "add", "icd10cm", "--file", str(folder / "icd10cm_order_addenda_2032.txt"))

    def check(code, date):
        return own("check", code, "--date", date, "--json").json["checks"][0]

    assert check("C00.12", "2031-09-30")["usable"] is False
    assert check("C00.12", "2031-10-01")["usable"] is True
    # It became a header.
    assert check("E11.9", "2031-09-30")["usable"] is True
    assert "It is a header" in check("E11.9", "2031-10-01")["reason"]
    gone = check("T14.91XS", "2031-10-01")
    assert gone["reason"].startswith("It was used until 2031-09-30; what took its place may be")
    assert gone["replaced_by"] == []


def test_list_everything(own):
    own("systems", "add", "icd10pcs", "--file", str(PCS))
    rows = [line.split("\t") for line in own("list", "--all").out.splitlines()]
    assert {row[1] for row in rows} == {"cpt", "hcpcs", "icd10cm", "icd10pcs"}
    assert ["E11.9", "icd10cm", "Type 2 diabetes mellitus without complications", "code", "1",
            "", ""] in rows  # fmt: skip
    assert len(rows) > 98_000
    lines = own("list", "--all", "--system", "icd10pcs", "--json").out.splitlines()
    assert all('"system": "icd10pcs"' in line for line in lines)


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official releases are not at hand")
def test_the_official_releases(own):
    def add(system, *names):
        files = [part for name in names for part in ("--file", str(next(OFFICIAL.glob(name))))]
        done = own("systems", "add", system, *files)
        assert done.code == 0, done.err

    add("icd10cm", "icd10cm-code-descriptions-2026.zip", "icd10cm-full-xml-2017.zip")
    assert (releases(own)["icd10cm"]["codes"], releases(own)["icd10cm"]["billable"]) == (
        98_186,
        74_719,
    )
    add("icd10cm", "icd10cm_order_addenda_2027.txt")
    add("icd10pcs", "icd10pcs-order-2026.zip")
    add("hcpcs", "hcpcs-january-2026-alpha-numeric.zip")
    found = releases(own)
    assert (found["icd10cm"]["release"], found["icd10cm"]["billable"]) == ("2027", 74_879)
    assert found["icd10cm"]["synonyms"] > 100_000
    assert found["icd10pcs"]["codes"] == 80_029
    assert found["hcpcs"]["codes"] == 8_623
    (appendix,) = own("show", "0DTJ4ZZ", "--json").json["concepts"]
    assert appendix["display"].startswith("Resection of Appendix")
    meanings = {entry["label"]: entry["value"] for entry in appendix["properties"]}
    assert meanings["T (Root Operation)"].startswith("Resection")
    assert "Appendix" in meanings["J (Body Part)"]
    assert own("search", "heart attack", "--json").json["results"][0]["code"] == "I21.9"
