"""Tell what US medical codes mean, in plain words, offline.

>>> import codelookup
>>> answer = codelookup.search("talk therapy", limit=1)
>>> answer["results"][0]["display"]
'Talk therapy session, about an hour'

The functions answer with the documents that the commands print with ``--json``, as plain
dictionaries; :mod:`codelookup.document.types` has their types. They share one open catalogue;
:class:`Codes` is one of your own.
"""

__version__ = "0.1.0"
SCHEMA_VERSION = 1
"""The ``schema_version`` of all documents: keys are only ever added to it."""

__all__ = [
    "SCHEMA_VERSION",
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

# Importing typing, or what is behind these names, would take longer than all else here: the
# command line imports this file too.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from codelookup.api import (
        Codes,
        check,
        close,
        compare,
        explain,
        explain_file,
        lookup,
        pages,
        search,
        similar,
        systems,
    )
    from codelookup.errors import CodelookupError, DataError, UsageError
else:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from codelookup import api

        return getattr(api, name)

    def __dir__():
        return [*globals(), *__all__]
