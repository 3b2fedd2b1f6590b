"""The user's own pages: TOML files in a folder, compiled into a catalogue file of their own.

It stands in front of the bundled pages. A page in it is whole: what the user's file does not
say was filled in from the page below when the file was compiled, so a look-up reads one row.
It is compiled into the user's cache when the folder, or anything below it, has changed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from codelookup.catalogue.bundled import PACKAGE, Say, clean_up, recall, remember, writable
from codelookup.catalogue.store import Catalogue, OwnFile

MAX_ENTRIES = 10_000
"""Files and folders that are looked at: who names ``/`` gets an answer all the same."""
MAX_DEPTH = 5
MANY = 300
"""Files that take about a second to compile."""
KEPT = 8
"""Folders whose compiled pages are kept at a time; most people have one."""

_BUILDERS = ("catalogue/build.py", "catalogue/own.py", "lint/own.py", "read/pages.py")
"""The code that decides what is in the file, besides what the files below it depend on."""


class Found(NamedTuple):
    """A page file below a folder, or (with a ``fault``) why something there is none.

    ``name`` is relative to the folder, with ``/``, and can be printed; ``size`` is in bytes.
    """

    name: str
    path: Path
    size: int = 0
    changed: int = 0
    fault: str = ""


def find_pages(folder: str) -> list[Found]:
    """The ``.toml`` files below a folder, by name; names that begin with . or _ are left out.

    Links are followed, each folder once.
    """
    found: list[Found] = []
    seen: set[tuple[int, int]] = set()
    left = MAX_ENTRIES
    stack = [(folder, "", 0)]
    while stack:
        path, name, depth = stack.pop()
        try:
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                names = sorted(entry.name for entry in entries if entry.name[0] not in "._")
        except OSError as error:
            found.append(Found(name or ".", Path(path), fault=_reason(error)))
            continue
        left -= len(names)
        if left < 0:
            fault = f"more than {MAX_ENTRIES:,} files, so the rest is left out"
            found.append(Found(name or ".", Path(path), fault=fault))
            break
        for entry in names:
            below = os.path.join(path, entry)
            shown = f"{name}/{entry}" if name else entry
            if entry.endswith(".toml"):
                found.append(_page_file(below, _printable(shown)))
            elif depth < MAX_DEPTH and os.path.isdir(below):
                stack.append((below, _printable(shown), depth + 1))
    return sorted(found)


def _page_file(path: str, name: str) -> Found:
    try:
        status = os.stat(path)
    except OSError as error:
        return Found(name, Path(path), fault=_reason(error))
    # A pipe would be waited for.
    fault = "" if stat.S_ISREG(status.st_mode) else "not a file"
    return Found(name, Path(path), status.st_size, status.st_mtime_ns, fault)


def _reason(error: OSError) -> str:
    return f"cannot be read: {error.strerror}"


def _printable(name: str) -> str:
    """A file name as it may be shown: no control characters, nothing that is not UTF-8."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def own_pages(folder: str, below: Iterable[Path], cache: Path, say: Say) -> OwnFile | None:
    """The compiled pages of a folder; None if there is nothing in it.

    ``below`` are the catalogue files that they stand in front of. A file with a mistake is left
    out; the mistakes are kept in the catalogue (``Catalogue.problems``).

    Raises:
        DataError: the catalogue cannot be written anywhere.
    """
    found = find_pages(folder)
    if not found:
        return None
    below = list(below)
    stamp = _stamp(os.path.abspath(folder), found, below)
    name = recall(cache / "own.txt", stamp)
    if name and os.path.exists(cache / name):
        return OwnFile(cache / name, _printable(folder), False)
    name = f"own-{_content(found, below)}.sqlite"
    new = not (cache / name).exists()
    if new:
        if len(found) > MANY:
            say("Reading your pages once, after a change; this takes some seconds ...")
        cache = writable(cache, "your pages are", say)
        _compile(cache / name, found, below)
    kept = remember(cache / "own.txt", stamp, name, KEPT)
    clean_up(cache, "own-*.sqlite", kept)
    return OwnFile(cache / name, _printable(folder), new)


def _stamp(folder: str, found: list[Found], below: list[Path]) -> str:
    """Names, sizes and times of all that the file depends on."""
    import zlib

    text = "\n".join([folder, *(f"{entry[0]}:{entry[2:]}" for entry in found), *_states(below)])
    data = text.encode(errors="replace")
    return f"{zlib.crc32(data):08x}{zlib.adler32(data):08x}"


def _states(below: list[Path]) -> Iterator[str]:
    for path in (*below, *(PACKAGE / name for name in _BUILDERS)):
        status = os.stat(path)
        yield f"{path}:{status.st_size}:{status.st_mtime_ns}"


def _content(found: list[Found], below: list[Path]) -> str:
    """A fingerprint of the content: a folder that was copied or touched is not compiled again."""
    import hashlib

    digest = hashlib.sha256("\n".join(_states(below)).encode(errors="replace"))
    for entry in found:
        digest.update(f"\0{entry.name}\0{entry.size}\0{entry.fault}\0".encode())
        if not entry.fault:
            try:
                with entry.path.open("rb") as file:
                    digest.update(file.read(1_000_000))
            except OSError as error:
                digest.update(str(error.strerror).encode())
    return digest.hexdigest()[:16]


def _compile(target: Path, found: list[Found], below: list[Path]) -> None:
    from codelookup.catalogue.build import Builder
    from codelookup.lint.own import read_own

    with Catalogue(below) as catalogue:
        read = read_own(found, catalogue)
        with Builder(target, synonyms=catalogue.synonyms(), beside=catalogue) as builder:
            builder.add_own_pages(read.pages, read.errors)
