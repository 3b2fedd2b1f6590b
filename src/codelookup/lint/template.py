"""An empty page with everything in place, for ``codelookup new``."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from codelookup.errors import DataError, UsageError
from codelookup.lint.checks import REQUIRED
from codelookup.read.pages import CODE_SHAPE, page_files
from codelookup.terms import SECTIONS

_LISTS = ("indications", "preparation", "risks", "benefits", "when_to_call", "questions", "billing")


def write_page(data: Path, code: str, kind: str, name: str) -> Path:
    """Write an empty page; returns its path. An existing file is never overwritten.

    Raises:
        UsageError: the code has no known shape, has a page already, or the file exists.
        DataError: the file cannot be written.
    """
    code = code.strip().upper()
    systems = [system for system, shape in CODE_SHAPE.items() if shape.fullmatch(code)]
    if not systems:
        raise UsageError(
            f'"{code[:20]}" is neither a CPT nor a HCPCS code.', "They look like 90834 and E0601."
        )
    if name and not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
        raise UsageError(f'"{name[:40]}" is no file name for a page.', "Write it as chest-xray.")
    for path in page_files(data):
        if re.search(rf"^\[codes\.{code}\]", path.read_text(encoding="utf-8"), re.MULTILINE):
            raise UsageError(f"{code} has a page in {path}.", "Edit that file.")
    path = data / systems[0] / f"{name or code.lower()}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(page_template(systems[0], code, kind))
    except FileExistsError:
        raise UsageError(f"{path} exists.", "Choose another --name.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def page_template(system: str, code: str, kind: str) -> str:
    """The text of an empty page."""
    lines = [
        f'system = "{system}"',
        f'kind = "{kind}"',
        'specialty = ""',
        "common = []        # what people say, type, or hear",
        "technical = []     # what stands in letters and reports",
        'sources = [{ title = "", url = "https://" }]',
        f"edited = {datetime.date.today().isoformat()}",
        'clinical_review = "none"',
        "",
        "[sections]",
    ]
    for section, title in SECTIONS.items():
        if section not in REQUIRED[kind]:
            continue
        if section == "procedure":
            value = '{ steps = [\n  "",\n  "",\n] }'
        elif section in _LISTS:
            value = '[\n  "",\n  "",\n]'
        else:
            value = '""'
        lines.append(f"{section} = {value}  # {title}" if value == '""' else f"{section} = {value}")
    lines += ["", f"[codes.{code}]", 'display = ""', 'difference = ""', ""]
    return "\n".join(lines)
