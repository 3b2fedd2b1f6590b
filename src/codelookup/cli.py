"""The command line: options in, exit codes out.

Nothing heavy is imported at the top (a lint rule and a test hold that): start-up is what
people feel. Each command makes a document, and a renderer prints it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from codelookup import __version__, environment, errors
from codelookup.errors import CodelookupError, UsageError
from codelookup.model import KINDS, SYSTEM_NAME

if TYPE_CHECKING:
    from codelookup.catalogue.store import Catalogue

MAX_LIMIT = 1000

app = typer.Typer(
    name="codelookup",
    rich_markup_mode=None,  # plain help: rich would double its time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    help=(
        "Tell what a US medical code means, in plain words, offline.\n\n"
        "\b\n"
        "Examples:\n"
        '  codelookup search "talk therapy"        find the code\n'
        "  codelookup show 90832                   read its page\n"
        "  codelookup show 90832 --section risks   only that part\n"
        "  codelookup show E11.9 --json            for scripts\n\n"
        "Nothing you look up leaves this machine."
    ),
)


# -- what commands share -------------------------------------------------------------------


def _open(env: environment.Environment) -> Catalogue:
    from codelookup.catalogue.bundled import catalogue_path
    from codelookup.catalogue.store import Catalogue

    return Catalogue([catalogue_path(env.say)])


def _system(value: str) -> tuple[str, ...]:
    """The id of a code system, however it is written.

    Raises:
        UsageError: there is no such system.
    """
    if not value:
        return ()
    asked = value.lower().replace("-", "").replace("_", "").replace(" ", "")
    asked = {"icd10": "icd10cm", "icd": "icd10cm", "pcs": "icd10pcs", "hcpcsii": "hcpcs"}.get(
        asked, asked
    )
    if asked in SYSTEM_NAME:
        return (asked,)
    import difflib

    near = difflib.get_close_matches(asked, SYSTEM_NAME, n=1, cutoff=0.5)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    raise UsageError(
        f'There is no code system "{_shown(value)}".{guess}', f"Known: {', '.join(SYSTEM_NAME)}."
    )


def _limit(value: int) -> int:
    if not 1 <= value <= MAX_LIMIT:
        raise UsageError(f"The limit is {value}.", f"Give a number from 1 to {MAX_LIMIT}.")
    return value


def _shown(text: str, most: int = 60) -> str:
    """Typed text as it may be echoed: no control characters, not without end."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= most else clean[:most] + " ..."


def _lines(env: environment.Environment) -> Iterator[str]:
    """Lines of standard input; empty ones are passed over."""
    for line in env.stdin:
        if line.strip():
            yield line.strip()


def _codes(typed: list[str], env: environment.Environment) -> Iterable[str]:
    """Codes from the command line; ``-`` reads them, ``99214 25`` is a code with a modifier."""
    if typed == ["-"]:
        return list(_lines(env))
    joined: list[str] = []
    for part in typed:
        if joined and len(part) == 2 and part.isalnum():
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


# -- completion ----------------------------------------------------------------------------


def _complete_section(incomplete: str) -> list[tuple[str, str]]:
    from codelookup.model import SECTIONS

    names = {**SECTIONS, "similar": "Similar codes"}
    return [(name, title) for name, title in names.items() if name.startswith(incomplete)]


def _complete_code(incomplete: str) -> list[tuple[str, str]]:
    from codelookup.find.lookup import complete

    try:
        with _open(environment.current()) as catalogue:
            return complete(catalogue, incomplete)
    except CodelookupError:
        return []  # nothing to offer; the command itself will say what is wrong


def _complete_system(incomplete: str) -> list[tuple[str, str]]:
    return [(name, title) for name, title in SYSTEM_NAME.items() if name.startswith(incomplete)]


