"""How the site is built: ``sphinx-build -W docs docs/_build``. Nothing is fetched for it.

The page of the commands is written from the commands themselves.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codelookup import __version__

HERE = Path(__file__).parent

project = "codelookup"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3  # links to headings are checked
smartquotes_action = "D"  # dashes alone; quotes stay as they are typed

html_theme = "furo"
html_title = "codelookup"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False

add_module_names = False
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": True}

page = HERE / "reference" / "commands.md"
made = subprocess.run([sys.executable, HERE / "commands.py"], check=True, stdout=subprocess.PIPE)
if not page.exists() or page.read_bytes() != made.stdout:
    page.write_bytes(made.stdout)
