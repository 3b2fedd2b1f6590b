"""Text that has a paragraph a line, wrapped to a width."""

from __future__ import annotations

import re
import textwrap

_LEAD = re.compile(r"\s*(?:- |\d+\. )?")


def wrapped(text: str, width: int) -> str:
    """Every line at most ``width`` columns; points, steps and what is set in keep their indent.

    A word longer than that, as an address, stays whole.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        lead = _LEAD.match(line)
        assert lead
        lines += textwrap.wrap(
            line,
            width,
            subsequent_indent=" " * min(lead.end(), width // 2),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)