def _complete_kind(incomplete: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="Print a JSON document, for scripts.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Do without colour.")]
System = Annotated[
    str,
    typer.Option(
        "--system",
        metavar="SYSTEM",
        help=f"Only this code system: {', '.join(SYSTEM_NAME)}.",
        autocompletion=_complete_system,
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"codelookup {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


# -- commands ------------------------------------------------------------------------------


@app.command()
def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS...", help="What you heard or read; - for stdin.")
    ],
    system: System = "",
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many hits at most.")] = 10,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Find codes by what people call them.

    Typing errors are forgiven. In a pipe, hits come tab-separated: code, system, title, why.

    \b
    Examples:
      codelookup search "talk therapy"
      codelookup search knee scope --limit 3
      codelookup search "high blood pressure" --system icd10cm
      codelookup search - < queries.txt        a JSON document a line
    """
    env = environment.current(no_color)
    systems, limit = _system(system), _limit(limit)
    from codelookup.document.documents import search_document
    from codelookup.find.search import Searcher

    with _open(env) as catalogue:
        searcher = Searcher(catalogue)
        if words == ["-"]:
            return _search_lines(env, searcher, systems, limit)
        answer = searcher.search(" ".join(words), systems, limit)
        document = search_document(answer)
    if json:
        env.write_json(document)
    elif document["results"] and env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).search(document)
    elif document["results"]:
        from codelookup.render import plain

        env.write(plain.search_text(document))
    if document["results"]:
        return errors.FOUND
    env.say(f'Nothing found for "{_shown(answer.query)}".')
    if document["suggestions"]:
        env.say("Near: " + ", ".join(document["suggestions"]))
    else:
        env.say("Try other words, or fewer: a body part, a test, an illness.")
    return errors.NOT_FOUND


def _search_lines(
    env: environment.Environment, searcher: Any, systems: tuple[str, ...], limit: int
) -> int:
    from codelookup.document.documents import error_document, search_document

    worst = errors.FOUND
    for line in _lines(env):
        try:
            answer = searcher.search(line, systems, limit)
        except UsageError as error:
            document: Any = error_document("search", error.message, error.hint, error.exit_code)
            worst = errors.NOT_FOUND
        else:
            document = search_document(answer)
            if not answer.hits:
                worst = errors.NOT_FOUND
        env.stdout.write(_json_line(document))
    return worst


def _json_line(document: Any) -> str:
    from json import dumps

    return dumps(document, ensure_ascii=False) + "\n"


@app.command()
def show(
    codes: Annotated[
        list[str],
        typer.Argument(
            metavar="CODE...",
            help="Codes, as 90832, E11.9, e119, 99214-25; - for stdin.",
            autocompletion=_complete_code,
        ),
    ],
    section: Annotated[
        list[str] | None,
        typer.Option(
            "--section",
            "-s",
            metavar="SECTION",
            help="Only this section; can be given again.",
            autocompletion=_complete_section,
        ),
    ] = None,
    system: System = "",
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Read what a code means.

    A code with a page shows it; any other known code shows its official wording, its place in
    the hierarchy, and its notes.

    \b
    Examples:
      codelookup show 90832
      codelookup show 90832 --section risks --section recovery
      codelookup show E11.9
      codelookup show 99214-25                 a code with a modifier
      codelookup show - --json < codes.txt
    """
    env = environment.current(no_color)
    systems = _system(system)
    from codelookup.document.documents import show_document
    from codelookup.document.sections import find_section

    sections = [find_section(name) for name in section or ()]
    with _open(env) as catalogue:
        document = show_document(catalogue, _codes(codes, env), systems, sections)
    if json:
        env.write_json(document)
    elif document["concepts"]:
        if env.draws:
            from codelookup.render.terminal import Screen

            Screen(env.stdout, env.width, env.color).show(document, bool(sections))
        else:
            from codelookup.render import plain

            env.write(plain.show_text(document, bool(sections)))
    env.stdout.flush()
    if sections:
        _say_missing_sections(env, document, sections)
    if not document["not_found"]:
        return errors.FOUND
    from codelookup.render import plain

    for line in plain.not_found_lines(document):
        env.say(line)
    return errors.NOT_FOUND


def _say_missing_sections(env: environment.Environment, document: Any, wanted: list[str]) -> None:
    for concept in document["concepts"]:
        missing = [
            name
            for name in wanted
            if name not in concept["sections"] and not (name == "similar" and concept["similar"])
        ]
        if not concept["has_page"]:
            env.say(f"{concept['code']} has no plain-language page yet, so it has no sections.")
        elif missing:
            env.say(f"The page of {concept['code']} has no section {', '.join(missing)}.")


@app.command("list")
def list_pages(
    system: System = "",
    specialty: Annotated[
        str, typer.Option("--specialty", help="Only this specialty, as it stands in the list.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind", help=f"Only this kind: {', '.join(KINDS)}.", autocompletion=_complete_kind
        ),
    ] = "",
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """List every code that has a page.

    In a pipe, tab-separated: code, system, title, kind, specialty.

    \b
    Examples:
      codelookup list --kind surgery
      codelookup list --specialty heart --json
    """
    env = environment.current(no_color)
    systems = _system(system)
    if kind and kind not in KINDS:
        raise UsageError(f'There is no kind "{_shown(kind)}".', f"Known: {', '.join(KINDS)}.")
    from codelookup.document.documents import list_document

    with _open(env) as catalogue:
        pages = list(catalogue.pages("".join(systems), specialty, kind))
        known = sorted({page.specialty for page in catalogue.pages()}) if not pages else []
    document = list_document(pages)
    if json:
        env.write_json(document)
    elif env.draws and pages:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).list(document)
    elif pages:
        from codelookup.render import plain

        env.write(plain.list_text(document))
    if pages:
        return errors.FOUND
    env.say("No page is like that.")
    if specialty and specialty not in known:
        env.say(f"Specialties: {', '.join(known)}.")
    return errors.NOT_FOUND


@app.command()
def systems(json: Json = False, no_color: NoColor = False) -> int:
    """Show which code systems are at hand, with release and counts.

    \b
    Examples:
      codelookup systems
      codelookup systems --json
    """
    env = environment.current(no_color)
    from codelookup.document.documents import systems_document

    with _open(env) as catalogue:
        document = systems_document(catalogue)
    if json:
        env.write_json(document)
    elif env.draws:
        from codelookup.render.terminal import Screen

        Screen(env.stdout, env.width, env.color).systems(document)
    else:
        from codelookup.render import plain

        env.write(plain.systems_text(document))
    return errors.FOUND


@app.command()
def schema() -> int:
    """Print the JSON Schema of all --json answers."""
    env = environment.current()
    path = Path(__file__).parent / "document" / "schema.json"
    env.write(path.read_text(encoding="utf-8"))
    return errors.FOUND


@app.command()
def validate(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="A data folder, or a file in it.")
    ] = None,
    explain: Annotated[str, typer.Option("--explain", help="Tell what a rule asks, and why.")] = "",
) -> int:
    """Check pages against the writers' rules.

    Prints path:line: RULE message, and a tip. The exit code is 1 when anything is found.

    \b
    Examples:
      codelookup validate data
      codelookup validate data/cpt/a1c.toml
      codelookup validate --explain CL016
    """
    env = environment.current()
    from codelookup.lint.report import explained, run

    if explain:
        env.write(explained(explain))
        return errors.FOUND
    found = run(path)
    env.write(found.text)
    env.say(found.closing)
    return errors.NOT_FOUND if found.problems else errors.FOUND


# -- running -------------------------------------------------------------------------------


def main() -> None:
    """Run the command line and leave with the documented exit code."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = errors.FOUND
    except CodelookupError as error:
        code = _failed(error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        code = errors.INTERRUPTED
    except Exception as error:
        code = _usage(error)
    sys.exit(code)


def _usage(error: Exception) -> int:
    """Exit code for what Typer raises; its classes moved between versions, their names did not."""
    if type(error).__name__ == "Abort":
        return errors.INTERRUPTED
    if not hasattr(error, "format_message"):
        raise error
    message = str(error.format_message())
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "codelookup"
    return _failed(message, f"See {command} --help", errors.USAGE)


def _failed(message: str, hint: str, code: int) -> int:
    message = "\n".join(_shown(line, 4000) for line in message.splitlines())
    if "--json" in sys.argv[1:]:
        from codelookup.document.documents import error_document

        command = next((part for part in sys.argv[1:] if not part.startswith("-")), "")
        sys.stdout.write(_json_line(error_document(_shown(command), message, hint, code)))
    sys.stderr.write(f"codelookup: {message}\n")
    if hint:
        sys.stderr.write(f"{hint}\n")
    return code


if __name__ == "__main__":
    main()
