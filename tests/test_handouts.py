"""``show --format html|markdown``: what is handed out, and the file that it is written to.

How the HTML looks and reads in a browser is tested in ``tests/browser``.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import stat
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from browser.handouts import spoilt
from markdown_it import MarkdownIt

from codelookup.catalogue.store import Catalogue
from codelookup.document.documents import show_document
from codelookup.render import plain
from codelookup.render.html import page, show_html
from codelookup.render.markdown import escaped, show_markdown

VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}
COMMON_MARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])


class Reader(HTMLParser):
    """A file's elements as (name, attributes), its headings, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if self.open and re.fullmatch("h[1-6]", self.open[-1 if self.open[-1] != "span" else -2]):
            level, title = self.headings.pop()
            self.headings.append((level, title + data))

    def all(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def words(text):
    return " ".join(text.split())


def rendered(markdown):
    """The text that a reader of rendered Markdown sees."""
    return words(Reader(COMMON_MARK.render(markdown)).text)


@pytest.fixture(scope="module")
def documents(run, cache):
    """From codes to the document that the renderers take."""
    with Catalogue(sorted(cache.glob("catalogue-*.sqlite"))) as catalogue:
        yield lambda *codes: show_document(catalogue, codes)


@pytest.mark.parametrize(("form", "ending"), [("html", "html"), ("markdown", "md")])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("handout", ["90832", "--heading", "Oak Street Clinic"]),
        ("packet", ["90832-95", "E11.9"]),
    ],
)
def test_golden(run, golden, form, ending, name, arguments):
    done = run("show", *arguments, "--format", form)
    assert (done.code, done.err) == (0, "")
    # The style sheet has a file of its own to be read in.
    golden(f"{name}.{ending}", re.sub(r"(<style>).*(</style>)", r"\1\2", done.out, flags=re.S))


CASES = {
    "page": ["90832"],
    "packet": ["27447", "90832-95-ZZ", "E11.9", "71020"],
    "official facts": ["E11"],
    "two meanings": ["H0015"],
    "one section": ["90832", "--section", "risks"],
    "a section that is not there": ["E11.9", "--section", "risks"],
}


@pytest.mark.parametrize("arguments", CASES.values(), ids=CASES)
def test_structure(run, arguments):
    done = run("show", *arguments, "--format", "html", "--heading", "Oak Street")
    html = Reader(done.out)
    assert html.all("html") == [{"lang": "en"}]
    assert len(html.all("h1")) == len(html.all("main")) == len(html.all("title")) == 1
    levels = [level for level, _ in html.headings]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in html.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in html.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
    for _, attributes in html.elements:
        assert not {"src", "srcset", "onclick", "onload", "style"} & attributes.keys()
    assert {"script", "link", "img", "iframe", "form", "base"}.isdisjoint(
        name for name, _ in html.elements
    )
    assert "url(" not in done.out
    assert "@import" not in done.out


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_each_page_says_that_it_is_general_and_who_reviewed_it(run, form):
    done = run("show", "90832", "27447", "E11.9", "--section", "risks", "--format", form)
    text = words(Reader(done.out).text) if form == "html" else rendered(done.out)
    assert text.count(plain.GENERAL_INFORMATION) == 3
    assert text.count("No clinician has reviewed this page yet.") == 2
    assert "from the code set ICD-10-CM, release 20" in text


@pytest.mark.parametrize("form", ["html", "markdown"])
@pytest.mark.parametrize("codes", [["27447"], ["E11"], ["71020"], ["99214-25"], ["H0015"]])
def test_nothing_of_the_text_is_lost(run, form, codes):
    """Every line of the plain text is in the handout, headings in their own case."""
    handed = run("show", *codes, "--format", form).out
    text = words(Reader(handed).text) if form == "html" else rendered(handed)
    addresses = re.findall(r'href="([^"]+)"', handed) + re.findall(r"\(<([^>]+)>\)", handed)
    for line in run("show", *codes).out.splitlines():
        line = words(re.sub(r"^ *(?:- |\d+\. |-{9,}$)", "", line))
        if line and line.rpartition(": ")[2] in addresses:
            line = line.rpartition(": ")[0]
        assert line.lower() in text.lower()


def test_what_to_do_in_an_emergency_stands_out(run):
    html = run("show", "90832", "--format", "html")
    assert 'class="when_to_call"' in html.out
    assert 'href="#code-when_to_call"' in html.out
    assert "\n> - Call or text 988" in run("show", "90832", "--format", "markdown").out


