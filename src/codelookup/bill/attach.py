"""What goes with a code on a bill: its modifiers, its units, the place of service."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codelookup.bill import labels, tokens
from codelookup.bill.evidence import Candidate, group_of
from codelookup.bill.known import Known
from codelookup.bill.layout import HISTORIC, Line, role_of_chunk
from codelookup.bill.tokens import Chunk
from codelookup.find import normalise

_MODIFIER = re.compile(r"[A-Z0-9]{2}")


_MODIFIERS = re.compile(r"[A-Z0-9]{2}(?:[-,/:][A-Z0-9]{2})*")


_TIME_WORD = re.compile(
    r"^(?:min|mins|minutes?|hours?|hrs?|days?|mg|ml|mcg|units?|year|yr|yo|years|weeks?|%|mm|cm|"
    r"pictures?|views?|sessions?|visits?|tests?|or|to|of|and)\b",
    re.IGNORECASE,
)


_UNIT_WORD = re.compile(r"(?:units?|un|ea|each|unidades?|doses?)[.,;)]?", re.IGNORECASE)


def attach(candidate: Candidate, end: int, known: Known, lettered: bool) -> None:
    """Modifiers and units that stand behind a procedure code, up to the next code."""
    if candidate.system == "icd10pcs":
        return
    line = candidate.line
    chunks = line.chunks
    index = candidate.index + 1
    while index < end and index not in line.used:
        chunk = chunks[index]
        parts = re.split(r"[-,/:]", chunk.upper)
        if not _MODIFIERS.fullmatch(chunk.upper) or not _is_modifier(
            candidate, index, parts, known, lettered
        ):
            break
        candidate.modifiers.extend(parts)
        line.used.add(index)
        index += 1
    for index in range(candidate.index + 1, end):
        chunk = chunks[index]
        if index in line.used or not _MODIFIERS.fullmatch(chunk.upper):
            continue
        role = role_of_chunk(line, index)[0]
        if role == labels.MODIFIER and chunk.text == chunk.upper:
            candidate.modifiers.extend(re.split(r"[-,/:]", chunk.upper))
            line.used.add(index)
    candidate.modifiers = list(dict.fromkeys(candidate.modifiers))
    if candidate.units is None and not _one_of_several(candidate):
        candidate.units = _units(candidate, end)


def take_labelled(lines: Sequence[Line], number: int, known: Known) -> None:
    """What stands below or above a code in lines of their own: "Modifier: 25", "Units: 1"."""
    line = lines[number]
    found = [each for each in line.candidates if group_of(each) == "procedure"]
    if len(found) != 1 or line.columns:
        return
    (candidate,) = found
    for step in (1, -1):
        at = number + step
        while 0 <= at < len(lines) and abs(at - number) <= 10:
            other = lines[at]
            if not other.text.strip() or any(
                group_of(each) == "procedure" for each in other.candidates
            ):
                break
            for cell in other.cells:
                _take_value(candidate, cell.text, known, step > 0)
            at += step


def _take_value(candidate: Candidate, text: str, known: Known, below: bool) -> None:
    """One "label: value" that belongs to a code."""
    found = re.match(r"\s*([A-Za-zÀ-ÿ][\w /.]{1,40}?)\s*(?::|\s{2,})\s*(\S.*)$", text) or re.match(
        r"\s*(modifiers?|mods?|units|qty)\s+(\S.*)$", text
    )
    if not found:
        return
    role, value = labels.role_of(found[1]), found[2].strip()
    line = candidate.line
    if role in (labels.MODIFIER, labels.UNITS) and not below:
        return
    if role == labels.MODIFIER and not candidate.modifiers:
        candidate.modifiers += [
            part.upper()
            for part in re.split(r"[\s,/-]+", value)
            if _MODIFIER.fullmatch(part.upper()) and known.modifier(part.upper())
        ][:4]
    elif role == labels.MODIFIER and known.modifier(value[:2].upper()) and len(value) == 2:
        if value.upper() not in candidate.modifiers:
            candidate.modifiers.append(value.upper())
    elif role == labels.UNITS and candidate.units is None and re.match(r"\d{1,4}\b", value):
        candidate.units = int(re.match(r"\d+", value)[0])  # type: ignore[index]
    elif role == labels.PLACE and not line.place and re.match(r"\d\d\b", value):
        line.place = value[:2] if known.place(value[:2]) else ""
    elif role == labels.DATE and not line.own_date and not HISTORIC.search(found[1]):
        line.own_date = tokens.date_in(value)
        line.date = line.own_date or line.date
        line.firm_date = line.firm_date or bool(line.own_date)


def _one_of_several(candidate: Candidate) -> bool:
    """Whether codes stand side by side, so that a number behind them belongs to none alone."""
    line = candidate.line
    return any(
        not line.text[other.chunk.end : candidate.chunk.start].strip(" ,;/+&")
        for other in line.candidates
        if other.index < candidate.index and group_of(other) == "procedure"
    )


def take_wrapped_modifier(line: Line, lines: Sequence[Line], known: Known) -> None:
    """Modifiers alone on the line below their code, in its column or behind "mod"."""
    if line.number < 2 or not line.chunks or len(line.chunks) > 5 or line.candidates:
        return
    above = [each for each in lines[line.number - 2].candidates if each.system in ("cpt", "hcpcs")]
    words = [chunk for chunk in line.chunks if labels.role_of(chunk.text) != labels.MODIFIER]
    if not above or not words or not all(known.modifier(word.upper) for word in words):
        return
    labelled = len(words) < len(line.chunks)
    for candidate in above if not labelled else above[-1:]:
        same_cell = bool(line.columns or "|" in line.text) and candidate.chunk.cell == words[0].cell
        below = words[0].start and abs(candidate.chunk.start - words[0].start) <= 2
        below = below or line.role_at(words[0]) == labels.MODIFIER
        if labelled or below or (same_cell and "|" in line.text):
            for word in words:
                if word.upper not in candidate.modifiers:
                    candidate.modifiers.append(word.upper)


def _is_modifier(
    candidate: Candidate, index: int, parts: list[str], known: Known, lettered: bool
) -> bool:
    """Whether the chunk right behind a code, or behind its modifiers, is a modifier."""
    line = candidate.line
    chunk = line.chunks[index]
    role, how = role_of_chunk(line, index)
    if role == labels.MODIFIER and (how != "label" or chunk.text == chunk.upper):
        return True
    if re.fullmatch(r"X\d{1,3}", chunk.upper):
        return False  # how many times
    if role in (
        labels.OTHER,
        labels.MINUTES,
        labels.UNITS,
        labels.PLACE,
        labels.POINTER,
        labels.DATE,
        labels.AMOUNT,
        labels.DIAGNOSIS,
    ):
        return False
    if not all(known.modifier(part) is not None for part in parts):
        return False
    if chunk.text != chunk.upper and chunk.text.lower() in labels.NO_MODIFIER:
        return False
    if chunk.text != chunk.upper and not (chunk.text.islower() and line.money):
        return False
    # "CT" and "ER" are modifiers too, but before a word they begin a description.
    rare = any(known.modifier(part) == ("", "") for part in parts)
    if (chunk.text.isdigit() or rare) and not _is_first_choice(line, chunk):
        return False
    if rare and re.match(r"\s*[A-Za-z]{3}", line.text[chunk.end :]):
        return False
    if (
        lettered
        and re.fullmatch(r"[A-L]{2}", chunk.upper)
        and sorted(chunk.upper) == list(chunk.upper)
    ):
        return False
    following = line.text[chunk.end :].lstrip()
    if chunk.text.isdigit() and _TIME_WORD.match(following):
        return False
    if line.text[chunk.start - 1] == "(":
        return False
    # "70450 CT HEAD": a word of the name is no modifier.
    words = normalise.words(chunk.text)
    if candidate.entry and words and words[0] in known.words(candidate.entry) and len(words) == 1:
        return chunk.upper in ("RT", "LT")
    return True


def _is_first_choice(line: Line, chunk: Chunk) -> bool:
    """Whether two digits stand where a modifier would: not as the start of a description."""
    cell = line.cells[chunk.cell]
    rest = line.text[chunk.end : cell.end]
    return cell.start != chunk.start or not re.search(r"[A-Za-z]{3}", rest)


def _units(candidate: Candidate, end: int) -> float | None:
    """How many times the code is billed, if the line says so."""
    line = candidate.line
    chunks = line.chunks
    for index in range(candidate.index + 1, end):
        text = chunks[index].text
        if index in line.used or not re.fullmatch(r"\d{1,4}(?:\.\d{1,3})?", text):
            continue
        if role_of_chunk(line, index)[0] == labels.UNITS:
            return float(text) if float(text) % 1 else int(float(text))
    for index in range(candidate.index + 1, end):
        if index in line.used:
            continue
        chunk = chunks[index]
        text = chunk.text
        if found := re.fullmatch(r"[xX×*](\d{1,3})", text):
            return int(found[1])
        if not re.fullmatch(r"\d{1,4}(?:\.\d{1,3})?", text):
            continue
        number = float(text) if float(text) % 1 else int(float(text))
        role, _how = role_of_chunk(line, index)
        before = chunks[index - 1].text
        following = chunks[index + 1].text if index + 1 < len(chunks) else ""
        if before in ("x", "X", "×") or role == labels.UNITS:
            return number
        if "." in text or not 1 <= number <= 999:
            continue
        beside = index + 1 < len(chunks) and chunks[index + 1].cell == chunk.cell
        if _UNIT_WORD.fullmatch(following) and beside and not role:
            return number
        if (
            not role
            and index + 1 < len(chunks)
            and tokens.is_money(chunks[index + 1].raw)
            and before.lower() not in ("level", "type", "grade", "stage", "over", "age", "phase")
        ):
            return number
    # "Qty 3" or "3 x 97110" can stand before the code.
    for index in range(candidate.index - 1, -1, -1):
        if any(other.index == index for other in line.candidates):
            break
        if index in line.used:
            continue
        if (
            re.fullmatch(r"\d{1,3}", chunks[index].text)
            and role_of_chunk(line, index)[0] == labels.UNITS
        ):
            return int(chunks[index].text)
        if found := re.fullmatch(r"(\d{1,3})[xX×]", chunks[index].text):
            return int(found[1])
    return None


def find_place(line: Line, known: Known) -> None:
    """The place of service of a line: its column, its label, or its place on a claim form."""
    for index, chunk in enumerate(line.chunks):
        if index in line.used or not re.fullmatch(r"\d{1,2}", chunk.text):
            continue
        code = chunk.text.zfill(2)
        role, _how = role_of_chunk(line, index)
        if role == labels.PLACE and known.place(code):
            line.place = code
            line.used.add(index)
            return
    for candidate in line.candidates:
        index = candidate.index - 1
        if candidate.system in ("icd10cm", "icd10pcs") or index < 1:
            continue
        before = line.text[: line.chunks[index].start].strip()
        if (
            re.fullmatch(r"\d\d", line.chunks[index].text)
            and not role_of_chunk(line, index)[0]
            and re.fullmatch(r"(?:\d\d[ /-]?\d\d[ /-]?(?:20)?\d\d\s*){1,2}", before)
            and known.place(line.chunks[index].text)
        ):
            line.place = line.chunks[index].text
