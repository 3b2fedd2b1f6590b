"""Adding code sets when something goes wrong on the way: a file is complete or absent."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
PCS = FIXTURES / "icd10pcs" / "icd10pcs_order_2026_sample.txt"
HCPCS = FIXTURES / "hcpcs" / "sample_anweb.txt"
ORDER = FIXTURES / "icd10cm" / "icd10cm_order_2031.txt"
ADDENDA = FIXTURES / "icd10cm" / "icd10cm_order_addenda_2032.txt"
TABULAR = FIXTURES / "icd10cm" / "tabular-April-1-2031.xml"
INDEX = FIXTURES / "icd10cm" / "icd10cm_index_2031.xml"
CPT = FIXTURES / "cpt"

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """An ICD-10-PCS order file of our own that takes seconds to add."""
    path = tmp_path_factory.mktemp("large") / "icd10pcs_order_2031.txt"
    lines = [f"00001 001     0 {'Sample system, Sample':60} Sample system, Sample\n"]
    for number in range(30_000):
        rest = "".join(CHARACTERS[number // 34**place % 34] for place in (3, 2, 1, 0))
        text = f"Sample of part {number} with device {number % 97}, Open Approach"
        lines.append(f"{number + 2:05} 001{rest} 1 {text[:60]:60} {text}\n")
    path.write_text("".join(lines))
    return path


@pytest.fixture
def start(run, environment, own_data):
    """Starts the command and does not wait for it."""

    def starter(*arguments: str, **more) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "codelookup", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, "CODELOOKUP_DATA_DIR": str(own_data)},
            **more,
        )

    return starter


def building(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a catalogue file is being written."""
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size for part in folder.glob(".*.sqlite-*.part")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".*.part")]


def test_interrupted(own, own_data, start, large):
    assert own("systems", "add", "icd10pcs", "--file", str(PCS)).code == 0
    process = start("systems", "add", "icd10pcs", "--file", str(large))
    building(own_data, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert left_over(own_data) == []
    assert own("show", "0016070").code == 0


def test_killed(own, own_data, start, large):
    assert own("systems", "add", "icd10pcs", "--file", str(PCS)).code == 0
    process = start("systems", "add", "icd10pcs", "--file", str(large))
    building(own_data, process)
    process.kill()
    process.communicate()
    assert left_over(own_data)
    assert own("show", "0016070").code == 0
    assert own("systems").code == 0
    assert own("systems", "add", "icd10pcs", "--file", str(PCS)).code == 0
    assert left_over(own_data) == []


def test_disk_full(own, own_data, start, large):
    assert own("systems", "add", "icd10pcs", "--file", str(PCS)).code == 0

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    process = start("systems", "add", "icd10pcs", "--file", str(large), preexec_fn=small_disk)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert f"The catalogue cannot be written to {own_data}" in err
    assert "CODELOOKUP_DATA_DIR" in err
    assert "Traceback" not in err
    assert left_over(own_data) == []
    assert own("show", "0016070").code == 0


def test_disk_full_while_unpacking(own, own_data, start, tmp_path):
    path = tmp_path / "tabular.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tabular-April-1-2031.xml", TABULAR.read_bytes() + b"\n" * 200_000)

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = start("systems", "add", "icd10cm", "--file", str(path), preexec_fn=small_disk)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "tabular-April-1-2031.xml cannot be written to" in err
    assert own("systems", "--json").json["systems"][0]["added"] is False
    assert left_over(own_data) == []


def test_a_data_folder_that_cannot_be_made(run, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    env = {"CODELOOKUP_DATA_DIR": str(blocked / "data")}
    done = run("systems", "add", "hcpcs", "--file", str(HCPCS), env=env)
    assert done.code == 3
    assert "CODELOOKUP_DATA_DIR" in done.err
    assert "Traceback" not in done.err


def test_two_adds_of_one_system_wait_for_each_other(own, own_data, start, large):
    first = start("systems", "add", "icd10pcs", "--file", str(large))
    building(own_data, first)
    second = start("systems", "add", "icd10pcs", "--file", str(PCS))
    _, err = second.communicate(timeout=60)
    assert first.wait(60) == 0
    first.communicate()
    assert second.returncode == 0
    assert "is being added by another run; waiting for it" in err
    assert own("show", "0016070").code == 0
    assert left_over(own_data) == []


def test_adds_of_several_systems_at_once(own, own_data, start):
    files = {"hcpcs": HCPCS, "icd10pcs": PCS, "icd10cm": ORDER, "cpt": CPT / "longult.txt"}
    runs = [start("systems", "add", system, "--file", str(path)) for system, path in files.items()]
    for process in runs:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in err) == (0, False)
    found = {entry["system"]: entry for entry in own("systems", "--json").json["systems"]}
    assert all(found[system]["added"] for system in files)
    assert left_over(own_data) == []


