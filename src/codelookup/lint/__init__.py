"""The writers' linter: numbered rules over the page files."""
