"""Downloading releases: which one is chosen, and every fault of a server, met on loopback."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import os
import pty
import re
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest

from codelookup.errors import DataError, UsageError
from codelookup.read.download import PAGE, Limits, _allowed, download, releases

FIXTURES = Path(__file__).parent / "fixtures"
HCPCS = (FIXTURES / "hcpcs" / "sample_anweb.txt").read_bytes()
ORDER = (FIXTURES / "icd10cm" / "icd10cm_order_2031.txt").read_bytes()
INDEX = (FIXTURES / "icd10cm" / "icd10cm_index_2031.xml").read_bytes()

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Publisher:
    """A web server on loopback; ``answers`` are by path."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        self.over = threading.Event()
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append((self.path, self.headers.get("User-Agent", "")))
                with contextlib.suppress(OSError):  # whoever asked may have gone
                    publisher.answers.get(self.path, status(404))(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def body(content: bytes, promised: int | None = None, kind: str = "application/zip") -> Answer:
    """A file; ``promised`` is another length to announce than it has."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(promised or len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def status(code: int, location: str = "") -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        if location:
            handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def page(*links: str) -> Answer:
    anchors = "".join(f'<li><a href="{link}">Sample (ZIP)</a>' for link in links)
    text = f"<!DOCTYPE html>\n<html><body><a name=top>Sample</a>{anchors}</body></html>"
    return body(text.encode(), kind="text/html")


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.close()


# -- as a user meets it ----------------------------------------------------------------------


def test_a_release_from_the_page_that_links_to_it(own, own_data, run, publisher):
    packed = zipped("HCPC2031_OCT_ANWEB.txt", HCPCS)
    name = "/files/zip/april-2020-alpha-numeric-hcpcs-file.zip"
    publisher.answers["/updates"] = page(
        "/elsewhere", "/files/zip/january-2020-alpha-numeric-hcpcs-file.zip", name
    )
    publisher.answers[name] = body(packed)
    done = own("systems", "add", "hcpcs", "--url", publisher.url("/updates"))
    assert (done.code, done.out) == (0, "")
    said = done.err.splitlines()
    assert said[0] == f"Fetching {publisher.url('/updates')} ..."
    assert said[1] == f"Fetching {publisher.url(name)} ..."
    assert "Added HCPCS Level II" in done.err
    digest = hashlib.sha256(packed).hexdigest()
    assert f"sha256 {digest}" in done.err
    assert [path for path, _ in publisher.asked] == ["/updates", name]
    assert publisher.asked[0][1].startswith("codelookup/")
    listed = own("systems", "--json").json
    jsonschema.validate(listed, run("schema").json)
    entry = next(entry for entry in listed["systems"] if entry["system"] == "hcpcs")
    assert entry["added"] is True
    assert entry["files"] == [
        {
            "name": "april-2020-alpha-numeric-hcpcs-file.zip",
            "kinds": ["codes"],
            "bytes": len(packed),
            "sha256": digest,
            "url": publisher.url(name),
        }
    ]
    assert own("show", "A0001").code == 0
    assert [path.name for path in own_data.glob(".*.part")] == []


def test_codes_and_index_of_icd10cm_come_together(own, publisher):
    order = "/files/zip/2031-code-descriptions-tabular-order.zip"
    tables = "/files/zip/2031-code-tables-tabular-index.zip"
    publisher.answers["/"] = page(order, "/files/zip/2031-pcs-code-tables-index.zip", tables)
    publisher.answers[order] = body(zipped("Codes/icd10cm_order_2031.txt", ORDER))
    publisher.answers[tables] = body(zipped("Table and Index/icd10cm_index_2031.xml", INDEX))
    assert own("systems", "add", "icd10cm", "--url", publisher.url("/")).code == 0
    entry = next(e for e in own("systems", "--json").json["systems"] if e["system"] == "icd10cm")
    assert (entry["release"], entry["in_force_since"]) == ("2031", "2030-10-01")
    assert [file["kinds"] for file in entry["files"]] == [["order"], ["index"]]
    assert entry["synonyms"] > 0


def test_a_file_at_its_own_address_and_through_a_redirect(own, publisher):
    publisher.answers["/old"] = status(302, "/new.txt")
    publisher.answers["/new.txt"] = body(HCPCS, kind="text/plain")
    assert own("systems", "add", "hcpcs", "--url", publisher.url("/old")).code == 0
    assert own("show", "A0001").code == 0


def test_cpt_is_not_downloaded(own):
    done = own("systems", "add", "cpt")
    assert done.code == 2
    assert "belongs to the American Medical Association" in done.err
    assert "--file LONGULT.txt" in done.err


def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/file.zip"


def chunks_cut(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"ffff\r\n" + HCPCS[:100])
    handler.close_connection = True


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"0" * 1_000_000)


FAULTS: dict[str, tuple[Answer, str]] = {
    "not there": (status(404), "is not there any more (HTTP 404)"),
    "refused": (status(403), "does not give"),
    "server fault": (status(500), "has a fault of its own (HTTP 500)"),
    "to http elsewhere": (status(302, "http://example.com/a.zip"), "which is not https"),
    "to a file": (status(302, "file:///etc/passwd"), "to no web address"),
    "in a circle": (status(302, "/fault"), "leads in a circle"),
    "to nowhere": (status(302), "to no web address"),
    "to nonsense": (status(302, "http://[a"), "cannot be fetched"),
    "shorter than promised": (
        body(HCPCS, promised=len(HCPCS) + 5),
        f"broke off after {len(HCPCS):,} of {len(HCPCS) + 5:,} bytes",
    ),
    "chunks that break off": (chunks_cut, "broke off in the middle"),
    "empty": (body(b""), "is empty"),
    "too large by its own word": (body(b"x", promised=10**12), "more than 100,000,000 bytes"),
    "endless": (endless, "more than 100,000,000 bytes"),
    "a page without links": (page("/other.zip"), "links to no release of HCPCS Level II"),
    "a truncated zip": (body(zipped("a.txt", HCPCS)[:-40]), "cannot be read"),
    "another system": (body(ORDER), "That is no HCPCS Level II release"),
    "something else": (body(b"Sample prose.\n" * 100), "holds no release file that is known"),
    "no answer to the point": (lambda handler: None, "broke off"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_what_was_there(own, own_data, publisher, fault):
    publisher.answers["/good.txt"] = body(HCPCS)
    assert own("systems", "add", "hcpcs", "--url", publisher.url("/good.txt")).code == 0
    answer, says = FAULTS[fault]
    publisher.answers["/fault"] = answer
    done = own("systems", "add", "hcpcs", "--url", publisher.url("/fault"), "--json")
    assert done.code == (2 if fault == "another system" else 3)
    assert says in done.json["error"]["message"]
    assert done.json["error"]["hint"]
    assert "Traceback" not in done.err
    assert own("show", "A0001").code == 0
    assert [path.name for path in own_data.glob(".*.part")] == []


def test_a_page_that_leads_to_a_page(own, publisher):
    name = "/files/zip/april-2020-alpha-numeric-hcpcs-file.zip"
    publisher.answers["/"] = page(name)
    publisher.answers[name] = page()
    done = own("systems", "add", "hcpcs", "--url", publisher.url("/"))
    assert done.code == 3
    assert "is a web page, not a release file" in done.err
    assert "--file FILE" in done.err


def test_nobody_there_and_no_network(own):
    done = own("systems", "add", "hcpcs", "--url", closed_port())
    assert done.code == 3
    assert "127.0.0.1 takes no connection." in done.err
    done = own("systems", "add", "hcpcs", "--url", "https://codelookup.invalid/file.zip")
    assert done.code == 3
    assert "codelookup.invalid" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "address", ["http://www.cms.gov/a.zip", "ftp://www.cms.gov/a.zip", "a.zip", "https://[a", ""]
)
def test_addresses_that_are_not_fetched(own, address):
    done = own("systems", "add", "hcpcs", "--url", address)
    assert done.code == 2
    assert "https://" in done.err


def on_terminal(environment, own_data, *arguments: str, **more: str) -> str:
    """What a command writes to stderr if that is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "codelookup", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**environment, "CODELOOKUP_DATA_DIR": str(own_data), **more},
    )
    os.close(slave)
    drawn = b""
    with contextlib.suppress(OSError):  # Linux says so when the other end has closed
        while piece := os.read(master, 65536):
            drawn += piece
    os.close(master)
    assert process.wait(30) == 0
    return drawn.decode()


