"""The habits of the shell: completion, pager, width, plain words, variables, the manual page."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import ROOT, needs
from examples import PAGES

from codelookup.manual import EXIT_CODES, VARIABLES

ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])")


# -- completion ----------------------------------------------------------------------------

BASH = r"""
source /dev/stdin <<< "$(codelookup --show-completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=$TYPE COLUMNS=60
_codelookup codelookup
printf '%s\n' "${COMPREPLY[@]}"
"""


class Terminal:
    """A program at a terminal of 90 columns: keys in, and what it draws out.

    ``status`` is how it ended, once it has.
    """

    def __init__(self, command, env):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, env)
        size = struct.pack("HHHH", 60, 90, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)
        self.drawn = ""

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait_for(self, pattern):
        """What was drawn up to the pattern; escape sequences are left out."""
        deadline = time.monotonic() + 20
        while not (found := re.search(pattern, self.drawn)):
            assert time.monotonic() < deadline, self.drawn
            if select.select([self.master], [], [], 0.1)[0]:
                piece = os.read(self.master, 65536).decode()
                self.drawn = ESCAPE.sub("", self.drawn + piece).replace("\r", "")
        before, self.drawn = self.drawn[: found.end()], self.drawn[found.end() :]
        return before

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self.master)  # the shell is hung up on, and leaves
        _, self.status = os.waitpid(self.pid, 0)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def shell_env(installed, home):
    """An empty home, and the folder for data in it, as on a new machine."""
    env = {**installed, "HOME": str(home)}
    del env["CODELOOKUP_DATA_DIR"]
    return env


def output(command, env, **options):
    finished = subprocess.run(command, env=env, capture_output=True, text=True, **options)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def bash(env, *words, listing=False):
    """What bash would put in, or list at the second TAB."""
    env = {**env, "TYPE": "63" if listing else "9"}
    return output(["bash", "--norc", "-c", BASH, "-", *words], env).splitlines()


def fish(env, line):
    """(value, description) of what fish offers."""
    output(["codelookup", "--install-completion", "fish"], env)
    offers = output(["fish", "-c", 'complete -C "$argv"', line], env).splitlines()
    return [tuple(offer.split("\t")) for offer in offers]


def zsh(env, line, wanted):
    """Wait until zsh has drawn what is wanted, after a line and TAB."""
    output(["codelookup", "--install-completion", "zsh"], env)
    with Terminal(["zsh", "-i"], env) as terminal:
        terminal.type("PS1=; print -r rea''dy\n")
        terminal.wait_for("ready\n")
        terminal.type(f"{line}\t")
        terminal.wait_for(wanted)


def test_bash_completes(shell_env):
    needs("bash")
    assert bash(shell_env, "codelookup", "show", "9083")[:2] == ["90832", "90833"]
    assert bash(shell_env, "codelookup", "show", "e119") == ["E11.9"]
    assert bash(shell_env, "codelookup", "sc") == ["schema"]
    assert bash(shell_env, "codelookup", "show", "--section", "=", "ri") == ["risks"]
    assert bash(shell_env, "codelookup", "show", "99214-2")[:2] == ["99214-22", "99214-23"]
    assert bash(shell_env, "codelookup", "list", "--kind", "su") == ["surgery", "supply"]


def test_bash_lists_with_titles(shell_env):
    needs("bash")
    listed = bash(shell_env, "codelookup", "show", "9083", listing=True)
    assert listed[0] == "90832  Talk therapy session, about 30 minutes"
    assert max(map(len, listed)) <= 60


def test_bash_installed(shell_env, home, draw):
    needs("bash")
    output(["codelookup", "--install-completion", "bash"], shell_env)
    drawn = draw("-ic", "complete -p codelookup", command=["bash"], env=shell_env).out
    assert "-F _codelookup codelookup" in drawn


def test_fish_completes(shell_env, tmp_path):
    needs("fish")
    assert fish(shell_env, "codelookup show 9083")[0] == (
        "90832",
        "Talk therapy session, about 30 minutes",
    )
    assert ("risks", "Risks") in fish(shell_env, "codelookup show 90832 --section r")
    assert fish(shell_env, "codelookup show --section=ri") == [("--section=risks", "Risks")]
    assert ("hcpcs", "HCPCS Level II") in fish(shell_env, "codelookup list --system ")
    assert ("search", "Find codes by what people call them.") in fish(shell_env, "codelookup ")
    assert fish(shell_env, "codelookup show zzz") == []
    (tmp_path / "data").mkdir()
    assert fish(shell_env, f"codelookup validate {tmp_path}/da")[0][0] == f"{tmp_path}/data/"


@pytest.mark.parametrize(
    ("line", "drawn"),
    [
        ("codelookup show 9083", "90832  -- Talk therapy session, about 30 minutes"),
        # An apostrophe and brackets are what they are.
        ("codelookup show G30.", "G30.9  -- Alzheimer's disease, unspecified"),
        ("codelookup show J00", r"J00      -- Acute nasopharyngitis \[common cold\]"),
        ("codelookup show 1 --section r", "recovery  -- Afterward"),
        ("codelookup list --kind=supp", "--kind=supply "),
    ],
)
def test_zsh_completes(shell_env, line, drawn):
    needs("zsh")
    zsh(shell_env, line, drawn)


def test_zsh_completes_files(shell_env, tmp_path):
    needs("zsh")
    (tmp_path / "data").mkdir()
    zsh(shell_env, f"codelookup validate {tmp_path}/da", f"{tmp_path}/data/")


def complete(run, *words):
    found = run(*words, env={"_CODELOOKUP_COMPLETE": "1"})
    assert found.err == ""
    return [tuple(line.split("\t")) for line in found.out.splitlines()]


def test_nothing_is_left_out_of_what_all_offers_have_in_common(run):
    # Codes with a page are all there, and of ICD-10 every category, or what it leads to is lost.
    offered = {code for code, _ in complete(run, "show", "E")}
    assert {"E0601", "E1390", "E11", "E89"} <= offered
    assert len({code for code, _ in complete(run, "show", "9")}) > 400
    deeper = {code for code, _ in complete(run, "show", "S52.52")}
    assert {"S52.52", "S52.521", "S52.529A"} <= deeper


def test_an_added_release_is_completed(run, tmp_path):
    env = {"CODELOOKUP_DATA_DIR": str(tmp_path)}
    file = ROOT / "tests/fixtures/icd10pcs/icd10pcs_order_2026_sample.txt"
    assert run("systems", "add", "icd10pcs", "--file", str(file), env=env).code == 0
    found = run("show", "0D", env={**env, "_CODELOOKUP_COMPLETE": "1"}).out
    assert re.search(r"^0D\w+\t", found, re.MULTILINE)


def test_files_are_left_to_the_shell(run):
    for words in (("explain", "b"), ("validate", ""), ("systems", "add", "cpt", "--file", "a")):
        assert complete(run, *words) == [(":files",)]


def test_a_mistake_before_it_offers_nothing(run):
    assert complete(run, "shwo", "9083") == []
    assert complete(run, "show", "--colour", "9083")[0][0] == "90832"


def test_the_shell_is_never_guessed_without_a_person(run):
    done = run("--install-completion")
    assert done.code == 2
    assert "Which shell?" in done.err
    assert run("--show-completion").code == 2
    unknown = run("--install-completion", "tcsh")
    assert unknown.code == 2
    assert "bash, zsh, fish" in unknown.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_is_the_one_it_is_typed_in(draw, shell_env, shell):
    needs(shell)
    # "; true": the shell must not make room for the command.
    drawn = draw("-c", "codelookup --install-completion; true", command=[shell], env=shell_env)
    assert f"the completion for {shell}" in drawn.out


def test_installing_leaves_the_start_up_file_as_it_is(shell_env, home, tmp_path):
    kept = tmp_path / "dotfiles"
    kept.write_bytes(b"export A=\xff  # no new line at the end")
    (home / ".bashrc").symlink_to(kept)
    for _ in range(2):
        output(["codelookup", "--install-completion", "bash"], shell_env)
    assert (home / ".bashrc").is_symlink()
    before, added = kept.read_bytes().split(b"\n", 1)
    assert before == b"export A=\xff  # no new line at the end"
    assert added.count(b"\n") == 1
    assert added.endswith(b"# codelookup\n")


def test_installing_without_a_home(installed, tmp_path):
    env = {**installed, "HOME": str(tmp_path / "nowhere")}
    failed = subprocess.run(
        ["codelookup", "--install-completion", "fish"], env=env, capture_output=True, text=True
    )
    assert failed.returncode == 3
    assert "no home folder" in failed.stderr
    assert "--show-completion fish" in failed.stderr
    assert not (tmp_path / "nowhere").exists()


# -- the pager -----------------------------------------------------------------------------


def test_the_pager_gets_colours_and_only_on_a_terminal(run, draw):
    env = {"PAGER": "sed s/^/page:/"}
    drawn = draw("show", "90832", "--pager", env=env)
    assert all(line.startswith("page:") for line in drawn.out.splitlines())
    assert "\x1b[1" in drawn.out
    assert "page:" not in draw("show", "90832", env=env).out
    assert "page:" not in run("show", "90832", "--pager", env=env).out


def test_which_pager(draw, tmp_path):
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\necho "less got $LESS"\ncat >/dev/null\n')
    less.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    show = ("show", "90832", "--pager")
    assert draw(*show, env=path).out == "less got FRX\n"
    assert draw(*show, env={**path, "LESS": "-S"}).out == "less got -S\n"
    both = {"PAGER": "sed s/^/theirs:/", "CODELOOKUP_PAGER": "sed 's/^/our own: /'"}
    assert draw(*show, env=both).out.startswith("our own: ")
    assert draw(*show, env={**path, "CODELOOKUP_PAGER": ""}).out == draw("show", "90832").out


@pytest.mark.parametrize(
    ("pager", "says"),
    [("/no/such/pager -R", "does not start"), ("less 'open", "open quote"), ("/", "not start")],
)
def test_without_a_pager_comes_the_text(draw, pager, says):
    drawn = draw("show", "90832", "--pager", env={"PAGER": pager})
    assert drawn.code == 0
    assert says in drawn.err
    assert drawn.out == draw("show", "90832").out


def test_the_pager_is_no_line_for_a_shell(draw, tmp_path):
    mark = tmp_path / "mark"
    for pager in (f"cat; touch {mark}", f"cat $(touch {mark})", f"cat | tee {mark}"):
        draw("show", "90832", "--pager", env={"PAGER": pager})
    assert not mark.exists()


def test_leaving_the_pager_early_is_silent(draw):
    drawn = draw("list", "--all", "--pager", env={"PAGER": "head -n 2"})
    assert (drawn.code, drawn.err, drawn.out.count("\n")) == (0, "", 2)
    assert draw("show", "90823", "27447", "--pager", env={"PAGER": "true"}).code == 1


def test_less_itself(draw):
    needs("less")
    # A short answer fits on the screen: less prints it and leaves at once, colours and all.
    shown = ("show", "90832", "--section", "duration")
    paged = draw(*shown, "--pager").out
    assert "\x1b[1" in paged
    assert ESCAPE.sub("", paged).split() == ESCAPE.sub("", draw(*shown).out).split()


PAGER = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("reading", sys.stdin.readline(), flush=True)
signal.sigwait([signal.SIGINT])
print("caught, then read", len(sys.stdin.read()))
"""


