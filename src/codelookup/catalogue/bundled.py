"""The catalogue that comes with the package, or that a checkout compiles for itself.

A wheel carries ``bundled/catalogue.sqlite``, made by the build hook. A checkout (editable
install) has the sources instead: the ``data`` folder, and the tabular list that the hook put
beside it. It compiles them into the user's cache when their content has changed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from codelookup import folders
from codelookup.errors import DataError

PACKAGE = Path(__file__).resolve().parent.parent
BUNDLED = PACKAGE / "bundled" / "catalogue.sqlite"
_TABULAR = ("icd10c-tabular-", ".xml")
_CODE_LIST = ("code-list-", ".txt")
CHECKOUT_DATA = PACKAGE.parent.parent / "data"

Say = Callable[[str], None]


def catalogue_path(say: Say) -> Path:
    """The catalogue file to read; compiles it first where that is needed.

    ``say`` is told, in a sentence, when that takes over a second.

    Raises:
        DataError: nothing is there to read or to compile, or it cannot be compiled.
    """
    # os.path here: this runs at every start, and pathlib's checks cost more.
    if os.path.exists(BUNDLED):
        return BUNDLED
    if not (_source(_TABULAR) and os.path.isdir(CHECKOUT_DATA)):
        raise DataError(
            f"The catalogue {BUNDLED} is missing.",
            "Install codelookup again: pip install --force-reinstall codelookup",
        )
    return _compiled(folders.cache(), say)


def _source(name: tuple[str, str]) -> str:
    """The path of a file that the build hook put into a checkout, or nothing."""
    folder = os.path.join(PACKAGE, "bundled")
    try:
        for found in os.listdir(folder):
            if found.startswith(name[0]) and found.endswith(name[1]):
                return os.path.join(folder, found)
    except FileNotFoundError:
        pass
    return ""


def _stamp() -> str:
    """Names, sizes and times of all sources: cheap to take, changes when anything does."""
    import zlib

    found: list[str] = []
    stack = [str(CHECKOUT_DATA)]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    stack.append(entry.path)
                elif entry.name.endswith(".toml"):
                    status = entry.stat()
                    found.append(f"{entry.path}:{status.st_size}:{status.st_mtime_ns}")
    for source in (_source(_TABULAR), *(f"{PACKAGE}/{name}" for name in _BUILDERS)):
        status = os.stat(source)
        found.append(f"{source}:{status.st_size}:{status.st_mtime_ns}")
    text = "\n".join(sorted(found)).encode()
    return f"{zlib.crc32(text):08x}{zlib.adler32(text):08x}"


_BUILDERS = (
    "catalogue/build.py",
    "catalogue/postings.py",
    "catalogue/schema.py",
    "find/normalise.py",
    "read/icd10_release.py",
    "read/icd10cm_common.py",
    "read/icd10cm_tabular.py",
    "read/pages.py",
    "read/words.py",
)
"""The code that decides what is in a catalogue, as paths in the package."""


def _content() -> str:
    """A fingerprint of the content, so that a fresh clone of the same text is not built twice."""
    import hashlib

    digest = hashlib.sha256()
    files = sorted(CHECKOUT_DATA.rglob("*.toml"))
    files += [PACKAGE / name for name in _BUILDERS]
    files += [Path(_source(_TABULAR)), Path(_source(_CODE_LIST))]
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _compiled(cache: Path, say: Say) -> Path:
    stamp = _stamp()
    name = recall(cache / "checkout.txt", stamp)
    if name and (cache / name).exists():
        return cache / name
    name = f"catalogue-{_content()}.sqlite"
    if not (cache / name).exists():
        cache = _build_into(cache, name, say)
    remember(cache / "checkout.txt", stamp, name)
    return cache / name


def _build_into(cache: Path, name: str, say: Say) -> Path:
    started = time.monotonic()
    told = False

    def tell() -> None:
        nonlocal told
        if not told:
            say("Compiling the catalogue once, after a change; this takes some seconds ...")
            told = True

    cache = writable(cache, "the catalogue is", say)
    tabular, code_list = Path(_source(_TABULAR)), Path(_source(_CODE_LIST))
    compile_catalogue(CHECKOUT_DATA, tabular, code_list, cache / name, cache, tell)
    clean_up(cache, "catalogue-*.sqlite", {name})
    if told:
        say(f"... done in {time.monotonic() - started:.1f} s.")
    return cache


def writable(cache: Path, what: str, say: Say) -> Path:
    """The cache, or if that cannot be written a folder that goes away with the process."""
    import tempfile

    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError:
        import atexit
        import shutil

        temporary = tempfile.mkdtemp(prefix="codelookup-")
        atexit.register(shutil.rmtree, temporary, True)
        say(f"{cache} cannot be written, so {what} compiled for this run alone.")
        return Path(temporary)
    return cache


def recall(note: Path, stamp: str) -> str:
    """The name of the file that was compiled from what has this stamp, or nothing."""
    return _noted(note).get(stamp, "")


def remember(note: Path, stamp: str, name: str, most: int = 1) -> set[str]:
    """Note the name of a compiled file; returns the names that are noted, at most ``most``."""
    noted = {**_noted(note), stamp: name}
    kept = list(noted.items())[-most:]
    part = note.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text("".join(f"{stamp} {name}\n" for stamp, name in kept))
        os.replace(part, note)
    except OSError:
        part.unlink(missing_ok=True)
    return {name for _, name in kept}


def _noted(note: Path) -> dict[str, str]:
    try:
        return dict(line.split() for line in note.read_text().splitlines())
    except (OSError, ValueError):
        return {}


def clean_up(cache: Path, pattern: str, kept: set[str]) -> None:
    """Remove compiled files that are no longer of use; one that was just made may be."""
    for old in cache.glob(pattern):
        if old.name not in kept and time.time() - old.stat().st_mtime > 3600:
            old.unlink(missing_ok=True)


def compile_catalogue(
    data: Path,
    tabular: Path,
    code_list: Path | None,
    target: Path,
    workspace: Path,
    slow: Callable[[], None] = lambda: None,
) -> None:
    """Compile a ``data`` folder and the ICD-10-CM tabular list into one catalogue file.

    The tabular list is compiled first, into ``workspace``, and kept there: a change of a page
    then costs two seconds instead of ten. ``slow`` is called when real work begins.

    Raises:
        DataError: a page has a mistake (``path:line`` of each is in the message), the tabular
            list cannot be read, or the file cannot be written.
    """
    from codelookup.catalogue.build import Builder
    from codelookup.read import words
    from codelookup.read.icd10cm import read_tabular
    from codelookup.read.pages import read_pages
    from codelookup.read.release_files import file_of

    slow()
    thesaurus = words.read_thesaurus(data / "thesaurus.toml")
    synonyms = {phrase: target for phrase, kind, target in thesaurus if kind == "word"}
    pages = read_pages(data)
    base = workspace / f"icd10cm-{_base_key(tabular, code_list, synonyms)}.sqlite"
    if not base.exists():
        release, concepts = read_tabular(tabular, code_list)
        with Builder(base, synonyms=synonyms) as builder:
            builder.add_release(release, concepts)
            builder.add_files("icd10cm", [file_of(tabular, "tabular")])
        for old in workspace.glob("icd10cm-*.sqlite"):
            if old != base:
                old.unlink(missing_ok=True)
    with Builder(target, base=base, synonyms=synonyms) as builder:
        builder.add_pages(pages, words.read_frequency(data))
        builder.add_thesaurus(words.read_everyday(data / "everyday.toml") + thesaurus)
        builder.add_modifiers(words.read_modifiers(data / "modifiers.toml"))
        builder.add_places(words.read_places(data / "places_of_service.toml"))
        builder.add_rules(words.read_rules(data))


def _base_key(tabular: Path, code_list: Path | None, synonyms: dict[str, str]) -> str:
    import hashlib

    digest = hashlib.sha256(repr(sorted(synonyms.items())).encode())
    for name in _BUILDERS:
        if name != "read/pages.py":
            digest.update((PACKAGE / name).read_bytes())
    for path in (tabular, code_list):
        if path:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