def slowly(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A file that takes two seconds to come."""
    body(b"", promised=len(HCPCS))(handler)
    size = len(HCPCS) // 20 + 1
    for start in range(0, len(HCPCS), size):
        handler.wfile.write(HCPCS[start : start + size])
        time.sleep(0.1)


def test_a_bar_on_a_terminal_for_what_takes_long(environment, run, own_data, publisher):
    publisher.answers["/slow.txt"] = slowly
    add = ("systems", "add", "hcpcs", "--url", publisher.url("/slow.txt"))
    drawn = on_terminal(environment, own_data, *add)
    assert re.search(r"Fetching slow\.txt.*\d\d%", drawn)
    assert drawn.rstrip().splitlines()[-2].startswith("Added HCPCS")
    plain = on_terminal(environment, own_data, *add, TERM="dumb")
    assert "\x1b" not in plain
    assert "%" not in plain
    assert not re.search(r"\x1b\[[\d;]*3\d", on_terminal(environment, own_data, *add, "--no-color"))


def test_no_bar_for_what_is_quick(environment, run, own_data, publisher):
    publisher.answers["/file.txt"] = body(HCPCS)
    address = publisher.url("/file.txt")
    assert "%" not in on_terminal(
        environment, own_data, "systems", "add", "hcpcs", "--url", address
    )


# -- limits ----------------------------------------------------------------------------------


def fetch(publisher: Publisher, folder: Path, limits: Limits) -> None:
    download("hcpcs", [publisher.url("/file.txt")], folder, lambda text: None, limits=limits)


def test_a_server_that_says_nothing_more(publisher, tmp_path):
    def stalls(handler: http.server.BaseHTTPRequestHandler) -> None:
        body(HCPCS[:500], promised=len(HCPCS))(handler)
        handler.wfile.flush()
        publisher.over.wait(20)

    publisher.answers["/file.txt"] = stalls
    with pytest.raises(DataError, match=r"has sent nothing for 0\.3 seconds"):
        fetch(publisher, tmp_path, Limits(stalled=0.3))


def test_a_trickle_does_not_outlast_the_limit(publisher, tmp_path):
    def trickles(handler: http.server.BaseHTTPRequestHandler) -> None:
        body(b"", promised=10_000)(handler)
        while not publisher.over.wait(0.05):
            handler.wfile.write(b"0")

    publisher.answers["/file.txt"] = trickles
    started = time.monotonic()
    with pytest.raises(DataError, match=r"took longer than 0\.4 seconds"):
        fetch(publisher, tmp_path, Limits(whole=0.4))
    assert time.monotonic() - started < 5


# -- which release ---------------------------------------------------------------------------

CMS = "https://www.cms.gov/files/zip/"


def chosen(system: str, today: str, *names: str) -> list[str]:
    links = "".join(f'<a href="/files/zip/{name}.zip">Sample</a>' for name in names)
    found = releases(system, PAGE[system], f"<html>{links}</html>", today)
    return [link.removeprefix(CMS).removesuffix(".zip") for link in found]


QUARTERS = (
    "october-2031-alpha-numeric-hcpcs-files",
    "january-2032-alpha-numeric-hcpcs-file",
    "july-2031-alpha-numeric-hcpcs-file",
    "2030-alpha-numeric-hcpcs-file",
)


@pytest.mark.parametrize(
    ("today", "name"),
    [
        ("2031-09-30", QUARTERS[2]),
        ("2031-10-01", QUARTERS[0]),
        ("2032-03-31", QUARTERS[1]),
        ("2030-05-05", QUARTERS[3]),
        ("2029-12-31", QUARTERS[3]),  # none is in force yet: the earliest
    ],
)
def test_the_quarter_in_force(today, name):
    assert chosen("hcpcs", today, *QUARTERS) == [name]


YEARS = (
    "2032-code-descriptions-tabular-order",
    "2031-code-descriptions-tabular-order-updated-12/20/2030",
    "2031-code-descriptions-tabular-order",
    "april-1-2031-code-descriptions-tabular-order",
    "2031-code-tables-tabular-and-index",
    "2031-icd-10-pcs-code-tables-index",
    "2031-pcs-code-tables-tabular-index",
    "2032-code-tables-tabular-index",
    "2031-icd-10-pcs-order-file-long-and-abbreviated-titles",
    "april-1-2031-icd-10-pcs-order-file-long-abbreviated-titles",
    "2031-icd-10-pcs-codes-file",
)


@pytest.mark.parametrize(
    ("system", "today", "names"),
    [
        ("icd10cm", "2030-10-01", [YEARS[1], YEARS[4]]),
        ("icd10cm", "2031-04-01", [YEARS[3], YEARS[4]]),
        ("icd10cm", "2031-10-01", [YEARS[0], YEARS[7]]),
        ("icd10pcs", "2031-03-31", [YEARS[8]]),
        ("icd10pcs", "2033-01-01", [YEARS[9]]),
    ],
)
def test_the_fiscal_year_in_force(system, today, names):
    assert chosen(system, today, *YEARS) == names


def test_a_page_with_odd_links():
    page = """<html><a href='http://[a/files/zip/2031-icd-10-pcs-order-file.zip'><![if x]>
        <A class=x HREF = "/files/zip/2031-icd-10-pcs-order-file.zip?a=1&amp;b=2">Sample</html>"""
    assert releases("icd10pcs", PAGE["icd10pcs"], page, "2031-01-01") == [
        CMS + "2031-icd-10-pcs-order-file.zip?a=1&b=2"
    ]


def test_codes_without_an_index_are_enough(own, publisher):
    order = "/files/zip/2031-code-descriptions-tabular-order.zip"
    publisher.answers["/"] = page(order)
    publisher.answers[order] = body(zipped("Codes/icd10cm_order_2031.txt", ORDER))
    done = own("systems", "add", "icd10cm", "--url", publisher.url("/"))
    assert done.code == 0
    assert "links to the codes alone" in done.err


def test_what_may_be_fetched_from_where():
    assert _allowed("https://www.cms.gov/a.zip")
    assert _allowed("https://www.cms.gov/a.zip", "http://127.0.0.1:80/")
    assert _allowed("http://localhost/a.zip")
    assert _allowed("http://[::1]/a.zip", "http://127.0.0.1/")
    assert not _allowed("http://127.0.0.1/a.zip", "https://www.cms.gov/")
    assert not _allowed("https://www.cms.gov/\x1b[31m")


def test_nothing_is_asked_for_an_address_of_another_kind(tmp_path):
    with pytest.raises(UsageError):
        download("hcpcs", ["file:///etc/passwd"], tmp_path, lambda text: None)
