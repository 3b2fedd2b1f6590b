"""The SQLite file that every catalogue is: the bundled one, and each added code set."""

from __future__ import annotations

VERSION = 4
"""Kept in ``PRAGMA user_version``; a file of another version is not read."""

TABLES = """
-- What is in here: one row a code system release.
CREATE TABLE release (
    system TEXT PRIMARY KEY, name TEXT, version TEXT, in_force_since TEXT, source TEXT,
    notice TEXT, codes INTEGER, billable INTEGER, headers INTEGER, modifiers INTEGER,
    synonyms INTEGER
) WITHOUT ROWID;
-- The files it was read from: `kinds` is what is in them (`order index`), `url` is set where one
-- was downloaded.
CREATE TABLE release_file (
    system TEXT, name TEXT, kinds TEXT, bytes INTEGER, sha256 TEXT, url TEXT
);

-- Every code. `key` is the code without its dot, as people type it. `leaf` is the billable
-- code that stands for a header in search results. `facts` is JSON: notes, designations,
-- properties, replaced_by.
CREATE TABLE concept (
    id INTEGER PRIMARY KEY, system TEXT, code TEXT, key TEXT, display TEXT, level TEXT,
    parent INTEGER, billable INTEGER, seventh TEXT, effective TEXT, terminated TEXT,
    leaf INTEGER, facts TEXT
);
CREATE INDEX concept_key ON concept (key);
CREATE INDEX concept_parent ON concept (parent);

-- Plain-language pages; `document` is JSON with everything inherited filled in. `frequency`
-- orders equals: how often the code is billed, 0 (never seen) to 1. `words` are the canonical
-- words of all its names, to set pages side by side.
CREATE TABLE page (
    id INTEGER PRIMARY KEY, system TEXT, code TEXT, key TEXT, display TEXT, kind TEXT,
    specialty TEXT, family TEXT, place INTEGER, frequency REAL, words TEXT, document TEXT
);
CREATE INDEX page_key ON page (key);
CREATE INDEX page_system ON page (system);

-- Every name of everything that search can answer with. `page` or `concept` is set. `words` is
-- how many canonical words it has, `weight` the sum of their rarities. The lighter stand first:
-- of the names that have the words of a query these say least besides.
CREATE TABLE alias (
    id INTEGER PRIMARY KEY, page INTEGER, concept INTEGER, use TEXT, text TEXT, words INTEGER,
    weight REAL
);
-- The names of one system's pages or concepts stand together: the first and last `alias.id`.
CREATE TABLE alias_range (
    system TEXT, page INTEGER, first INTEGER, last INTEGER, PRIMARY KEY (system, page)
) WITHOUT ROWID;
-- In how many names a canonical word is, and in which: see `postings`.
CREATE TABLE word (word TEXT PRIMARY KEY, names INTEGER, aliases BLOB) WITHOUT ROWID;
-- The words as people write them, for spelling correction: one row a word length.
CREATE TABLE spelling (length INTEGER PRIMARY KEY, words TEXT);

-- Lay and clinical wording; `target` is JSON.
CREATE TABLE thesaurus (phrase TEXT PRIMARY KEY, kind TEXT, target TEXT) WITHOUT ROWID;

CREATE TABLE modifier (
    code TEXT PRIMARY KEY, system TEXT, display TEXT, summary TEXT, kind TEXT
) WITHOUT ROWID;
CREATE TABLE place_of_service (
    code TEXT PRIMARY KEY, display TEXT, summary TEXT
) WITHOUT ROWID;

-- Time and add-on rules of codes with a page; `rule` is JSON, as in `_rules.toml`.
CREATE TABLE rule (code TEXT PRIMARY KEY, rule TEXT) WITHOUT ROWID;
"""

OWN_TABLES = """
-- Only in the file of the user's own pages: where each page comes from, relative to their
-- folder, and what is wrong there (rule numbers of the linter).
CREATE TABLE origin (system TEXT, code TEXT, path TEXT);
CREATE TABLE problem (path TEXT, line INTEGER, rule TEXT, message TEXT, tip TEXT);
"""
