"""The README and the site: their examples print what they show, and their links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from conftest import needs
from examples import PAGES, ROOT, blocks, doctests, examples, prepare
from markdown_it import MarkdownIt

GUIDE = ROOT / "data" / "README.md"


def name(page):
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def surroundings(installed, tmp_path_factory):
    """For a page, the folder and environment that its examples share, and leave files in."""
    made = {}

    def of(page):
        if page not in made:
            folder = tmp_path_factory.mktemp(page.stem)
            prepare(page, folder)
            environment = {
                **installed,
                "HOME": str(folder / "home"),
                "CODELOOKUP_DATA_DIR": str(folder / "home" / "data"),
            }
            made[page] = folder, environment
        return made[page]

    return of


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=f"{page.stem}: {example.command[:50]}")
        for page in PAGES
        for example in examples(page)
    ],
)
def test_example(surroundings, example):
    needs(*(tool for tool in ("jq", "fzf") if f"| {tool} " in example.command))
    folder, environment = surroundings(example.page)
    done = subprocess.run(
        example.command, shell=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert example.fits(done.stdout + done.stderr), done.stdout + done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if doctests(page).strip()], ids=name)
def test_python_session(surroundings, page):
    folder, environment = surroundings(page)
    (folder / page.name).write_text(doctests(page), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "doctest", page.name],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_there_are_examples():
    assert len(list(examples(ROOT / "README.md"))) >= 6
    assert len([example for page in PAGES for example in examples(page)]) >= 40
    assert sum(">>>" in doctests(page) for page in PAGES) >= 1


def test_the_recipe_for_a_terminal(installed):
    needs("fzf")
    page = ROOT / "docs" / "howto" / "scripts.md"
    (recipe,) = [block for block in blocks(page, "sh") if "fzf" in block]
    done = subprocess.run(
        recipe,
        shell=True,
        env={**installed, "FZF_DEFAULT_OPTS": "--filter=27447"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("27447  Total knee replacement\n")
    assert done.stderr == ""


def test_the_first_two_sh_blocks_set_up_everything():
    first, second = blocks(ROOT / "README.md", "sh")[:2]
    assert "pip install ." in first
    assert "codelookup search" in first
    assert "pytest" in second


@pytest.mark.parametrize(
    ("page", "heading", "values"),
    [
        ("search", "`match`", "hit/properties/match/properties/kind"),
        ("bills", "confidence", "explained_code/properties/confidence"),
        ("bills", "`kind`", "explained_line/properties/questions/items/properties/kind"),
    ],
)
def test_tables_of_values_are_those_of_the_schema(page, heading, values):
    schema = json.loads((ROOT / "src/codelookup/document/schema.json").read_text(encoding="utf-8"))
    part = schema["$defs"]
    for name in values.split("/"):
        part = part[name]
    text = (ROOT / "docs" / "explanation" / f"{page}.md").read_text(encoding="utf-8")
    rows = text.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == part["enum"]


# -- links, on the pages as they are read in the repository ------------------------------------


def links_of(page):
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            if target := child.attrs.get("href") or child.attrs.get("src"):
                yield unquote(str(target))


def anchors_of(page):
    """The anchors of headings, as forges and the site make them."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    for heading, text in pairwise(tokens):
        if heading.type == "heading_open":
            words = re.sub(r"[^\w\- ]", "", text.content.lower())
            yield words.strip().replace(" ", "-")


@pytest.mark.parametrize("page", [*PAGES, GUIDE], ids=name)
def test_links_lead_somewhere(page):
    for link in links_of(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("https", "mailto"), link
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        if target.name == "commands.md":  # written when the site is built, and checked there
            continue
        assert target.exists(), link
        assert not parts.fragment or parts.fragment in anchors_of(target), link


# -- the site ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory, environment, run):
    pytest.importorskip("sphinx", reason="needs codelookup[docs]")
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E",
         str(ROOT / "docs"), str(target)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return target


def test_every_page_is_on_the_site(site):
    for page in PAGES:
        if page.parts[-1] != "README.md":
            made = site / page.relative_to(ROOT / "docs").with_suffix(".html")
            assert "<h1>" in made.read_text(encoding="utf-8"), made


def test_the_site_says_what_the_commands_say(site, run):
    text = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    plain = re.sub(r"<[^>]+>", "", text)
    for command in ("search", "show", "compare", "similar", "explain", "check", "list"):
        assert f'id="codelookup-{command}"' in text
    assert "Leaves" not in plain
    assert run("search", "--help").out.split("Typing errors")[0].split("\n\n")[1].strip() in plain


def test_nothing_on_the_site_comes_from_elsewhere(site):
    """No script, font, picture or style of another host is loaded."""
    loads = re.compile(
        r"""<(?:script|img|iframe|source)[^>]*\bsrc=["'](?:https?:)?//[^"']*"""
        r"""|<link(?![^>]*rel=["']canonical)[^>]*\bhref=["'](?:https?:)?//[^"']*"""
        r"""|@import[^;]*//[^;]*|url\(\s*["']?(?:https?:)?//[^)]*""",
        re.IGNORECASE,
    )
    for file in site.rglob("*"):
        if file.suffix in (".html", ".css", ".js"):
            assert not loads.findall(file.read_text(encoding="utf-8")), file