def test_ctrl_c_belongs_to_the_pager(shell_env, tmp_path):
    pager = tmp_path / "pager.py"
    pager.write_text(PAGER)
    env = {**shell_env, "PAGER": f"{sys.executable} {pager}"}
    with Terminal(["codelookup", "list", "--pager"], env) as terminal:
        terminal.wait_for("reading")
        terminal.type("\x03")
        terminal.wait_for(r"caught, then read \d{5}")
        with suppress(OSError):
            terminal.wait_for("nothing more, but the end")
    assert terminal.status == 0


# -- width and plain -----------------------------------------------------------------------


@pytest.mark.parametrize("width", [24, 60, 120])
def test_width(run, draw, width):
    drawn = ESCAPE.sub("", draw("show", "27447", "--width", str(width), columns=80).out)
    piped = run("show", "27447", env={"CODELOOKUP_WIDTH": str(width)}).out
    for text in (drawn, piped):
        lines = [line for line in text.splitlines() if "http" not in line]
        assert width - 12 <= max(map(len, lines)) <= width


@pytest.mark.parametrize("width", ["0", "23", "401", "-5", "wide", "80.5", "9" * 5000, ""])
def test_a_width_that_is_none(run, width):
    done = run("show", "90832", "--width", width)
    assert done.code == 2
    assert "from 24 to 400" in done.err
    assert len(done.err) < 300


