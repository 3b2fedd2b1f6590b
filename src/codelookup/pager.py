"""Long answers through the user's pager, as git does it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper

from codelookup.environment import Environment

DEFAULT = "less"
# Quit if it fits on the screen, keep colours, leave the text there: what git tells less.
SETTINGS = {"LESS": "FRX", "LV": "-c"}


@contextmanager
def through_pager(env: Environment) -> Iterator[Environment]:
    """The environment with its answer going to a pager; as it was where there is none.

    Leaving the pager early is no error. Ctrl-C belongs to the pager while it runs.
    """
    pager = _start(env)
    if pager is None:
        yield env
        return
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert pager.stdin
    stream = TextIOWrapper(pager.stdin, encoding=env.stdout.encoding, errors="replace")
    try:
        yield env._replace(stdout=stream)
        stream.flush()
    except BrokenPipeError:
        pass
    finally:
        with suppress(BrokenPipeError):
            stream.close()
        pager.wait()
        signal.signal(signal.SIGINT, interrupt)


def _start(env: Environment) -> subprocess.Popen[bytes] | None:
    chosen = next(
        (os.environ[name] for name in ("CODELOOKUP_PAGER", "PAGER") if name in os.environ), DEFAULT
    )
    try:
        # Words for the system, never a line for a shell.
        command = shlex.split(chosen, posix=sys.platform != "win32")
    except ValueError:
        env.say(f"The pager setting {chosen!r} has an open quote, so here is the text itself.")
        return None
    if command in ([], ["cat"]):
        return None
    env.stdout.flush()
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, env={**SETTINGS, **os.environ})
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        env.say(f"The pager {command[0]!r} does not start ({reason}), so here is the text itself.")
        return None
