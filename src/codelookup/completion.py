"""Completion for bash, zsh and fish.

Typer has completion of its own; it was left for this: it imports rich for every word (15 times a
bare Python), reads titles as markup, doubles their apostrophes in zsh, runs twice a word in fish,
and cannot be told for which shell.

A shell calls codelookup with ``_CODELOOKUP_COMPLETE`` set and the words so far as arguments, the
unfinished one last. The answer is a line an offer, ``value<TAB>description``, or the line
FILES_WANTED alone.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from codelookup import folders
from codelookup.errors import DataError, UsageError

FILES_WANTED = ":files"
_FILES = ("FILE", "OUT", "FOLDER", "DIR", "PATH")
"""Metavars of what names a file; so does every parameter that is a path."""

_BASH = r"""
_codelookup() {
    local value title
    COMPREPLY=()
    while IFS=$'\t' read -r value title; do
        if [[ $value == :files ]]; then
            compopt -o default 2>/dev/null
        elif [[ $COMP_TYPE == 63 && -n $title ]]; then
            # This call is for the list alone (the second TAB): nothing of it is put in.
            value="$value  $title"
            COMPREPLY+=("${value:0:${COLUMNS:-80}-2}")
        else
            COMPREPLY+=("$value")
        fi
    done < <(_CODELOOKUP_COMPLETE=1 "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o nosort -F _codelookup codelookup 2>/dev/null ||
    complete -F _codelookup codelookup
"""

_ZSH = r"""
#compdef codelookup
_codelookup() {
    local line
    local -a offers
    for line in "${(@f)$(_CODELOOKUP_COMPLETE=1 "${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == :files ]]; then
            _files
            return
        fi
        # A colon in a value would end it; the tab after it becomes the one that does.
        [[ -n $line ]] && offers+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    # -U: e119 is answered with E11.9. -V: in the order that codelookup gives.
    _describe -V codelookup offers -U
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _codelookup "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _codelookup codelookup
fi
"""

_FISH = r"""
function __codelookup_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l offers (_CODELOOKUP_COMPLETE=1 $words "$current" 2>/dev/null)
    if test "$offers" = :files
        __fish_complete_path "$current"
    else
        string join \n -- $offers
    end
end
complete --command codelookup --no-files --keep-order --arguments '(__codelookup_complete)'
"""

SCRIPTS = {"bash": _BASH.lstrip(), "zsh": _ZSH.lstrip(), "fish": _FISH.lstrip()}


def answer(app: typer.Typer, words: list[str]) -> Iterator[str]:
    """What to offer for the last of ``words``, as lines of text.

    Nothing on a mistake in the words before it: the command itself will say what is wrong.
    """
    *before, word = words or [""]
    before = [part for part in before if part != "="]  # bash parts --section=ri at its =
    front = ""
    if word == "=":
        word = ""
    elif word.startswith("--") and "=" in word:
        option, _, word = word.partition("=")
        before.append(option)
        front = f"{option}="  # the whole word will be replaced
    for spelling in _spellings(word):
        offers = list(_offers(app, before, spelling))
        for offer, title in offers:
            if offer == FILES_WANTED:
                yield FILES_WANTED
                return
            title = "".join(letter if letter.isprintable() else " " for letter in title)
            yield f"{front}{offer}\t{title}"
        if offers:
            return


def _spellings(word: str) -> Iterator[str]:
    """A word as typed, then as a code is printed: e119, E119, E11.9."""
    yield word
    if any(letter.isdigit() for letter in word):
        yield word.upper()
        if re.fullmatch(r"[A-Z]\d[0-9A-Z]{2,5}", word.upper()):
            yield f"{word[:3]}.{word[3:]}".upper()


def _offers(app: typer.Typer, before: list[str], word: str) -> Iterator[tuple[str, str]]:
    # Typer took click in with 0.26; the two functions are the same in both.
    try:
        from typer._click import shell_completion as click
    except ImportError:
        from click import shell_completion as click  # type: ignore[import-not-found, no-redef]

    command = typer.main.get_command(app)
    context = click._resolve_context(command, {}, "codelookup", before)
    asked, word = click._resolve_incomplete(context, before, word)
    metavar = str(getattr(asked, "metavar", "")).strip("[].")
    if metavar in _FILES or type(getattr(asked, "type", None)).__name__.endswith("Path"):
        yield FILES_WANTED, ""
    else:
        commands: dict[str, Any] = getattr(asked, "commands", {})
        for item in asked.shell_complete(context, word):
            # The help of a command was cut to 45 letters.
            text = commands[item.value].help if item.value in commands else item.help
            yield item.value, (text or "").split("\n\n")[0]


def script(shell: str | None) -> str:
    """The completion script for a shell; for the one at work where none is named."""
    return SCRIPTS[_known(shell or _at_work())]


def install(shell: str) -> str:
    """Put the script where the shell finds it, and tell in a sentence or two what was done.

    fish has a folder for such files. bash and zsh are told in their start-up file, by one line
    at its end; nothing else in there is touched, and a second time nothing is added.

    Raises:
        DataError: a file cannot be written; the hint is what to do by hand.
    """
    shell = _known(shell or _at_work())
    home = Path(os.path.expanduser("~"))
    if shell == "fish":
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        target = config / "fish" / "completions" / "codelookup.fish"
        start_up = None
    else:
        target = folders.data() / f"completion.{shell}"
        start_up = home / ".bashrc"
        if shell == "zsh":
            start_up = Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    path = shlex.quote(str(target))
    line = f"[ -r {path} ] && . {path}  # codelookup"
    try:
        if not home.is_dir():
            raise FileNotFoundError(2, f"there is no home folder {home}")
        _write(target, SCRIPTS[shell])
        told = start_up is not None and _add_line(start_up, line)
    except OSError as error:
        raise DataError(
            f"Completion was not installed: {error.strerror}: {error.filename or target}.",
            f"Put it in place by hand: codelookup --show-completion {shell}",
        ) from None
    did = f"Wrote {target}, the completion for {shell}."
    if told:
        did += f" {start_up} has a new line at its end that reads it."
    return f"{did} It is there in every {shell} that you open from now on."


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _add_line(path: Path, line: str) -> bool:
    """Append, never rewrite: a start-up file is often a link, and holds what we cannot judge."""
    before = path.read_bytes() if path.exists() else b""
    if line.encode() in before:
        return False
    with path.open("ab") as file:
        file.write((b"\n" if before and not before.endswith(b"\n") else b"") + f"{line}\n".encode())
    return True


def _known(shell: str) -> str:
    if shell not in SCRIPTS:
        raise UsageError(
            f'There is no completion for "{shell}".', f"There is for {', '.join(SCRIPTS)}."
        )
    return shell


def _at_work() -> str:
    """The shell that a person typed this in. In a script or a job nobody did: no guess then."""
    from shellingham import ShellDetectionFailure, detect_shell

    try:
        if not sys.stdin.isatty():
            raise ShellDetectionFailure
        return str(detect_shell()[0])
    except ShellDetectionFailure:
        raise UsageError(
            "Which shell? It cannot be told from here.",
            "Name it: codelookup --install-completion bash, or zsh, or fish.",
        ) from None
