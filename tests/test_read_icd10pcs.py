"""The reader of the ICD-10-PCS order file, and what a code's characters mean."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from codelookup.errors import DataError
from codelookup.model import Concept
from codelookup.read import icd10pcs

HERE = Path(__file__).parent
SAMPLE = HERE / "fixtures" / "icd10pcs" / "icd10pcs_order_2026_sample.txt"
OFFICIAL = HERE.parents[1] / "shared" / "codesets" / "icd10pcs-order-2026.zip"


def read(raw: bytes) -> list[Concept]:
    return list(icd10pcs.read_order(io.BytesIO(raw))[1])


def lines() -> list[bytes]:
    return SAMPLE.read_bytes().replace(b"\r\n", b"\n").splitlines()


def refused(raw: bytes) -> DataError:
    with pytest.raises(DataError) as caught:
        read(raw)
    assert caught.value.hint
    return caught.value


def sample_lookup(code: str) -> str:
    return {concept.code: concept.display for concept in read(SAMPLE.read_bytes())}.get(code, "")


def meanings(code: str) -> list[str]:
    return [meaning for _, _, meaning in icd10pcs.characters(code, sample_lookup)]


class TestReading:
    def test_codes_and_tables(self) -> None:
        by_code = {concept.code: concept for concept in read(SAMPLE.read_bytes())}
        code, table = by_code["0DBN8ZX"], by_code["0DB"]
        assert code.display.startswith("Excision of Sample Bend, Via Natural")
        assert (code.level, code.billable, code.parent) == ("code", True, "0DB")
        assert (table.level, table.billable, table.parent) == ("header", False, "0D")
        assert [d.use for d in code.designations] == ["short"]
        assert by_code["GZ52ZZZ"].designations == ()  # the short description is the same

    def test_sections_and_body_systems_stand_above_their_tables_once(self) -> None:
        concepts = read(SAMPLE.read_bytes())
        order = [concept.code for concept in concepts]
        assert len(order) == len(set(order))
        assert order[:4] == ["0", "00", "001", "0016070"]
        by_code = {concept.code: concept for concept in concepts}
        assert by_code["0"] == Concept(
            "icd10pcs", "0", "Medical and Surgical", "chapter", billable=False
        )
        assert by_code["09"].display == "Ear, Nose, Sinus"
        assert by_code["B0"].display == "Central Nervous System"
        assert by_code["B0"].parent == "B"
        assert by_code["X0"].display == "Nervous System"

    def test_every_parent_comes_first(self) -> None:
        seen = {""}
        for concept in read(SAMPLE.read_bytes()):
            assert concept.parent in seen
            seen.add(concept.code)

    @pytest.mark.parametrize(
        ("name", "version", "since"),
        [
            ("icd10pcs_order_2026.txt", "2026", "2025-10-01"),
            ("icd10pcs_order_2027.txt", "2027", "2026-10-01"),
            ("order.txt", "", ""),
        ],
    )
    def test_release_comes_from_the_name(self, name: str, version: str, since: str) -> None:
        release, _ = icd10pcs.read_order(io.BytesIO(SAMPLE.read_bytes()), name)
        assert (release.version, release.in_force_since) == (version, since)

    def test_release_from_an_open_file_ignores_its_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "from-2031"
        folder.mkdir()
        path = folder / "icd10pcs_order_2027.txt"
        path.write_bytes(SAMPLE.read_bytes())
        with path.open("rb") as stream:
            assert icd10pcs.read_order(stream)[0].version == "2027"

    def test_no_break_spaces_and_unix_line_ends(self) -> None:
        raw = b"\n".join(lines()).replace(b"Sample Bend", b"Sample\xa0Bend")
        by_code = {concept.code: concept for concept in read(raw)}
        assert "Sample Bend" in by_code["0DBN8ZZ"].display


class TestRefusing:
    def test_cut_line(self) -> None:
        rows = lines()
        rows[4] = rows[4][:40]
        error = refused(b"\n".join(rows))
        assert error.message == "Line 5 is cut short at 40 characters."

    def test_shifted_columns(self) -> None:
        rows = lines()
        rows[2] = b" " + rows[2]
        assert "Line 3 is not a line of" in refused(b"\n".join(rows)).message

    def test_repeated_code(self) -> None:
        rows = lines()
        rows.insert(2, b"00009" + rows[1][5:])
        assert refused(b"\n".join(rows)).message == "Line 3 has 0016070 a second time."

    def test_order_number_out_of_turn(self) -> None:
        rows = lines()
        rows[1], rows[2] = rows[2], rows[1]
        assert "out of turn: 2 after 3" in refused(b"\n".join(rows)).message

    def test_code_before_its_table(self) -> None:
        assert "before its table 001" in refused(b"\n".join(lines()[1:])).message

    @pytest.mark.parametrize(
        "row",
        [
            f"00001 A00     0 {'Sample cholera':<60} Sample cholera",
            f"00001 A000    1 {'Sample cholera':<60} Sample cholera",
            f"00001 001607  1 {'Sample':<60} Sample",
            f"00001 0016    0 {'Sample':<60} Sample",
        ],
    )
    def test_codes_of_another_shape(self, row: str) -> None:
        assert "not a table or a code of ICD-10-PCS" in refused(row.encode()).message

    def test_wrong_encodings(self) -> None:
        text = SAMPLE.read_text("latin-1")
        assert "Line 1 is not latin-1" in refused(text.encode("utf-16")).message
        assert "Line 1 is not latin-1" in refused(text.encode("utf-8-sig")).message
        accented = text.replace("Sample Pool", "Sämple Pool").encode("utf-8")
        assert "Line 3 is UTF-8" in refused(accented).message

    def test_empty_file(self) -> None:
        assert "no ICD-10-PCS codes" in refused(b"\r\n").message


class TestRecognising:
    def test_by_content(self) -> None:
        raw = SAMPLE.read_bytes()
        assert icd10pcs.recognise(raw)
        assert icd10pcs.recognise(raw[:1000])  # ends within a line

    @pytest.mark.parametrize(
        "head",
        [
            b"",
            b"00001\tSample descriptor one\n",
            f"00001 A00     0 {'Sample':<60} Sample\n00002 A000    1 {'Sample':<60} S\n".encode(),
            f"00001 X30     0 {'Sample':<60} Sample\n00002 X30XXXA 1 {'Sample':<60} S\n".encode(),
            b"code,description\n0016070,Sample\n",
        ],
    )
    def test_other_files(self, head: bytes) -> None:
        assert not icd10pcs.recognise(head)


class TestCharacters:
    def test_positions_and_labels(self) -> None:
        got = icd10pcs.characters("0dbn8zx", sample_lookup)
        assert [position for position, _, _ in got] == [1, 2, 3, 4, 5, 6, 7]
        assert [label for _, label, _ in got] == [
            "Section",
            "Body System",
            "Root Operation",
            "Body Part",
            "Approach",
            "Device",
            "Qualifier",
        ]
        texts = [meaning for _, _, meaning in got]
        assert texts[:2] == ["Medical and Surgical", "Gastrointestinal System"]
        assert texts[2].startswith("Excision (")
        assert texts[3] == "Sample Bend"
        assert texts[4].startswith("Via Natural or Artificial Opening Endoscopic (")
        assert texts[5:] == ["None", "Diagnostic"]

    @pytest.mark.parametrize(
        ("code", "part", "device", "qualifier"),
        [
            ("0016070", "Sample Chamber", "Sample Patch", "Sample Nose"),
            ("00160ZB", "Sample Chamber", "None", "Sample Pool"),
            ("00H003Z", "Left and Right Sample Lobe", "Sample Pump", "None"),
            ("00H033J", "Left and Right Sample Lobe", "Sample Pump", "Short-lived"),
            ("09HK01Z", "Sample Nose", "Sample Seed, Round", "None"),
            ("0SR9029", "Sample Joint", "Sample Ball on Sample Cup", "Glued"),
            ("0RG0070", "Sample Joint", "Sample Cage", "Anterior Approach, Anterior Column"),
            ("0X680Z1", "Sample Arm", "None", "High"),
            ("10D00Z1", "Products of Conception", "None", "Low"),
            ("30233N1", "Sample Vein", "Sample Cells", "Nonautologous"),
            ("30233AZ", "Sample Vein", "Sample Platelets", "None"),
            ("XW013G6", "Sample Tissue", "Sample Antibody", "New Technology Group 6"),
        ],
    )
    def test_read_from_the_description(
        self, code: str, part: str, device: str, qualifier: str
    ) -> None:
        texts = meanings(code)
        assert (texts[3], texts[5], texts[6]) == (part, device, qualifier)

    @pytest.mark.parametrize(
        ("code", "last_four"),
        [
            ("B02000Z", ["Sample Lobe", "Sample Dye", "Before and After", "None"]),
            ("B020ZZZ", ["Sample Lobe", "None", "None", "None"]),
            ("D0109B1", ["Sample Lobe", "Slow Sample", "Sample Seed", "One Way"]),
            ("F0700EZ", ["Sample System - Head", "Sample Stretching", "Sample Brace", "None"]),
            ("GZ52ZZZ", ["Sample Style", "None", "None", "None"]),
        ],
    )
    def test_sections_that_name_their_positions_otherwise(
        self, code: str, last_four: list[str]
    ) -> None:
        assert meanings(code)[3:] == last_four
        labels = [label for _, label, _ in icd10pcs.characters(code, sample_lookup)]
        assert labels == list(icd10pcs.POSITIONS[code[0]])

    def test_what_cannot_be_told_is_empty_and_never_guessed(self) -> None:
        assert meanings("3E03305")[5:] == ["", ""]  # substance and qualifier in one phrase
        assert meanings("4A0002Z")[3] == ""
        assert meanings("5A1945Z")[3:] == ["", "24-96 Consecutive Hours", "", "None"]
        assert meanings("0SR90J9")[3] == ""  # no code without the qualifier to compare with
        assert meanings("X0Z0X18")[2] == ""  # the table's name has no operation

    def test_parts_of_codes_and_other_texts(self) -> None:
        assert [text for _, _, text in icd10pcs.characters("0DB", sample_lookup)][:2] == [
            "Medical and Surgical",
            "Gastrointestinal System",
        ]
        assert icd10pcs.characters("0", sample_lookup) == [(1, "Section", "Medical and Surgical")]
        assert icd10pcs.characters("E11.9", sample_lookup) == []
        assert icd10pcs.characters("0OI", sample_lookup) == []
        assert icd10pcs.characters("E0840", sample_lookup) == []
        assert icd10pcs.characters("", sample_lookup) == []

    def test_a_code_that_does_not_exist_gets_only_what_is_certain(self) -> None:
        texts = meanings("0DB90ZZ")
        assert texts[3] == ""
        assert texts[4].startswith("Open (")

    def test_every_section_has_seven_positions(self) -> None:
        assert set(icd10pcs.POSITIONS) == set(icd10pcs.SECTIONS)
        assert {len(names) for names in icd10pcs.POSITIONS.values()} == {7}


@pytest.fixture(scope="module")
def official() -> list[Concept]:
    with zipfile.ZipFile(OFFICIAL) as archive:
        name = next(n for n in archive.namelist() if n.startswith("icd10pcs_order"))
        with archive.open(name) as stream:
            assert icd10pcs.recognise(stream.read(4096))
        with archive.open(name) as stream:
            release, concepts = icd10pcs.read_order(stream)
            assert (release.version, release.in_force_since) == ("2026", "2025-10-01")
            return list(concepts)


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official release is not at hand")
class TestOfficialRelease:
    def test_counts(self, official: list[Concept]) -> None:
        levels = [concept.level for concept in official]
        assert levels.count("code") == 79_115
        assert levels.count("header") == 914
        assert levels.count("code") + levels.count("header") == 80_029
        assert (levels.count("chapter"), levels.count("block")) == (17, 115)

    def test_table_names_open_with_their_section(self, official: list[Concept]) -> None:
        for concept in official:
            if concept.level == "header" and concept.code[0] != "0":
                assert concept.display.startswith(icd10pcs.SECTIONS[concept.code[0]] + ", ")

    def test_characters(self, official: list[Concept]) -> None:
        """Nearly every character is told, and the same one never means two body parts."""
        texts = {concept.code: concept.display for concept in official if len(concept.code) > 2}
        told = total = 0
        parts: dict[str, set[str]] = {}
        for code in texts:
            if len(code) != 7:
                continue
            for position, _, meaning in icd10pcs.characters(code, lambda c: texts.get(c, "")):
                total += 1
                told += bool(meaning)
                if position == 4 and meaning and code[0] == "0":
                    parts.setdefault(code[:2] + code[3], set()).add(meaning)
        assert total == 7 * 79_115
        assert told / total > 0.99
        assert [key for key, names in parts.items() if len(names) > 1] == []
        # Every approach is named as the descriptions name it.
        for code, text in texts.items():
            if len(code) == 7 and code[0] == "0":
                assert f", {icd10pcs.APPROACHES[code[4]][0]}" in text

    def test_known_codes(self, official: list[Concept]) -> None:
        texts = {concept.code: concept.display for concept in official}
        got = icd10pcs.characters("0DTJ4ZZ", lambda code: texts.get(code, ""))
        assert [meaning.partition(" (")[0] for _, _, meaning in got] == [
            "Medical and Surgical",
            "Gastrointestinal System",
            "Resection",
            "Appendix",
            "Percutaneous Endoscopic",
            "None",
            "None",
        ]
