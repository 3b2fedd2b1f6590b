"""Which of the numbers on a bill are codes: every candidate collects evidence, in points.

A number is never a code by its shape alone: a ZIP code can be an office visit. Labels and columns
weigh most, then words of the code's names beside it, then what else stands on the line and how
often the code is billed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from codelookup.bill import labels, tokens
from codelookup.bill.known import Entry, Known
from codelookup.bill.layout import Line, role_of_chunk
from codelookup.find import normalise

CERTAIN_FROM, LIKELY_FROM, UNCERTAIN_FROM = 6.0, 3.6, 2.4


POINTS = {
    "label": 6.0,  # "CPT 99213"
    "code label": 4.5,  # "code 99213"
    "column": 6.0,
    "code column": 5.0,
    "label above": 4.0,
    "list": 4.5,  # "Dx: E11.9, I10": what follows the labelled one
    "same line": 2.5,  # a labelled code of the same system stands before it
    "lettered": 3.5,  # "A. E119" in a list of diagnoses
    "joined": 2.5,  # "99203 and 20611": words between codes that join them
    "company": 1.2,  # a firm code stands on the same line
    "alike": 2.0,  # in parentheses, as firm codes of the text are
    "pair": 1.2,  # "70450 and 72125": two known codes
    "run": 3.0,  # three or more known codes in a row
    "among": 0.7,  # the text has three firm codes or more
    "section": 2.5,  # below a heading such as "Diagnoses"
    "wrong label": -5.0,
    "wrong column": -5.0,
    "modifier": 3.0,  # 99214-25
    "money": 2.0,
    "date": 1.2,
    "first": 1.0,  # begins the line, or stands right behind a date
    "parentheses": 1.0,
    "bill": 1.0,  # the text speaks of codes or charges
    "lined up": 2.0,  # stands below another code
    "grid": 2.5,  # known codes stand below one another on three lines or more
    "word": 1.3,  # a word of the code's names stands beside it; up to three count
    "frequency": 1.0,  # times how often the code is billed, 0 to 1
    "state": -6.0,  # "OH 43215"
    "street": -6.0,
    "address": -4.0,
    "counted": -6.0,  # "10000 steps"
    "total": -4.0,
    "letterhead": -3.0,  # in the first lines, which name the sender
    "told": 1.5,  # "it lists 73221"
    "again": 2.5,  # a firm code elsewhere in the text
    "digits": -2.5,  # other numbers around it, as in a long identifier
}


_TOTAL = re.compile(
    r"\b(?:total|subtotal|balance|amount|paid|payment|deductible|due|owed?|price|cost|fee|sum)s?"
    r"(?: due| paid| of)?\s*[:=]?\s*$",
    re.IGNORECASE,
)


_CODE = re.compile(
    r"(?P<code>[A-Z0-9.]{3,9}?)(?P<modifiers>(?:[-:/,][A-Z0-9]{2})*)(?:[X*](?P<units>\d{1,3}))?"
)


_WHOLE = re.compile(r"(?P<code>[A-Z0-9.]{3,9})(?P<modifiers>)(?P<units>)")
_JOINING = re.compile(
    r"(?:[\s,;/&+*-]|\([^()]{0,30}\)|\b(?:and|plus|or|with|then|also|y|[A-Z0-9]{2}|x\d+|mod(?:ifier)?)\b)*",
    re.IGNORECASE,
)


_INCOMPLETE = re.compile(r"_{1,4}(?!_)")


NEAR = 12
"""Candidates of a line to either side that are company."""


class Candidate:
    """A chunk that may be a code, and what speaks for and against it."""

    def __init__(self, line: Line, index: int, key: str, dotted: bool) -> None:
        self.line = line
        self.index = index
        self.chunk = line.chunks[index]
        self.key = key
        self.dotted = dotted
        self.system = ""
        self.entry: Entry | None = None
        self.role = ""  # what a label or column says it is
        self.modifiers: list[str] = []
        self.units: float | None = None
        self.points = 0.0
        self.gained: set[str] = set()
        self.bracketed = False
        self.doubt = ""

    def add(self, what: str, times: float = 1.0) -> None:
        self.points += POINTS[what] * times


def find_candidates(line: Line, known: Known) -> None:
    for index, chunk in enumerate(line.chunks):
        if index in line.used or tokens.DATE.fullmatch(chunk.text):
            continue
        text = chunk.upper
        if (
            re.fullmatch(r"[0-9A-Z]{7}|[0-9A-Z]{9}", text)
            and line.role_at(chunk) == labels.PROCEDURE
        ):
            # G046325 on a hospital's form is G0463 with modifier 25.
            parts = [text[at : at + 2] for at in range(5, len(text), 2)]
            if known.find(text[:5]) and all(known.modifier(part) for part in parts):
                text = "-".join([text[:5], *parts])
        text = re.sub(r"X?_+$", "", text)  # J0696x__: a blank for the units
        text = re.sub(r"^([0-9A-Z]{5})[(\[]([0-9A-Z]{2})[)\]]?$", r"\1-\2", text)  # 99203(25)
        found = _CODE.fullmatch(text)
        if found and found["units"] and known.find(text.replace(".", "")):
            found = _WHOLE.fullmatch(text)  # J09.X1 is a diagnosis, not J09 once
        if not found or chunk.raw.startswith("$"):
            continue
        typed = found["code"].rstrip(".")
        key = typed.replace(".", "")
        if "." in typed and not tokens.ICD10CM_DOTTED.fullmatch(typed):
            continue
        if not any(letter.isdigit() for letter in key):
            continue
        if "." in typed and _INCOMPLETE.match(line.text, chunk.end):
            continue  # "M54.5_": characters are still to be written in
        candidate = Candidate(line, index, key, "." in typed)
        candidate.role = role_of_chunk(line, index)[0]
        candidate.system = _system(candidate, known)
        if not candidate.system:
            continue
        candidate.entry = known.find(key).get(candidate.system)
        candidate.modifiers = [part for part in re.split(r"[-:/,]", found["modifiers"]) if part]
        if candidate.modifiers and candidate.system in ("icd10cm", "icd10pcs"):
            continue
        if found["units"]:
            candidate.units = int(found["units"])
        line.candidates.append(candidate)


def _system(candidate: Candidate, known: Known) -> str:
    """The code system that a candidate is of by shape, context and what is known; or nothing."""
    key, role = candidate.key, candidate.role
    shapes = []
    if candidate.dotted:
        return "icd10cm"
    if tokens.CPT.fullmatch(key):
        shapes.append("cpt")
    if tokens.HCPCS.fullmatch(key):
        shapes.append("hcpcs")
    if tokens.ICD10CM.fullmatch(key):
        shapes.append("icd10cm")
    if tokens.ICD10PCS.fullmatch(key) and not key.isalpha():
        shapes.append("icd10pcs")
    if not shapes:
        return ""
    meant = role or candidate.line.section
    if meant == labels.DIAGNOSIS and "icd10cm" in shapes:
        return "icd10cm"
    if role == labels.INPATIENT and "icd10pcs" in shapes:
        return "icd10pcs"
    if role == labels.PROCEDURE and "hcpcs" in shapes:
        return "hcpcs"
    found = known.find(key)
    at_hand = [system for system in shapes if system in found]
    if len(at_hand) == 1:
        return at_hand[0]
    if len(at_hand) > 1:
        line = candidate.line
        beside = set(normalise.words(line.text))
        beside_procedure = any(tokens.CPT.fullmatch(other.text) for other in line.chunks)
        ranked = sorted(
            at_hand,
            key=lambda system: (
                -len(beside & known.words(found[system])),
                (system != "hcpcs") if line.money or beside_procedure else (system != "icd10cm"),
            ),
        )
        return ranked[0]
    return shapes[0] if shapes[0] != "icd10pcs" or len(shapes) == 1 else shapes[-1]


def weigh(candidate: Candidate, near: list[Line], known: Known, bill: bool) -> None:
    line, chunk = candidate.line, candidate.chunk
    candidate.points = _start(candidate, known)
    role, how = role_of_chunk(line, candidate.index)
    start = max(0, chunk.start - labels.REACH)
    left, right = line.text[start : chunk.start], line.text[chunk.end : chunk.end + labels.REACH]
    in_cell = line.text[max(start, line.cells[chunk.cell].start) : chunk.start]
    _weigh_role(candidate, role, how)
    if candidate.modifiers and all(known.modifier(part) for part in candidate.modifiers):
        candidate.add("modifier")
    elif candidate.modifiers and role not in (labels.PROCEDURE, labels.CODE):
        candidate.points -= 1
    if candidate.system != "icd10cm":
        if line.money:
            candidate.add("money")
        if line.date and tokens.date_in(line.text):
            candidate.add("date")
        candidate.add("frequency", known.frequency(candidate.key))
    before = left.strip(" |[]xX_☐☑☒□■✓✔•*-(")
    if not before or tokens.date_in(before[-12:]) or re.fullmatch(r"[\d\s/.-]+", before):
        candidate.add("first")
    above = near[0].text.strip() if near and near[0].number < line.number else ""
    if (
        candidate.system == "icd10cm" and len(line.chunks) == 1 and re.fullmatch("[A-L]", above)
    ) or (candidate.system == "icd10cm" and re.search(r"(?:^|\s)(?:[A-L1-9][.)]|[A-L])\s*$", left)):
        candidate.add("lettered")
    if left.endswith("(") and right.startswith(")") and before:
        candidate.bracketed = True
        candidate.add("parentheses")
    if bill:
        candidate.add("bill")
    words = _beside(candidate, near)
    shared = words & known.words(candidate.entry) if candidate.entry else set()
    telling = {word for word in shared if len(word) > 2 and not word.isdigit()}
    candidate.add("word", min(3, len(telling)))
    if (how not in ("label", "list") or role == labels.IDENTIFIER) and role != labels.PROCEDURE:
        _weigh_surroundings(candidate, in_cell, left, right, near)
    told = "told" if labels.TOLD.search(left) and not role else ""
    if told:
        candidate.add(told)
    if line.letterhead and role in ("", labels.OTHER) and not line.money and "told" not in told:
        candidate.add("letterhead")
    candidate.doubt = _doubt(candidate, role, how)


def _start(candidate: Candidate, known: Known) -> float:
    """What a code is worth by its shape and by being known, before any context."""
    key, entry = candidate.key, candidate.entry
    released = candidate.system in known.released
    if candidate.system == "cpt":
        if entry:
            return 0.0 if key.isdigit() else 1.0
        if not key.isdigit():
            return -1.0
        # Where the book has no section at all, a number is something else.
        if "00100" <= key <= "01999" or "10004" <= key <= "99607":
            return -2.0
        return -3.5 if candidate.role in (labels.PROCEDURE, labels.CODE) else -9.0
    if candidate.system == "hcpcs":
        return 1.5 if entry else (-2.5 if released else -0.5)
    if candidate.system == "icd10pcs":
        if entry:
            return 5.0
        if key.isdigit() and candidate.role != labels.INPATIENT:
            return -9.0  # a hospital's own item number
        return -4.0 if released or key[0] not in "0123456789BCDFGHX" else 0.0
    category = bool(known.find(key[:3]).get("icd10cm"))
    if candidate.dotted:
        if not entry and candidate.chunk.text[0].islower():
            return -5.0  # "v99.2"
        return 4.5 if entry else (0.5 if category else -3.0)
    if len(key) == 3:
        return (-0.3 if entry.status != "header" else -1.2) if entry else -4.0
    return 1.0 if entry else (-2.5 if category else -5.0)


_FITS = {
    labels.PROCEDURE: ("cpt", "hcpcs", "icd10pcs"),
    labels.DIAGNOSIS: ("icd10cm",),
    labels.INPATIENT: ("icd10pcs",),
    labels.CODE: ("cpt", "hcpcs", "icd10cm", "icd10pcs"),
}


def _weigh_role(candidate: Candidate, role: str, how: str) -> None:
    fits = _FITS.get(role)
    if role in ("", labels.DESCRIPTION, labels.OTHER):
        coded = any(
            column.role in (labels.PROCEDURE, labels.CODE) for column in candidate.line.columns
        )
        if how == "column" and coded and candidate.system != "icd10cm":
            candidate.points -= 4 if candidate.line.barred else 2  # its column is another one
    elif candidate.dotted and role in (labels.ADJUSTMENT, labels.REMARK):
        pass  # "Reason: M54.50"
    elif fits is None:
        candidate.add("wrong column" if how in ("column", "above") else "wrong label")
        if how == "column" and candidate.line.barred:
            candidate.points -= 4
        if candidate.dotted and candidate.entry and len(candidate.key) > 4:
            candidate.points += 4  # hardly anything else looks so
        elif how == "label":
            candidate.points -= 3
    elif candidate.system in fits:
        if how == "label":
            candidate.add("code label" if role == labels.CODE else "label")
        elif how == "list":
            candidate.add("list")
        elif how == "column":
            candidate.add("code column" if role == labels.CODE else "column")
        else:
            candidate.add("label above")
    elif how == "label":
        candidate.points -= 1.5
    silent = role in ("", labels.DESCRIPTION, labels.OTHER)
    if silent and candidate.system in _FITS.get(candidate.line.section, ()):
        candidate.add("section")
    if how not in ("label", "list"):
        earlier = [
            other
            for other in candidate.line.candidates
            if other.index < candidate.index
            and other.system == candidate.system
            and other.role in labels.CODE_ROLES
        ]
        if earlier and how != "column":
            candidate.add("same line")


def _weigh_surroundings(
    candidate: Candidate, in_cell: str, left: str, right: str, near: list[Line]
) -> None:
    """What speaks against: addresses, counts, totals, long numbers."""
    number = candidate.key.isdigit()
    last = left.rstrip(" ,.").rsplit(None, 1)[-1:] or [""]
    if number and (last[0] in labels.STATES or labels.STATE_NAMES.search(left)):
        candidate.add("state")
    if not candidate.dotted and not candidate.line.money and labels.STREET.match(right):
        candidate.add("street")
    if labels.COUNTED.match(right) and not candidate.line.money:
        candidate.add("counted")
    if number and _TOTAL.search(in_cell):
        candidate.add("total")
    if number and near and near[0].number < candidate.line.number:
        above = near[0].text
        if (
            re.match(r"\s*(?:\d+ [A-Z]|P\.? ?O\.? Box)", above)
            and not tokens.is_money(above.split()[-1])
            and re.search(r"[A-Za-z]{3,}[,\s]+$", in_cell)
            and not right.strip()
        ):
            candidate.add("address")
    chunks, index = candidate.line.chunks, candidate.index
    for place in (index - 1, index + 1):
        if 0 <= place < len(chunks) and chunks[place].cell == chunks[index].cell:
            text = chunks[place].text
            if (
                re.fullmatch(r"\d{3,}", text)
                and not any(
                    other.index == place for other in candidate.line.candidates if other.entry
                )
                and not re.fullmatch(r"0\d{3}|[0-9]{5}", text)
            ):
                candidate.add("digits")
    raw = candidate.chunk
    if left.endswith(("#", "№")) and not re.search(r"(?:cpt|code|proc\w*|hcpcs)\s*#$", left, re.I):
        candidate.points -= 0 if candidate.line.money else 2
    if left.endswith("-") or right.startswith(("-", "/")) or raw.raw.endswith("%"):
        candidate.points -= 2


def _beside(candidate: Candidate, near: list[Line]) -> set[str]:
    """Words between the codes before and after a candidate; if few, of the lines beside as well."""
    line = candidate.line
    start, end = 0, len(line.text)
    for other in line.candidates:
        if other.index < candidate.index:
            start = other.chunk.end
        elif other.index > candidate.index:
            end = other.chunk.start
            break
    words = set(normalise.words(line.text[start:end]))
    if sum(word.isalpha() and len(word) > 2 for word in words) < 2:
        for other_line in near:
            if not other_line.candidates:
                words |= set(normalise.words(other_line.text))
    return words


def _doubt(candidate: Candidate, role: str, how: str) -> str:
    """Why a code is not certain, in words."""
    if candidate.entry is None:
        return "no such code is known here, but it stands where a code would"
    if role in labels.CODE_ROLES:
        return "it stands where a code would"
    if candidate.line.money:
        return "no label says that it is a code; it stands on a line with an amount"
    return "no label says that it is a code"


def keep_company(lines: Sequence[Line]) -> None:
    """Codes beside firm codes of their kind gain, most when only commas stand between them."""
    firm = Counter(
        group_of(each) for line in lines for each in line.candidates if each.points >= LIKELY_FROM
    )
    bracketed = Counter(
        group_of(each)
        for line in lines
        for each in line.candidates
        if each.bracketed and each.points >= LIKELY_FROM
    )
    codes = {
        each.key
        for line in lines
        for each in line.candidates
        if each.points >= CERTAIN_FROM and each.role != labels.IDENTIFIER
    }
    for line in lines:
        for one, candidate in enumerate(line.candidates):
            group = group_of(candidate)
            gains = {}
            for place in range(max(0, one - NEAR), min(len(line.candidates), one + NEAR + 1)):
                other = line.candidates[place]
                if place == one or group_of(other) != group or other.points < LIKELY_FROM:
                    continue
                gains["company"] = True
                first, second = sorted((candidate, other), key=lambda each: each.index)
                if abs(place - one) == 1 and _joined(
                    line.text[first.chunk.end : second.chunk.start]
                ):
                    gains["joined"] = True
            chain = _chain(line, one)
            if chain > 1:
                gains["run" if chain > 2 else "pair"] = True
            if firm[group] >= 3:
                gains["among"] = True
            itself = candidate.points >= LIKELY_FROM
            if candidate.bracketed and bracketed[group] > itself:
                gains["alike"] = True
            if candidate.key in codes and not line.letterhead and not line.barred:
                gains["again"] = True
            for what in gains:
                if what not in candidate.gained and candidate.points > -3:
                    candidate.gained.add(what)
                    candidate.add(what)


def _joined(between: str) -> bool:
    """Whether what stands between two codes only joins them."""
    return len(between) < 60 and bool(_JOINING.fullmatch(between))


def _chain(line: Line, at: int) -> int:
    """How many known codes stand in a row around one, with no more than commas between them."""
    count = 1 if line.candidates[at].entry else 0
    for step in (1, -1):
        place = at
        while count < 4 and 0 <= place + step < len(line.candidates):
            one, other = line.candidates[place], line.candidates[place + step]
            first, second = (one, other) if step > 0 else (other, one)
            between = line.text[first.chunk.end : second.chunk.start]
            if not other.entry or not _joined(between) or group_of(one) != group_of(other):
                break
            count += 1
            place += step
    return count


def line_up(candidates: Sequence[Candidate]) -> None:
    """A candidate below or above a firm one of the same kind of system gains by it."""
    firm = Counter(
        (group_of(each), each.chunk.start, len(each.line.cells) > 1)
        for each in candidates
        if each.points >= LIKELY_FROM
    )
    grid = Counter(
        (group_of(each), each.chunk.start)
        for each in candidates
        if each.entry and each.points > -1 and not each.line.letterhead
    )
    for candidate in candidates:
        if candidate.points >= CERTAIN_FROM or candidate.points < -2:
            continue
        place = (group_of(candidate), candidate.chunk.start)
        if candidate.entry and grid[place] >= 3 and not candidate.line.letterhead:
            candidate.add("grid")
        group, start = group_of(candidate), candidate.chunk.start
        lined = sum(
            count for (of, at, _), count in firm.items() if of == group and abs(at - start) <= 1
        )
        if lined - (candidate.points >= LIKELY_FROM) >= (1 if start else 2):
            candidate.add("lined up")


def group_of(candidate: Candidate) -> str:
    return "diagnosis" if candidate.system == "icd10cm" else "procedure"
