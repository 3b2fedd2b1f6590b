"""What is worth asking the billing office about a bill.

Each question rests on a fact that stands on the bill and one that stands in the catalogue, says
which, and accuses nobody: there may be a good reason that the bill does not show.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from codelookup.bill.known import Known
from codelookup.bill.reader import CERTAIN, LIKELY, BillLine, Mention
from codelookup.bill.tokens import minutes_between
from codelookup.terms import RIDES

_REPEATS = frozenset("76 77 91 59 XE XS XP XU 50 62 66 80 81 82 AS 26 TC".split())
"""Modifiers that tell why a code stands twice. Two sides of a body have modifiers that differ."""


class Question(NamedTuple):
    """``kind`` is duplicate, retired, early, add_on, header, units or modifier.

    ``line`` is the number of the line it belongs to, ``text`` the question, ``why`` the facts.
    """

    kind: str
    line: int
    code: str
    text: str
    why: str


def questions_of(
    lines: Sequence[BillLine], known: Known, today: date | None = None
) -> list[Question]:
    """The questions that a bill raises, in the order of its lines."""
    day = (today or date.today()).isoformat()
    asked: list[Question] = []
    sure = [
        (line, mention)
        for line in lines
        for mention in line.codes
        if mention.confidence in (CERTAIN, LIKELY)
    ]
    for line, mention in sure:
        asked += _about_dates(line, mention, day)
        asked += _about_header(line, mention)
        asked += _about_modifiers(line, mention, known)
        asked += _about_units(line, mention, known, sure)
    asked += _about_repeats(sure)
    asked += _about_add_ons(sure, known)
    unique = {(question.kind, question.line, question.code): question for question in asked}
    return sorted(unique.values(), key=lambda question: question.line)


def _about_dates(line: BillLine, mention: Mention, today: str) -> list[Question]:
    entry = mention.entry
    if entry is None:
        return []
    day = line.date or today
    when = f"on {line.date}" if line.date else "today"
    if entry.until and entry.until < day:
        now = f" Today it would be {' or '.join(entry.replaced_by)}." if entry.replaced_by else ""
        return [
            Question(
                "retired",
                line.number,
                mention.code,
                f"Which code should stand here instead of {mention.code}?",
                f"{mention.code} was used until {entry.until}, and this line is dated {line.date}."
                f"{now}"
                if line.date
                else f"{mention.code} was used until {entry.until}.{now}",
            )
        ]
    if entry.effective and entry.effective > day:
        return [
            Question(
                "early",
                line.number,
                mention.code,
                f"Is {mention.code} the right code for that day?",
                f"{mention.code} came into use on {entry.effective}, later than {when[3:]}."
                if line.date
                else f"{mention.code} comes into use on {entry.effective}.",
            )
        ]
    return []


def _about_header(line: BillLine, mention: Mention) -> list[Question]:
    if mention.system != "icd10cm" or mention.entry is None or mention.entry.status != "header":
        return []
    return [
        Question(
            "header",
            line.number,
            mention.code,
            f"What is the full diagnosis code for {mention.code}?",
            f"{mention.code} ({mention.entry.display}) is a heading with more exact codes below "
            "it. A claim needs one of those.",
        )
    ]


def _about_modifiers(line: BillLine, mention: Mention, known: Known) -> list[Question]:
    if mention.system not in ("cpt", "hcpcs"):
        return []
    return [
        Question(
            "modifier",
            line.number,
            mention.code,
            f"What does {modifier} behind {mention.code} stand for?",
            f"{modifier} is on no list of modifiers known here. It may be a typing error.",
        )
        for modifier in mention.modifiers
        if known.modifier(modifier) is None and not _ambulance(mention, modifier)
    ]


def _ambulance(mention: Mention, modifier: str) -> bool:
    """Rides have two letters of their own: where they began and where they ended."""
    return mention.code.startswith(RIDES) and all(letter in "DEGHIJNPRSX" for letter in modifier)


def _about_units(
    line: BillLine, mention: Mention, known: Known, sure: list[tuple[BillLine, Mention]]
) -> list[Question]:
    units = mention.units or 1
    rule = known.rule(mention.code) if units > 1 else {}
    if not rule:
        return []
    most = rule.get("most_units")
    if most and units > most:
        text = "once a day" if most == 1 else f"{most} times a day at most"
        return [
            Question(
                "units",
                line.number,
                mention.code,
                f"Why does {mention.code} stand here {units:g} times?",
                f"By its rule it is billed {text}.",
            )
        ]
    each = rule.get("unit_minutes", 0)
    minutes = _minutes(line) if each else 0
    allowed = max(1, _units_in(minutes, rule)) if minutes else units
    if units <= allowed or _day_allows(line, known, sure):
        return []
    return [
        Question(
            "units",
            line.number,
            mention.code,
            f"How long did this take, and does it make {units:g} units?",
            f"One unit of {mention.code} stands for {each} minutes. The line says {minutes} "
            f"minutes, which is {allowed} {'unit' if allowed == 1 else 'units'}.",
        )
    ]


def _units_in(minutes: int, rule: dict[str, Any]) -> int:
    each = int(rule["unit_minutes"])
    return (minutes + each - int(rule.get("least_minutes", each))) // each


def _day_allows(line: BillLine, known: Known, sure: list[tuple[BillLine, Mention]]) -> bool:
    """Whether the timed codes of a day have, all together, minutes for all their units.

    Medicare counts timed therapy by the day: what is left over of two codes may make a unit.
    """
    units, minutes, rule = 0.0, 0, {"unit_minutes": 15, "least_minutes": 8}
    for other, each in sure:
        timed = known.rule(each.code)
        if other.date == line.date and timed.get("unit_minutes"):
            if not _minutes(other):
                return True  # nobody can tell
            units += each.units or 1
            minutes += _minutes(other)
            rule = timed
    return units <= _units_in(minutes, rule)


def _minutes(line: BillLine) -> int:
    return line.minutes or minutes_on(line.text)


def minutes_on(text: str) -> int:
    """The minutes that a line says something took, or 0.

    >>> minutes_on("97110 GP exercise 30 min 4 units"), minutes_on("97110 exercise")
    (30, 0)
    """
    # "15 min each" and "per 15 minutes" say how long a unit is.
    if (
        found := re.search(
            r"(?<![\w/.])(\d{1,3})\s*(?:min|mins|minutes?)\b(?!\s*(?:each|per|a unit|units?))",
            text,
            re.I,
        )
    ) and not re.search(r"(?:per|each|every|a)\s*$", text[: found.start()], re.I):
        return int(found[1])
    return minutes_between(text)


def _about_repeats(sure: list[tuple[BillLine, Mention]]) -> list[Question]:
    """The same code, with the same modifiers, charged on two lines of one day."""
    seen: dict[tuple[str, str, tuple[str, ...], str], BillLine] = {}
    taken_off = {(mention.code, line.date) for line, mention in sure if line.reversed}
    questions = []
    for line, mention in sure:
        if mention.system == "icd10cm" or not line.charged or line.reversed:
            continue
        if (mention.code, line.date) in taken_off:
            continue
        if _REPEATS & set(mention.modifiers):
            continue
        if mention.code.startswith(RIDES):
            continue  # an ambulance rides there and back
        key = (mention.system, mention.code, tuple(sorted(mention.modifiers)), line.date)
        first = seen.setdefault(key, line)
        if first.number != line.number:
            name = f" ({mention.entry.display})" if mention.entry else ""
            day = f" on {line.date}" if line.date else ""
            questions.append(
                Question(
                    "duplicate",
                    line.number,
                    mention.code,
                    f"Was {mention.code}{name} done twice{day}?",
                    f"It is charged on line {first.number} too, and no modifier says why.",
                )
            )
    return questions


def _about_add_ons(sure: list[tuple[BillLine, Mention]], known: Known) -> list[Question]:
    """An add-on code without any of the codes that it adds to, on the whole bill."""
    present = [(mention.code, line.date) for line, mention in sure]
    charged = any(line.charged for line, _ in sure)
    questions = []
    for line, mention in sure:
        bases = known.rule(mention.code).get("add_on_to", ())
        if not bases or (charged and not line.charged) or line.reversed:
            continue
        days = known.rule(mention.code).get("within_days", 0)
        same_day = {code for code, day in present if _apart(day, line.date) <= days}
        if not any(_within(code, base) for code in same_day for base in bases):
            questions.append(
                Question(
                    "add_on",
                    line.number,
                    mention.code,
                    f"Which service does {mention.code} belong to?",
                    f"{mention.code} is an add-on: it is billed only beside a main code, such as "
                    f"{_few(bases)}. This bill has none of them"
                    + (" on that day." if line.date else "."),
                )
            )
    return questions


def _apart(one: str, other: str) -> int:
    """Days between two dates; none where one of them is not known."""
    if not one or not other:
        return 0
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def _within(code: str, base: str) -> bool:
    first, _, last = base.partition("-")
    return first <= code <= (last or first) and len(code) == len(first)


def _few(bases: Sequence[str]) -> str:
    shown = [base.replace("-", " to ") for base in bases[:3]]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
