"""Look-ups for programs, the commands of this package among them.

What is typed comes in, a document goes out. Nothing is printed, and the modules that a look-up
needs are imported when it is asked for.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING

from codelookup.asked import checked_limit, kind_id, system_ids
from codelookup.errors import CodelookupError, DataError, UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable
    from datetime import date
    from typing import BinaryIO

    from codelookup.catalogue.store import Catalogue
    from codelookup.document.types import (
        CheckDocument,
        CompareDocument,
        ExplainDocument,
        ListDocument,
        SearchDocument,
        ShowDocument,
        SimilarDocument,
        SystemsDocument,
    )
    from codelookup.find.search import Searcher

__all__ = [
    "CodelookupError",
    "Codes",
    "DataError",
    "UsageError",
    "check",
    "close",
    "compare",
    "explain",
    "explain_file",
    "lookup",
    "pages",
    "search",
    "similar",
    "systems",
]


class Codes:
    """The catalogue, opened at the first look-up and kept open.

    >>> with Codes() as codes:
    ...     found = codes.search("knee replacement", limit=1)["results"][0]
    ...     page = codes.lookup(found["code"], sections="duration")["concepts"][0]
    >>> page["display"]
    'Total knee replacement'

    Threads may share it; they take turns. A code set or a page that is added meanwhile is seen
    after :meth:`close`: the next look-up opens the catalogue again.

    Every look-up can raise :class:`UsageError`, when what was asked for cannot be (an unknown
    system, an empty query), and :class:`DataError`, when the catalogue cannot be read.

    Args:
        pages: the folder of your own pages, if not the usual one.
        say: is told, a sentence at a time, what the commands say on stderr while the catalogue
            is opened, such as mistakes in own pages. Without it, nothing is told.
    """

    def __init__(
        self,
        pages: str | os.PathLike[str] | None = None,
        *,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._pages = pages
        self._say = say
        self._lock = threading.RLock()
        self._catalogue: Catalogue | None = None
        self._searcher: Searcher | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The open catalogue itself, for what no method here does. Threads may not share it."""
        with self._lock:
            if self._catalogue is None:
                from codelookup.catalogue.at_hand import open_catalogue

                self._catalogue = open_catalogue(self._say, self._pages)
            return self._catalogue

    def close(self) -> None:
        """Let go of the catalogue; the next look-up opens it again."""
        with self._lock:
            if self._catalogue:
                self._catalogue.close()
            self._catalogue = self._searcher = None

    def __enter__(self) -> Codes:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def search(self, query: str, *, system: str = "", limit: int = 10) -> SearchDocument:
        """Find codes by what people call them; typing errors are forgiven.

        >>> import codelookup
        >>> hit = codelookup.search("knee replacment")["results"][0]
        >>> hit["code"], hit["display"], hit["match"]
        ('27447', 'Total knee replacement', {'kind': 'fuzzy', 'text': 'knee replacement'})

        Args:
            query: words, or a code; up to 300 characters.
            system: only codes of this system: cpt, hcpcs, icd10cm or icd10pcs.
            limit: how many hits at most, 1 to 1000.
        """
        systems, limit = system_ids(system), checked_limit(limit)
        from codelookup.document.documents import search_document
        from codelookup.find.search import Searcher

        with self._lock:
            if self._searcher is None:
                self._searcher = Searcher(self.catalogue)
            return search_document(self._searcher.search(query, systems, limit))

    def lookup(
        self, *codes: str, sections: str | Iterable[str] = (), system: str = ""
    ) -> ShowDocument:
        """Read what codes mean: their pages, or their official wording, place and notes.

        >>> import codelookup
        >>> answer = codelookup.lookup("e11.9", "90823")
        >>> answer["concepts"][0]["display"]
        'Type 2 diabetes mellitus without complications'
        >>> answer["not_found"][0]["reason"]
        '90823 is not known; it looks like a CPT code.'

        Args:
            codes: as people type them: ``e119``, ``99214-25``. One that is unknown is under
                ``not_found``. One that two systems have gives both, unless ``system`` is given.
            sections: leave other sections of pages out. Everyday names do as well as ids.
            system: only codes of this system.
        """
        systems, wanted = system_ids(system), _section_ids(sections)
        from codelookup.document.documents import show_document

        with self._lock:
            return show_document(self.catalogue, codes, systems, wanted)

    def check(self, *codes: str, on: date | None = None, system: str = "") -> CheckDocument:
        """Tell whether codes may be billed on a day, and why not.

        >>> import codelookup
        >>> from datetime import date
        >>> answer = codelookup.check("E11.9", "71020", on=date(2026, 3, 4))
        >>> [entry["usable"] for entry in answer["checks"]]
        [True, False]
        >>> answer["checks"][1]["reason"]
        'It was used until 2017-12-31; now 71046 (Chest X-ray, two pictures).'

        Args:
            codes: as people type them.
            on: the day of service; else today.
            system: only codes of this system.
        """
        systems = system_ids(system)
        from datetime import date, datetime

        from codelookup.document.checks import check_document

        day = on.date() if isinstance(on, datetime) else on or date.today()
        with self._lock:
            return check_document(self.catalogue, codes, day, systems)

    def similar(self, code: str, *, system: str = "", limit: int = 20) -> SimilarDocument:
        """List the codes beside a code, and how each differs.

        >>> import codelookup
        >>> [near["difference"] for near in codelookup.similar("90832", limit=2)["similar"]]
        ['38 to 52 minutes of therapy', '53 minutes of therapy or more']

        Args:
            code: as people type it.
            system: only a code of this system.
            limit: how many codes at most, 1 to 1000.
        """
        systems, limit = system_ids(system), checked_limit(limit)
        from codelookup.document.similar import similar_document

        with self._lock:
            return similar_document(self.catalogue, code, limit, systems)

    def compare(
        self,
        *codes: str,
        sections: str | Iterable[str] = (),
        system: str = "",
        everything: bool = False,
    ) -> CompareDocument:
        """Set two to six codes side by side, what differs first.

        >>> import codelookup
        >>> rows = codelookup.compare("E11.9", "E11.65")["rows"]
        >>> [block["text"] for cell in rows[0]["cells"] for block in cell["blocks"]]
        ['without complications', 'with hyperglycemia']

        Args:
            codes: as people type them; of different systems if you like.
            sections: only these sections, whole.
            system: only codes of this system.
            everything: fold nothing, also not what is the same for all.

        Raises:
            UsageError: also, there are fewer than two codes or more than six.
        """
        systems, wanted = system_ids(system), _section_ids(sections)
        if "similar" in wanted:
            raise UsageError(
                "Similar codes are not compared.", "codelookup similar CODE lists them."
            )
        from codelookup.document.compare import compare_document

        with self._lock:
            return compare_document(self.catalogue, codes, systems, wanted, everything)

    def explain(self, bill: str | bytes, *, name: str = "text") -> ExplainDocument:
        r"""Read the text of a bill and say, line by line, what its codes are and what to ask.

        >>> import codelookup
        >>> answer = codelookup.explain("03/04/2026 99214-25 visit $268.00\nDx: E11.9\n")
        >>> [(line["line"], code["code"]) for line in answer["lines"] for code in line["codes"]]
        [(1, '99214'), (2, 'E11.9')]
        >>> answer["summary"]["text"]
        '1 service or item and 1 diagnosis on 2 lines, on 2026-03-04.'

        Args:
            bill: the text, or the bytes of a file: text, CSV, a saved web page, X12, and with
                ``codelookup[pdf]`` PDF. This is never a path; see :meth:`explain_file`.
            name: what to call it in the answer and in errors.

        Raises:
            DataError: also, it is no bill that can be read: a picture, over 20 MB.
        """
        import io

        content = bill.encode("utf-8", "replace") if isinstance(bill, str) else bill
        return self._explain(io.BufferedReader(io.BytesIO(content)), name)

    def explain_file(self, path: str | os.PathLike[str]) -> ExplainDocument:
        """Read a bill from a file, as :meth:`explain` does.

        Raises:
            UsageError: also, there is no such file, or it is a folder.
            DataError: also, it cannot be opened or read.
        """
        from os import fspath

        from codelookup.bill.source import open_source

        with open_source(fspath(path)) as data:
            return self._explain(data, fspath(path))

    def _explain(self, data: BinaryIO, name: str) -> ExplainDocument:
        from codelookup.bill.table import bill_lines
        from codelookup.document.explained import explain_document

        text = bill_lines(data, name)
        with self._lock:
            return explain_document(self.catalogue, text, name)

    def pages(self, *, system: str = "", specialty: str = "", kind: str = "") -> ListDocument:
        """List the codes that have a page.

        >>> import codelookup
        >>> listed = codelookup.pages(kind="surgery", specialty="heart")["concepts"]
        >>> all(entry["kind"] == "surgery" for entry in listed)
        True

        Args:
            system, specialty, kind: only pages of these.
        """
        systems, kind = system_ids(system), kind_id(kind)
        from codelookup.document.documents import list_document

        with self._lock:
            return list_document(self.catalogue.pages("".join(systems), specialty, kind))

    def systems(self) -> SystemsDocument:
        """Tell which code systems are at hand, in which release.

        >>> import codelookup
        >>> [entry["name"] for entry in codelookup.systems()["systems"]]
        ['CPT', 'HCPCS Level II', 'ICD-10-CM']
        """
        from codelookup.document.documents import systems_document

        with self._lock:
            return systems_document(self.catalogue)


def _section_ids(names: str | Iterable[str]) -> list[str]:
    """Section ids for everyday names; a name alone is one."""
    from codelookup.document.sections import find_section

    return [find_section(name) for name in ([names] if isinstance(names, str) else names)]


# As the functions of the random module are methods of one Random: for a program that needs no
# catalogue of its own.
_shared = Codes()
search = _shared.search
lookup = _shared.lookup
check = _shared.check
similar = _shared.similar
compare = _shared.compare
explain = _shared.explain
explain_file = _shared.explain_file
pages = _shared.pages
systems = _shared.systems
close = _shared.close
atexit.register(close)