@pytest.mark.parametrize(
    "markup",
    [
        "<b onclick=x>&amp; *a* _b_ `c` [d](https://x.example) ~~e~~ | </style></p></html>\\",
        "![a](b) <!-- --> <script>alert(1)</script> <https://x.example> &#60; ** __ ``",
        "# -",
        "- *",
        "12) +",
        "--- ```",
        "> >",
        "***",
    ],
)
def test_markup_comes_out_as_text(documents, markup):
    document = documents("27447-25", "71020", "E11", "H0015")
    for concept in document["concepts"]:
        concept["clinical_review"] = "A. Doctor"

    def without(text):
        return words(text).replace(words(markup) + " ", "")

    before, after = (
        Reader(show_html(document, "Oak")),
        Reader(show_html(spoilt(document, markup), f"{markup} Oak")),
    )
    assert [tag for tag, _ in after.elements] == [tag for tag, _ in before.elements]
    assert without(after.text) == without(before.text)
    before, after = (
        Reader(COMMON_MARK.render(show_markdown(document, "Oak"))),
        Reader(COMMON_MARK.render(show_markdown(spoilt(document, markup), f"{markup} Oak"))),
    )
    assert [tag for tag, _ in after.elements] == [tag for tag, _ in before.elements]
    assert without(after.text) == without(before.text)


def test_markdown_is_escaped_wherever_a_text_stands():
    chance = random.Random(5)
    signs = [
        *"*_`[]()<>#+-.!|~&\\=:\"'^$1a",
        "2.",
        "3)",
        " ",
        " ",
        "b c",
        "&lt;",
        "https://x.example",
    ]
    frames = {
        "{}": "{}",
        "- {}": "{}",
        "1. {}": "{}",
        "# {}": "{}",
        "> {}": "{}",
        "**{}**": "{}",
        "x\n\n{}\n\ny": "x {} y",
        "- {}\n- {}": "{} {}",
    }
    for _ in range(600):
        text = "".join(chance.choices(signs, k=chance.randint(1, 9)))
        for frame, seen in frames.items():
            if text.strip():
                done = rendered(frame.replace("{}", escaped(text)))
                assert done == words(seen.replace("{}", text)), (frame, text)


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://a.example/b?c=d&copy;=e_f_g", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("//a.example", False),
        ("file:///etc/passwd", False),
        ("https://a.example/ b", False),
        ('https://a.example/"onclick=x', False),
        ("https://a.example/\u202eb", False),
        ("data:text/html,x", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_are_links(documents, address, is_link):
    document = documents("90832")
    document["concepts"][0]["sources"] = [{"title": "A *title*", "url": address}]
    html = Reader(show_html(document))
    markdown = Reader(COMMON_MARK.render(show_markdown(document)))
    for done in (html, markdown):
        links = [link["href"] for link in done.all("a") if not link["href"].startswith("#")]
        assert links == ([address] if is_link else [])
        assert "A *title*" in done.text
        assert is_link or words(address) in words(done.text)


def test_two_lists_in_a_row_stay_two(documents):
    document = documents("90832")
    document["concepts"][0]["sections"]["summary"]["blocks"] = [
        {"type": "steps", "items": ["a", "b"]},
        {"type": "steps", "items": ["c"]},
        {"type": "list", "items": ["d"]},
        {"type": "list", "items": ["e"]},
    ]
    names = [tag for tag, _ in Reader(COMMON_MARK.render(show_markdown(document))).elements]
    first = names.index("ol")
    assert names[first : first + 9] == ["ol", "li", "li", "ol", "li", "ul", "li", "ul", "li"]


def test_a_frame_for_other_documents():
    html = Reader(page("Codes <compared>", "Oak & Street", "<h1>Two codes</h1>"))
    assert "Codes <compared> · Oak & Street" in html.text
    assert html.headings == [(1, "Two codes")]
    assert html.all("header")
    assert not Reader(page("Codes", "", "<h1>Two codes</h1>")).all("header")


def test_written_to_a_file(run, tmp_path):
    path = tmp_path / "packet.HTML"
    done = run("show", "90832", "E11.9", "--output", str(path), "--heading", "Öak & Street")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"Wrote {path}. Open it in a browser to read or print it.\n"
    text = path.read_text(encoding="utf-8")
    assert "<p>Öak &amp; Street</p>" in text
    assert "Your information packet" in text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "form", "start"),
    [
        ("a.md", [], "# 90832 "),
        ("a.txt", [], "90832  Talk"),
        ("a", [], "90832  Talk"),
        ("a.html", ["--format", "md"], "# 90832 "),
        ("a.json", ["--json"], '{"schema_version"'),
    ],
)
def test_the_name_of_the_file_tells_the_format(run, tmp_path, name, form, start):
    path = tmp_path / name
    assert run("show", "90832", "-o", str(path), *form).code == 0
    assert path.read_text(encoding="utf-8").startswith(start)


