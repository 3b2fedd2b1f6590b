"""The manual page ``codelookup(1)``, from the same commands and words as ``--help``.

    python -m codelookup.manual > codelookup.1

The build makes it for the wheel, which puts it at ``share/man/man1``. ``docs/commands.py`` makes
the site's page of the commands from the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timezone
from textwrap import wrap
from typing import Any

import typer

from codelookup import __version__, errors
from codelookup.cli import make_app
from codelookup.terms import SECTIONS

EXIT_CODES = {
    errors.FOUND: "found",
    errors.NOT_FOUND: "nothing found, or one of several codes is unknown",
    errors.USAGE: "wrong usage",
    errors.BAD_DATA: "data that cannot be read",
    errors.INTERRUPTED: "interrupted",
}
VARIABLES = {
    "CODELOOKUP_CACHE_DIR": "the folder for what can be made anew, as the catalogue of a checkout",
    "CODELOOKUP_DATA_DIR": "the folder for the code sets that you add",
    "CODELOOKUP_CONFIG_DIR": "the folder whose `pages` holds your own pages",
    "CODELOOKUP_PAGER": "the pager for --pager; else PAGER, else less; empty for none",
    "CODELOOKUP_PLAIN": "1 for --plain always",
    "CODELOOKUP_WIDTH": "columns, as --width; it holds in a pipe too",
    "NO_COLOR": "where it is set to anything, no colour",
    "TERM": "where it is dumb, no colour",
    "COLUMNS": "columns of the terminal, instead of what it tells itself",
    "PAGER, LESS": "as git has them; without LESS, less gets FRX: colours, and short answers stay",
    "XDG_CACHE_HOME, XDG_DATA_HOME, XDG_CONFIG_HOME": (
        "the folders of all programs' caches, data and settings"
    ),
}
FILES = {
    "~/.cache/codelookup": (
        "the catalogue that a checkout compiles; on macOS in ~/Library/Caches, on Windows in "
        "%LOCALAPPDATA%"
    ),
    "~/.local/share/codelookup": (
        "the code sets that you added, and the completion of your shell; on macOS in "
        "~/Library/Application Support, on Windows in %LOCALAPPDATA%"
    ),
    "~/.config/codelookup/pages": (
        "your own pages; on macOS in ~/Library/Application Support, on Windows in %LOCALAPPDATA%"
    ),
}
OUTPUT = (
    "The answer goes to standard output, all else to standard error. A terminal is drawn on; in a "
    "pipe comes plain text, without colour and wrapping, lists and hits tab-separated. A code may "
    "be typed with or without its dot, in capitals or not, and with modifiers behind it."
)
NOTES = (
    "The pages are general information and do not know you. CPT is a registered trademark of the "
    "American Medical Association; none of its wording is included."
)


def manual(day: date) -> str:
    """The manual page in the man macros, with its date."""
    return "".join(f"{line}\n" for line in _lines(day))


def _lines(day: date) -> Iterator[str]:
    command: Any = typer.main.get_command(make_app())
    summary, *about = paragraphs_of(command.help)
    examples = [text for text in about if text.startswith("\b")]
    yield f'.TH CODELOOKUP 1 {day.isoformat()} "codelookup {__version__}" "User Commands"'
    # Names are not parted at a hyphen, and words stand evenly.
    yield from (".nh", ".ad l")
    yield ".SH NAME"
    yield rf"codelookup \- {_text(summary[0].lower() + summary[1:].rstrip('.'))}"
    yield ".SH SYNOPSIS"
    for number, (name, entry) in enumerate(commands_of(command)):
        if number:
            yield ".br"
        yield rf"\fBcodelookup {_text(name)}\fR {_text(usage(entry))}".rstrip()
    yield ".SH DESCRIPTION"
    yield from _prose([*(text for text in about if text not in examples), OUTPUT])
    yield ".SH OPTIONS"
    yield from _parameters(command)
    yield from _entry("-h, --help", "Show help and leave; every command has it.")
    yield ".SH COMMANDS"
    for name, entry in commands_of(command):
        yield f".SS codelookup {_text(name)}"
        yield from _prose(paragraphs_of(entry.help))
        yield from _parameters(entry)
    yield ".SH SECTIONS"
    for section, title in {**SECTIONS, "similar": "Similar codes"}.items():
        yield from _entry(section, title, indent=14)
    for heading, table in (
        ("EXIT STATUS", {str(code): text for code, text in EXIT_CODES.items()}),
        ("ENVIRONMENT", VARIABLES),
        ("FILES", FILES),
    ):
        yield f".SH {heading}"
        for term, text in table.items():
            yield from _entry(term, f"{text[0].upper()}{text[1:]}.")
    yield ".SH EXAMPLES"
    for text in examples:
        yield from _as_it_is(text.split("\n")[2:])
    yield ".SH NOTES"
    yield from _prose([NOTES])


def commands_of(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its full name, those inside others as well."""
    for name, entry in group.commands.items():
        if not entry.hidden:
            yield f"{before}{name}", entry
            if hasattr(entry, "commands"):
                yield from commands_of(entry, f"{before}{name} ")


def usage(entry: Any) -> str:
    """What is typed behind the name of a command."""
    words = [part.metavar for part in entry.params if part.param_type_name == "argument"]
    if len(words) < len(entry.params):
        words.insert(0, "[options]")
    return " ".join(words)


def _parameters(entry: Any) -> Iterator[str]:
    context = typer.Context(entry, info_name="codelookup")
    for part in entry.params:
        if record := part.get_help_record(context):
            yield from _entry(*record)


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a help text; one that begins with ``\\b`` keeps its lines."""
    return [part for part in (text or "").strip().split("\n\n") if part]


def _prose(paragraphs: Iterable[str]) -> Iterator[str]:
    """Paragraphs of help; what follows a first line with ``\\b`` keeps its lines."""
    for number, text in enumerate(paragraphs):
        if number:
            yield ".PP"
        if text.startswith("\b"):
            _, heading, *lines = text.split("\n")
            yield _text(heading)
            yield ".PP"
            yield from _as_it_is(lines)
        else:
            yield from _wrapped(text)


def _as_it_is(lines: Iterable[str]) -> Iterator[str]:
    yield ".nf"
    yield from (_text(line) for line in lines)
    yield ".fi"


def _entry(term: str, text: str, indent: int = 8) -> Iterator[str]:
    yield f".TP {indent}"
    yield rf"\fB{_text(term)}\fR"
    yield from _wrapped(text)


def _wrapped(text: str) -> Iterator[str]:
    words = " ".join(text.split())
    for line in wrap(words, 72, break_long_words=False, break_on_hyphens=False):
        yield _text(line)


def _text(text: str) -> str:
    """Text as roff takes it, with the marks that mean something to it made plain."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("~", r"\(ti").replace("^", r"\(ha")
    text = "".join(letter if letter.isascii() else rf"\[u{ord(letter):04X}]" for letter in text)
    return rf"\&{text}" if text.startswith((".", "'")) else text


def build_date() -> date:
    """Today, or the day in ``SOURCE_DATE_EPOCH`` (seconds), so that a build can be repeated."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if seconds and seconds.isdigit():
        return datetime.fromtimestamp(int(seconds), timezone.utc).date()
    return date.today()


if __name__ == "__main__":
    sys.stdout.write(manual(build_date()))