def test_hits_stay_a_line_each(run):
    assert run("search", "knee", "--width", "24").out == run("search", "knee").out


MARKS = re.compile(r"[\t·•─…|]|\.\.\.|^ |^- |  |-{2,}(?!\w)|\b[A-Z]{4,} [A-Z]{4,}\b", re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "90832", "99214-25", "E11.9", "71020"),
        ("show", "S52"),
        ("search", "knee replacment"),
        ("list", "--kind", "surgery"),
        ("list", "--all", "--system", "icd10cm"),
        ("systems",),
        ("check", "E11.9", "E11", "71020", "zz99"),
        ("show", "90823"),
        ("explain", "-"),
        ("compare", "99213", "99214"),
        ("compare", "E11.9", "E11.65", "--all"),
        ("similar", "45378", "--limit", "4"),
        ("similar", "E11.9"),
    ],
    ids=" ".join,
)
def test_plain_is_words_alone(run, arguments):
    bill = "03/02/2025  99214-25   Office visit  $210.00\n0450  ER\n90832  2 units  POS 11\n"
    done = run(*arguments, "--plain", stdin=bill)
    text = done.out + done.err
    found = MARKS.search(text)
    assert not found, text[found.start() - 80 : found.end() + 20]
    assert run(*arguments, env={"CODELOOKUP_PLAIN": "1"}, stdin=bill) == done
    assert (
        run(*arguments, env={"CODELOOKUP_PLAIN": "0"}, stdin=bill).out != done.out or not done.out
    )


