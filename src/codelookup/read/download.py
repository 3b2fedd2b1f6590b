"""Fetching release files from their publisher.

The addresses of releases hold their year, and change; those of the pages that link to them
stay. So the page is read, and of its links the release is taken that is in force today.

Links as CMS writes them (2021 to 2027): ``/files/zip/2027-code-descriptions-tabular-order.zip``,
``april-1-2026-code-tables-tabular-index.zip``, ``2024-icd-10-pcs-order-file-long-and-abbreviated-
titles-updated-12/19/2023.zip``, ``october-2026-alpha-numeric-hcpcs-file.zip``; in some years with
"and" or an "s" more.
"""

from __future__ import annotations

import datetime
import http.client
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from html import unescape
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from codelookup import __version__
from codelookup.errors import DataError, UsageError
from codelookup.progress import Progress, Say, quiet
from codelookup.read.icd10_release import release_from_names
from codelookup.read.release_files import save
from codelookup.terms import SYSTEM_NAME

_ICD10 = "https://www.cms.gov/medicare/coding-billing/icd-10-codes"
PAGE = {
    "hcpcs": (
        "https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system"
        "/quarterly-update"
    ),
    "icd10cm": _ICD10,
    "icd10pcs": _ICD10,
}
"""Where the publisher of a system links to its releases. CPT has none: it is licensed."""

_WANTED = {
    "hcpcs": (r"alpha-numeric-hcpcs-files?\b",),
    "icd10cm": (
        r"code-descriptions-(?:in-)?tabular-order\b",
        r"(?<!pcs-)code-tables-tabular-(?:and-)?index\b",
    ),
    "icd10pcs": (r"icd-10-pcs-order-file\b",),
}
"""The files that make a release, by their names in a link; the first must be there."""

_QUARTERS = {"january": "01", "april": "04", "july": "07", "october": "10"}
_LINK = re.compile(r"""\bhref\s*=\s*["']([^"'<>]{1,2000})["']""", re.IGNORECASE)
_MAX_PAGE = 10_000_000


class Limits(NamedTuple):
    """What a download may take: bytes, seconds in all, and seconds without a byte."""

    size: int = 100_000_000
    whole: float = 900
    stalled: float = 30


LIMITS = Limits()


def download(
    system: str,
    addresses: list[str],
    folder: Path,
    say: Say,
    progress: Progress = quiet,
    limits: Limits = LIMITS,
) -> dict[Path, str]:
    """Fetch a release into ``folder``: the files, and where each is from.

    An address is that of a release file, or of a page that links to some.

    Raises:
        UsageError: an address is of a kind that is not fetched.
        DataError: something cannot be fetched, or a page has no link to a release.
    """
    fetched: dict[Path, str] = {}
    try:
        for address in addresses:
            if not _allowed(address):
                raise UsageError(
                    f"{address} cannot be fetched.", "Give an address that begins with https://"
                )
            path = _fetch(address, folder, say, progress, limits)
            if not _is_page(path):
                fetched[path] = address
                continue
            found = releases(system, address, _text(path))
            if len(found) < len(_WANTED[system]):
                say("It links to the codes alone; further names stay as they are.")
            for link in found:
                if not _allowed(link, address):
                    raise DataError(f"{address} leads to {link}, which is not https.")
                path = _fetch(link, folder, say, progress, limits)
                if _is_page(path):
                    raise DataError(f"{link} is a web page, not a release file.")
                fetched[path] = link
    except DataError as error:
        raise DataError(error.message, error.hint or _by_hand(system)) from error
    return fetched


def _by_hand(system: str) -> str:
    where = f" from {PAGE[system]}" if system in PAGE else ""
    return (
        f"Otherwise fetch it{where} with a browser, then:"
        f" codelookup systems add {system} --file FILE"
    )


