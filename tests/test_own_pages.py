"""Pages of the user's own: laid over the bundled ones, and never in their way."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from codelookup.catalogue import own as own_module
from codelookup.catalogue.bundled import catalogue_path
from codelookup.catalogue.own import find_pages, own_pages
from codelookup.catalogue.store import Catalogue
from codelookup.lint.rules import OWN_ERRORS

LEAFLET = """system = "cpt"
edited = 2026-01-05
clinical_review = "Jane Doe, RN, 2026-01-05"
common = ["Lakeside bowel check"]
sources = [{ title = "Lakeside Clinic: The day before", url = "https://lakeside.example/prep" }]

[codes.45378.sections]
preparation = ["Come to Lakeside Clinic, door 3, at 7 am.", "Bring the blue card."]
"""
SHUTTLE = """system = "hcpcs"
kind = "service"

[codes.X9999]
display = "Lakeside shuttle bus"
sections.summary = "A bus takes you home."
"""


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "config" / "pages"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def own(run, folder):
    """Run the command with the pages in ``folder`` as those of the user."""

    def runner(*arguments, env=None):
        return run(*arguments, env={"CODELOOKUP_CONFIG_DIR": str(folder.parent), **(env or {})})

    return runner


def concept(done):
    (found,) = done.json["concepts"]
    return found


# -- what a page says ------------------------------------------------------------------------


def test_a_leaflet_replaces_its_section_and_leaves_the_rest(run, own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    theirs, ours = concept(own("show", "45378", "--json")), concept(run("show", "45378", "--json"))
    assert theirs["sections"]["preparation"]["blocks"] == [
        {
            "type": "list",
            "items": ["Come to Lakeside Clinic, door 3, at 7 am.", "Bring the blue card."],
        }
    ]
    for name, section in ours["sections"].items():
        assert name == "preparation" or theirs["sections"][name] == section
    assert list(theirs["sections"]) == list(ours["sections"])
    assert theirs["designations"]["common"] == [
        "Lakeside bowel check",
        *ours["designations"]["common"],
    ]
    assert theirs["display"] == ours["display"]
    assert theirs["sources"][1:] == ours["sources"]


def test_what_is_theirs_is_told_and_a_review_speaks_only_of_that(own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    shown = concept(own("show", "45378", "--json"))
    assert shown["own_page"] == {
        "path": str(folder / "prep.toml"),
        "sections": ["preparation"],
        "whole": False,
        "edited": "2026-01-05",
        "clinical_review": "Jane Doe, RN, 2026-01-05",
    }
    assert shown["clinical_review"] == "none"


def test_the_guide_names_the_rules_for_own_pages():
    guide = Path(__file__).parent.parent / "data" / "README.md"
    if not guide.exists():
        pytest.skip("an installed wheel has no checkout")
    (named,) = re.findall(r"keeps a file out: (.*?)\. All else", guide.read_text(), re.DOTALL)
    first = {f"CL{number:03}" for number in range(1, 5)}
    assert first | set(re.findall(r"CL\d+", named)) == set(OWN_ERRORS)


def test_codelookup_pages_have_no_origin(own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    assert concept(own("show", "90832", "--json"))["own_page"] is None


def test_the_page_as_people_see_it(own, draw, folder, golden):
    (folder / "prep.toml").write_text(LEAFLET)
    text = own("show", "45378").out
    head, foot = text.split("\n\n")[0], text.split("\n\n")[-1]
    golden("own-45378.txt", f"{head}\n...\n{foot}".replace(str(folder), "PAGES"))
    env = {"CODELOOKUP_CONFIG_DIR": str(folder.parent)}
    drawn = draw("show", "45378", "-s", "preparation", "-s", "duration", columns=40, env=env)
    golden("own-terminal-45378-40.txt", drawn.out)


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_handout_says_who_wrote_what_and_not_where(own, folder, form):
    (folder / "prep.toml").write_text(LEAFLET)
    text = own("show", "45378", "--format", form).out
    assert "Come to Lakeside Clinic, door 3" in text
    assert str(folder) not in text
    about = html.unescape(text)
    assert (
        'Written by whoever gives you this page: "Getting ready". Edited 2026-01-05. '
        "Reviewed: Jane Doe, RN, 2026-01-05."
    ) in about
    assert "The rest is codelookup's. Edited " in about


def test_they_are_marked_in_words(own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    (folder / "bus.toml").write_text(SHUTTLE.replace('kind = "service"', ""))
    text = own("show", "45378", "X9999", "--plain").out
    assert "CPT, procedure, digestive system, own page: Getting ready.\n" in text
    assert "Section: Getting ready (own page)\n" in text
    assert f"Own page: {folder / 'bus.toml'}.\n" in text
    assert own("search", "lakeside shuttle", "--plain").out.startswith(
        "Result 1: X9999, HCPCS Level II: Lakeside shuttle bus. Own page.\n"
    )
    assert "Lakeside shuttle bus. Own page.\n" in own("list", "--plain", "--system", "hcpcs").out
    assert ", own page: Getting ready.\n" in own("compare", "45378", "45380", "--plain").out


def test_a_code_that_nobody_knows_makes_a_page_of_its_own(own, folder):
    (folder / "bus.toml").write_text(SHUTTLE)
    shown = concept(own("show", "x9999", "--json"))
    assert (shown["display"], list(shown["sections"])) == ("Lakeside shuttle bus", ["summary"])
    assert shown["own_page"]["whole"] is True
    assert shown["clinical_review"] is None
    text = own("show", "X9999").out
    assert "HCPCS Level II · service · own page\n" in text
    assert "clinician" not in text


def test_a_diagnosis_takes_its_title_from_the_code_set(own, folder):
    (folder / "sugar.toml").write_text(
        'system = "icd10cm"\n[codes."E11.9"]\nsections.summary = "Come to the class."\n'
    )
    shown = concept(own("show", "e119", "--json"))
    assert shown["display"] == "Type 2 diabetes mellitus without complications"
    assert (shown["kind"], shown["billable"], shown["has_page"]) == (None, True, True)
    assert [step["code"] for step in shown["path"]] == ["E00-E89", "E08-E13", "E11"]
    (folder / "sugar.toml").write_text(
        'system = "icd10cm"\n[codes."E11.9"]\ndisplay = "Sugar illness"\n'
    )
    (hit,) = own("search", "e119", "--json").json["results"]
    assert (hit["display"], hit["has_page"]) == ("Sugar illness", True)


def test_an_own_page_may_leave_out_a_section_and_name_neighbours(own, folder):
    (folder / "a.toml").write_text(
        'system = "cpt"\n[codes.45378]\ndisplay = "Our bowel check"\nomit = ["alternatives"]\n'
        '[[codes.45378.similar]]\ncode = "45380"\ndifference = "with samples, at Lakeside"\n'
    )
    shown = concept(own("show", "45378", "--json"))
    assert "alternatives" not in shown["sections"]
    assert shown["display"] == "Our bowel check"
    assert own("search", "nothing removed", "--json").json["results"][0]["code"] == "45378"
    near = [(near["code"], near["difference"]) for near in shown["similar"]]
    assert near[0] == ("45380", "with samples, at Lakeside")
    assert [code for code, _ in near].count("45380") == 1
    assert "display" not in own("show", "45380").err


def test_a_retired_code_stays_retired(own, folder):
    (folder / "a.toml").write_text(
        'system = "cpt"\n[codes.71020]\nsections.preparation = "Door 3."\n'
    )
    shown = concept(own("show", "71020", "--json"))
    assert (shown["status"], shown["used_until"]) == ("retired", "2017-12-31")
    assert shown["sections"]["preparation"]["blocks"][0]["text"] == "Door 3."


def test_every_answer_fits_the_schema(run, own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    (folder / "bus.toml").write_text(SHUTTLE)
    schema = run("schema").json
    for arguments in (
        ("show", "45378", "X9999"),
        ("search", "lakeside"),
        ("list",),
        ("check", "X9999"),
    ):
        document = own(*arguments, "--json").json
        jsonschema.validate(document, schema)
        assert str(folder) in json.dumps(document)


# -- where they are found --------------------------------------------------------------------


def test_search_finds_their_names_first_and_each_code_once(own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    hits = own("search", "lakeside bowel check", "--json").json["results"]
    assert (hits[0]["code"], hits[0]["match"]) == (
        "45378",
        {"kind": "synonym", "text": "Lakeside bowel check"},
    )
    assert hits[0]["own_page"] == {"path": str(folder / "prep.toml")}
    codes = [hit["code"] for hit in own("search", "colonoscopy", "--json").json["results"]]
    assert codes[0] == "45378"
    assert len(codes) == len(set(codes))


def test_a_shared_word_does_not_lift_them_over_what_was_meant(own, folder):
    (folder / "a.toml").write_text(
        'system = "hcpcs"\n[codes.X9999]\ndisplay = "Blood drive bus"\n'
        '[codes.X9998]\ndisplay = "Pressure washing of the replacement chair"\n'
    )
    first = own("search", "high blood pressure", "--json").json["results"][0]
    assert first["code"] == "I10"
    assert own("search", "knee replacement", "--json").json["results"][0]["code"] == "27447"


def test_search_forgives_a_slip_in_their_words(own, folder):
    (folder / "bus.toml").write_text(SHUTTLE)
    assert own("search", "lakseide shutle", "--json").json["results"][0]["code"] == "X9999"


def test_list_marks_them(own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    (folder / "bus.toml").write_text(SHUTTLE)
    rows = [line.split("\t") for line in own("list").out.splitlines()]
    assert [row[0] for row in rows if row[5:] == ["own page"]] == ["45378", "X9999"]
    assert [row[0] for row in rows].count("45378") == 1
    assert "X9999\thcpcs\tLakeside shuttle bus" in own("list", "--all", "--system", "hcpcs").out


def test_check_says_where_it_is_known_from(own, folder):
    (folder / "bus.toml").write_text(SHUTTLE + '[codes.E0601]\nsections.setting = "Room 2."\n')
    (entry, _) = own("check", "X9999", "E0601", "--json").json["checks"]
    assert entry["own_page"] == {"path": str(folder / "bus.toml")}
    assert "as far as this page knows" in entry["reason"]


def test_a_release_at_hand_knows_better(run, folder, tmp_path):
    (folder / "bus.toml").write_text(SHUTTLE)
    env = {
        "CODELOOKUP_CONFIG_DIR": str(folder.parent),
        "CODELOOKUP_DATA_DIR": str(tmp_path / "data"),
    }
    release = Path(__file__).parent / "fixtures" / "hcpcs" / "sample_anweb.txt"
    assert run("systems", "add", "hcpcs", "--file", str(release), env=env).code == 0
    done = run("check", "X9999", env=env)
    assert done.code == 1
    assert "the HCPCS Level II release at hand has no such code" in done.out
    assert "X9999" in run("list", "--all", "--system", "hcpcs", env=env).out
    # A page and the official entry of a code are one hit.
    codes = [line.split("\t")[0] for line in run("search", "cpap", env=env).out.splitlines()]
    assert len(codes) == len(set(codes))


def test_similar_and_compare_know_them(run, own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    (folder / "bus.toml").write_text(SHUTTLE)
    # What is beside the page below is beside the own page.
    assert own("similar", "45378").out == run("similar", "45378").out
    assert own("similar", "X9999").code == 1
    (folder / "boat.toml").write_text(
        'system = "hcpcs"\n[codes.X9998]\ndisplay = "Clean linen for guests who stay at Lakeside"\n'
    )
    assert own("similar", "X9999").err == "No code beside X9999 is known.\n"
    text = own("compare", "45378", "45380").out
    assert text.startswith(
        "45378  Colonoscopy with nothing removed\n"
        "CPT · procedure · digestive system · own page: Getting ready\n"
    )
    assert "Come to Lakeside Clinic, door 3" in text


def test_explain_knows_them(run, folder):
    (folder / "a.toml").write_text('system = "cpt"\n[codes.45378]\ndisplay = "Our bowel check"\n')
    bill = "01/05/2026  CPT 45378  Colonoscopy  1  400.00\n"
    done = run("explain", "-", "--pages", str(folder), stdin=bill)
    assert "Our bowel check" in done.out


def complete(environment, words, **env):
    done = subprocess.run(
        [sys.executable, "-m", "codelookup", *words.split()[1:]],
        env={**environment, **env, "_CODELOOKUP_COMPLETE": "1"},
        capture_output=True,
        text=True,
    )
    return done.stdout, done.stderr


def test_completion_offers_their_codes_and_says_nothing_else(environment, run, folder):
    (folder / "bus.toml").write_text(SHUTTLE)
    (folder / "broken.toml").write_text("x")
    offered, said = complete(
        environment, "codelookup show X99", CODELOOKUP_CONFIG_DIR=str(folder.parent)
    )
    assert "Lakeside shuttle bus" in offered
    assert said == ""
    offered, said = complete(environment, f"codelookup show --pages {folder} X99")
    assert "Lakeside shuttle bus" in offered
    assert complete(environment, "codelookup show --pages /no/such X99")[1] == ""


# -- where they live -------------------------------------------------------------------------


def test_the_usual_folder(run, tmp_path):
    pages = tmp_path / "codelookup" / "pages" / "clinic"
    pages.mkdir(parents=True)
    (pages / "bus.toml").write_text(SHUTTLE)
    assert run("show", "X9999", env={"XDG_CONFIG_HOME": str(tmp_path)}).code == 0


def test_pages_names_another_folder(own, folder, tmp_path):
    (folder / "prep.toml").write_text(LEAFLET)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "bus.toml").write_text(SHUTTLE)
    done = own("show", "X9999", "45378", "--pages", str(tmp_path / "other"), "--json")
    bus, colonoscopy = done.json["concepts"]
    assert bus["own_page"]["path"] == str(tmp_path / "other" / "bus.toml")
    assert colonoscopy["own_page"] is None


@pytest.mark.parametrize("name", ["nothing here", "a\x1b[31mb", ""])
def test_a_named_folder_that_is_not_there(own, tmp_path, name):
    done = own("show", "90832", "--pages", str(tmp_path / name) if name else "", "--json")
    assert done.code == 2
    assert "does not exist" in done.json["error"]["message"]
    assert "\x1b" not in done.err


def test_a_file_is_no_folder(own, folder):
    (folder / "prep.toml").write_text(LEAFLET)
    done = own("search", "knee", "--pages", str(folder / "prep.toml"))
    assert (done.code, done.out) == (2, "")
    assert "is not a folder" in done.err


def test_no_folder_and_an_empty_one_are_silent(run, own, folder, tmp_path):
    assert own("show", "90832").err == ""
    assert run("show", "90832", env={"CODELOOKUP_CONFIG_DIR": str(tmp_path / "none")}).err == ""
    assert own("show", "90832", "--pages", str(tmp_path)).err == ""


# -- mistakes --------------------------------------------------------------------------------

MISTAKES = {
    "not TOML": ('system = "cpt', r":1: CL001 not valid TOML"),
    "not UTF-8": (b"\xff\xfes\x00y\x00", r":1: CL001 not UTF-8 text .*at byte 0"),
    "too deep": ("x = " + "[" * 60000, r":1: CL001 not valid TOML"),
    "too many digits": ("x = " + "1" * 6000, r":1: CL001 not valid TOML"),
    "empty": ("", r':1: CL003 the file has no "system"'),
    "unknown key": (f'{LEAFLET}[codes.45380]\nnote = "x"\n', r':10: CL002 unknown field "note"'),
    "unknown section": (
        f'{LEAFLET}risk = "x"\n',
        r':9: CL002 unknown section "risk"; did you mean "risks"\?',
    ),
    "wrong type": (LEAFLET.replace("[codes", "similar = 3\n[codes"), r":7: CL004 field"),
    "no date": (LEAFLET.replace("2026-01-05\n", '"soon"\n', 1), r':2: CL004 field "edited"'),
    "no reviewer": (LEAFLET.replace("Jane Doe, RN, ", ""), r":3: CL025 clinical_review"),
    "code of another shape": (LEAFLET.replace("45378", "4537"), r':7: CL008 "4537" is not a cpt'),
    "code without quotes": (
        'system = "icd10cm"\n[codes.E11.9]\nsections.setting = "x"\n',
        r":2: CL008 the code E11.9 has no quotes",
    ),
    "another system": ('system = "snomed"\n[codes.1]\n', r':1: CL004 system is "snomed"'),
    "unknown code": (
        'system = "cpt"\n[codes.99999]\nsections.setting = "x"\n',
        r':2: CL003 code 99999 has no "display"',
    ),
    "an empty point": (
        'system = "cpt"\n[codes.45378.sections]\nrisks = ["", "x"]\n',
        r":3: CL003 a point is empty",
    ),
    "escape sequences": (
        'system = "cpt"\n"a\\u001b[31mb" = 1\n[codes.45378]\n',
        r":1: CL002 unknown field \"a\?\[31mb\"",
    ),
    "everything at once": (
        'system = 3\ncodes = "x"\nsimilar = ["x"]\nsources = "x"\n',
        r":2: CL004 field \"codes\"",
    ),
}


def test_a_mistake_is_told_and_stops_nothing(own, folder):
    for number, (text, _) in enumerate(MISTAKES.values()):
        path = folder / f"bad{number:02}.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "bus.toml").write_text(SHUTTLE)
    done = own("show", "45378", "X9999", "--json")
    assert done.code == 0
    bundled, bus = done.json["concepts"]
    assert bundled["own_page"] is None
    assert bus["own_page"]["path"].endswith("bus.toml")
    told = own("validate", "--own")
    assert told.code == 1
    for number, (what, (_, line)) in enumerate(MISTAKES.items()):
        assert re.search(f"bad{number:02}.toml{line}", told.out), what
    assert not re.search(r"Traceback|[\x00-\x09\x0b-\x1f]", done.err + told.out + told.err)


def test_mistakes_are_told_in_full_once_and_then_shortly(own, folder):
    (folder / "bad.toml").write_text("x = 1\ny = 2\n")
    assert "bad.toml:1: CL002" in own("show", "90832").err
    again = own("show", "90832").err
    assert again == (
        "4 problems in your pages, so not all of them are used; see: codelookup validate --own\n"
    )
    named = own("show", "90832", "--pages", f"{folder}")
    assert named.err.endswith(f"validate --own {folder}\n")


def test_of_two_files_with_a_code_the_first_is_used(own, folder):
    (folder / "a.toml").write_text(LEAFLET)
    (folder / "b.toml").write_text(LEAFLET.replace("door 3", "door 4"))
    done = own("show", "45378", "--json")
    assert concept(done)["own_page"]["path"] == str(folder / "a.toml")
    assert "b.toml:7: CL009 code 45378 already has a page in a.toml" in done.err


def test_text_is_data(draw, own, folder):
    name = "na\x1b[31m[red]me.toml"
    (folder / name).write_text(
        'system = "hcpcs"\n[codes.X9999]\ndisplay = "A \\u001b[31m<b>bus</b> [red]x[/red]"\n'
        'common = ["\\u001b]0;title\\u0007"]\nsections.summary = "\\u009b31mYou ride."\n'
    )
    env = {"CODELOOKUP_CONFIG_DIR": str(folder.parent)}
    named = folder.parent / "na\x1b[31mmed"
    named.symlink_to(folder)
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", own("show", "X9999", "--pages", str(named)).out)
    for arguments in (("show", "X9999"), ("search", "bus"), ("list", "--system", "hcpcs")):
        drawn = draw(*arguments, "--no-color", env=env)
        assert "<b>bus</b> [red]x[/red]" in " ".join(drawn.out.split())
        assert "\x1b[31m" not in drawn.out
        assert "\x1b]0" not in drawn.out
        piped = own(*arguments)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", piped.out + piped.err)
    assert "na?[31m[red]me.toml" in own("show", "X9999").out


def test_windows_files(own, folder):
    text = 'system = "cpt"\n[codes.45378]\nsections.preparation = "Door 3."\n'
    (folder / "notepad.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    done = own("show", "45378", "--section", "preparation")
    assert "Door 3." in done.out
    assert done.err == ""


def test_what_is_no_page_file(own, folder):
    (folder / "bus.toml").write_text(SHUTTLE)
    (folder / "big.toml").write_bytes(b"a" * 10_000_000)
    (folder / "loop.toml").symlink_to("loop.toml")
    (folder / "gone.toml").symlink_to("nowhere.toml")
    (folder / "folder.toml").mkdir()
    os.mkfifo(folder / "pipe.toml")
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to("..")
    for left_out in (".hidden.toml", "_draft.toml", "notes.txt"):
        (folder / left_out).write_text("not a page")
    done = own("show", "X9999")
    assert done.code == 0
    told = {
        re.sub(r".*/", "", line) for line in done.err.splitlines() if line.startswith(str(folder))
    }
    assert told == {
        "big.toml:1: CL001 larger than 1,000,000 bytes, so it is no page",
        "folder.toml:1: CL001 not a file",
        "gone.toml:1: CL001 cannot be read: No such file or directory",
        "loop.toml:1: CL001 cannot be read: Too many levels of symbolic links",
        "pipe.toml:1: CL001 not a file",
    }


@pytest.mark.parametrize("which", ["the folder", "a folder in it", "a file"])
def test_without_permission(environment, run, folder, which):
    (folder / "bus.toml").write_text(SHUTTLE)
    closed = {"the folder": folder, "a folder in it": folder / "sub", "a file": folder / "a.toml"}[
        which
    ]
    if which == "a folder in it":
        closed.mkdir()
    elif which == "a file":
        closed.write_text(LEAFLET)
    command = [sys.executable, "-m", "codelookup", "show", "45378", "--json"]
    if os.geteuid() == 0:
        # Root may read anything, unless that is taken away.
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    closed.chmod(0)
    try:
        done = subprocess.run(
            command,
            env={**environment, "CODELOOKUP_CONFIG_DIR": str(folder.parent)},
            capture_output=True,
            text=True,
        )
    finally:
        closed.chmod(0o755)
    assert done.returncode == 0
    assert json.loads(done.stdout)["concepts"][0]["own_page"] is None
    assert f"{closed}:1: CL001 cannot be read: Permission denied" in done.stderr


def test_a_folder_of_everything_is_read_only_so_far(folder, monkeypatch):
    for number in range(5):
        (folder / f"sub{number}").mkdir()
        (folder / f"sub{number}" / "a.toml").write_text("")
    monkeypatch.setattr(own_module, "MAX_ENTRIES", 7)
    found = find_pages(str(folder))
    assert [entry.fault for entry in found if entry.fault] == [
        "more than 7 files, so the rest is left out"
    ]
    assert 1 <= len([entry for entry in found if not entry.fault]) <= 2


# -- how they are kept -----------------------------------------------------------------------


def compiled(cache):
    return {path.name: path.stat().st_mtime_ns for path in cache.glob("own-*.sqlite")}


@pytest.fixture
def own_cache(cache, tmp_path):
    """A cache with the catalogue of a checkout in it, and nothing else."""
    copy = tmp_path / "cache"
    copy.mkdir()
    for path in (*cache.glob("catalogue-*.sqlite"), *cache.glob("checkout.txt")):
        os.link(path, copy / path.name)
    return copy


def test_they_are_compiled_only_when_they_changed(own, folder, own_cache):
    env = {"CODELOOKUP_CACHE_DIR": str(own_cache)}
    page = folder / "prep.toml"
    page.write_text(LEAFLET)
    own("show", "45378", env=env)
    first = compiled(own_cache)
    assert len(first) == 1
    os.utime(page, (1, 1))
    own("show", "45378", env=env)
    assert compiled(own_cache) == first
    page.write_text(LEAFLET.replace("door 3", "door 4"))
    assert "door 4" in own("show", "45378", env=env).out
    assert len(compiled(own_cache)) == 2
    page.unlink()
    assert "door" not in own("show", "45378", "-s", "preparation", env=env).out


def test_old_ones_are_cleaned_up(own, folder, own_cache, tmp_path):
    env = {"CODELOOKUP_CACHE_DIR": str(own_cache)}
    long_ago = time.time() - 7200
    old = own_cache / "own-0123456789abcdef.sqlite"
    old.write_bytes(b"")
    other = tmp_path / "other"
    other.mkdir()
    (other / "bus.toml").write_text(SHUTTLE)
    own("show", "X9999", "--pages", str(other), env=env)
    for path in own_cache.glob("own-*.sqlite"):
        os.utime(path, (long_ago, long_ago))
    (folder / "prep.toml").write_text(LEAFLET)
    own("show", "45378", env=env)
    # The pages of the other folder are still of use.
    assert len(compiled(own_cache)) == 2
    assert not old.exists()


def test_a_cache_that_cannot_be_written(cache, run, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CODELOOKUP_CACHE_DIR", str(cache))
    bundled = catalogue_path(print)
    (folder / "prep.toml").write_text(LEAFLET)
    (tmp_path / "file").write_text("not a folder")
    said: list[str] = []
    file = own_pages(str(folder), [bundled], tmp_path / "file" / "cache", said.append)
    assert len(said) == 1
    assert said[0].endswith("cannot be written, so your pages are compiled for this run alone.")
    with Catalogue([bundled], file) as catalogue:
        assert "door 3" in catalogue.find("45378")[0].document


def test_a_damaged_file_in_the_cache(own, folder, own_cache):
    env = {"CODELOOKUP_CACHE_DIR": str(own_cache)}
    (folder / "prep.toml").write_text(LEAFLET)
    own("show", "45378", env=env)
    (path,) = own_cache.glob("own-*.sqlite")
    path.write_bytes(b"nothing of the kind" * 1000)
    done = own("show", "45378", env=env)
    assert done.code == 0
    assert "Your own pages are left out." in done.err
    assert "Remove it; codelookup makes it anew." in done.err


def test_a_look_up_imports_nothing_heavy_for_them(environment, own, folder, tmp_path):
    (folder / "prep.toml").write_text(LEAFLET)
    (folder / "bad.toml").write_text("x")
    own("show", "45378")

    def loaded(config):
        code = (
            "import sys; sys.argv[1:] = ['show', '45378', '--json']\n"
            "import atexit, codelookup.cli\n"
            "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
            "codelookup.cli.main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**environment, "CODELOOKUP_CONFIG_DIR": str(config)},
            capture_output=True,
            text=True,
        )
        return set(done.stderr.split())

    with_pages = loaded(folder.parent)
    assert "codelookup.catalogue.own" in with_pages
    heavy = {"tomli", "rich", "textstat", "codelookup.read.pages", "codelookup.lint.own"}
    assert heavy & with_pages == set()
    assert "codelookup.catalogue.own" not in loaded(tmp_path / "none")


# -- writing them ----------------------------------------------------------------------------


def test_validate_gives_advice_that_does_not_fail(own, folder):
    (folder / "bus.toml").write_text(SHUTTLE)
    done = own("validate", "--own")
    assert done.code == 0
    assert re.search(
        r"bus\.toml:4: CL006 \(advice\) a service needs the sections purpose, ", done.out
    )
    assert "0 mistakes, " in done.err
    (folder / "bad.toml").write_text(LEAFLET.replace("45378", "4537"))
    done = own("validate", "--own")
    assert done.code == 1
    assert re.search(r"bad\.toml:7: CL008 \"4537\" is not a cpt code", done.out)
    assert "1 mistake, " in done.err


def test_validate_a_leaflet(own, folder):
    leaflet = LEAFLET.replace("at 7 am", "at 7 am, with the $40 for the taxi").replace(
        "2026", "2999"
    )
    (folder / "prep.toml").write_text(leaflet + '\n[[similar]]\ncode = "99999"\ndifference = "x"\n')
    done = own("validate", str(folder / "prep.toml"))
    assert done.code == 0
    # No section is missing: codelookup has them.
    assert set(re.findall(r"CL\d+", done.out)) == {"CL010", "CL019", "CL020"}


def test_validate_knows_own_pages_by_where_they_are(own, folder, tmp_path):
    (folder / "cpt").mkdir()
    (folder / "cpt" / "prep.toml").write_text(LEAFLET)
    assert own("validate", str(folder)).code == 0
    assert own("validate", str(folder / "cpt" / "prep.toml")).code == 0
    other = tmp_path / "other"
    other.mkdir()
    assert own("validate", str(other)).code == 2
    (other / "bus.toml").write_text(SHUTTLE)
    assert own("validate", str(other)).code == 0
    assert own("validate", "--own", str(other / "bus.toml")).code == 0
    assert own("validate", "--own", str(tmp_path / "none")).code == 2


@pytest.mark.parametrize(
    ("typed", "name", "system"),
    [
        ("45378", "45378.toml", "cpt"),
        ("e119", "e11-9.toml", "icd10cm"),
        ("x9999", "x9999.toml", "hcpcs"),
    ],
)
def test_new_begins_one(run, own, folder, tmp_path, typed, name, system):
    config = tmp_path / "fresh"
    env = {"CODELOOKUP_CONFIG_DIR": str(config)}
    done = own("new", typed, "--own", env=env)
    assert done.code == 0
    path = config / "pages" / name
    assert str(path) in done.err
    text = path.read_text()
    assert f'system = "{system}"' in text
    # To be filled in; until then nothing is shown of it.
    assert own("validate", "--own", env=env).code == 1
    filled = text.replace('display = ""', 'display = "Bus"').replace('""', '"Come at noon."', 2)
    path.write_text(filled)
    assert own("validate", "--own", env=env).code == 0
    shown = concept(own("show", typed, "--json", env=env))
    assert list(shown["own_page"]["sections"]) == ["preparation"]
    again = own("new", typed, "--own", "--name", "other", env=env)
    assert again.code == 2
    assert "has a page in" in again.err


def test_new_in_a_named_folder(own, tmp_path):
    done = own("new", "27447", "--pages", str(tmp_path / "clinic"), "--name", "knee")
    assert (tmp_path / "clinic" / "knee.toml").exists()
    assert f"validate --own {tmp_path / 'clinic' / 'knee.toml'}" in done.err
    assert own("new", "talk therapy", "--own").code == 2