def test_two_adds_to_icd10cm_keep_what_both_bring(own, start):
    assert own("systems", "add", "icd10cm", "--file", str(ORDER)).code == 0
    runs = [start("systems", "add", "icd10cm", "--file", str(path)) for path in (ADDENDA, INDEX)]
    for process in runs:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    entry = own("systems", "--json").json["systems"][2]
    assert entry["release"] == "2032"
    assert {kind for file in entry["files"] for kind in file["kinds"]} == {
        "order",
        "addenda",
        "index",
    }


def utf16(path: Path) -> bytes:
    return path.read_text("latin-1").encode("utf-16")


def twice(path: Path) -> bytes:
    lines = path.read_bytes().splitlines(keepends=True)
    return b"".join([*lines, lines[-1]])


def zip_of(path: Path, cut: int = 0, spoil: int = 0) -> bytes:
    import io

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.name, path.read_bytes())
    raw = bytearray(packed.getvalue())
    if spoil:
        raw[spoil : spoil + 8] = b"\xff" * 8
    return bytes(raw[: len(raw) - cut])


WRONG = {
    "truncated zip": (lambda: zip_of(HCPCS, cut=30), "the end of the zip is missing"),
    "spoiled zip": (lambda: zip_of(HCPCS, spoil=120), "cannot be read"),
    "cut line": (lambda: HCPCS.read_bytes().rstrip()[:-80], "is cut short"),
    "wrong encoding": (lambda: utf16(HCPCS), "UTF-16"),
    "utf-8": (lambda: HCPCS.read_bytes().replace(b" ride", " r\u00efde".encode()), "is UTF-8"),
    "duplicate rows": (lambda: HCPCS.read_bytes() * 2, "a second time"),
    "web page": (lambda: b"<!DOCTYPE html><html><body>Sample</body></html>", "is a web page"),
    "pdf": (lambda: b"%PDF-1.7\nsample", "is a PDF"),
    "codes alone": (
        lambda: b"A000    Sample condition\nA001    Sample condition, other\n",
        "is the list of codes without headers",
    ),
    "pcs codes alone": (
        lambda: b"0016070 Sample of part\n0016071 Sample of part\n",
        "is the list of codes without tables",
    ),
    "pcs xml": (lambda: b"<?xml version='1.0'?>\n<ICD10PCS.tabular>", "ICD-10-PCS as tables"),
    "cpt without notice": (lambda: b"00001 SAMPLE ONE\n00002 SAMPLE TWO\n", "without the notice"),
    "a list of codes": (lambda: b"A00\nA000\nA001\n", "That is no HCPCS"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_says_what_is_wrong(own, own_data, tmp_path, kind):
    assert own("systems", "add", "hcpcs", "--file", str(HCPCS)).code == 0
    make, says = WRONG[kind]
    path = tmp_path / "wrong.bin"
    path.write_bytes(make())
    done = own("systems", "add", "hcpcs", "--file", str(path))
    assert done.code in (2, 3)
    assert says in done.err
    assert "Traceback" not in done.err
    assert own("show", "A0001").code == 0
    assert left_over(own_data) == []


def test_codes_alone_in_a_zip_lead_to_the_order_file(own, tmp_path):
    path = tmp_path / "codes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("icd10cm_codes_2031.txt", "A000    Sample one\nA001    Sample two\n")
    done = own("systems", "add", "icd10cm", "--file", str(path))
    assert done.code == 3
    assert "icd10cm_codes_2031.txt in codes.zip is the list of codes without headers" in done.err
    assert "icd10cm_order_YYYY.txt" in done.err


def test_a_list_of_codes_without_names_is_not_enough(own):
    path = FIXTURES / "icd10cm" / "code-list-April-2031.txt"
    done = own("systems", "add", "icd10cm", "--file", str(path))
    assert done.code == 2
    assert "without saying what they mean" in done.err


def test_a_pipe_is_no_file(own, tmp_path):
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = own("systems", "add", "hcpcs", "--file", str(pipe))
    assert done.code == 2
    assert "is not a file" in done.err


@pytest.mark.parametrize("raw", [b"", b"no catalogue", b"SQLite format 3\0" + b"\0" * 3000])
def test_a_damaged_code_set_is_mended_by_adding_it_again(own, own_data, raw):
    own_data.mkdir()
    (own_data / "hcpcs.sqlite").write_bytes(raw)
    done = own("show", "A0001")
    assert done.code == 3
    assert "codelookup systems remove hcpcs" in done.err
    # Another system is added all the same.
    assert own("systems", "add", "icd10pcs", "--file", str(PCS)).code == 0
    done = own("systems", "add", "hcpcs", "--file", str(HCPCS))
    assert done.code == 0
    assert "It is made anew." in done.err
    assert own("show", "A0001").code == 0


# -- what is kept and told -------------------------------------------------------------------


def entry_of(own, system: str):
    return next(e for e in own("systems", "--json").json["systems"] if e["system"] == system)


def test_cpt_files_of_one_year_are_merged(own, tmp_path):
    short = tmp_path / "SHORTU.txt"
    short.write_text(
        "Sample notice for tests: CPT 2099 stand-in file\n00001 SAMPLE 1\n00004 SAMPLE 4\n"
    )
    medium = tmp_path / "MEDU.txt"
    medium.write_text(
        "Sample notice for tests: CPT 2099 stand-in file\n"
        "00001 SAMPLE DESCRIPTOR ONE OF MIDDLING LENGTH\n00002 SAMPLE DESCRIPTOR TWO\n"
    )
    files = [str(short), str(medium), str(CPT / "longult.txt")]
    done = own("systems", "add", "cpt", *(part for file in files for part in ("--file", file)))
    assert done.code == 0
    assert "Sample notice for tests: CPT 2099" in done.err
    concepts = own("show", "00001", "00004", "--json").json["concepts"]
    one, four = concepts
    assert one["display"] == "Sample descriptor one, told at length"
    assert one["designations"]["technical"] == ["SAMPLE DESCRIPTOR ONE OF MIDDLING LENGTH"]
    assert one["designations"]["short"] == ["SAMPLE 1"]
    assert four["display"] == "SAMPLE 4"
    entry = entry_of(own, "cpt")
    assert (entry["codes"], entry["release"]) == (4, "2099")
    assert entry["notice"].startswith("Sample notice for tests: CPT 2099")
    assert len(entry["files"]) == 3
    assert "CPT wording: Sample notice for tests: CPT 2099" in own("show", "00002").out
    assert own("search", "sample descriptor two", "--json").json["results"][0]["code"] == "00002"


def test_cpt_files_of_two_years_are_refused(own, tmp_path):
    other = tmp_path / "medu.txt"
    other.write_text((CPT / "medu.txt").read_text().replace("2099", "2098"))
    done = own("systems", "add", "cpt", "--file", str(other), "--file", str(CPT / "longult.txt"))
    assert done.code == 3
    assert "of different years: 2098, 2099" in done.err


def test_old_and_new_releases(own, draw, own_data, tmp_path):
    old = tmp_path / "icd10pcs_order_2020.txt"
    shutil.copyfile(PCS, old)
    done = own("systems", "add", "icd10pcs", "--file", str(old))
    assert done.code == 0
    assert "older than a year" in done.err
    entry = entry_of(own, "icd10pcs")
    assert (entry["in_force_since"], entry["outdated"]) == ("2019-10-01", True)
    assert entry["bytes"] == (own_data / "icd10pcs.sqlite").stat().st_size
    drawn = draw("systems", env={"CODELOOKUP_DATA_DIR": str(own_data)}).out
    assert "To get the one in force: codelookup systems add icd10pcs" in drawn
    lines = {line.split("\t")[0]: line for line in own("systems").out.splitlines()}
    assert lines["icd10pcs"].endswith("\tolder than a year")
    new = tmp_path / "icd10pcs_order_2099.txt"
    shutil.copyfile(PCS, new)
    assert own("systems", "add", "icd10pcs", "--file", str(new)).code == 0
    assert entry_of(own, "icd10pcs")["outdated"] is False


def test_an_update_of_april_is_dated_by_its_archive(own, tmp_path):
    path = tmp_path / "april-1-2031-icd-10-pcs-order-file-long-abbreviated-titles.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(PCS, "icd10pcs_order_2031.txt")
    assert own("systems", "add", "icd10pcs", "--file", str(path)).code == 0
    entry = entry_of(own, "icd10pcs")
    assert (entry["release"], entry["in_force_since"]) == ("2031", "2031-04-01")


def test_a_tabular_list_with_an_index_beside_it(own, tmp_path):
    """As in the zip of CDC and CMS: of this year it is the release, of an old one only an index."""
    old = tmp_path / "old.zip"
    text = TABULAR.read_text().replace("<version>2031", "<version>2020")
    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("icd10cm_tabular_2020.xml", text)
        archive.writestr("icd10cm_index_2020.xml", INDEX.read_bytes())
    done = own("systems", "add", "icd10cm", "--file", str(old))
    assert done.code == 0
    assert "icd10cm_tabular_2020.xml is of another year" in done.err
    entry = entry_of(own, "icd10cm")
    assert entry["codes"] > 98_000
    assert [file["kinds"] for file in entry["files"]] == [["tabular"], ["index"]]
    new = tmp_path / "april-1-2031-code-tables-tabular-index.zip"
    with zipfile.ZipFile(new, "w") as archive:
        archive.write(TABULAR, "Table and Index/icd10cm_tabular_2031.xml")
        archive.write(INDEX, "Table and Index/icd10cm_index_2031.xml")
    assert own("systems", "add", "icd10cm", "--file", str(new)).code == 0
    entry = entry_of(own, "icd10cm")
    assert (entry["release"], entry["in_force_since"]) == ("2031", "2031-04-01")
    assert entry["codes"] < 100
    assert [file["name"] for file in entry["files"]] == [new.name]


def test_an_order_file_takes_its_notes_from_the_tabular_list_of_its_year(own, tmp_path):
    tabular = tmp_path / "icd10cm_tabular_2031.xml"
    text = TABULAR.read_text().replace("Injury of unspecified body region (T14)", "Sample (T14)")
    tabular.write_text(text)
    files = ["--file", str(ORDER), "--file", str(tabular)]
    assert own("systems", "add", "icd10cm", *files).code == 0
    entry = entry_of(own, "icd10cm")
    assert (entry["release"], entry["codes"]) == ("2031", 11)
    (concept,) = own("show", "T14.91", "--json").json["concepts"]
    assert "Sample" in [step["display"] for step in concept["path"]]
    assert any(note["from"] == "S00-T88" for note in concept["notes"])
    # What cannot be read of the tabular list does not keep the codes away.
    tabular.write_text(text.replace("</chapter>", "", 1))
    done = own("systems", "add", "icd10cm", *files)
    assert done.code == 0
    assert "icd10cm_tabular_2031.xml is left aside" in done.err
    assert entry_of(own, "icd10cm")["codes"] == 11


def test_the_changes_of_a_new_year_beside_a_zip_that_has_its_own(own, tmp_path):
    path = tmp_path / "2031-code-descriptions-tabular-order.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(ORDER, "Code Descriptions/icd10cm_order_2031.txt")
        archive.writestr("Code Descriptions/icd10cm_order_addenda_2031.txt", EARLIER_CHANGES)
    files = ["--file", str(path), "--file", str(ADDENDA)]
    assert own("systems", "add", "icd10cm", *files).code == 0
    assert entry_of(own, "icd10cm")["release"] == "2032"

    def check(code, date):
        return own("check", code, "--date", date, "--json").json["checks"][0]

    assert check("C00.0", "2030-09-30")["usable"] is False
    assert check("C00.0", "2030-10-01")["usable"] is True
    assert check("E11.8", "2030-10-01")["terminated"] == "2030-09-30"
    assert check("E11.8", "2030-10-01")["replaced_by"][0]["code"] == "C00.0"


EARLIER_CHANGES = "\n".join(
    f"{action:12} 1 {code:7} {text:60} {text}"
    for action, code, text in [
        ("Add:", "C000", "Malignant neoplasm of external upper lip"),
        ("Delete:", "E118", "Malignant neoplasm of external upper lip"),
    ]
) + (
    "\n\nCodes\n      5 codes in icd10cm_order_2030.txt\n      5 codes in icd10cm_order_2031.txt\n"
    "      1 additions\n      1 deletions\n      0 revisions\n"
)
