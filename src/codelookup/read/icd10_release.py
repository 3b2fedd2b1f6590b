"""Which release an ICD-10 file is: its name tells, the file itself mostly does not.

CMS and CDC publish ICD-10-CM and ICD-10-PCS by fiscal year: the release named 2026 is in force
since 2025-10-01. Since FY2022 some years also have an update of April, whose files say so
(``code-list-April-2026.txt``, ``april-1-2026-code-descriptions-tabular-order.zip``).
"""

from __future__ import annotations

import re

from codelookup.model import Release

_MONTHS = {"january": 1, "april": 4, "july": 7, "october": 10}
_NAMED_MONTH = re.compile(
    r"(january|april|july|october)[-_ ](?:\d{1,2}[-_ ])?(20\d\d)", re.IGNORECASE
)
_NAMED_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def release_from_names(
    system: str, title: str, *names: str, version: str = "", source: str = ""
) -> Release:
    """The release of ``system`` (called ``title``) that file names and a version imply.

    The first name that tells a month decides, else the first with a year. A month of October
    names the calendar year it starts in.

    ``version`` is what the file itself says (its fiscal year), else it is taken from the
    names. Where no name tells month or year, ``in_force_since`` stays empty, because the
    fiscal year alone does not tell the October release from an update of April.
    """
    since = update = ""
    for name in names:
        if found := _NAMED_MONTH.search(name):
            month, year = _MONTHS[found[1].lower()], int(found[2])
            since = f"{year}-{month:02}-01"
            fiscal_year = str(year + 1 if month >= 10 else year)
            update = "" if month == 10 else f", update of {found[1].capitalize()} {year}"
            version = version or fiscal_year
            break
    else:
        for name in names:
            if found := _NAMED_YEAR.search(name):
                version = version or found[1]
                if version == found[1]:
                    since = f"{int(version) - 1}-10-01"
                break
    return Release(
        system=system,
        name=f"{title} FY{version}{update}" if version else title,
        version=version,
        in_force_since=since,
        source=source or ", ".join(names),
    )
