"""Where files of the user live."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def _base(variable: str, own: str, unix: str, mac: str, windows: str) -> Path:
    if chosen := os.environ.get(own):
        return Path(chosen).expanduser()
    if chosen := os.environ.get(variable):
        return Path(chosen) / "codelookup"
    home = Path(os.path.expanduser("~"))
    if sys.platform == "darwin":
        return home / mac / "codelookup"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local")) / "codelookup" / windows
    return home / unix / "codelookup"


def cache() -> Path:
    """What can be made anew: the catalogue that a checkout compiles."""
    return _base("XDG_CACHE_HOME", "CODELOOKUP_CACHE_DIR", ".cache", "Library/Caches", "cache")


def config() -> Path:
    """What the user wrote: their own pages, in ``pages``."""
    return _base(
        "XDG_CONFIG_HOME",
        "CODELOOKUP_CONFIG_DIR",
        ".config",
        "Library/Application Support",
        "config",
    )


def data() -> Path:
    """What the user added: code sets."""
    return _base(
        "XDG_DATA_HOME",
        "CODELOOKUP_DATA_DIR",
        ".local/share",
        "Library/Application Support",
        "data",
    )
