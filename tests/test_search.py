"""``codelookup search``: what people type, and what they must never see."""

from __future__ import annotations

import json

import pytest

from codelookup.find import normalise


def codes(done):
    return [hit["code"] for hit in done.json["results"]]


def test_talk_therapy_comes_first(run):
    done = run("search", "talk therapy")
    assert done.code == 0
    first = [line.split("\t") for line in done.out.splitlines()[:3]]
    assert {fields[0] for fields in first} == {"90832", "90834", "90837"}
    assert all(fields[1] == "cpt" and fields[3] == "synonym" for fields in first)


def test_words_need_no_quotes(run):
    assert codes(run("search", "talk", "therapy", "--json")) == codes(
        run("search", "talk therapy", "--json")
    )


@pytest.mark.parametrize("typed", ["E119", "e11.9", "90832", "90832-95"])
def test_a_code_is_looked_up_not_searched(run, typed):
    (hit,) = run("search", typed, "--json").json["results"]
    assert hit["match"]["kind"] == "code"
    assert hit["score"] == 100


def test_a_slip_is_forgiven_and_said(run):
    found = run("search", "knee replacment", "--json").json
    assert found["corrected_query"] == "knee replacement"
    assert found["results"][0]["code"] in ("27447", "27446")
    assert found["results"][0]["match"]["kind"] == "fuzzy"


def test_short_words_are_never_corrected(run):
    found = run("search", "mrj brain", "--json").json
    assert found["corrected_query"] is None
    assert all(hit["match"]["kind"] != "fuzzy" for hit in found["results"])


def test_an_exact_name_stands_above_a_corrected_one(run):
    found = run("search", "asthma", "--json").json["results"]
    kinds = [hit["match"]["kind"] for hit in found]
    assert "fuzzy" not in kinds[: kinds.index("words")] if "words" in kinds else True
    assert found[0]["code"] == "J45.909"


@pytest.mark.parametrize(
    "query",
    [
        'talk "therapy',
        "talk therapy*",
        "talk AND therapy",
        "talk NEAR(therapy)",
        "^talk therapy",
        "-talk therapy",
        "words: talk therapy",
        "talk's therapy",
        "talk.therapy",
        "talk (therapy)",
    ],
)
def test_query_syntax_of_the_database_is_only_text(run, query):
    done = run("search", "--json", "--", query)
    assert done.err == ""
    assert {"90832", "90834", "90837"} & set(codes(done))


@pytest.mark.parametrize(
    "query",
    [
        "purple elephant",
        "asdf",
        "asdfgh jkl",
        "blockchain",
        "used car dealer",
        "laptop charger",
        "hotel booking with breakfast",
        "let it be",
        "🙂",
        "!!!",
        "the of a",
    ],
)
def test_junk_finds_nothing(run, query):
    done = run("search", query)
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("Nothing found")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("dog bit my hand", "S61.459A"),
        ("cut my finger cooking dinner", "S61.219A"),
        ("baby won't stop crying", "R68.11"),
    ],
)
def test_odd_wording_is_not_junk(run, query, code):
    assert code in codes(run("search", query, "--json"))


def test_a_short_form_that_is_a_plain_word_needs_capitals(run):
    leukemia = "C91.00"
    assert codes(run("search", "ALL", "--json"))[0] == leukemia
    assert codes(run("search", "all", "--json"))[0] == leukemia
    assert leukemia in codes(run("search", "relapse of ALL", "--json"))
    for query in ("cold all the time", "RASH ALL OVER", "bruises all over"):
        assert leukemia not in codes(run("search", query, "--json"))[:3]


def test_control_characters_are_never_echoed(run):
    done = run("search", "zzqq\x1b[31m\x07")
    assert done.code == 1
    assert "\x1b" not in done.err
    assert "\x07" not in done.err


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_a_blank_query_is_wrong_usage(run, query):
    done = run("search", query)
    assert (done.code, done.out) == (2, "")
    assert "empty" in done.err


def test_a_text_is_no_query(run):
    done = run("search", "x" * 20_000)
    assert done.code == 2
    assert "20,000 characters" in done.err
    assert len(done.err) < 300


@pytest.mark.parametrize("limit", ["-1", "0", "100000"])
def test_a_limit_out_of_range(run, limit):
    done = run("search", "asthma", "--limit", limit)
    assert done.code == 2
    assert limit in done.err


def test_limit_and_system(run):
    done = run("search", "heart", "--limit", "3", "--system", "ICD-10-CM", "--json")
    assert len(done.json["results"]) == 3
    assert {hit["system"] for hit in done.json["results"]} == {"icd10cm"}


def test_a_long_list_starts_like_a_short_one(run):
    few = codes(run("search", "fracture", "--json"))
    many = codes(run("search", "fracture", "--limit", "200", "--json"))
    assert many[:5] == few[:5]
    assert len(set(many)) == 200


def test_names_of_services_leave_room_for_illnesses(run):
    hits = run("search", "liver troubles", "--json").json["results"]
    systems = [hit["system"] for hit in hits]
    assert systems.count("cpt") <= 5
    assert systems.count("icd10cm") >= 4


def test_unknown_system(run):
    done = run("search", "asthma", "--system", "icd11")
    assert done.code == 2
    assert "Did you mean" in done.err


def test_batch_answers_a_document_a_line(run):
    done = run("search", "-", stdin="talk therapy\n\nzzzqqq\n" + "y" * 400 + "\nasthma\n")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [answer.get("query") for answer in answers] == ["talk therapy", "zzzqqq", None, "asthma"]
    assert answers[1]["results"] == []
    assert answers[2]["error"]["exit_code"] == 2
    assert done.code == 1


def test_binary_on_stdin_is_no_traceback(run):
    strict = {"PYTHONIOENCODING": "utf-8:strict"}
    done = run("search", "-", stdin=bytes(range(256)) * 20, env=strict)
    assert done.code == 1
    assert done.err == ""
    done = run("show", "-", stdin=b"\xff\xfe\x00\n90832\n", env=strict)
    assert done.code == 1
    assert done.out.startswith("90832")
    assert "Traceback" not in done.err


def test_one_family_does_not_fill_the_list(run):
    found = codes(run("search", "knee", "--json"))
    assert len({code[:3] for code in found}) > 3


def test_hits_on_a_terminal_say_why(draw):
    done = draw("search", "new knee")
    assert "also called" in done.out
    assert "codelookup show 274" in done.out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fractures", "fractured"),
        ("bleed", "bleeding"),
        ("bite", "biting"),
        ("bit", "bitten"),
        ("toe", "toes"),
        ("cholecystectomies", "cholecystectomy"),
        ("sclerotic", "sclerosis"),
        ("oedema", "edema"),
        ("lose", "lost"),
    ],
)
def test_forms_of_a_word_are_one(one, other):
    assert normalise.stem(one) == normalise.stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("nose", "NOS"), ("care", "car"), ("note", "not"), ("male", "mal")]
)
def test_other_words_stay_apart(one, other):
    assert normalise.stem(one) != normalise.stem(other.lower())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kidneystone", "kidney stone"),
        ("lazyeye", "lazy eye"),
        ("heart burn", "heartburn"),
        ("can't pee", "cant pee"),
    ],
)
def test_words_written_as_one_or_two(run, typed, meant):
    assert codes(run("search", typed, "--json"))[0] == codes(run("search", meant, "--json"))[0]
