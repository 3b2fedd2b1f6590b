"""The reader of licensed CPT files. All descriptors here are nonsense of our own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Release
from codelookup.read import cpt, icd10pcs

FIXTURES = Path(__file__).parent / "fixtures" / "cpt"
NOTICE = b"Sample notice: CPT 2099, not by the American Medical Association.\n"


def read(raw: bytes, name: str = "") -> tuple[Release, dict[str, Concept]]:
    release, concepts = cpt.read_cpt(io.BytesIO(raw), name)
    return release, {concept.code: concept for concept in concepts}


def read_file(name: str) -> tuple[Release, dict[str, Concept]]:
    return read((FIXTURES / name).read_bytes())


def refused(raw: bytes) -> DataError:
    with pytest.raises(DataError) as caught:
        read(raw)
    assert caught.value.hint
    return caught.value


class TestTextFiles:
    def test_tab_delimited(self) -> None:
        release, concepts = read_file("longult.txt")
        assert list(concepts) == ["00001", "00002", "0003T"]
        assert concepts["00001"] == Concept("cpt", "00001", "Sample descriptor one, told at length")
        assert concepts["0003T"].display == "Sample descriptor three, café style"
        assert (release.system, release.version) == ("cpt", "2099")

    def test_notice_is_kept_and_ends_before_the_first_code(self) -> None:
        notice = read_file("longult.txt")[0].notice
        assert notice.startswith("Sample notice for tests: CPT 2099")
        assert notice.endswith("All the words below are nonsense.")
        assert "descriptor one" not in notice
        assert "\n\n\n" not in notice

    def test_fixed_field(self) -> None:
        concepts = read_file("medu.txt")[1]
        assert [c.display for c in concepts.values()] == [
            "SAMPLE DESCRIPTOR ONE",
            "SAMPLE DESCRIPTOR TWO",
            "SAMPLE DESCRIPTOR THREE",
        ]

    def test_long_descriptors_broken_between_words(self) -> None:
        concepts = read_file("longulf_words.txt")[1]
        assert concepts["00001"].display == (
            "Sample descriptor one which goes on and on until the field is full, and then some more"
        )
        assert concepts["00002"].display == "Sample descriptor two"

    def test_long_descriptors_chopped_at_the_field(self) -> None:
        concepts = read_file("longulf_chopped.txt")[1]
        assert concepts["00001"].display == (
            "Sample descriptor one which is chopped wherever the field happens to end, even"
            " inside of a word, twice over, which takes three parts in all, so it does"
        )

    def test_without_a_notice_ours_stands_in(self) -> None:
        release, concepts = read(b"00001\tSample descriptor one\n", "cpt-2098.txt")
        assert release.notice == cpt.NOTICE
        assert "American Medical Association" in release.notice
        assert (release.version, release.in_force_since) == ("2098", "2098-01-01")
        assert list(concepts) == ["00001"]

    def test_no_year_anywhere(self) -> None:
        release, _ = read(b"00001\tSample descriptor one\n")
        assert (release.name, release.version, release.in_force_since) == ("CPT", "", "")

    def test_an_address_in_the_notice_is_no_code(self) -> None:
        raw = NOTICE + b"12345 Sample Street\nSample Town\n\n00001 SAMPLE ONE\n00002 SAMPLE TWO\n"
        release, concepts = read(raw)
        assert list(concepts) == ["00001", "00002"]
        assert "Sample Town" in release.notice

    def test_dos_end_of_file_mark(self) -> None:
        assert list(read(NOTICE + b"00001 SAMPLE ONE\r\n\x1a")[1]) == ["00001"]


class TestTables:
    def test_columns(self) -> None:
        release, concepts = read_file("table.csv")
        one, three = concepts["00001"], concepts["0003T"]
        assert one.display == "Sample descriptor one, with a comma"
        assert one.designations == (
            Designation("technical", "SAMPLE ONE MEDIUM"),
            Designation("short", "SAMPLE ONE"),
            Designation("common", "Sample one for people"),
        )
        assert three.display == "Sample descriptor three"
        assert [d.use for d in three.designations] == ["technical"]
        assert release.notice == cpt.NOTICE

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_delimiters(self, delimiter: str) -> None:
        text = f"Code{delimiter}Descriptor\n00001{delimiter}Sample descriptor one\n"
        assert read(text.encode())[1]["00001"].display == "Sample descriptor one"

    def test_byte_order_mark_and_windows_letters(self) -> None:
        text = "code,description\n00001,Sample é\n"
        assert read(text.encode("utf-8-sig"))[1]["00001"].display == "Sample é"
        assert read(text.encode("cp1252"))[1]["00001"].display == "Sample é"

    def test_notice_before_the_titles(self) -> None:
        release, concepts = read(NOTICE + b"\ncode,description\n00001,Sample descriptor one\n")
        assert release.notice == NOTICE.decode().strip()
        assert list(concepts) == ["00001"]

    def test_lost_leading_zeros(self) -> None:
        error = refused(b"code,description\n1,Sample descriptor one\n")
        assert error.message == "Line 2 has '1', which is not a CPT code."
        assert "leading zeros" in error.hint

    def test_wrong_number_of_columns(self) -> None:
        error = refused(b"code,description\n00001,Sample one, two\n")
        assert error.message == "Line 2 has 3 columns, where the titles are 2."

    def test_open_quote(self) -> None:
        assert "is not valid CSV" in refused(b'code,description\n00001,"Sample\n').message

    def test_titles_alone(self) -> None:
        assert "no CPT codes" in refused(b"code,description\n").message


class TestRefusing:
    def test_cut_line(self) -> None:
        error = refused(NOTICE + b"00001\tSample one\n00002\n00003\tSample three\n")
        assert error.message == "Line 3 is cut short or not of the same form as line 2."

    def test_another_layout_in_the_middle(self) -> None:
        error = refused(NOTICE + b"00001\tSample one\n00002\tSample two\n00003 SAMPLE THREE\n")
        assert error.message.startswith("Line 4 ")

    def test_empty_descriptor(self) -> None:
        error = refused(NOTICE + b"00001\tSample one\n00002\t \n")
        assert error.message == "Line 3 has no descriptor for 00002."

    def test_repeated_code(self) -> None:
        error = refused(NOTICE + b"00001\tSample one\n00001\tSample one\n")
        assert error.message == "Line 3 has 00001 a second time."
        table = refused(b"code,description\n00001,Sample\n\n00001,Sample\n")
        assert table.message == "Line 4 has 00001 a second time."

    def test_missing_part(self) -> None:
        raw = (FIXTURES / "longulf_chopped.txt").read_bytes().splitlines(keepends=True)
        first = next(at for at, line in enumerate(raw) if line.startswith(b"0000101"))
        middle = refused(b"".join(raw[: first + 1] + raw[first + 2 :]))
        assert middle.message == f"Line {first + 2} has part 3 of 00001 out of turn."
        start = refused(b"".join(raw[:first] + raw[first + 1 :]))
        assert start.message == f"Line {first + 1} begins 00001 with part 2, not with part 1."

    def test_wrong_encoding(self) -> None:
        raw = (FIXTURES / "longult.txt").read_text("cp1252").encode("utf-16")
        assert "UTF-16" in refused(raw).message

    @pytest.mark.parametrize("raw", [b"", b"Sample prose.\nAnd more of it.\n", b"x" * 200_000])
    def test_no_codes(self, raw: bytes) -> None:
        assert refused(raw).message == "The file has no CPT codes with descriptors."


class TestRecognising:
    @pytest.mark.parametrize(
        "name",
        ["longult.txt", "medu.txt", "longulf_words.txt", "longulf_chopped.txt", "table.csv"],
    )
    def test_by_content(self, name: str) -> None:
        assert cpt.recognise((FIXTURES / name).read_bytes())

    @pytest.mark.parametrize(
        "head",
        [
            b"",
            b"\xff\xfe0\x000\x00",
            b"12345\tSample Town\n12346\tSample City\n",  # no notice: could be anything
            NOTICE,
            b"code,description\nA0428,Sample ride\n",
            b"code,description\n",
            b"x" * 200_000,
        ],
    )
    def test_other_files(self, head: bytes) -> None:
        assert not cpt.recognise(head)

    def test_an_order_file_is_not_cpt(self) -> None:
        row = f"00001 001     0 {'Sample, CPT':<60} Sample\n00002 A000    1 {'Sample':<60} S\n"
        assert not cpt.recognise(b"CPT\n" + row.encode())
        assert not icd10pcs.recognise((FIXTURES / "medu.txt").read_bytes())
