"""Build hook: compiles the pages and the ICD-10-CM tabular list into the wheel's catalogue, and
writes the manual page.

An editable install gets the tabular list instead, and compiles for itself when pages change.
"""

from __future__ import annotations

import gc
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def tabular_files() -> tuple[Path, Path]:
    """The tabular list and the list of codes in the simple-icd-10-cm package, not imported."""
    spec = find_spec("simple_icd_10_cm")
    if spec is None or spec.origin is None:
        raise RuntimeError("simple-icd-10-cm is not installed; it is a build requirement")
    folder = Path(spec.origin).parent / "data"
    (tabular,) = folder.glob("icd10c-tabular-*.xml")
    (code_list,) = folder.glob("code-list-*.txt")
    return tabular, code_list


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``codelookup/bundled/catalogue.sqlite``, the TOML files and the manual page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        source = root / "src"
        tabular, code_list = tabular_files()
        if version == "editable":
            bundled = source / "codelookup" / "bundled"
            shutil.rmtree(bundled, ignore_errors=True)
            bundled.mkdir()
            # Under their own names: those tell the release.
            shutil.copyfile(tabular, bundled / tabular.name)
            shutil.copyfile(code_list, bundled / code_list.name)
            return
        sys.path.insert(0, str(source))
        try:
            from codelookup.catalogue.bundled import compile_catalogue
            from codelookup.errors import DataError
            from codelookup.manual import build_date, manual
        finally:
            sys.path.remove(str(source))
            gc.enable()  # the command line turns it off, for short runs
        self.workspace = tempfile.mkdtemp(prefix="codelookup-build-")
        catalogue = Path(self.workspace) / "catalogue.sqlite"
        try:
            compile_catalogue(root / "data", tabular, code_list, catalogue, Path(self.workspace))
        except DataError as error:
            raise SystemExit(f"{error.message}\n{error.hint}") from None
        page = Path(self.workspace) / "codelookup.1"
        page.write_text(manual(build_date()), encoding="ascii")
        build_data["shared_data"][str(page)] = "share/man/man1/codelookup.1"
        build_data["force_include"][str(catalogue)] = "codelookup/bundled/catalogue.sqlite"
        build_data["force_include"][str(root / "data")] = "codelookup/data"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if workspace := getattr(self, "workspace", None):
            shutil.rmtree(workspace, ignore_errors=True)
