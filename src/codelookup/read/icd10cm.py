"""ICD-10-CM as it is published: everything the rest of the package needs, in one place."""

from __future__ import annotations

from codelookup.read.icd10cm_common import dotted, release_from_names
from codelookup.read.icd10cm_tabular import read_tabular

__all__ = ["dotted", "read_tabular", "release_from_names"]
