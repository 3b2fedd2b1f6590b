"""The reader of the HCPCS alpha-numeric file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from codelookup.errors import DataError
from codelookup.model import Concept, Designation
from codelookup.read import hcpcs

HERE = Path(__file__).parent
SAMPLE = HERE / "fixtures" / "hcpcs" / "sample_anweb.txt"
OFFICIAL = HERE.parents[1] / "shared" / "codesets" / "hcpcs-january-2026-alpha-numeric.zip"


def lines() -> list[bytes]:
    """The sample's lines: 0-2 modifiers, 3-4 two codes, 5-7 one of three lines, 8-10 more."""
    return SAMPLE.read_bytes().replace(b"\r\n", b"\n").splitlines()


def read(raw: bytes) -> dict[str, Concept]:
    return {concept.code: concept for concept in hcpcs.read_hcpcs(io.BytesIO(raw))[1]}


def sample() -> dict[str, Concept]:
    return read(SAMPLE.read_bytes())


def refused(rows: list[bytes]) -> DataError:
    with pytest.raises(DataError) as caught:
        hcpcs.read_hcpcs(io.BytesIO(b"\r\n".join(rows)))
    assert caught.value.hint
    return caught.value


class TestReading:
    def test_release_is_dated_by_the_latest_change(self) -> None:
        release, _ = hcpcs.read_hcpcs(io.BytesIO(SAMPLE.read_bytes()))
        assert release.system == "hcpcs"
        assert release.version == "2026-01"
        assert release.name == "HCPCS Level II, January 2026"
        assert release.in_force_since == "2026-01-01"
        later = SAMPLE.read_bytes().replace(b"20260101", b"20270401")
        assert hcpcs.read_hcpcs(io.BytesIO(later))[0].name == "HCPCS Level II, April 2027"

    def test_description_over_several_lines(self) -> None:
        chair = sample()["E0003"]
        assert chair.display == (
            "Sample chair with wheels, two wheels of one size and two of another, each"
        )
        assert chair.designations == (Designation("short", "Sample chair"),)

    def test_modifiers(self) -> None:
        concepts = sample()
        assert concepts["ZA"].level == "modifier"
        assert concepts["ZA"].parent == ""
        assert concepts["ZB"].display == "Sample modifier two, told over two lines"
        assert concepts["ZB"].terminated == "2018-03-31"

    def test_letters_serve_as_hierarchy(self) -> None:
        order = list(sample())
        assert order == [
            *("ZA", "ZB", "A", "A0001", "A0002", "E", "E0003", "E0004"),
            *("G", "G0005", "S", "S0006"),
        ]
        letter = sample()["E"]
        assert (letter.level, letter.billable) == ("block", False)
        assert letter.display == "Durable medical equipment"
        assert sample()["E0003"].parent == "E"
        moved = SAMPLE.read_bytes().replace(b"S0006", b"N0006")
        assert read(moved)["N"].display == "Codes that begin with N"

    def test_dates(self) -> None:
        old = sample()["A0002"]
        # Added, not the later date of the last change: the code was in use from then on.
        assert (old.effective, old.terminated) == ("1990-01-01", "2019-12-31")
        assert sample()["A0001"].terminated == ""
        assert dict(old.properties)["Last change"] == "2020-01-01"
        assert dict(sample()["E0004"].properties)["Last change"] == "2026-01-01, added"

    def test_cross_references(self) -> None:
        concepts = sample()
        assert concepts["A0002"].replaced_by == ("A0001",)
        # The code is in use, so what it refers to has not replaced it.
        assert concepts["E0004"].replaced_by == ()
        assert dict(concepts["E0004"].properties)["See also"] == "E0003, A0001"
        assert concepts["S0006"].replaced_by == ("99990", "99991")
        assert dict(concepts["S0006"].properties)["See also"] == "CPT"

    def test_coded_fields_in_words(self) -> None:
        chair = dict(sample()["E0003"].properties)
        assert chair["Coverage"] == "special instructions apply"
        assert chair["Medicare pricing"].split("; ") == [
            "equipment that costs little or is usually bought",
            "equipment rented up to a limit",
            "equipment priced by the contractor",
        ]
        assert chair["Type of service"] == "used equipment; bought outright; rental of equipment"
        assert chair["Group"] == "equipment and supplies: wheelchairs"
        assert chair["Coverage manual section"] == "60-9, 60-6"
        assert chair["Carriers manual section"] == "2079, 4107.9"
        look = dict(sample()["G0005"].properties)
        assert look["Group"] == "procedure with a scope: whole large bowel"
        assert look["Surgery center"] == "approved since 2020-07-01"
        assert look["Anesthesia base units"] == "5"
        assert look["Lab certification"] == "routine chemistry; cells"
        assert look["Several prices"].startswith("lab fee schedule for the test")

    def test_what_says_nothing_is_left_out(self) -> None:
        ride = dict(sample()["A0001"].properties)
        assert not {"Several prices", "Surgery center", "Statute", "See also"} & set(ride)
        assert "Anesthesia base units" not in ride
        assert "Group" not in dict(sample()["E0004"].properties)  # "undefined"
        assert dict(sample()["E0004"].properties)["Statute"] == "1862(a)(7)"

    def test_unknown_values_are_shown_as_they_stand(self) -> None:
        odd = dict(sample()["S0006"].properties)
        assert (odd["Coverage"], odd["Medicare pricing"]) == ("Q", "77")
        assert (odd["Type of service"], odd["Group"]) == ("?", "Q9Z")

    def test_unix_line_ends(self) -> None:
        assert read(b"\n".join(lines())) == sample()


