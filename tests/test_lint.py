"""The writers' rules: each has a fixture that breaks it, and it alone."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import pytest

from codelookup.lint.checks import check
from codelookup.lint.rules import RULES

FIXTURES = Path(__file__).parent / "fixtures" / "lint"
TODAY = datetime.date(2026, 6, 30)

HARD = (
    "Sensitivity deteriorates considerably following neurological degeneration. "
    "Rehabilitation organizations systematically characterize individual deficiencies. "
    "Interdisciplinary examination evaluates physiological capability of extremities. "
    "Administration necessitates professional documentation of abnormalities. "
)
HARDER = "".join(
    f"{word} rehabilitation necessitates interdisciplinary neurological documentation. "
    for word in ("Inpatient", "Outpatient", "Residential", "Professional", "Individual", "Regional")
)

# Rule to (what stands in good.toml, what to put there instead).
FAULTS = {
    "CL001": ('specialty = "skin"', 'specialty = "skin'),
    "CL002": ('specialty = "skin"', 'specialty = "skin"\nspeciality = "skin"'),
    "CL003": ('specialty = "skin"\n', ""),
    "CL004": ('technical = ["digital probe"]', 'technical = "digital probe"'),
    "CL005": (
        'setting = "A nurse\'s office."\npersonnel = "A nurse with a soft stick."',
        'personnel = "A nurse with a soft stick."\nsetting = "A nurse\'s office."',
    ),
    "CL006": ('recovery = "Put the sock back on."\n', ""),
    "CL007": ("[codes.11112]\n", '[codes.11112]\nkind = "visit"\n'),
    "CL008": ("[codes.11112]", "[codes.1111]"),
    "CL010": ('code = "22222"', 'code = "33333"'),
    "CL012": ('display = "Toe poke, all toes"', 'display = "Toe poke; all toes"'),
    "CL013": (
        '"It tickles, and then it stops."',
        '"It tickles and tickles and then it tickles a bit more and then some more and then it '
        'goes on and on until the nurse says it is time to stop."',
    ),
    "CL014": (
        "[retired.11110]",
        f'[codes.11112.sections]\nexperience = "{HARD + HARDER}"\n\n[retired.11110]',
    ),
    "CL016": ('"A cold spoon."', '"A cold speculum."'),
    "CL018": ('"A cold spoon."', '"Consult your doctor about a cold spoon."'),
    "CL019": ('"The stick is part of it."', '"The stick is $40 more."'),
    "CL020": ("edited = 2026-01-31", "edited = 2027-01-31"),
    "CL021": ("https://example.org/toes", "http://example.org/toes"),
    "CL022": ('"A feather."', '"A feather on the sole.", "A feather on the sole."'),
    "CL023": ('"A giggle: common.", ', ""),
    "CL024": ('difference = "one toe only"', 'difference = "One toe only."'),
    "CL025": ('clinical_review = "none"', 'clinical_review = "reviewed"'),
    "CL026": ('"A cold spoon."', '"A **cold** spoon."'),
    "CL027": ('"The nurse pokes the toe."', '"The nurse pokes the patient."'),
    "CL028": ('replaced_by = ["11111"]', 'replaced_by = ["44444"]'),
    "CL031": ('"Call 911 if you', '"Call if you'),
}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    (folder / "cpt").mkdir(parents=True)
    (folder / "hcpcs").mkdir()
    for name in ("good", "neighbour"):
        shutil.copy(FIXTURES / f"{name}.toml", folder / "cpt")
    return folder


def rules_found(folder):
    return {problem.rule for problem in check(folder, today=TODAY).problems}


def change(folder, old, new, name="good"):
    path = folder / "cpt" / f"{name}.toml"
    text = path.read_text()
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1))


def test_the_good_page_is_good(data):
    result = check(data, today=TODAY)
    assert result.problems == []
    assert (result.families, result.pages) == (2, 4)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_raises_its_own_rule_alone(data, rule):
    change(data, *FAULTS[rule])
    # A file that cannot be read, or a code that has gone, is missed by those who name it.
    expected = {"CL001": {"CL001", "CL010"}, "CL010": {"CL010", "CL011"}}.get(rule, {rule})
    assert rules_found(data) - {"CL011"} == expected - {"CL011"}


def test_duplicate_code(data):
    change(data, "[codes.22222]", "[codes.11112]", "neighbour")
    change(data, 'code = "22222"', 'code = "11112"')
    assert "CL009" in rules_found(data)


def test_similar_must_answer_back(data):
    change(
        data, '\n[[similar]]\ncode = "11111"\ndifference = "the same for a toe"\n', "", "neighbour"
    )
    assert rules_found(data) == {"CL011"}


def test_median_grade(data):
    change(data, '"It tickles, and then it stops."', f'"{HARD + HARDER[:160]}."')
    result = check(data, today=TODAY)
    assert result.median_grade is not None
    assert 5 < result.median_grade <= 7
    assert {problem.rule for problem in result.problems} == {"CL015"}


def test_a_sentence_in_more_than_three_families(data):
    sentence = "The nurse will gladly show you the soft stick first."
    for number in range(4):
        text = (FIXTURES / "neighbour.toml").read_text()
        text = text.replace("22222", f"5555{number}").replace("finger", f"finger {number}")
        text = text.split("[[similar]]")[0]
        text = re.sub(r'experience = ".*"', f'experience = "{sentence}"', text)
        (data / "cpt" / f"other{number}.toml").write_text(text)
    assert "CL017" in rules_found(data)


def test_similar_named_twice_or_of_the_family(data):
    change(data, 'code = "22222"', 'code = "11112"')
    assert "CL029" in rules_found(data)


def test_exceptions_are_honoured_and_must_be_needed(data):
    change(data, *FAULTS["CL019"])
    exceptions = data / "lint-exceptions.toml"
    exceptions.write_text(
        '[[exception]]\npath = "cpt/good.toml"\nrule = "CL019"\nreason = "a joke about sticks"\n'
    )
    assert rules_found(data) == set()
    shutil.copy(FIXTURES / "good.toml", data / "cpt")
    assert rules_found(data) == {"CL030"}


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("thesaurus.toml", '[phrases]\n"b" = ["c"]\n"a" = ["c"]\n', "CL032"),
        ("thesaurus.toml", '[phrases]\n"a" = ["c"]\n[words]\n"a" = "d"\n', "CL032"),
        ("thesaurus.toml", '[phrases]\n"A" = ["c"]\n', "CL032"),
        ("everyday.toml", 'words = [\n"b",\n"a",\n]\n', "CL032"),
        ("everyday.toml", 'words = ["a", "a"]\n', "CL032"),
        ("everyday.toml", 'words = ["A"]\n', "CL032"),
        ("modifiers.toml", '[modifiers.25]\ndisplay = "A; b"\nsummary = "One."\n', "CL033"),
        ("modifiers.toml", '[modifiers.25]\ndisplay = "A"\n', "CL033"),
        (
            "places_of_service.toml",
            '[places.11]\ndisplay = "A"\nsummary = "One. Two. Three. Four."\n',
            "CL033",
        ),
        ("modifiers.toml", "[modifiers.25\n", "CL001"),
        ("cpt/_rules.toml", "[codes.99999]\nmost_units = 1\n", "CL034"),
        ("cpt/_rules.toml", "[codes.99999]\nmost_unit = 1\n", "CL034"),
        ("cpt/_rules.toml", "[codes.99999]\nminutes = [30, 15]\n", "CL034"),
    ],
)
def test_the_smaller_files(data, name, text, rule):
    (data / name).write_text(text)
    assert rules_found(data) == {rule}


def test_every_rule_has_a_test():
    text = Path(__file__).read_text()
    assert {rule for rule in RULES if rule not in text} == set()


def test_a_finding_names_its_line(data):
    change(data, *FAULTS["CL019"])
    (problem,) = check(data, today=TODAY).problems
    lines = (data / "cpt" / "good.toml").read_text().splitlines()
    assert "$40" in lines[problem.line - 1]


def test_one_file_alone(data):
    change(data, *FAULTS["CL019"])
    assert check(data, data / "cpt" / "neighbour.toml", TODAY).problems == []
    assert len(check(data, data / "cpt" / "good.toml", TODAY).problems) == 1


def test_the_command(run, data):
    done = run("validate", str(data))
    assert (done.code, done.out) == (0, "")
    assert "2 files, 4 codes" in done.err
    change(data, *FAULTS["CL018"])
    done = run("validate", str(data / "cpt" / "good.toml"))
    assert done.code == 1
    assert re.search(r"good\.toml:\d+: CL018 filler", done.out)
    assert "    tip: " in done.out


def test_explain(run):
    done = run("validate", "--explain", "cl016")
    assert done.code == 0
    assert done.out.startswith("CL016: A medical word is explained")
    assert run("validate", "--explain", "CL999").code == 2


def test_a_path_that_is_not_there(run):
    done = run("validate", "no/such/folder")
    assert done.code == 2
    assert "does not exist" in done.err


def test_a_mistake_stops_the_build(data):
    from codelookup.errors import DataError
    from codelookup.read.pages import read_pages

    change(data, 'kind = "procedure"', 'kind = "proceedure"')
    with pytest.raises(DataError) as raised:
        read_pages(data)
    assert 'good.toml:3: CL004 kind is "proceedure"; did you mean "procedure"?' in str(raised.value)
    assert "Write one of: visit, procedure" in str(raised.value)


def test_the_guide_has_all_rules():
    from codelookup.lint.rules import table

    guide = Path(__file__).parent.parent / "data" / "README.md"
    if not guide.exists():
        pytest.skip("an installed wheel has no checkout")
    assert table() in guide.read_text(encoding="utf-8")


def test_the_page_in_the_guide_keeps_the_rules(data):
    guide = Path(__file__).parent.parent / "data" / "README.md"
    if not guide.exists():
        pytest.skip("an installed wheel has no checkout")
    page = re.search(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert page is not None
    (data / "cpt" / "ekg.toml").write_text(page[1], encoding="utf-8")
    found = check(data, data / "cpt" / "ekg.toml").problems
    # Its retired code and its neighbour are made up.
    assert {problem.rule for problem in found} <= {"CL008", "CL010"}


def test_new_writes_a_page_to_fill_in(run, data):
    name = ("--name", "heart-ultrasound", "--data", str(data))
    done = run("new", "93306", "--kind", "imaging", *name)
    assert done.code == 0
    path = data / "cpt" / "heart-ultrasound.toml"
    assert "[codes.93306]\n" in path.read_text()
    rules = {problem.rule for problem in check(data, path, TODAY).problems}
    assert "CL003" in rules
    assert not rules & {"CL001", "CL002", "CL005", "CL006", "CL007", "CL008"}
    again = run("new", "93306", *name)
    assert again.code == 2
    assert "has a page" in again.err


@pytest.mark.parametrize(
    "arguments", [("xyz",), ("93306", "--kind", "toy"), ("93306", "--name", "../x")]
)
def test_new_refuses_what_makes_no_page(run, data, arguments):
    done = run("new", *arguments, "--data", str(data))
    assert done.code == 2
    assert "Traceback" not in done.err
