"""Text to canonical words: the same for what is indexed and for what is asked.

The catalogue stores alias texts as words in this form, so a query matches whatever its
spelling of plurals, endings, accents, Greek and Latin word parts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Bump when a change here alters what is stored: cached catalogues are then built anew.
VERSION = 6

_SPLIT = re.compile(r"[a-z]+|[0-9]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_CONTRACTION = re.compile(r"(?<=[a-z])['’](?=(?:t|m|ve|re|ll|d)\b)")

STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "their",
        "them",
        "these",
        "they",
        "this",
        "to",
        "was",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
        "am",
        "do",
        "does",
        "did",
        "get",
        "got",
        "getting",
        "also",
        "because",
        "been",
        "being",
        "but",
        "can",
        "cant",
        "could",
        "couldnt",
        "didnt",
        "doesnt",
        "dont",
        "had",
        "hasnt",
        "havent",
        "having",
        "here",
        "im",
        "isnt",
        "ive",
        "just",
        "let",
        "nos",
        "really",
        "should",
        "so",
        "some",
        "then",
        "there",
        "very",
        "wasnt",
        "wont",
        "would",
    ]
)
"""Words that say nothing in a query or a name; negations and sides are not among them."""

# What stands for a word ending in the stored form. Longest first; the part before it must
# keep at least three letters. Clinical adjectives and nouns meet (sclerotic, sclerosis).
_ENDINGS = (
    ("oses", "os"),
    ("osis", "os"),
    ("otic", "os"),
    ("emias", "em"),
    ("emia", "em"),
    ("aemia", "em"),
    ("emic", "em"),
    ("ectomies", "ectom"),
    ("ectomy", "ectom"),
    ("otomies", "otom"),
    ("otomy", "otom"),
    ("oscopies", "oscop"),
    ("oscopy", "oscop"),
    ("oscopic", "oscop"),
    ("plasties", "plast"),
    ("plasty", "plast"),
    ("itides", "it"),
    ("itis", "it"),
    ("itic", "it"),
    ("pathies", "path"),
    ("pathy", "path"),
    ("pathic", "path"),
    ("ically", "ic"),
    ("ical", "ic"),
    ("ations", "at"),
    ("ation", "at"),
    ("ating", "at"),
    ("ated", "at"),
    ("ates", "at"),
    ("ate", "at"),
    ("ative", "at"),
    ("ions", "i"),
    ("ion", "i"),
    ("ings", ""),
    ("ing", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("sses", "ss"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("ed", ""),
    ("es", ""),
    ("e", ""),
    ("s", ""),
)

_E = ("es", "e")
_SHORT = re.compile(r"[^aeiouy][aeiouy][^aeiouwxy]")

# British and older spellings, and letters that people swap, folded before the ending is cut.
_FOLDS = (("ae", "e"), ("oe", "e"), ("ph", "f"), ("tumour", "tumor"), ("our", "or"))

_IRREGULAR = {
    "feet": "foot",
    "toes": "toe",
    "aged": "age",
    "aging": "age",
    "ageing": "age",
    "gases": "gas",
    "buses": "bus",
    "ached": "ache",
    "aching": "ache",
    "teeth": "tooth",
    "children": "child",
    "women": "woman",
    "men": "man",
    "vertebrae": "vertebra",
    "bronchi": "bronchus",
    "ova": "ovum",
    "metastases": "metastasi",
    "diagnoses": "diagnos",
    "broken": "break",
    "broke": "break",
    "torn": "tear",
    "swollen": "swell",
    "bit": "bite",
    "bitten": "bite",
    "ate": "eat",
    "eaten": "eat",
    "bent": "bend",
    "bled": "bleed",
    "fell": "fall",
    "fallen": "fall",
    "felt": "feel",
    "grew": "grow",
    "grown": "grow",
    "lose": "loss",
    "losing": "loss",
    "lost": "loss",
    "ran": "run",
    "shook": "shak",
    "shrank": "shrink",
    "shrunken": "shrink",
    "slept": "sleep",
    "spat": "spit",
    "threw": "throw",
    "thrown": "throw",
    "tore": "tear",
    "woke": "wake",
    "stung": "sting",
    "burnt": "burn",
    "frozen": "freez",
    "stuck": "stick",
    "taken": "take",
    "lungs": "lung",
    "lenses": "lens",
    "lens": "lens",
    "pelvis": "pelvi",
    "pelvic": "pelvi",
    "penis": "peni",
    "thyroid": "thyroid",
    "herpes": "herpes",
    "diabetes": "diabet",
    "diabetic": "diabet",
    "rabies": "rabies",
    "scabies": "scabies",
    "caries": "caries",
    "measles": "measles",
    "shingles": "shingles",
    "mumps": "mumps",
    "aids": "aids",
    "does": "do",
    "abscess": "abscess",
    "uterus": "uterus",
    "uterine": "uterus",
    "fetus": "fetus",
    "foetus": "fetus",
    "fetal": "fetus",
    "foetal": "fetus",
    "lymphoma": "lymfoma",
}


def fold(text: str) -> str:
    """Lower case, without accents, possessives or special characters of any script.

    Words that are drawn together stay together: ``can't`` is ``cant``.
    """
    text = unicodedata.normalize("NFKD", text.lower()) if not text.isascii() else text.lower()
    if "'" not in text and "’" not in text:
        return text
    return _CONTRACTION.sub("", _POSSESSIVE.sub("", text))


def raw_words(text: str) -> list[str]:
    """The words of a text as typed, without punctuation. Letters and digits part: T12 is t, 12."""
    return _SPLIT.findall(fold(text))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A word's stored form: ``fractures``, ``fractured`` and ``fracture`` are one."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word.isdigit():
        return word
    for old, new in _FOLDS:
        if old in word:
            word = word.replace(old, new)
    for ending, instead in _ENDINGS:
        # Without their e, short words are others: care, nose, note, bite.
        if word.endswith(ending) and len(word) - len(ending) >= (4 if ending in _E else 3):
            if (ending == "s" and word[-2] in "su") or (ending == "ed" and word[-3] == "e"):
                break  # pus, bleed
            return _undouble(word[: -len(ending)] + instead, ending)
    return word


def _undouble(word: str, ending: str) -> str:
    if ending in ("ed", "ing"):
        # swelled, bedwetting: the doubled letter belongs to the ending.
        if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
            return word[:-1]
        # biting, cared: the e gave way to it.
        if _SHORT.fullmatch(word):
            return word + "e"
    return word


def words(text: str, synonyms: dict[str, str] | None = None) -> list[str]:
    """Canonical words of a name or a query, in order, without stop words.

    ``synonyms`` maps a plain word to the one that stands for it (``renal`` to ``kidney``).
    """
    found: list[str] = []
    for word in raw_words(text):
        if word in STOP_WORDS:
            continue
        if synonyms and word in synonyms:
            found.extend(stem(part) for part in synonyms[word].split())
        else:
            found.append(stem(word))
    return found
