"""``codelookup explain``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from codelookup import environment, errors
from codelookup.asked import shown
from codelookup.commands.common import (
    Json,
    NoColor,
    Pager,
    Pages,
    Plain,
    Width,
    paged,
)
from codelookup.errors import UsageError

if TYPE_CHECKING:
    from codelookup.bill.table import Report
    from codelookup.document.types import ExplainDocument


MANY_LINES = 1000
"""Lines that take a second or more to read."""


def explain(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A bill as text, or a table; - for stdin.")
    ],
    annotate: Annotated[
        str,
        typer.Option(
            "--annotate", metavar="OUT", help="Write the table with columns added; - for stdout."
        ),
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="NAME", help="The table's column of codes; can be given again."
        ),
    ] = None,
    pages: Pages = None,
    json: Json = False,
    no_color: NoColor = False,
    in_words: Plain = False,
    width: Width = None,
    pager: Pager = False,
) -> int:
    """Read a bill or visit summary and say, line by line, what each code is.

    Takes pasted or saved text, CSV, TSV and NDJSON. ZIP codes, phone numbers, dates and account
    numbers are told apart from codes; what is not sure is said to be so. Nothing is kept.

    \b
    Examples:
      codelookup explain bill.txt
      pbpaste | codelookup explain -
      codelookup explain bill.txt --json
      codelookup explain claims.csv --annotate explained.csv
      codelookup explain claims.csv --annotate out.csv --column CPT --column DX1
    """
    env = environment.current(no_color, width, in_words)
    from codelookup.bill.source import open_source

    name = "standard input" if file == "-" else shown(file, 200)
    data: BinaryIO = sys.stdin.buffer if file == "-" else open_source(file)
    if annotate:
        if json:
            raise UsageError(
                "--annotate writes a table and --json a document; they do not go together.",
                "For JSON rows, annotate an NDJSON file.",
            )
        return _annotate(env, file, name, data, annotate, column or [], pages)
    if column:
        raise UsageError("--column goes with --annotate.", "codelookup explain --help shows how.")
    from codelookup.bill.table import bill_lines
    from codelookup.catalogue.at_hand import open_catalogue
    from codelookup.document.explained import explain_document

    with data:
        bill = bill_lines(data, name)

    if len(bill.lines) > MANY_LINES and env.stderr.isatty():
        env.say(f"Reading {len(bill.lines):,} lines ...")
    with open_catalogue(env.say, pages) as catalogue:
        document = explain_document(catalogue, bill, name)
    with paged(env, pager) as answer:
        if json:
            answer.write_json(document)
        elif document["lines"]:
            _write(answer, document)
    if document["summary"]["codes"]:
        return errors.FOUND
    if not any(line.strip() for line in bill.lines):
        env.say(f"{name} is empty.")
    else:
        env.say(f"No codes were found in {name}.")
        env.say('To look for words instead: codelookup search "what was done"')
    return errors.NOT_FOUND


def _write(env: environment.Environment, document: ExplainDocument) -> None:
    if env.plain:
        from codelookup.render import spoken

        env.write_text(spoken.explain_text(document))
    elif env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).explain(document)
    else:
        from codelookup.render import plain

        env.write_text(plain.explain_text(document))


def _annotate(
    env: environment.Environment,
    file: str,
    name: str,
    data: BinaryIO,
    out: str,
    columns: list[str],
    pages: str | None,
) -> int:
    import gc
    import os

    from codelookup.bill.known import Known
    from codelookup.bill.table import annotate
    from codelookup.catalogue.at_hand import open_catalogue

    gc.enable()  # a table may be long; see cli.py for why it is off
    if out != "-" and os.path.isdir(out):
        raise UsageError(f"{shown(out, 200)} is a folder.", "Name a file to write.")
    if file != "-" and out != "-" and os.path.exists(out) and os.path.samefile(file, out):
        raise UsageError(f"{shown(out, 200)} is the file that is read.", "Name another file.")
    told = _Told(env)
    with open_catalogue(env.say, pages) as catalogue, data:
        known = Known(catalogue)
        if out == "-":
            report = annotate(data, name, sys.stdout.buffer, known, columns, told.rows)
            sys.stdout.buffer.flush()
        else:
            from pathlib import Path

            from codelookup.files import replacing

            with replacing(Path(out)) as target:
                report = annotate(data, name, target, known, columns, told.rows)
    told.done()
    _say(env, report)
    return errors.FOUND if report.coded else errors.NOT_FOUND


class _Told:
    """A line on a terminal that counts rows, once a second."""

    def __init__(self, env: environment.Environment) -> None:
        import time

        self.env = env
        self.clock = time.monotonic
        self.last = self.clock()
        self.told = False

    def rows(self, number: int) -> None:
        now = self.clock()
        if now - self.last > 1 and self.env.stderr.isatty():
            self.last, self.told = now, True
            self.env.stderr.write(f"\r{number:,} rows ...")
            self.env.stderr.flush()

    def done(self) -> None:
        if self.told:
            self.env.stderr.write("\r" + " " * 30 + "\r")


def _say(env: environment.Environment, report: Report) -> None:
    rows = "row" if report.rows == 1 else "rows"
    env.say(f"Explained {report.coded:,} of {report.rows:,} {rows} by {', '.join(report.columns)}.")
    if report.unknown:
        codes = ", ".join(report.unknown_codes)
        many = "codes stay blank: they are" if report.unknown > 1 else "code stays blank: it is"
        env.say(f"{report.unknown:,} {many} not known here ({codes}).")
    if report.longer:
        env.say(f"{report.longer:,} rows have more cells than the header; they were kept.")
    if report.others:
        options = " ".join(f'--column "{column}"' for column in report.columns + report.others[:3])
        env.say(f"{', '.join(report.others[:6])} may hold codes too; for all: {options}")
    if not report.coded:
        env.say("None of the values is a known code; --column NAME names another column.")
