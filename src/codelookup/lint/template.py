"""An empty page with everything in place, for ``codelookup new``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from codelookup.catalogue.own import find_pages
from codelookup.errors import DataError, UsageError
from codelookup.find.lookup import find_code, read_code
from codelookup.lint.checks import REQUIRED
from codelookup.read.pages import CODE_SHAPE, OWN_CODE_SHAPE, page_files
from codelookup.terms import SECTIONS

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

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
    _check_name(name)
    _check_new(code, page_files(data))
    path = data / systems[0] / f"{name or code.lower()}.toml"
    return _written(path, page_template(systems[0], code, kind or "procedure"))


def write_own_page(folder: Path, typed: str, kind: str, name: str, below: Catalogue) -> Path:
    """Write the beginning of a page of the user's own; returns its path.

    ``below`` are the catalogues that it will stand in front of. An existing file is never
    overwritten.

    Raises:
        UsageError: the code has no known shape, has a page in the folder, or the file exists.
        DataError: the file cannot be written.
    """
    code, system, display = typed.strip().upper(), "", ""
    read = read_code(typed)
    for rows in find_code(below, read) if read else []:
        if not system or rows[0].code == code:
            system, code, display = rows[0][1:4]
    if not system:
        systems = [name for name, shape in OWN_CODE_SHAPE.items() if shape.fullmatch(code)]
        if not systems:
            raise UsageError(
                f'"{code[:20]}" is no code of a system that is known here.',
                "Codes look like 90834, E0601, E11.9 and 0DTJ4ZZ.",
            )
        system = systems[0]
    _check_name(name)
    _check_new(code, [entry.path for entry in find_pages(str(folder)) if not entry.fault])
    path = folder / f"{name or code.lower().replace('.', '-')}.toml"
    return _written(path, own_template(system, code, display, kind))


def _check_name(name: str) -> None:
    if name and not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
        raise UsageError(f'"{name[:40]}" is no file name for a page.', "Write it as chest-xray.")


def _check_new(code: str, paths: Iterable[Path]) -> None:
    head = re.compile(rf'^\[codes\."?{re.escape(code)}"?\]', re.MULTILINE)
    for path in paths:
        if head.search(path.read_text(encoding="utf-8", errors="replace")):
            raise UsageError(f"{code} has a page in {path}.", "Edit that file.")


def _written(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists.", "Choose another --name.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def own_template(system: str, code: str, display: str, kind: str) -> str:
    """The beginning of a page of the user's own; ``display`` is empty for an unknown code."""
    key = f'"{code}"' if "." in code else code
    lines = [
        f"# Your own page for {code}" + (f": {display}" if display else ""),
        "# Its sections are shown in place of codelookup's; those it does not have stay.",
        f'system = "{system}"',
    ]
    if kind or not display:
        lines.append(f'kind = "{kind or "procedure"}"')
    lines += [
        f"edited = {datetime.date.today().isoformat()}",
        'clinical_review = "none"  # or "Name, RN, 2026-01-31": who has read your words',
        "common = []               # more names to find it by",
        "",
        f"[codes.{key}]",
        '# display = "..."         # your own title' if display else 'display = ""',
        "",
        f"[codes.{key}.sections]",
        "preparation = [",
        '  "",',
        '  "",',
        "]",
        "# Any of: " + " ".join(SECTIONS),
        "",
    ]
    return "\n".join(lines)


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