def test_a_file_is_written_whole_or_not_at_all(environment, run, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("what was there")
    path.chmod(0o640)
    script = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
    script += "import codelookup.cli; codelookup.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "show", "90832", "-o", str(path)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 3
    assert f"{path} cannot be written: " in done.stderr
    assert path.read_text() == "what was there"
    assert run("show", "90832", "-o", str(path)).code == 0
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_a_device_a_device(run, tmp_path):
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_text("old")
    link.symlink_to(real)
    assert run("show", "90832", "-o", str(link)).code == 0
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8").startswith("<!doctype")
    assert run("show", "90832", "-o", os.devnull).code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert run("show", "90832", "-o", "/dev/stdout").out.startswith("90832  ")


def test_where_it_cannot_be_written(run, tmp_path):
    done = run("show", "90832", "--output", str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert "is a folder" in done.err
    done = run("show", "90832", "--output", str(tmp_path / "none" / "a.html"))
    assert (done.code, done.out) == (3, "")
    assert "cannot be written: No such file or directory." in done.err
    done = run("show", "90832", "--output", "x" * 300)
    assert (done.code, done.out) == (3, "")
    assert "cannot be written: File name too long." in done.err
    document = run("show", "90832", "--output", str(tmp_path), "--json").json
    assert document["error"]["exit_code"] == 2


def test_a_code_that_is_not_known_is_left_out_and_named(run, tmp_path):
    path = tmp_path / "packet.html"
    done = run("show", "90832", "90823", "E11.9", "-o", str(path))
    assert done.code == 1
    assert "90823 is not known" in done.err
    assert f"Wrote {path}. It is without 90823." in done.err
    assert len(Reader(path.read_text(encoding="utf-8")).all("article")) == 2
    path.write_text("old")
    done = run("show", "90823", "-o", str(path))
    assert done.code == 1
    assert done.err.endswith("Nothing was written.\n")
    assert path.read_text() == "old"


def test_one_code_with_two_meanings_is_said(run):
    done = run("show", "H0015", "--format", "html")
    assert done.code == 0
    assert "H0015 is a code in HCPCS Level II and ICD-10-CM" in done.err
    assert len(Reader(done.out).all("article")) == 2
    assert run("show", "H0015", "--format", "html", "--system", "hcpcs").err == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "htlm"], 'Did you mean "html"?'),
        (["--format", "mardkown"], 'Did you mean "markdown"?'),
        (["--format", "pdf"], "open the html in a browser and print it"),
        (["--format", "JSON"], "--json"),
        (["--format", "html", "--json"], "--json and --format"),
        (["--heading", "Oak Street"], "--format html"),
        (["--heading", "Oak Street", "--json"], "--format html"),
    ],
)
def test_what_does_not_go(run, arguments, says):
    done = run("show", "90832", *arguments)
    assert done.code == 2
    assert says in done.err
    assert "--json" in arguments or done.out == ""


def test_a_heading_is_text(run):
    typed = "A <b> \x1b[31m&amp; \n* B"
    done = run("show", "90832", "--format", "html", "--heading", typed)
    assert "<p>A &lt;b&gt; [31m&amp;amp; * B</p>" in done.out
    done = run("show", "90832", "--format", "markdown", "--heading", typed)
    assert rendered(done.out).startswith("A <b> [31m&amp; * B 90832")
    assert "\x1b" not in done.out


def test_html_is_what_it_says_whatever_the_locale(environment, run):
    done = run("show", "90832", "--format", "html", env={"PYTHONIOENCODING": "latin-1"})
    assert "CPT · procedure" in done.out


def test_formats_are_completed(run):
    offered = run("show", "90832", "--format", "", env={"_CODELOOKUP_COMPLETE": "1"}).out
    assert [line.split("\t")[0] for line in offered.splitlines()] == ["text", "markdown", "html"]