def _is_page(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"<html" in stream.read(4096).lower()


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(_MAX_PAGE).decode("utf-8", "replace")


# -- which release ---------------------------------------------------------------------------


def releases(system: str, address: str, page: str, today: str = "") -> list[str]:
    """Where the files are of the release in force ``today``, as the page at ``address`` links.

    If none of those on the page is in force yet, it is the earliest.

    Raises:
        DataError: the page links to none.
    """
    today = today or datetime.date.today().isoformat()
    links = [unescape(link).strip() for link in _LINK.findall(page)]
    chosen = []
    for form in _WANTED.get(system, ()):
        found = []
        for href in links:
            name = _name(href).lower()
            if re.search(form, name) and (since := _since(system, name)):
                # What was mended under the same date has "updated" in its name.
                found.append((since, "updated" in name, href))
        in_force = [link for link in found if link[0] <= today]
        if found:
            href = (max(in_force) if in_force else min(found))[2]
            chosen.append(urljoin(address, href.replace(" ", "%20")))
        elif not chosen:
            break
    if not chosen:
        raise DataError(
            f"{address} is a web page that links to no release of {SYSTEM_NAME[system]}."
        )
    return chosen


def _name(address: str) -> str:
    """The name of the file at an address. CMS has some with a date, and so a slash, in them."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return ""
    _, marked, name = path.rpartition("/files/zip/")
    return name if marked else path.rpartition("/")[2]


def _since(system: str, name: str) -> str:
    """The day from which the release is in force that a file name tells, or nothing."""
    name = name.partition("-updated")[0]
    if system != "hcpcs":
        return release_from_names(system, "", name).in_force_since
    quarter = re.search(r"(?:(january|april|july|october)-)?(20\d\d)", name)
    return f"{quarter[2]}-{_QUARTERS.get(quarter[1], '01')}-01" if quarter else ""


# -- fetching --------------------------------------------------------------------------------


def _allowed(address: str, came_from: str = "") -> bool:
    """Whether an address may be fetched: https; http on this machine, from this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or not address.isprintable():
        return False
    if parts.scheme == "http" and _is_loopback(host):
        return not came_from or _is_loopback(urlsplit(came_from).hostname or "")
    return parts.scheme == "https"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not _allowed(newurl, req.full_url):
            raise DataError(f"{req.full_url} leads to {newurl}, which is not https.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(address: str, folder: Path, say: Say, progress: Progress, limits: Limits) -> Path:
    """Fetch one file; its name is kept, as far as it makes a file name."""
    say(f"Fetching {address} ...")
    name = re.sub(r"[^\w.-]+", "_", _name(address))[-120:].lstrip(".") or "release"
    target = folder / name
    if target.exists():
        raise DataError(f"{address} is named twice.", "Give each address once.")
    request = urllib.request.Request(
        address, headers={"User-Agent": f"codelookup/{__version__}", "Accept-Encoding": "identity"}
    )
    try:
        with urllib.request.build_opener(_Redirects()).open(
            request, timeout=limits.stalled
        ) as answer:
            save(_pieces(answer, name, progress, limits), target)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DataError(_reason(address, error, limits)) from error
    return target


def _pieces(
    answer: http.client.HTTPResponse, name: str, progress: Progress, limits: Limits
) -> Iterator[bytes]:
    """What arrives, as it arrives: a whole file, or else a DataError."""
    end = time.monotonic() + limits.whole
    promised = answer.headers.get("Content-Length", "")
    size = int(promised) if promised.isdecimal() else 0
    done = 0
    # read1 waits for no more than has come, so a trickle does not outlast the time limit.
    while piece := answer.read1(1 << 16):
        done += len(piece)
        if max(done, size) > limits.size:
            raise DataError(
                f"{name} has more than {limits.size:,} bytes; no release is that large."
            )
        if time.monotonic() > end:
            raise DataError(f"{name} took longer than {limits.whole:g} seconds.")
        progress(f"Fetching {name}", done, size)
        yield piece
    if done < size:
        raise DataError(f"{name} broke off after {done:,} of {size:,} bytes.")
    if not done:
        raise DataError(f"{name} is empty.")


def _reason(address: str, error: Exception, limits: Limits) -> str:
    """What went wrong, in a sentence."""
    host = urlsplit(address).hostname
    if isinstance(error, urllib.error.HTTPError):
        if 300 <= error.code < 400:
            return f"{address} leads in a circle, or to no web address (HTTP {error.code})."
        if error.code in (404, 410):
            return f"{address} is not there any more (HTTP {error.code})."
        if error.code >= 500:
            return f"{host} has a fault of its own (HTTP {error.code})."
        return f"{host} does not give {address} (HTTP {error.code})."
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"{host} has sent nothing for {limits.stalled:g} seconds."
    if isinstance(cause, socket.gaierror):
        return f"{host} is not found; is this machine offline?"
    if isinstance(cause, ConnectionRefusedError):
        return f"{host} takes no connection."
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{host} cannot prove that it is {host} ({cause.verify_message})."
    if isinstance(cause, (http.client.IncompleteRead, ConnectionResetError)):
        return f"{host} broke off in the middle of {address}."
    why = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return f"{address} cannot be fetched: {why}."
