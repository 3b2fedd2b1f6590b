"""The readers of ICD-10-CM: tabular list, order file, addenda, index and tables.

The fixtures are made by hand in the official forms, with a release that does not exist. The
tests on the official files run where these are: releases beside the checkout, and the
tabular list in the simple-icd-10-cm package, which is a build requirement.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

from codelookup.errors import DataError
from codelookup.model import Concept, Designation, Note, Release
from codelookup.read.icd10cm import (
    apply_addenda,
    date_changes,
    dotted,
    join_index,
    read_index,
    read_order,
    read_tabular,
    recognise,
    release_from_names,
)
from codelookup.read.icd10cm_index import PATCHES
from codelookup.terms import NOTE_TYPES

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures" / "icd10cm"
TABULAR = FIXTURES / "tabular-April-1-2031.xml"
CODE_LIST = FIXTURES / "code-list-April-2031.txt"
ORDER = FIXTURES / "icd10cm_order_2031.txt"
ADDENDA = FIXTURES / "icd10cm_order_addenda_2032.txt"
INDEX = FIXTURES / "icd10cm_index_2031.xml"
NEOPLASMS = FIXTURES / "icd10cm_neoplasm_2031.xml"
DRUGS = FIXTURES / "icd10cm_drug_2031.xml"

OFFICIAL = HERE.parents[1] / "shared" / "codesets"
OFFICIAL_ORDER = OFFICIAL / "icd10cm-code-descriptions-2026.zip"
OFFICIAL_ADDENDA = OFFICIAL / "icd10cm_order_addenda_2027.txt"
OFFICIAL_INDEX = OFFICIAL / "icd10cm-full-xml-2017.zip"

needs_order = pytest.mark.skipif(not OFFICIAL_ORDER.exists(), reason="official order file")
needs_addenda = pytest.mark.skipif(not OFFICIAL_ADDENDA.exists(), reason="official addenda")
needs_index = pytest.mark.skipif(not OFFICIAL_INDEX.exists(), reason="official index")
PACKAGE = find_spec("simple_icd_10_cm")
needs_tabular = pytest.mark.skipif(PACKAGE is None, reason="simple-icd-10-cm")


def by_code(concepts: Iterable[Concept]) -> dict[str, Concept]:
    found = {}
    for concept in concepts:
        assert concept.code not in found
        found[concept.code] = concept
    return found


def refused(action: Callable[[], object]) -> str:
    """The message of the DataError that ``action`` raises, which must come with a hint."""
    with pytest.raises(DataError) as caught:
        action()
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value.message


# Tabular list


@pytest.fixture(scope="module")
def tabular() -> dict[str, Concept]:
    return by_code(read_tabular(TABULAR, CODE_LIST)[1])


def changed(tmp_path: Path, source: Path, old: str, new: str) -> Path:
    raw = source.read_bytes()
    assert old.encode() in raw
    path = tmp_path / source.name
    path.write_bytes(raw.replace(old.encode(), new.encode()))
    return path


def read_all(path: Path, code_list: Path | None = CODE_LIST) -> list[Concept]:
    return list(read_tabular(path, code_list)[1])


def test_release_comes_from_the_files() -> None:
    release, _ = read_tabular(TABULAR, CODE_LIST)
    assert release[:4] == (
        "icd10cm",
        "ICD-10-CM FY2031, update of April 2031",
        "2031",
        "2031-04-01",
    )


@pytest.mark.parametrize(
    ("names", "version", "expected"),
    [
        (["icd10cm_order_2031.txt"], "", ("ICD-10-CM FY2031", "2031", "2030-10-01")),
        (["Code-List-October-2030.txt"], "", ("ICD-10-CM FY2031", "2031", "2030-10-01")),
        (["tabular.xml"], "2031", ("ICD-10-CM FY2031", "2031", "")),
        (["tabular.xml"], "", ("ICD-10-CM", "", "")),
        # The name is of another year than the file: nothing is claimed.
        (["icd10cm_tabular_2030.xml"], "2031", ("ICD-10-CM FY2031", "2031", "")),
        (["a.xml", "x-april-1-2031.xml"], "2031", None),
    ],
)
def test_release_from_names(
    names: list[str], version: str, expected: tuple[str, str, str] | None
) -> None:
    release = release_from_names(*names, version=version)
    if expected is None:
        expected = ("ICD-10-CM FY2031, update of April 2031", "2031", "2031-04-01")
    assert (release.name, release.version, release.in_force_since) == expected


def test_levels_and_parents(tabular: dict[str, Concept]) -> None:
    chain = []
    code = "S52.521A"
    while code:
        chain.append((code, tabular[code].level))
        code = tabular[code].parent
    assert chain == [
        ("S52.521A", "code"),
        ("S52.521", "header"),
        ("S52.52", "header"),
        ("S52.5", "header"),
        ("S52", "header"),
        ("S50-S59", "block"),
        ("S00-T88", "chapter"),
    ]
    assert [c.code for c in tabular.values() if c.billable] == [
        c.code for c in tabular.values() if c.level == "code"
    ]


def test_chapter_and_block(tabular: dict[str, Concept]) -> None:
    chapter = tabular["C00-D49"]
    assert (chapter.display, chapter.parent) == ("Neoplasms", "")
    assert chapter.properties == (("Chapter", "2"),)
    assert chapter.notes == (
        Note("note", "Functional activity: all neoplasms are classified in this chapter."),
    )
    block = tabular["S00-S09"]
    assert (block.display, block.parent) == ("Injuries to the head", "S00-T88")
    assert block.notes == (
        Note("includes", "injuries of ear"),
        Note("excludes2", "burns and corrosions (T20-T32)"),
    )


def test_blocks_lie_inside_each_other(tabular: dict[str, Concept]) -> None:
    assert tabular["C07"].parent == "C00-C14"
    assert tabular["C00-C14"].parent == "C00-C75"
    assert tabular["C00-C75"].parent == "C00-C96"
    assert tabular["C00-C96"].parent == "C00-D49"
    assert tabular["C7A-C7A"].parent == "C00-C96"
    assert tabular["D49-D49"].parent == "C00-D49"


def test_block_of_one_category_is_not_the_category(tabular: dict[str, Concept]) -> None:
    assert tabular["D49-D49"].level == "block"
    assert tabular["D49"].level == "code"
    assert tabular["D49"].parent == "D49-D49"
    assert tabular["D49"].display == "Neoplasm of unspecified behavior"


def test_block_with_the_range_of_its_chapter_is_told_apart(tmp_path: Path) -> None:
    path = changed(tmp_path, TABULAR, 'id="H53-H54"', 'id="H00-H59"')
    concepts = by_code(read_all(path))
    assert concepts["H00-H59"].level == "chapter"
    assert concepts["H00-H59 (block)"].parent == "H00-H59"
    assert concepts["H54"].parent == "H00-H59 (block)"


def test_notes_and_inclusion_terms(tabular: dict[str, Concept]) -> None:
    legal = tabular["H54.8"]
    assert legal.designations == (
        Designation("inclusion", "Blindness NOS according to USA definition"),
    )
    assert legal.notes == (
        Note("excludes1", "with specification of level (H54.0-H54.7)"),
        Note(
            "note",
            "Category 1 of visual impairment: visual acuity with best possible correction less "
            "than 6/18 or 20/70; equal to or better than 6/60 or 20/200",
        ),
        Note("note", "Category 5 of visual impairment: No light perception"),
    )
    assert tabular["H54"].notes == (Note("code_first", "any associated underlying cause"),)
    assert tabular["C7A"].notes == (Note("code_also", "any associated syndromes (E31.2-)"),)
    assert tabular["S00-T88"].notes[0].type == "use_additional"


def test_a_direction_among_inclusion_terms_is_a_note(tabular: dict[str, Concept]) -> None:
    attempt = tabular["T14.91"]
    assert attempt.designations == (Designation("inclusion", "Attempted suicide NOS"),)
    assert attempt.notes == (
        Note("note", "This code is not for inpatient use. Code to specified injury"),
    )


def test_seventh_characters_are_composed(tabular: dict[str, Concept]) -> None:
    torus = tabular["S52.521A"]
    assert torus.display == (
        "Torus fracture of lower end of right radius, initial encounter for closed fracture"
    )
    assert (torus.seventh, torus.billable, torus.parent) == ("A", True, "S52.521")
    assert not torus.notes
    assert not tabular["S52.521"].billable
    padded = tabular["T14.91XA"]
    assert (padded.display, padded.parent) == ("Suicide attempt, initial encounter", "T14.91")
    assert tabular["S52.59XB"].display == (
        "Other fractures of lower end of radius, initial encounter for open fracture type I or II"
    )


def test_nearest_definition_and_the_list_decide(tabular: dict[str, Concept]) -> None:
    assert [code for code in tabular if code.startswith("S52.521")] == [
        "S52.521",
        "S52.521A",
        "S52.521S",
    ]
    assert [code for code in tabular if code.startswith("S06.0X7")] == ["S06.0X7", "S06.0X7A"]


def test_seven_characters_of_its_own_are_no_seventh_character(tabular: dict[str, Concept]) -> None:
    own = tabular["H54.1X11"]
    assert (own.seventh, own.level, own.parent) == ("", "code", "H54.1X")


def test_seventh_character_notes(tabular: dict[str, Concept]) -> None:
    texts = [note.text for note in tabular["S52"].notes if note.type == "seventh_character"]
    assert texts == [
        "A: initial encounter for closed fracture",
        "B: initial encounter for open fracture type I or II "
        "[initial encounter for open fracture NOS]",
        "S: sequela",
    ]
    first = tabular["S06"].notes[0]
    assert first.type == "seventh_character"
    assert first.text.startswith("The appropriate 7th character is to be added")


def test_without_the_list_the_rules_alone_give_the_same() -> None:
    assert read_all(TABULAR, None) == read_all(TABULAR, CODE_LIST)


def test_parents_come_first() -> None:
    seen = {""}
    for concept in read_all(TABULAR):
        assert concept.parent in seen
        seen.add(concept.code)


def test_tabular_truncated(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_bytes(TABULAR.read_bytes()[:5000])
    message = refused(lambda: read_all(path))
    assert "cut.xml cannot be read as XML at line" in message


def test_tabular_wrong_encoding(tmp_path: Path) -> None:
    path = tmp_path / "latin.xml"
    path.write_bytes(TABULAR.read_bytes().replace(b"Concussion", b"Commotio c\xe9r\xe9brale"))
    assert "latin.xml cannot be read as XML at line" in refused(lambda: read_all(path))
    path.write_bytes(b'<?xml version="1.0" encoding="none"?><ICD10CM.tabular/>')
    assert "cannot be read as XML" in refused(lambda: read_all(path))


def test_tabular_of_another_kind(tmp_path: Path) -> None:
    assert "starts with <ICD10CM.index>" in refused(lambda: read_tabular(INDEX, None))
    path = changed(tmp_path, TABULAR, "<ICD10CM.tabular>", '<ICD10CM.tabular isAddenda="true">')
    assert "only the changes" in refused(lambda: read_tabular(path, None))
    assert "cannot be opened" in refused(lambda: read_tabular(tmp_path / "none.xml", None))


def test_tabular_code_twice_or_malformed(tmp_path: Path) -> None:
    path = changed(tmp_path, TABULAR, "<name>C07</name>", "<name>D49</name>")
    assert "has D49 twice" in refused(lambda: read_all(path, None))
    path = changed(tmp_path, TABULAR, "<name>C07</name>", "<name>C0</name>")
    assert "'C0' below C00-C14 is not a code" in refused(lambda: read_all(path, None))
    path = changed(tmp_path, TABULAR, "the eye (H00-H59)", "the eye")
    assert "does not end in a range" in refused(lambda: read_all(path, None))


def test_list_and_tabular_list_must_agree(tmp_path: Path) -> None:
    path = changed(tmp_path, CODE_LIST, "C07\r\n", "")
    assert "does not name C07" in refused(lambda: read_all(TABULAR, path))
    path = changed(tmp_path, CODE_LIST, "C07\r\n", "C07\r\nC08\r\n")
    assert "does not have C08" in refused(lambda: read_all(TABULAR, path))
    path = changed(tmp_path, CODE_LIST, "S52521S", "S52521X")
    assert "7th character X of S52.521X" in refused(lambda: read_all(TABULAR, path))


def test_list_of_codes_malformed(tmp_path: Path) -> None:
    path = changed(tmp_path, CODE_LIST, "C07\r\n", "C07 Parotid\r\n")
    message = refused(lambda: read_tabular(TABULAR, path))
    assert message == "code-list-April-2031.txt, line 5: 'C07 Parotid' is not a code."
    path.write_bytes(b"C07\n\xff\xfe\n")
    assert "not plain text" in refused(lambda: read_tabular(TABULAR, path))


# Order file


def order(raw: bytes, name: str = "icd10cm_order_2031.txt") -> dict[str, Concept]:
    return by_code(read_order(io.BytesIO(raw), name)[1])


def test_order_release_comes_from_the_name() -> None:
    with ORDER.open("rb") as stream:
        release, concepts = read_order(stream)
        assert (release.version, release.in_force_since) == ("2031", "2030-10-01")
        assert len(list(concepts)) == 11
    assert read_order(io.BytesIO())[0].version == ""


def test_order_concepts() -> None:
    found = order(ORDER.read_bytes())
    assert [c.code for c in found.values() if not c.billable] == [
        "C00",
        "E11",
        "H54.11",
        "T14",
        "T14.9",
        "T14.91",
    ]
    assert found["E11.9"].display == "Type 2 diabetes mellitus without complications"
    assert (found["E11"].parent, found["E11.9"].parent) == ("", "E11")
    assert found["T14.91XA"].parent == "T14.91"
    assert (found["T14.91XA"].seventh, found["H54.1131"].seventh) == ("A", "")
    assert found["E11"].level == "header"
    assert found["E11"].designations == ()
    assert found["H54.1131"].designations == (
        Designation("short", "Blindness right eye category 3, low vision left eye cat 1"),
    )


def test_order_in_utf8_is_read_as_well() -> None:
    raw = ORDER.read_bytes()
    assert order(raw) == order(b"\xef\xbb\xbf" + raw.decode("latin-1").encode())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"00004 E119  ", b"0004 E119  ", "line 4: no order number"),
        (b"E119    1 ", b"E119   1 ", "line 4: the columns are not where they belong"),
        (b"E119    1 ", b"E119    2 ", "line 4: the columns"),
        (b"T149   ", b"T14.9  ", "line 8: 'T14.9' is not an ICD-10-CM code"),
        (b"E119 ", b"0119 ", "line 4: '0119' is not an ICD-10-CM code"),
        (b"C000 ", b"C00  ", "line 2: C00 is there twice"),
        (b"T1491XS", b"T14\0\0XS", "line 11: this is not a plain text file"),
    ],
)
def test_order_malformed(old: bytes, new: bytes, expected: str) -> None:
    raw = ORDER.read_bytes()
    assert old in raw
    assert expected in refused(lambda: order(raw.replace(old, new)))


def test_order_cut_short_or_empty() -> None:
    assert "line 11: the columns" in refused(lambda: order(ORDER.read_bytes()[:-40]))
    assert "is empty" in refused(lambda: order(b"\r\n"))


# Addenda


def addenda(
    concepts: Iterable[Concept], raw: bytes | None = None
) -> tuple[Release, dict[str, Concept]]:
    stream = io.BytesIO(ADDENDA.read_bytes() if raw is None else raw)
    release, found = apply_addenda(concepts, stream)
    return release, by_code(found)


def test_addenda_release_and_order() -> None:
    release, found = addenda(order(ORDER.read_bytes()).values())
    assert release[:4] == ("icd10cm", "ICD-10-CM FY2032", "2032", "2031-10-01")
    assert list(found) == [
        "C00",
        "C00.0",
        "C00.1",
        "C00.12",
        "E11",
        "E11.9",
        "E11.91",
        "E6A",
        "H54.11",
        "H54.1131",
        "T14",
        "T14.9",
        "T14.91",
        "T14.91XA",
        "T14.91XS",
    ]


def test_addenda_changes() -> None:
    before = order(ORDER.read_bytes())
    _, found = addenda(before.values())
    new = found["C00.12"]
    assert (new.effective, new.parent, new.billable) == ("2031-10-01", "C00.1", True)
    header = found["E11.9"]
    assert (header.level, header.billable, header.terminated) == ("header", False, "")
    assert header.properties == (("Billable until", "2031-09-30"),)
    assert header.effective == ""
    gone = found["T14.91XS"]
    assert gone == before["T14.91XS"]._replace(terminated="2031-09-30")
    assert found["T14.91XA"].display == "Suicide attempt, first encounter"
    assert found["T14.91XA"].designations == (Designation("short", "Suicide attempt, init"),)
    untouched = set(before) - {"E11.9", "T14.91XA", "T14.91XS"}
    assert all(found[code] == before[code] for code in untouched)


def test_a_deleted_code_leads_to_the_one_added_with_its_description() -> None:
    same = "Suicide attempt, sequela"
    raw = ADDENDA.read_bytes().replace(
        b"Delete:      1 T1491XS",
        f"Add:         1 T1492XS {same:60} {same}\nDelete:      1 T1491XS".encode(),
    )
    raw = raw.replace(
        b"      6 codes in icd10cm_order_2032", b"      7 codes in icd10cm_order_2032"
    )
    _, found = addenda(order(ORDER.read_bytes()).values(), raw)
    assert found["T14.91XS"].replaced_by == ("T14.92XS",)
    # Two with that description: either could be it.
    raw = raw.replace(
        b"Delete:      1 T1491XS",
        f"Add:         1 T1493XS {same:60} {same}\nDelete:      1 T1491XS".encode(),
    )
    raw = raw.replace(
        b"      7 codes in icd10cm_order_2032", b"      8 codes in icd10cm_order_2032"
    )
    _, found = addenda(order(ORDER.read_bytes()).values(), raw)
    assert found["T14.91XS"].replaced_by == ()


def test_addenda_beside_the_order_file_they_led_to() -> None:
    new = order(ORDER.read_bytes())
    for code, concept in addenda(new.values())[1].items():
        if concept.terminated:
            del new[code]
        else:
            new[code] = concept._replace(effective="", properties=())
    release = release_from_names("icd10cm_order_2032.txt")

    def dated(release: Release) -> dict[str, Concept]:
        return by_code(date_changes(release, list(new.values()), io.BytesIO(ADDENDA.read_bytes())))

    found = dated(release)
    assert found == addenda(order(ORDER.read_bytes()).values())[1]
    # Those that led to another release say nothing about this one.
    assert dated(release_from_names("icd10cm_order_2031.txt")) == new


def test_addenda_keep_what_the_tabular_list_says() -> None:
    raw = ADDENDA.read_bytes()
    lines = raw.splitlines(keepends=True)
    # The fixture's changes of T14.91XA, on the tabular list instead of the order file.
    first = next(i for i, line in enumerate(lines) if line.startswith(b"Revise from"))
    base = by_code(read_tabular(TABULAR, CODE_LIST)[1])
    category = b"Add:         1 H55     Nystagmus".ljust(84) + b"Nystagmus\r\n"
    after_one = b"Add:         1 D4A     Other neoplasm".ljust(84) + b"Other neoplasm\r\n"
    summary = b"  9 codes in icd10cm_order_2032.txt\r\n".replace(
        b"9", str(sum(c.level == "code" for c in base.values()) + 2).encode()
    )
    _, found = addenda(
        base.values(), b"".join([*lines[first : first + 2], category, after_one, summary])
    )
    assert found["T14.91"] == base["T14.91"]
    assert found["T14.91XA"].parent == "T14.91"
    assert found["H55"].parent == "H53-H54"
    # A block of one category is not stretched over the next.
    assert found["D4A"].parent == "C00-D49"
    assert list(found).index("H55") == list(found).index("H54.8") + 1


def test_addenda_of_two_years() -> None:
    _, once = addenda(order(ORDER.read_bytes()).values())
    back = (
        b"Add:         1 T1491XS Suicide attempt, sequela".ljust(84) + b"Suicide attempt, again\r\n"
    )
    _, twice = addenda(once.values(), back + b"  7 codes in icd10cm_order_2033.txt\r\n")
    assert twice["T14.91XS"].terminated == ""
    assert twice["T14.91XS"].effective == "2032-10-01"
    assert twice["T14.91XS"].display == "Suicide attempt, again"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"Delete:      1 E119 ", b"Delete:      1 E118 ", "line 3: E11.8 is to be changed and is"),
        (b"Add:         1 E6A ", b"Add:         1 C000", "line 6: C00.0 is to be added and is"),
        (b"8 headers in", b"9 headers in", "there are 8 headers, and the file says"),
        (b"6 codes in icd10cm_order_2032", b"7 codes in icd10cm_order_2032", "there are 6 codes"),
        (b"Add:         1 C0012", b"Add:        1 C0012", "line 2: the columns"),
        (b"Add:         1 C0012", b"Adding:      1 C0012", "line 2: neither a change nor"),
        (b"Add:         0 C001 ", b"Add:         0 001  ", "'001' is not an ICD-10-CM code"),
    ],
)
def test_addenda_malformed(old: bytes, new: bytes, expected: str) -> None:
    raw = ADDENDA.read_bytes()
    assert old in raw
    concepts = order(ORDER.read_bytes()).values()
    assert expected in refused(lambda: addenda(concepts, raw.replace(old, new)))


def test_addenda_cut_before_the_summary() -> None:
    raw = ADDENDA.read_bytes().partition(b"\r\nHeaders")[0]
    concepts = order(ORDER.read_bytes()).values()
    assert "breaks off before the summary" in refused(lambda: addenda(concepts, raw))


def test_addenda_on_the_wrong_release() -> None:
    _, once = addenda(order(ORDER.read_bytes()).values())
    assert "is to be added and is there already" in refused(lambda: addenda(once.values()))


# Index


def index(path: Path = INDEX, neoplasms: Path | None = NEOPLASMS) -> list[tuple[str, str]]:
    table = io.BytesIO(neoplasms.read_bytes()) if neoplasms else None
    return list(read_index(io.BytesIO(path.read_bytes()), table))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("L02.91", "abscess"),
        ("A06.4", "amebic liver abscess"),
        ("L02.41", "lower limb abscess"),  # the dash that says "complete it" is gone
        ("L02.41", "ankle abscess"),  # see Abscess, lower limb
        ("R79.1", "abnormal bleeding time"),  # an adjective stays in front
        ("R10.0", "acute abdomen"),
        ("E10.9", "type 1 diabetes"),
        ("E13.10", "diabetes with ketoacidosis"),
        ("E13.11", "diabetes with ketoacidosis with coma"),
        ("E09.9", "diabetes due to, caused by drug"),
        ("K50.90", "Crohn's disease"),
        ("T14.8", "traumatic fracture"),
        ("S62.10", "wrist traumatic fracture"),
        ("G12.8", "spinal dystrophy"),  # see subcategory G12.8
        ("E11.319", "diabetic retinitis"),  # through "with", which the reference leaves out
        ("E08.40", "diabetic neuropathy"),  # see E08-E10 with .40
        ("E10.40", "diabetic neuropathy"),
        ("Q76.1", "Klippel-Feil disease"),
        ("Q76.1", "Klippel-Feil deficiency"),
        ("D36.9", "adenoma"),  # see also Neoplasm, benign, by site
        ("D13.4", "sebaceous adenoma"),
        ("C80.1", "cancer"),  # see also Neoplasm, by site, malignant
        ("M36.1", "arthropathy in neoplastic disease"),
        ("G30.9", "Alzheimer's disease"),
        ("G30.9", "Alzheimer's sclerosis"),
    ],
)
def test_index_entries(code: str, text: str) -> None:
    assert (code, text) in index()


def test_index_leaves_out() -> None:
    entries = index()
    texts = {text for _, text in entries}
    assert "abdomen" not in texts  # see condition: advice, not a reference
    assert "condition" not in texts  # only reaches a "see also" at the second step
    assert not {"circle", "round"} & texts  # references in a circle
    assert ("F02.80", "Alzheimer's disease") not in entries
    assert not any("NEC" in text or "NOS" in text or "(" in text for text in texts)
    assert not any(code.endswith(("-", ".")) for code, _ in entries)
    assert max(Counter(entries).values()) == 1


def test_index_patch() -> None:
    entries = index()
    assert ("I21.9", "heart attack") in entries
    assert ("I21.3", "heart attack") not in entries
    assert ("I21.3", "ST elevation myocardium infarct") in entries


def test_index_without_neoplasm_table() -> None:
    texts = {text for _, text in index(neoplasms=None)}
    assert "cancer" not in texts
    assert "abscess" in texts


def test_neoplasm_table() -> None:
    entries = index(NEOPLASMS, None)
    assert ("C22.9", "malignant primary neoplasm of liver") in entries
    assert ("C78.7", "malignant secondary neoplasm of hepatic") in entries  # see Neoplasm, liver
    assert ("D13.4", "benign neoplasm of liver") in entries
    assert ("D09.9", "carcinoma in situ") in entries
    assert ("D49.9", "neoplasm of unspecified behavior") in entries
    assert ("C44.91", "basal cell carcinoma of skin") in entries
    assert not any(text == "carcinoma in situ of liver" for _, text in entries)  # only a dash


def test_drug_table() -> None:
    entries = index(DRUGS, None)
    assert [entry for entry in entries if "aspirin" in entry[1]] == [
        ("T39.011", "accidental poisoning by aspirin"),
        ("T39.012", "intentional self-harm by poisoning with aspirin"),
        ("T39.013", "assault by poisoning with aspirin"),
        ("T39.014", "poisoning by aspirin, undetermined intent"),
        ("T39.015", "adverse effect of aspirin"),
        ("T39.016", "underdosing of aspirin"),
    ]
    assert ("T36.8X1", "accidental poisoning by polymyxin B") in entries


def test_join_index() -> None:
    entries = [("E11.9", "diabetes"), ("E12.9", "diabetes"), ("E11.9", "sugar sickness")]
    assert list(join_index(entries, {"E11.9"})) == [
        ("E11.9", Designation("index", "diabetes")),
        ("E11.9", Designation("index", "sugar sickness")),
    ]


def test_index_malformed() -> None:
    raw = INDEX.read_bytes()
    message = refused(lambda: list(read_index(io.BytesIO(raw[:2000]), name="cut.xml")))
    assert "cut.xml cannot be read as XML at line" in message
    tabular = TABULAR.read_bytes()
    assert "starts with <ICD10CM.tabular>" in refused(lambda: list(read_index(io.BytesIO(tabular))))
    empty = b"<ICD10CM.index><letter><title>A</title></letter></ICD10CM.index>"
    assert "has no terms" in refused(lambda: list(read_index(io.BytesIO(empty))))
    assert "is another one" in refused(
        lambda: list(read_index(io.BytesIO(raw), io.BytesIO(DRUGS.read_bytes())))
    )


# Recognising


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (TABULAR, "tabular"),
        (CODE_LIST, "code_list"),
        (ORDER, "order"),
        (ADDENDA, "addenda"),
        (INDEX, "index"),
        (NEOPLASMS, "neoplasm_table"),
        (DRUGS, "drug_table"),
    ],
)
def test_recognise(path: Path, kind: str) -> None:
    head = path.read_bytes()[:800]
    assert recognise(head) == kind
    assert recognise(b"\xef\xbb\xbf" + head) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"PK\x03\x04\x14\x00",
        b"A000    Cholera due to Vibrio cholerae 01, biovar cholerae\r\n" * 3,
        b"00001 001     0 Central Nervous System and Cranial Nerves, Bypass\r\n" * 3,
        b"Add:         1 00K8XZZ Map Basal Ganglia\r\n" * 3,
        b'<?xml version="1.0"?><ICD10CM.tabular isAddenda="true">\n',
        b'<?xml version="1.0"?><ICD10PCS.tabular>\n',
        b"just\nsome\nwords\n",
    ],
)
def test_recognise_nothing(head: bytes) -> None:
    assert recognise(head) is None


def test_recognise_external_causes() -> None:
    head = INDEX.read_bytes().replace(b"INDEX TO DISEASES and INJURIES", b"External Cause Index")
    assert recognise(head) == "external_cause_index"


@pytest.mark.parametrize(
    ("plain", "printed"), [("A00", "A00"), ("E119", "E11.9"), ("E11.9", "E11.9"), ("QA0", "QA0")]
)
def test_dotted(plain: str, printed: str) -> None:
    assert dotted(plain) == printed


# The official files


@pytest.fixture(scope="module")
def official_tabular() -> dict[str, Concept]:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    folder = Path(PACKAGE.origin).parent / "data"
    (xml,) = folder.glob("*tabular*.xml")
    (code_list,) = folder.glob("code-list*.txt")
    return by_code(read_tabular(xml, code_list)[1])


@pytest.fixture(scope="module")
def official_order() -> dict[str, Concept]:
    with zipfile.ZipFile(OFFICIAL_ORDER) as archive:
        name = "icd10cm_order_2026.txt"
        with archive.open(name) as stream:
            assert recognise(stream.read(2000)) == "order"
        with archive.open(name) as stream:
            release, concepts = read_order(stream)
            assert (release.version, release.in_force_since) == ("2026", "2025-10-01")
            return by_code(concepts)


@pytest.fixture(scope="module")
def official_index() -> list[tuple[str, str]]:
    with (
        zipfile.ZipFile(OFFICIAL_INDEX) as archive,
        archive.open("icd10cm_index_2017.xml") as stream,
        archive.open("icd10cm_neoplasm_2017.xml") as neoplasms,
    ):
        return list(read_index(stream, neoplasms))


@needs_tabular
def test_official_tabular(official_tabular: dict[str, Concept]) -> None:
    levels = Counter(concept.level for concept in official_tabular.values())
    assert levels["chapter"] == 22
    assert levels["block"] >= 290
    assert levels["code"] >= 74_000
    assert sum(bool(concept.seventh) for concept in official_tabular.values()) >= 51_000
    seen = {""}
    for concept in official_tabular.values():
        assert concept.parent in seen
        assert concept.display
        assert {note.type for note in concept.notes} <= NOTE_TYPES.keys()
        seen.add(concept.code)


@needs_tabular
@needs_order
def test_official_tabular_words_codes_as_the_order_file(
    official_tabular: dict[str, Concept], official_order: dict[str, Concept]
) -> None:
    def unaccented(text: str) -> str:
        letters = unicodedata.normalize("NFD", text)
        return "".join(letter for letter in letters if not unicodedata.combining(letter))

    both = official_tabular.keys() & official_order.keys()
    sevenths = {code for code in both if official_tabular[code].seventh}
    for codes in (both, sevenths):
        same = sum(official_tabular[c].display == official_order[c].display for c in codes)
        assert same / len(codes) >= 0.99
    assert all(official_tabular[c].billable == official_order[c].billable for c in both)
    # What differs is accents alone: the order file has none.
    differ = {
        code
        for code in both
        if unaccented(official_tabular[code].display) != official_order[code].display
    }
    assert len(differ) / len(both) < 0.001


@needs_order
def test_official_order(official_order: dict[str, Concept]) -> None:
    assert len(official_order) == 98_186
    assert sum(concept.billable for concept in official_order.values()) == 74_719
    assert sum(concept.level == "header" for concept in official_order.values()) == 23_467
    assert all(c.parent in official_order for c in official_order.values() if len(c.code) > 3)


@needs_order
@needs_addenda
def test_official_addenda_on_the_order_file(official_order: dict[str, Concept]) -> None:
    with OFFICIAL_ADDENDA.open("rb") as stream:
        release, concepts = apply_addenda(official_order.values(), stream)
    assert (release.version, release.in_force_since) == ("2027", "2026-10-01")
    live = [concept for concept in concepts if not concept.terminated]
    assert len(live) == 98_403
    assert sum(concept.billable for concept in live) == 74_879
    gone = {concept.code for concept in concepts if concept.terminated == "2026-09-30"}
    assert len(gone) == 21
    assert "S23.420A" in gone
    replaced = {concept.code: concept.replaced_by for concept in concepts if concept.replaced_by}
    assert len(replaced) == 17
    assert replaced["T52.8X1A"] == ("T52.891A",)
    assert sum(concept.effective == "2026-10-01" for concept in live) == 238
    assert len(concepts) - len(official_order) == 238


@needs_tabular
@needs_addenda
def test_official_addenda_on_the_tabular_list(official_tabular: dict[str, Concept]) -> None:
    with OFFICIAL_ADDENDA.open("rb") as stream:
        _, concepts = apply_addenda(official_tabular.values(), stream)
    found = by_code(concepts)
    live = [c for c in concepts if not c.terminated and c.level in ("header", "code")]
    assert len(live) == 98_403
    assert found["K6A"].parent == "K65-K68"
    assert found["E11"].notes == official_tabular["E11"].notes


@needs_index
@needs_tabular
def test_official_index(
    official_index: list[tuple[str, str]], official_tabular: dict[str, Concept]
) -> None:
    joined = list(join_index(official_index, official_tabular))
    assert len(joined) >= 65_000
    assert len({code for code, _ in official_index} - official_tabular.keys()) < 50
    for entry in [
        ("I21.9", "heart attack"),
        ("A06.4", "amebic liver abscess"),
        ("K50.90", "Crohn's disease"),
        ("M54.5", "low back pain"),
        ("C80.1", "cancer"),
        ("D17.9", "lipoma"),
    ]:
        assert entry in official_index


@needs_index
@needs_tabular
@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: f"{patch.old}-{patch.name}")
def test_patches_rest_on_the_tabular_list(
    patch: object,
    official_index: list[tuple[str, str]],
    official_tabular: dict[str, Concept],
) -> None:
    assert isinstance(patch, tuple)
    _, old, new, name = patch
    concept = official_tabular[new]
    assert name in {concept.display, *(d.text for d in concept.designations)}
    names = {d.text for d in official_tabular[old].designations}
    assert name not in {official_tabular[old].display, *names}
    assert any(code == new for code, _ in official_index)


@needs_index
@pytest.mark.parametrize(
    ("name", "kind", "entry", "least"),
    [
        ("eindex", "external_cause_index", ("X30", "overheated"), 6_000),
        ("drug", "drug_table", ("T39.015", "adverse effect of bufferin"), 38_000),
        ("neoplasm", "neoplasm_table", ("D13.4", "benign neoplasm of liver"), 8_500),
    ],
)
def test_official_tables(name: str, kind: str, entry: tuple[str, str], least: int) -> None:
    with zipfile.ZipFile(OFFICIAL_INDEX) as archive:
        raw = archive.read(f"icd10cm_{name}_2017.xml")
    assert recognise(raw[:4000]) == kind
    entries = list(read_index(io.BytesIO(raw)))
    assert entry in entries
    assert len(entries) >= least
