"""The weights of ranking: a small table that ``benchmarks/tune.py`` reproduces.

A name scores (share of the query it covers, by rarity of words) + ``name`` x (share of the
name that the query covers), and then these.
"""

from __future__ import annotations

NAME = 0.58
"""For the share of a name's words that the query has."""
EXACT = 0.21
"""For a name that has just the words of the query, none corrected."""
WORDS = -0.18
"""For the share of the query's words, whatever their rarity: rare words say more."""
EXTRA = -0.011
"""For each further word of a name."""
READING = 1.07
"""How much a query's other wordings (thesaurus) lose against what was typed."""

UNSPECIFIED = 0.014
UNCOMPLICATED = 0.01
OTHER = 0.012
"""For titles that say so ("Other ..." gains: it is where names without a code of their own go)."""
LENGTH = -0.009
"""For each character of a code: the general one first."""

ASIDE = {"O": 0.09, "P": 0.06, "Q": 0.09, "V": 0.15, "W": 0.15, "X": 0.15, "Y": 0.15}
"""Chapters of ICD-10-CM that answer only when asked for: pregnancy, newborn, birth defects,
external causes. An exact name does not lose."""

POISONING = 0.05
"""What T36 to T65 lose: who names a drug seldom means a poisoning by it."""

PAGE = 0.05
FREQUENCY = 0.10
"""For a code with a page, and for how often that is billed (0 to 1)."""

ENOUGH = 0.34
"""The share of the query that the best hit must cover if it has words that no name has."""
NEAR_ENOUGH = 0.35
"""The share of the best score that a hit must have to be shown."""
