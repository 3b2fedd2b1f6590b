"""The writers' rules: permanent numbers, what each asks, and why.

A number is never used again for something else. ``codelookup validate --explain CL016``
prints an entry.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """What a rule asks of a page (``asks``) and the reason for it (``why``)."""

    number: str
    asks: str
    why: str


_RULES = (
    Rule("CL001", "A file is UTF-8 and valid TOML.", "Nothing can be read from it otherwise."),
    Rule(
        "CL002",
        "Only known fields and sections stand in a file.",
        "A misspelt name would silently drop what was written under it.",
    ),
    Rule(
        "CL003",
        "Every required field is there, and nothing is empty.",
        "A reader should never meet a heading with nothing below it.",
    ),
    Rule(
        "CL004",
        "Every field has the right type and an allowed value.",
        "The build turns fields into rows; a wrong type would break all pages.",
    ),
    Rule(
        "CL005",
        "Sections stand in the documented order.",
        "Files are easier to read side by side, and the page shows that order anyway.",
    ),
    Rule(
        "CL006",
        "A page has every section that its kind calls for.",
        "Someone about to have surgery must find the risks; a page without them misleads.",
    ),
    Rule(
        "CL007",
        "A page has no section that makes no sense for its kind.",
        "A wheelchair has no anesthesia; such a section is padding.",
    ),
    Rule(
        "CL008",
        "A file lies in the folder of its code system and its codes have that system's shape.",
        "CPT pages must stay together in data/cpt so that they can be left out.",
    ),
    Rule("CL009", "A code has one page.", "Two pages for a code would contradict each other."),
    Rule(
        "CL010",
        "A similar code has a page.",
        "A reader who follows it should arrive somewhere.",
    ),
    Rule(
        "CL011",
        "A page that is named as similar names the other in return.",
        "If A is like B, then B is like A, and readers come from both sides.",
    ),
    Rule(
        "CL012",
        "A title is our own plain wording, not that of a code book.",
        "CPT descriptors belong to the AMA, and nobody understands them anyway.",
    ),
    Rule(
        "CL013",
        "A sentence has at most 25 words.",
        "Long sentences are what makes medical text hard to read.",
    ),
    Rule(
        "CL014",
        "A page reads at US grade 7 or below (Flesch-Kincaid).",
        "Half of adults read at about that grade, fewer when they are worried.",
    ),
    Rule(
        "CL015",
        "The median page reads at grade 5 or below.",
        "Grade 7 is the limit for a hard topic, not the aim.",
    ),
    Rule(
        "CL016",
        "A medical word is explained where it first stands.",
        "A reader should not need a second look-up to read the first.",
    ),
    Rule(
        "CL017",
        "A sentence of eight or more words stands in at most three families, unless it names 911.",
        "What could stand on fifty pages says nothing about this one.",
    ),
    Rule(
        "CL018",
        "No filler: phrases that sound helpful and say nothing.",
        "It hides the few sentences that matter.",
    ),
    Rule("CL019", "No prices.", "They differ by place, plan and year, and would soon be wrong."),
    Rule(
        "CL020",
        "The date of editing is not in the future.",
        "Readers judge by it how fresh a page is.",
    ),
    Rule(
        "CL021",
        "At least one source, each with a title and its own https address.",
        "A page asserts only what its sources support.",
    ),
    Rule(
        "CL022",
        "Nothing stands twice in a page: no point, no name.",
        "Repetition is noise, and usually a paste that was not finished.",
    ),
    Rule(
        "CL023",
        "Titles, summaries and lists keep to a size that fits a screen.",
        "A list of one is a sentence, a list of twelve is not read.",
    ),
    Rule(
        "CL024",
        "Each code of a family says in a few words how it differs.",
        "It is what the similar codes show; lower case, without a full stop.",
    ),
    Rule(
        "CL025",
        'clinical_review is "none" or "name, credentials, YYYY-MM-DD".',
        "Nobody may pretend that a clinician has read a page.",
    ),
    Rule(
        "CL026",
        "Text is plain: no markup, no control characters, no addresses.",
        "Pages are shown on terminals, in HTML and in JSON; markup would show up as such.",
    ),
    Rule(
        "CL027",
        "A page speaks to the reader as you, not of the patient.",
        "It is read by the person whom it is about.",
    ),
    Rule(
        "CL028",
        "A retired code names what replaced it, in the file of a code that did.",
        "Old bills should still lead to a page.",
    ),
    Rule(
        "CL029",
        "A similar code is named once, and is not of the same family.",
        "The family's own codes are listed by themselves.",
    ),
    Rule(
        "CL030",
        "A known exception is still needed.",
        "Exceptions are a list of debts; a paid one goes away.",
    ),
    Rule(
        "CL031",
        "An emergency says so: surgery and drugs name 911 in when_to_call.",
        "Nobody should have to guess where to go when breathing gets hard.",
    ),
    Rule(
        "CL032",
        "The word lists are in lower case and sorted, and a phrase stands once.",
        "Two people who add the same phrase should meet at the same line.",
    ),
    Rule(
        "CL033",
        "A modifier or place of service has a short title and one to three plain sentences.",
        "It is read in passing, in front of a page.",
    ),
    Rule(
        "CL034",
        "A time or add-on rule is for a code with a page, well formed, and in order.",
        "explain asks the billing office by it; a wrong rule doubts an honest bill.",
    ),
)
RULES = {rule.number: rule for rule in _RULES}
"""Rule number to rule, in order."""

OWN_ERRORS = ("CL001", "CL002", "CL003", "CL004", "CL008", "CL009", "CL025", "CL028")
"""What keeps a file out of the user's own pages: its form, and a word put into a clinician's
mouth. The other rules are advice there. None of these looks at today's date: what was compiled
stays true."""


def explain(number: str) -> str:
    """A rule in two sentences.

    Raises:
        KeyError: there is no such rule.
    """
    rule = RULES[number.strip().upper()]
    return f"{rule.number}: {rule.asks}\nWhy: {rule.why}"


def table() -> str:
    """The rules as a Markdown table, for the writers' guide."""
    rows = [f"| {rule.number} | {rule.asks} | {rule.why} |" for rule in _RULES]
    return "\n".join(["| rule | asks | why |", "|---|---|---|", *rows])


if __name__ == "__main__":
    print(table())
