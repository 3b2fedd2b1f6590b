"""The command line: options in, exit codes out.

Nothing heavy is imported at the top (a lint rule and a test hold that), and only the command
that was asked for is set up: start-up is what people feel.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from typing import Annotated

# A look-up ends before collecting garbage could pay; it would cost a tenth of the start-up.
# Commands that read streams turn it on again.
gc.disable()

import typer  # noqa: E402

from codelookup import __version__, errors  # noqa: E402
from codelookup.errors import CodelookupError  # noqa: E402

COMMANDS = {
    "search": "search",
    "show": "show",
    "compare": "compare",
    "similar": "similar",
    "explain": "explain",
    "check": "check",
    "list": "list_pages",
    "systems": "systems",
    "schema": "schema",
    "validate": "validate",
    "new": "new",
}
"""Command to the module of :mod:`codelookup.commands`, and the function in it."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"codelookup {__version__}")
        raise typer.Exit


def _install_completion(shell: str | None) -> None:
    if shell is not None:
        from codelookup.completion import install

        typer.echo(install(shell))
        raise typer.Exit


def _show_completion(shell: str | None) -> None:
    if shell is not None:
        from codelookup.completion import script

        typer.echo(script(shell), nl=False)
        raise typer.Exit


# Their value may be left out at the end of the line; see main().
SHELL_OPTIONS = ("--install-completion", "--show-completion")


def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    install_completion: Annotated[
        str | None,
        typer.Option(
            SHELL_OPTIONS[0],
            metavar="[SHELL]",
            callback=_install_completion,
            is_eager=True,
            help="Let your shell complete codes and options: bash, zsh or fish.",
        ),
    ] = None,
    show_completion: Annotated[
        str | None,
        typer.Option(
            SHELL_OPTIONS[1],
            metavar="[SHELL]",
            callback=_show_completion,
            is_eager=True,
            help="Print what that would put in place.",
        ),
    ] = None,
) -> None:
    pass


def make_app(asked: str = "") -> typer.Typer:
    """The Typer app; with the name of a command, with that command alone."""
    app = typer.Typer(
        name="codelookup",
        rich_markup_mode=None,  # plain help: rich would double its time
        pretty_exceptions_enable=False,
        add_completion=False,  # codelookup.completion has its own, and says why
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
        help=(
            "Tell what a US medical code means, in plain words, offline.\n\n"
            "\b\n"
            "Examples:\n"
            '  codelookup search "talk therapy"        find the code\n'
            "  codelookup show 90832                   read its page\n"
            "  codelookup show 90832 --section risks   only that part\n"
            "  codelookup compare 99213 99214          side by side\n"
            "  codelookup explain bill.txt             what the lines of a bill are\n"
            "  codelookup show E11.9 --json            for scripts\n\n"
            "Nothing you look up leaves this machine."
        ),
    )
    app.callback()(_main)
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module = import_module(f"codelookup.commands.{COMMANDS[name]}")
        command = getattr(module, COMMANDS[name])
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Run the command line and leave with the documented exit code."""
    try:
        arguments = sys.argv[1:]
        asked = arguments[0] if arguments else ""
        if "_CODELOOKUP_COMPLETE" in os.environ:
            from codelookup.completion import answer

            for line in answer(make_app(asked if len(arguments) > 1 else ""), arguments):
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            _leave(errors.FOUND)
        if arguments and arguments[-1] in SHELL_OPTIONS:
            arguments.append("")
        code = make_app(asked)(arguments, prog_name="codelookup", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = errors.FOUND
    except OSError as error:
        # A full disk, most likely, and then with a part of the answer on its way to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        where = f"{error.filename}: " if error.filename else "The answer cannot be written: "
        code = _failed(f"{where}{error.strerror or error}.", "", errors.BAD_DATA)
    except CodelookupError as error:
        code = _failed(error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        code = errors.INTERRUPTED
    except Exception as error:
        code = _usage(error)
    _leave(code)


def _leave(code: int | None) -> None:
    """End the process without taking the interpreter apart, which would cost a fifth of a run."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads any more
    os._exit(code or 0)


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
    from codelookup.asked import shown

    message = "\n".join(shown(line, 4000) for line in message.splitlines())
    if "--json" in sys.argv[1:]:
        from json import dumps

        from codelookup.document.documents import error_document

        command = next((part for part in sys.argv[1:] if not part.startswith("-")), "")
        document = error_document(shown(command), message, hint, code)
        sys.stdout.write(dumps(document, ensure_ascii=False) + "\n")
    sys.stderr.write(f"codelookup: {message}\n")
    if hint:
        sys.stderr.write(f"{hint}\n")
    return code


if __name__ == "__main__":
    main()