class TestRefusing:
    @pytest.mark.parametrize(("at", "length"), [(3, 200), (4, 292), (6, 60)])
    def test_cut_line(self, at: int, length: int) -> None:
        rows = lines()
        rows[at] = rows[at][:length]
        assert refused(rows).message == f"Line {at + 1} is cut short at {length} characters."

    def test_text_beyond_the_record(self) -> None:
        rows = lines()
        rows[3] += b"surplus"
        assert refused(rows).message == "Line 4 is longer than 320 characters."

    def test_repeated_code(self) -> None:
        rows = lines()
        rows.insert(4, rows[3])
        assert refused(rows).message == "Line 5 has A0001 a second time."

    def test_description_line_without_its_code(self) -> None:
        rows = lines()
        del rows[5]
        assert "Line 6 goes on with E0003" in refused(rows).message

    def test_description_line_repeated(self) -> None:
        rows = lines()
        rows.insert(7, rows[6])
        assert "Line 8 goes on with E0003" in refused(rows).message

    def test_no_record_type(self) -> None:
        rows = lines()
        rows[0] = rows[0][:10] + b"5" + rows[0][11:]
        assert refused(rows).message == "Line 1 is not a line of the HCPCS file."

    @pytest.mark.parametrize("text", [b"20261301", b"2026 101", b"00000000"])
    def test_bad_date(self, text: bytes) -> None:
        rows = lines()
        rows[3] = rows[3][:276] + text + rows[3][284:]
        message = refused(rows).message
        assert message == f"Line 4 has {text.decode()!r} where a date should be."

    @pytest.mark.parametrize("code", [b"99213", b"D0120"])
    def test_licensed_codes_are_not_taken_for_hcpcs(self, code: bytes) -> None:
        rows = lines()
        rows[3] = code + rows[3][5:]
        error = refused(rows)
        assert "not a HCPCS Level II code" in error.message
        assert "licensed" in error.hint

    def test_wrong_encodings(self) -> None:
        text = SAMPLE.read_text("latin-1")
        assert "not latin-1" in refused([text.encode("utf-16")]).message
        assert "Line 1 is not latin-1" in refused([text.encode("utf-8-sig")]).message
        assert "Line 6 is UTF-8" in refused(text.encode("utf-8").splitlines()).message

    def test_no_description(self) -> None:
        rows = lines()
        rows[3] = rows[3][:11] + b" " * 80 + rows[3][91:]
        assert "no description for A0001" in refused(rows).message

    def test_empty_file(self) -> None:
        assert refused([b"", b"   "]).message == "The file has no HCPCS codes."


class TestRecognising:
    def test_by_content(self) -> None:
        raw = SAMPLE.read_bytes()
        assert hcpcs.recognise(raw)
        assert hcpcs.recognise(raw[:320])
        assert hcpcs.recognise(raw[322 * 3 :])  # a file without modifiers

    @pytest.mark.parametrize(
        "head",
        [
            b"",
            b"A0428 Sample ride\n",
            f"00001 001     0 {'Sample':<60} {'Sample':<300}\n".encode(),
            b"HCPC,SEQNUM,RECID,LONG DESCRIPTION\n",
        ],
    )
    def test_other_files(self, head: bytes) -> None:
        assert not hcpcs.recognise(head)


@pytest.fixture(scope="module")
def official() -> dict[str, Concept]:
    with zipfile.ZipFile(OFFICIAL) as archive:
        names = [n for n in archive.namelist() if n.endswith(".txt")]
        recognised = []
        for name in names:
            with archive.open(name) as stream:
                if hcpcs.recognise(stream.read(4096)):
                    recognised.append(name)
        assert len(recognised) == 1
        with archive.open(recognised[0]) as stream:
            release, concepts = hcpcs.read_hcpcs(stream)
    assert (release.version, release.in_force_since) == ("2026-01", "2026-01-01")
    return {concept.code: concept for concept in concepts}


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official release is not at hand")
class TestOfficialRelease:
    def test_counts(self, official: dict[str, Concept]) -> None:
        levels = [concept.level for concept in official.values()]
        assert levels.count("code") == 8_623
        assert levels.count("modifier") == 383
        assert sum(1 for concept in official.values() if concept.terminated) == 1_320

    def test_no_licensed_codes(self, official: dict[str, Concept]) -> None:
        assert not [c for c in official if c[0] == "D" and official[c].level != "modifier"]
        assert not [c for c in official if c[0].isdigit()]

    def test_dates_are_in_order(self, official: dict[str, Concept]) -> None:
        for concept in official.values():
            if concept.terminated:
                assert concept.effective <= concept.terminated

    def test_only_terminated_codes_are_replaced(self, official: dict[str, Concept]) -> None:
        replaced = [c for c in official.values() if c.replaced_by]
        assert len(replaced) == 188
        assert all(concept.terminated for concept in replaced)
        assert official["G0436"].replaced_by == ("99406", "99407")

    def test_every_section_and_value_has_words(self, official: dict[str, Concept]) -> None:
        blocks = {c.code: c.display for c in official.values() if c.level == "block"}
        assert blocks == hcpcs.SECTIONS
        worded = {"Coverage", "Medicare pricing", "Type of service", "Group", "Lab certification"}
        for concept in official.values():
            for label, value in concept.properties:
                if label in worded:
                    assert all(len(word) > 3 for word in value.split("; ")), (concept.code, value)

    def test_known_codes(self, official: dict[str, Concept]) -> None:
        frame = official["E0840"]
        assert frame.display == "Traction frame, attached to headboard, cervical traction"
        assert frame.effective == "1984-01-01"
        # The one line that is padded beyond the record.
        assert official["G9871"].display.endswith("diabetes prevention, online, 60 minutes")
        assert official["RT"].level == "modifier"
