"""What was asked for, read forgivingly: code systems, kinds, limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from codelookup.errors import UsageError
from codelookup.terms import KINDS, SYSTEM_NAME

MAX_LIMIT = 1000

_NO_NAMES: Mapping[str, str] = {}


def system_ids(value: str) -> tuple[str, ...]:
    """The id of a code system, however it is written; nothing for an empty ``value``.

    >>> system_ids("ICD-10")
    ('icd10cm',)

    Raises:
        UsageError: there is no such system.
    """
    other = {"icd10": "icd10cm", "icd": "icd10cm", "pcs": "icd10pcs", "hcpcsii": "hcpcs"}
    return (one_of(value, "code system", SYSTEM_NAME, other),) if value else ()


def kind_id(value: str) -> str:
    """The kind of page that is meant; nothing for an empty ``value``.

    Raises:
        UsageError: there is no such kind.
    """
    return one_of(value, "kind", KINDS) if value else ""


def one_of(
    value: str,
    what: str,
    known: Collection[str],
    other: Mapping[str, str] = _NO_NAMES,
    hint: str = "",
) -> str:
    """The one of ``known`` that is meant, however it is written; ``other`` has further names.

    Raises:
        UsageError: there is none; it names the nearest, and after the known ones the ``hint``.
    """
    asked = value.lower().replace("-", "").replace("_", "").replace(" ", "")
    asked = other.get(asked, asked)
    if asked in known:
        return asked
    import difflib

    near = difflib.get_close_matches(asked, known, n=1, cutoff=0.5)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    raise UsageError(
        f'There is no {what} "{shown(value)}".{guess}',
        f"Known: {', '.join(known)}. {hint}".rstrip(),
    )


def checked_limit(value: int) -> int:
    """A number of answers.

    Raises:
        UsageError: it is not from 1 to MAX_LIMIT.
    """
    if not 1 <= value <= MAX_LIMIT:
        raise UsageError(f"The limit is {value}.", f"Give a number from 1 to {MAX_LIMIT}.")
    return value


def shown(text: str, most: int = 60) -> str:
    """Typed text as it may be echoed: no control characters, not without end."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= most else clean[:most] + " ..."
