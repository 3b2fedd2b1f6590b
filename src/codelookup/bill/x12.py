"""Segments of X12 claims and remittances (837, 835), rewritten as labelled words.

Every element of a segment has one meaning, so a reader of words needs no guess once it is said:
``SVC*HC:99213:25*165*118.2**1~`` becomes ``CPT:99213-25 165.00 qty:1``. Of the segments only
those with codes, dates and identifiers matter (ASC X12N 005010X221, X222, X223; the meaning of
elements as in the public companion guides of Medicare).
"""

from __future__ import annotations

import re

_SEGMENT = re.compile(r"^\s*(?:[A-Z][A-Z0-9]{1,2})\*.*$")
_SYSTEMS = {"HC": "CPT", "ZZ": "PCS", "NU": "REV", "AD": "CDT", "N4": "NDC", "HP": "CPT"}
_DIAGNOSES = frozenset(["ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ"])
_SERVICE_DATES = frozenset(("472", "150", "151", "232"))


def is_x12(lines: list[str]) -> bool:
    """Whether most lines of a text are X12 segments."""
    full = [line for line in lines if line.strip()]
    return len(full) > 2 and sum(bool(_SEGMENT.match(line)) for line in full) * 2 > len(full)


def reworded(line: str) -> str:
    """The segments of a line in words; what holds no code, date or amount of a service is empty."""
    words = [_segment(segment) for segment in line.strip().split("~") if segment.strip()]
    return "  ".join(word for word in words if word)


def _segment(segment: str) -> str:
    parts = segment.strip().split("*")
    name, rest = parts[0], parts[1:]
    if name in ("SVC", "SV1", "SV2"):
        return _service(name, rest)
    if name == "HI":
        codes = [part.split(":") for part in rest]
        found = [f"dx:{each[1]}" for each in codes if len(each) > 1 and each[0] in _DIAGNOSES] + [
            f"PCS:{each[1]}" for each in codes if len(each) > 1 and each[0] in ("BBR", "BBQ")
        ]
        drg = [f"DRG:{each[1]}" for each in codes if len(each) > 1 and each[0] == "DR"]
        return "  ".join(found + drg)
    if name == "DTM" and len(rest) > 1 and rest[0] in _SERVICE_DATES:
        return f"service date: {rest[1]}"
    if name == "DTP" and len(rest) > 2 and rest[0] in _SERVICE_DATES:
        return f"service date: {rest[2].split('-')[0]}"
    if name == "CAS" and len(rest) > 1:
        return "  ".join(f"{rest[0]}-{code}" for code in rest[1::3] if code)
    if name == "LQ" and len(rest) > 1 and rest[0] == "HE":
        return f"remark code: {rest[1]}"
    if name == "MOA" or name == "MIA":
        return "  ".join(
            f"remark code: {part}" for part in rest if re.fullmatch(r"[MN]A?\d+", part)
        )
    return ""


def _service(name: str, rest: list[str]) -> str:
    words = []
    if name == "SV2" and rest:
        words.append(f"REV:{rest.pop(0)}")
    if rest:
        system, *code = re.split("[:>]", rest[0])
        if len(code) > 0 and system in _SYSTEMS:
            modifiers = [part for part in code[1:5] if re.fullmatch(r"[A-Z0-9]{2}", part)]
            words.append(f"{_SYSTEMS[system]}:" + "-".join([code[0], *modifiers]))
    if len(rest) > 1 and rest[1]:
        words.append(f"${rest[1]}")
    units = rest[4:5] if name == "SVC" else rest[3:4]
    if units and re.fullmatch(r"\d+(?:\.0+)?", units[0]):
        words.append(f"qty:{int(float(units[0]))}")
    if name == "SVC" and len(rest) > 3 and re.fullmatch(r"\d{3,4}", rest[3] or ""):
        words.append(f"REV:{rest[3]}")
    if name == "SV1" and len(rest) > 4 and re.fullmatch(r"\d\d", rest[4] or ""):
        words.append(f"POS:{rest[4]}")
    return "  ".join(words)


def is_stream(text: str) -> bool:
    """Whether a text is X12 whose segments end in ``~``, however its lines are cut."""
    return text.count("~") > 2 and len(re.findall(r"(?:^|~)\s*[A-Z][A-Z0-9]{1,2}\*", text)) > 2


def segments(text: str) -> tuple[list[str], list[int]]:
    """The segments of a stream, and the number of the line on which each begins."""
    found, numbers, line = [], [], 1
    for part in text.split("~"):
        lead = len(part) - len(part.lstrip("\r\n "))
        begins = line + part[:lead].count("\n")
        line += part.count("\n")
        if part.strip():
            found.append("".join(part.split("\n")).replace("\r", "").strip() + "~")
            numbers.append(begins)
    return found, numbers