def test_plain_pages(run, golden):
    golden("plain-90832.txt", run("show", "90832", "--plain").out)
    golden("plain-E11.9.txt", run("show", "E11.9", "--plain").out)


def test_plain_into_a_file(run, tmp_path):
    page = tmp_path / "page.txt"
    assert run("show", "90832", "--plain", "--output", str(page)).code == 0
    assert page.read_text(encoding="utf-8") == run("show", "90832", "--plain").out


def test_plain_has_everything(run):
    """All the words of a page, whichever way it is shown."""
    words = set(re.findall(r"\w+", run("show", "27447").out.lower()))
    assert words <= set(re.findall(r"\w+", run("show", "27447", "--plain").out.lower()))


def test_plain_wraps_on_a_terminal_without_colour(run, draw):
    drawn = draw("show", "27447", "--plain", columns=50)
    assert "\x1b" not in drawn.out
    assert max(len(line) for line in drawn.out.splitlines() if "http" not in line) <= 50
    assert drawn.out.split() == run("show", "27447", "--plain").out.split()


def test_json_takes_no_notice(run):
    assert run("show", "90832", "--json", "--plain", "--width", "30").out == (
        run("show", "90832", "--json").out
    )


# -- variables, exit codes, the manual page ------------------------------------------------


def commands():
    """Full name of each command to its options."""
    import typer

    from codelookup.cli import make_app

    def walk(group, before=""):
        for name, entry in group.commands.items():
            yield before + name, {word for part in entry.params for word in part.opts}
            if hasattr(entry, "commands"):
                yield from walk(entry, f"{before}{name} ")

    root = typer.main.get_command(make_app())
    options = {word for part in root.params for word in part.opts}
    return {"": options | {"--help", "-h"}, **dict(walk(root))}


@pytest.fixture(scope="module")
def manual():
    made = [sys.executable, "-m", "codelookup.manual"]
    return subprocess.run(made, capture_output=True, text=True, check=True).stdout


def test_the_manual_page_has_no_fault(manual, tmp_path):
    needs("groff", "mandoc", "man")
    page = tmp_path / "codelookup.1"
    page.write_text(manual, encoding="ascii")
    for command in (
        ["groff", "-man", "-Tutf8", "-ww", str(page)],
        ["mandoc", "-T", "lint", str(page)],
    ):
        checked = subprocess.run(command, capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")
    shown = subprocess.run(
        ["man", "-l", str(page)],
        env={"PATH": os.environ["PATH"], "MANWIDTH": "80", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "\nNAME\n       codelookup - tell what a US medical code means" in shown
    for name, options in commands().items():
        assert f"codelookup {name}".strip() in shown
        assert not {option for option in options if option not in shown}
    for name in VARIABLES:
        assert name in shown


def test_the_exit_codes_in_the_docs_are_those_of_the_manual_page():
    text = (ROOT / "docs" / "howto" / "scripts.md").read_text(encoding="utf-8")
    rows = text.partition("| exit code |")[2].partition("\n\n")[0].splitlines()[2:]
    told = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert told == [[str(code), text] for code, text in EXIT_CODES.items()]


def test_every_variable_of_ours_is_documented():
    code = "".join(path.read_text() for path in Path(ROOT, "src").rglob("*.py"))
    ours = set(re.findall(r"\bCODELOOKUP_[A-Z_]+", code))
    assert ours == {name for name in VARIABLES if name.startswith("CODELOOKUP_")}


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^The commands: (.*?)\n\n", readme, re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`([a-z]+)`", listed))
    assert named == {name for name in commands() if name and " " not in name}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_and_option_in_the_docs_is_there(page):
    known = commands()
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"codelookup ([^|`#\n>]+)", text):
        words = line.split()
        name = words[0] if words[0] in known else ""
        if " ".join(words[:2]) in known:
            name = " ".join(words[:2])
        if name or words[0].startswith("-"):
            options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            assert options <= known[name] | known[""], line
    every = set.union(*known.values())
    loose = set(re.findall(r"`(--[a-z-]+)", text))
    assert loose <= every | {"--pre"}


def test_help_cuts_nothing_short(run):
    assert "..." not in re.sub(r"(COMMAND|ARGS|\[ARGS\]|\w)\]?\.\.\.", "", run("--help").out)
