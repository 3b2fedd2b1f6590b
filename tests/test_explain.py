"""`codelookup explain`: bills, tables, what cannot be read, and that nothing is kept."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BILLS = Path(__file__).parent / "bills"
EOB = BILLS / "eob_ridgeline_knee.txt"


# -- bills ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(environment, run):
    """Precision and recall over all bills, and over a variant of each with fresh numbers."""
    done = subprocess.run(
        [sys.executable, "benchmarks/bills.py", "tests/bills", "--variants", "1", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("code", 0.985),
        ("modifier", 0.985),
        ("units", 0.98),
        ("place", 0.98),
        ("date", 0.96),
        ("other", 0.98),
        ("question", 0.9),
    ],
)
def test_bills(figures, kind, least):
    assert figures["bills"][kind]["precision"] >= least
    assert figures["bills"][kind]["recall"] >= least


@pytest.mark.parametrize(
    ("kind", "least"), [("code", 0.96), ("modifier", 0.97), ("units", 0.97), ("other", 0.97)]
)
def test_variants_with_fresh_numbers(figures, kind, least):
    assert figures["variants"][kind]["precision"] >= least
    assert figures["variants"][kind]["recall"] >= least


def test_text(run, golden):
    done = run("explain", str(EOB))
    assert done.code == 0
    golden("explain-eob.txt", done.out)


def test_questions_are_asked(run, golden):
    done = run("explain", str(BILLS / "pediatrics_shots_addon.txt"))
    assert "ASK: Which service does 90472 belong to?" in done.out
    golden("explain-pediatrics.txt", done.out)


def test_terminal(draw, golden):
    done = draw("explain", str(BILLS / "therapy_units_too_many.txt"), "--no-color", columns=72)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 72
    golden("explain-therapy.term", done.out)


def test_json_fits_the_schema(run):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run("schema").out)
    for path in sorted(BILLS.glob("*.txt"))[::8]:
        document = run("explain", str(path), "--json").json
        jsonschema.validate(document, schema)
        assert document["summary"]["codes"] == sum(len(line["codes"]) for line in document["lines"])


def test_json_of_one_line(run):
    text = "03/04/2026  99214-25  office visit  POS 11  $268.00\n"
    (line,) = run("explain", "-", "--json", stdin=text).json["lines"]
    (code,) = line["codes"]
    assert (line["line"], line["date"], line["place_of_service"]["code"]) == (1, "2026-03-04", "11")
    assert (code["system"], code["code"], code["confidence"]) == ("cpt", "99214", "certain")
    assert [modifier["code"] for modifier in code["modifiers"]] == ["25"]


@pytest.mark.parametrize(
    "decoy",
    [
        "Springfield, IL 99214",
        "Zip 99214-3307",
        "Call 217-555-0199 ext. 99214",
        "Member ID: 99214   Group 70450",
        "Account number 99214",
        "99214 Oak Ave, Apt 3",
        "Check no. 99214 of 03/04/2026",
        "Steps this week: 10060 steps",
        "Total due 1,070.45",
        "NDC 99214-0060-01",
        "Room E119, Suite J1885",
        "Wear an N95 mask; vitamin B12 412, T4 normal; drive I-95 to exit 12",
    ],
)
def test_numbers_that_are_no_codes(run, decoy):
    done = run("explain", "-", stdin=f"Explanation of benefits\n\nClaim summary\n\n{decoy}\n")
    assert done.code == 1
    assert "No codes were found" in done.err


def test_uncertain_is_said_to_be_so(run):
    text = "Bill for your visit\n\nThe clinic wrote 99214 beside my name.\n"
    (line,) = run("explain", "-", "--json", stdin=text).json["lines"]
    assert line["codes"][0]["confidence"] != "certain"
    assert line["codes"][0]["reason"]


def test_escape_sequences_do_not_reach_the_terminal(run, draw, tmp_path):
    bill = tmp_path / "bill.txt"
    bill.write_text("03/04/2026 99214 \x1b]0;owned\x07 [bold]visit[/bold] $268.00\n")
    for done in (run("explain", str(bill)), draw("explain", str(bill), "--no-color")):
        assert "\x1b]0" not in done.out
        assert "\x07" not in done.out
        assert "[bold]visit[/bold]" in done.out


# -- what is read --------------------------------------------------------------------------


def test_table_without_annotate_is_read_as_a_bill(run, tmp_path):
    table = tmp_path / "claims.csv"
    table.write_text("date,cpt_code,mod,units\n2026-03-04,97110,GP,2\n2026-03-04,99999,,1\n")
    (line, other) = run("explain", str(table), "--json").json["lines"]
    (code,) = line["codes"]
    assert (other["codes"][0]["code"], other["codes"][0]["status"]) == ("99999", "unknown")
    assert (line["line"], code["code"], code["units"]) == (2, "97110", 2)


def test_saved_web_page(run, tmp_path):
    page = tmp_path / "bill.html"
    page.write_text(
        "<!DOCTYPE html><html><head><style>td{width:99213px}</style></head><body>"
        "<table><tr><th>Date</th><th>CPT</th><th>Charge</th></tr>"
        "<tr><td>03/04/2026</td><td>99214</td><td>$268.00</td></tr></table></body></html>"
    )
    document = run("explain", str(page), "--json").json
    assert [code["code"] for line in document["lines"] for code in line["codes"]] == ["99214"]


def test_latin_1_and_utf_16(run, tmp_path):
    bill = tmp_path / "bill.txt"
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        bill.write_text("Año 2026\n03/04/2026 CPT 99214 visita médica $268.00\n", encoding=encoding)
        assert "médica" in run("explain", str(bill)).out


def _pdf(lines):
    """A small PDF with lines of text, as the format's specification (ISO 32000) has it."""
    text = "BT /F1 11 Tf 40 760 Td 16 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode()
    return out


