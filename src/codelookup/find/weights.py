"""The weights of ranking: a small table that ``benchmarks/tune.py`` reproduces.

A name scores (share of the query it covers, by rarity of words) + ``NAME`` x (share of the
name that the query covers), and then these.
"""

from __future__ import annotations

NAME = 0.5
"""For the share of a name's words that the query has."""
EXACT = 0.21
"""For a name that has just the words of the query, none corrected."""
WORDS = -0.12
"""For the share of the query's words, whatever their rarity: rare words say more."""
EXTRA = -0.016
"""For each further word of a name, up to ``MOST_EXTRA`` of them."""
MOST_EXTRA = 8
READING = 1.1
"""How much a query's other wordings (thesaurus) lose against what was typed."""
FUZZY = 0.05
"""What a corrected word costs, beyond its distance."""
INDEX = 0.012
"""For a name from the alphabetic index: it says where coders are sent."""

UNSPECIFIED = 0.007
UNCOMPLICATED = -0.015
OTHER = 0.012
"""For titles that say so ("Other ..." gains: it is where names without a code of their own go)."""
LENGTH = -0.009
"""For each character of a code: the general one first."""

ASIDE = {
    "O": 0.06, "P": 0.06, "Q": 0.04, "V": 0.17, "W": 0.17, "X": 0.17, "Y": 0.17,
    "R": -0.067, "Z": 0.0, "D": -0.03, "C": -0.073,
}  # fmt: skip
"""What chapters of ICD-10-CM lose: pregnancy, newborn, birth defects, external causes and visits
without an illness answer only when asked for; symptoms and cancers gain. An exact name does
neither."""
POISONING = 0.02
"""What T36 to T65 lose: who names a drug seldom means a poisoning by it."""

PAGE = 0.08
FREQUENCY = 0.10
"""For a code with a page, and for how often that is billed (0 to 1); times the share of the query
that its name covers."""

ENOUGH = 0.34
"""The share of the query that the best hit must cover if it has words that no name has."""
ENOUGH_OF_STRANGE = 0.5
"""The same if it has words that are not even near to any; a name that is covered to
``WHOLE_NAME`` may do with ``ENOUGH``."""
WHOLE_NAME = 0.7
MEDICAL_WORD = 200
"""A word in as many names shows that a query is of this world, whatever else it says."""
NEAR_ENOUGH = 0.35
"""The share of the best score that a hit must have to be shown."""
LEAST = 0.3
"""The share of a query of up to ``LONG`` words that a name must cover to be looked at; of longer
ones, who tell more, less."""
LONG = 3
