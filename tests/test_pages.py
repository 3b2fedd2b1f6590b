"""Reading pages: inheritance, blocks, retired codes. And the pages that ship."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codelookup.catalogue.bundled import CHECKOUT_DATA
from codelookup.lint.checks import MAX_MEDIAN_GRADE, check
from codelookup.model import Block
from codelookup.read.pages import read_family

GOOD = Path(__file__).parent / "fixtures" / "lint" / "good.toml"


@pytest.fixture
def family(tmp_path):
    def read(change=("", "")):
        (tmp_path / "cpt").mkdir(exist_ok=True)
        path = tmp_path / "cpt" / "good.toml"
        path.write_text(GOOD.read_text().replace(*change))
        found, problems = read_family(path)
        assert problems == []
        return {page.code: page for page in found.pages}

    return read


def test_a_code_inherits_and_overrides(family):
    pages = family(
        (
            "[codes.11112]\n",
            '[codes.11112]\ncommon = ["ten toes"]\nomit = ["tools"]\n'
            'sections = { duration = "Ten minutes." }\n',
        )
    )
    assert pages["11111"].sections["duration"] == (Block("paragraph", "About one minute."),)
    assert pages["11112"].sections["duration"] == (Block("paragraph", "Ten minutes."),)
    assert pages["11112"].sections["risks"] == pages["11111"].sections["risks"]
    assert "tools" not in pages["11112"].sections
    assert pages["11112"].common == ("ten toes", "toe poke", "toe check")


def test_the_codes_of_a_family_are_similar(family):
    similar = family()["11112"].similar
    assert [(near.code, near.difference) for near in similar] == [
        ("11111", "one toe only"),
        ("22222", "the same for a finger"),
    ]


def test_a_retired_code_shows_the_page_of_what_replaced_it(family):
    old = family()["11110"]
    assert old.used_until == "2019-12-31"
    assert old.replaced_by == ("11111",)
    assert old.sections["summary"] == family()["11111"].sections["summary"]


def test_a_retired_code_may_be_of_the_other_system(family):
    pages = family(("[retired.11110]\n", '[retired.G1111]\nsystem = "hcpcs"\n'))
    assert pages["G1111"].system == "hcpcs"
    assert pages["G1111"].replaced_by == ("11111",)


def test_blocks(family):
    pages = family(
        (
            'risks = ["A giggle: common.", "A red spot: rare, and gone by night."]',
            'risks = ["One.", "Two.", { text = "A closing word." }]',
        )
    )
    assert pages["11111"].sections["risks"] == (
        Block("list", items=("One.", "Two.")),
        Block("paragraph", text="A closing word."),
    )
    assert pages["11111"].sections["procedure"][0].type == "steps"


def test_paragraphs_are_parted_by_an_empty_line(family):
    pages = family(
        (
            'experience = "It tickles, and then it stops."',
            'experience = """\nOne\nline.\n\nTwo."""',
        )
    )
    assert [block.text for block in pages["11111"].sections["experience"]] == ["One line.", "Two."]


@pytest.mark.skipif(not CHECKOUT_DATA.is_dir(), reason="an installed wheel has no checkout")
def test_the_pages_that_ship_keep_the_rules():
    result = check(CHECKOUT_DATA)
    assert [str(problem) for problem in result.problems] == []
    assert result.median_grade is not None
    assert result.median_grade <= MAX_MEDIAN_GRADE


@pytest.mark.skipif(not CHECKOUT_DATA.is_dir(), reason="an installed wheel has no checkout")
def test_cpt_pages_lie_in_their_folder_alone():
    numbered = re.compile(r"^\[(?:codes|retired)\.\d{4}[0-9A-Z]\]", re.MULTILINE)
    for path in CHECKOUT_DATA.rglob("*.toml"):
        if path.parent.name != "cpt":
            assert not numbered.search(path.read_text(encoding="utf-8")), path