def test_pdf_with_the_extra(run, tmp_path):
    pytest.importorskip("pypdf")
    bill = tmp_path / "bill.pdf"
    bill.write_bytes(_pdf(["Date        CPT    Charge", "03/04/2026  99214  268.00"]))
    document = run("explain", str(bill), "--json").json
    assert [code["code"] for line in document["lines"] for code in line["codes"]] == ["99214"]


def test_pdf_without_the_extra(environment, tmp_path):
    bill = tmp_path / "bill.pdf"
    bill.write_bytes(_pdf(["03/04/2026  99214  268.00"]))
    script = (
        "import sys; sys.modules['pypdf'] = None; sys.argv = ['codelookup', 'explain', sys.argv[1]]"
        "\nfrom codelookup.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(bill)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "is a PDF" in done.stderr
    assert "pdftotext" in done.stderr


# -- what cannot be read -------------------------------------------------------------------


def _zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, 3, "is a picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, 3, "is a picture"),
        (_zip(), 3, "is a zip, Word or Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", 3, "old Word or Excel"),
        (b"{\\rtf1 99214}", 3, "rich text"),
        (b"%PDF-1.4 broken", 3, "PDF"),
        (b"CPT 99214\0\0\0", 3, "NUL bytes"),
        (b"", 1, "is empty"),
        (b"  \n\n", 1, "is empty"),
        (b"x" * 10_000_000, 3, "larger than 2 MB"),
        (b"x" * 50_000, 3, "50,000 characters"),
        (b"hello there\n", 1, "No codes were found"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_input_gets_a_sentence(run, tmp_path, content, code, says):
    bill = tmp_path / "bill"
    bill.write_bytes(content)
    done = run("explain", str(bill))
    assert done.code == code
    assert says in done.err
    assert "Traceback" not in done.err
    document = run("explain", str(bill), "--json").json
    assert document["command"] == "explain"


def test_huge_file(run, tmp_path):
    bill = tmp_path / "bill.txt"
    with bill.open("wb") as file:
        file.write(b"CPT 99214\n")
        file.seek(100_000_000)
        file.write(b"\n")
    done = run("explain", str(bill))
    assert done.code == 3
    assert "larger than 2 MB" in done.err


def test_folder_and_missing_file(run, tmp_path):
    done = run("explain", str(tmp_path))
    assert (done.code, "is a folder" in done.err) == (2, True)
    (tmp_path / "bill.txt").write_text("CPT 99214\n")
    done = run("explain", str(tmp_path / "bil.txt"))
    assert done.code == 2
    assert "bill.txt" in done.err


# -- tables --------------------------------------------------------------------------------


def _annotated(run, tmp_path, content, *options, name="claims.csv"):
    """(report, bytes written) of annotating a file with this content."""
    source, target = tmp_path / name, tmp_path / "out.csv"
    source.write_bytes(content)
    done = run("explain", str(source), "--annotate", str(target), *options)
    return done, target.read_bytes() if target.exists() else None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\n")])
def test_every_row_column_and_value_stays(run, tmp_path, encoding, delimiter, end):
    rows = [
        ["id", "CPT Code", "note"],
        ["001", "99214", "Núñez"],
        ["002", "99214-25", f'says "hi"{delimiter} twice'],
        ["003", "ZZZZZ", "two\r\nlines"],
        ["004", "", " spaces "],
        ["005", "e119", "=1+1"],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    done, out = _annotated(run, tmp_path, text.getvalue().encode(encoding))
    assert done.code == 0
    assert out.startswith(text.getvalue().encode(encoding)[:3])  # the mark stays
    written = list(csv.reader(io.StringIO(out.decode(encoding), newline=""), delimiter=delimiter))
    assert [row[:3] for row in written] == rows
    assert written[0][3:] == ["display", "system", "kind", "status", "summary"]
    assert written[1][3].startswith("Office visit")
    assert written[2][3:] == written[1][3:]
    assert written[3][3:] == written[4][3:] == [""] * 5
    assert "1 code stays blank" in done.err
    assert "ZZZZZ" in done.err


def test_mixed_line_ends_ragged_rows_and_foreign_bytes(run, tmp_path):
    content = b"cpt,b\r\n99214,x\n99213\r\n\n71046,y,extra\r\n99215,\xe9\r\n"
    done, out = _annotated(run, tmp_path, content.replace(b"\xe9", b"caf\xc3\xa9 \xff"))
    assert done.code == 0
    assert [line[-2:] for line in out.splitlines(True)] == [
        line[-2:] if line.endswith(b"\r\n") else out_line[-2:]
        for line, out_line in zip(content.splitlines(True), out.splitlines(True), strict=True)
    ]
    lines = out.splitlines()
    assert lines[1].startswith(b'99214,x,"Office visit')
    assert lines[2].startswith(b'99213,,"Office visit')
    assert lines[3] == b""
    assert lines[4].startswith(b'71046,y,"Chest X-ray')
    assert lines[4].endswith(b",extra")
    assert b"caf\xc3\xa9 \xff" in lines[5]
    assert "1 rows have more cells" in done.err or "more cells" in done.err


def test_names_that_are_taken_and_several_columns(run, tmp_path):
    done, out = _annotated(run, tmp_path, b"cpt,display,dx1\n99214,mine,E119\n")
    assert b"cpt,display,dx1,cpt_display,cpt_system" in out
    assert "dx1 may hold codes too" in done.err
    _, out = _annotated(
        run, tmp_path, b"cpt,dx1\n99214,E119;I10\n", "--column", "cpt", "--column", "DX1"
    )
    header, row = csv.reader(io.StringIO(out.decode()))
    assert header[2:3] + header[7:8] == ["cpt_display", "dx1_display"]
    assert row[7] == (
        "Type 2 diabetes mellitus without complications; Essential (primary) hypertension"
    )


def test_spreadsheet_damage(run, tmp_path):
    _, out = _annotated(run, tmp_path, b"cpt\n142\n99214.0\n")
    rows = list(csv.reader(io.StringIO(out.decode())))
    assert rows[1][0] == "142"
    assert "cataract" in (rows[1][1] + rows[1][5]).lower()
    assert rows[2][1].startswith("Office visit")


def test_a_table_without_header(run, tmp_path):
    _, out = _annotated(run, tmp_path, b"1,99214\n2,71046\n", "--column", "2")
    rows = list(csv.reader(io.StringIO(out.decode())))
    assert [row[:2] for row in rows] == [["1", "99214"], ["2", "71046"]]
    assert rows[0][2].startswith("Office visit")


def test_ndjson(run, tmp_path):
    rows = [{"id": 1, "code": "99214", "x": [1, {"a": None}]}, {"id": 2, "code": "nothing"}]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    done, out = _annotated(run, tmp_path, content, name="claims.ndjson")
    assert done.code == 0
    written = [json.loads(line) for line in out.splitlines()]
    assert [{key: row[key] for key in rows[number]} for number, row in enumerate(written)] == rows
    assert (written[0]["system"], written[1]["system"]) == ("cpt", "")


def test_annotate_to_stdout_and_from_stdin(run):
    done = run("explain", "-", "--annotate", "-", stdin="cpt\n99214\n")
    assert done.out.splitlines()[1].startswith('99214,"Office visit')


@pytest.mark.parametrize(
    ("content", "options", "code", "says"),
    [
        (b"name,amount\nx,1\n", (), 2, "No column of"),
        (b"name,cpt\nx,99214\n", ("--column", "ctp"), 2, 'Did you mean "cpt"?'),
        (b"name,cpt\nx,99214\n", ("--column", "9"), 2, 'has no column "9"'),
        (b"", (), 3, "is empty"),
        (b"\x89PNG\r\n", (), 3, "is a picture"),
        (b"a,cpt\n\0,99214\n", (), 3, "NUL"),
        (b"cpt,a\n99214," + b"x" * 2_000_000 + b"\n", (), 3, "cannot be read as a row"),
    ],
)
def test_bad_tables_leave_what_was_there(run, tmp_path, content, options, code, says):
    (tmp_path / "out.csv").write_text("before")
    done, out = _annotated(run, tmp_path, content, *options)
    assert (done.code, out) == (code, b"before")
    assert says in done.err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_no_known_code_is_nothing_found(run, tmp_path):
    done, out = _annotated(run, tmp_path, b"name,cpt\nx,hello\n")
    assert (done.code, out.splitlines()[1]) == (1, b"x,hello,,,,,")
    assert "None of the values is a known code" in done.err


def test_the_file_that_is_read_is_not_overwritten(run, tmp_path):
    table = tmp_path / "claims.csv"
    table.write_text("cpt\n99214\n")
    done = run("explain", str(table), "--annotate", str(table))
    assert done.code == 2
    assert table.read_text() == "cpt\n99214\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_disk_full(run, tmp_path):
    table = tmp_path / "claims.csv"
    table.write_text("cpt\n" + "99214\n" * 20_000)
    done = subprocess.run(
        f"{sys.executable} -m codelookup explain {table} --annotate - > /dev/full",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "cannot be written: No space left" in done.stderr
    assert "Traceback" not in done.stderr


# -- privacy -------------------------------------------------------------------------------


def test_nothing_is_written_and_no_socket_opened(environment, tmp_path, run):
    """An audit hook of the interpreter sees every file opened to write, and every socket."""
    script = tmp_path / "watch.py"
    script.write_text(
        "import os, sys\n"
        "def watch(event, arguments):\n"
        "    if event.startswith('socket.'):\n"
        "        os.write(2, f'SOCKET {event}\\n'.encode())\n"
        "    if event in ('os.rename', 'os.mkdir', 'os.remove', 'subprocess.Popen'):\n"
        "        os.write(2, f'TOUCHED {event} {arguments}\\n'.encode())\n"
        "    if event == 'open' and (\n"
        "        isinstance(arguments[1], str) and set(arguments[1]) & set('wax+')\n"
        "        or arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)\n"
        "    ):\n"
        "        os.write(2, f'WRITTEN {arguments}\\n'.encode())\n"
        "sys.addaudithook(watch)\n"
        "sys.argv = ['codelookup', *sys.argv[1:]]\n"
        "from codelookup.cli import main\n"
        "main()\n"
    )
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-B", str(script), "explain", str(EOB)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "99214-25" in done.stdout
    assert not re.search("SOCKET|TOUCHED|WRITTEN", done.stderr), done.stderr
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
