"""The words on bills that say what a number beside, below or after them is.

Written from how US bills, statements and claim forms name their boxes (CMS-1500, UB-04, X12
835), and from the words that stand in front of numbers which only look like codes.
"""

from __future__ import annotations

import re

# Roles of a column or a label.
PROCEDURE = "procedure"
DIAGNOSIS = "diagnosis"
INPATIENT = "inpatient"  # an ICD-10-PCS code
CODE = "code"  # a code, of which system is not said
MODIFIER = "modifier"
PLACE = "place"
UNITS = "units"
DATE = "date"
MINUTES = "minutes"
POINTER = "pointer"
DESCRIPTION = "description"
AMOUNT = "amount"
REVENUE = "revenue_code"
DENTAL = "dental"
DRG = "drg"
REMARK = "remark_code"
ADJUSTMENT = "adjustment_code"
OTHER = "other"  # a column with a header that says nothing about codes
IDENTIFIER = "identifier"  # a number that is no code: account, ZIP, phone ...

CODE_ROLES = (PROCEDURE, DIAGNOSIS, INPATIENT, CODE)

_NUMBER = r"(?:\s*(?:(?:numbers?|no|num|nbr|nr|ids?|codes?)\b|#)\.?)*"

_ROLE_WORDS = (
    # What is no code comes first: "zip code" is no code, "procedure code" is one.
    (
        IDENTIFIER,
        r"zip(?: code)?|postal code|area code|bar ?code|qr code|access code|security code|"
        r"pin code|pass ?code|status codes?|pay(?:er|or)(?: id)?|type of bill|tob|bill type|"
        r"conditions? codes?|occurrence(?: span)?(?: codes?)?|value codes?|"
        r"patient (?:discharge )?status|"
        r"admission (?:type|source)|discharge (?:status|hour)|apc|taxonomy(?: code)?|"
        r"npi|ndc|clia|upin|mbi|hicn|tin|ein|ssn|mrn|dob|acct|account|invoice|claim|member|"
        r"subscriber|policy|group|provider|patient|rendering|referring|physician|phone|fax|ref|"
        r"reference|check|chk|lot|serial|auth(?:orization)?|order|accession|rx|address|result|value|"
        r"range|reference range|dose|strength|refills?",
    ),
    (
        REVENUE,
        r"rev(?:enue|\.)?(?: ?(?:codes?|cd|c))?\.?|revcode|"
        r"c[oó]d(?:igo)?s?\.?(?: de)? ing(?:resos?)?\.?",
    ),
    (
        REMARK,
        r"remarks?(?: ?(?:codes?|cd))?|rarcs?|rem|moa|mia|notes? codes?|see notes?|"
        r"message codes?|rmk|remark cd",
    ),
    (
        ADJUSTMENT,
        r"adj(?:ust(?:ment)?)?\.?(?: reason)?(?: ?codes?)?|reason codes?|reason|carcs?|"
        r"denial codes?|group/reason|grp/rc|rsn(?: ?(?:code|cd))?|not covered reason",
    ),
    (DRG, r"(?:ms[ -]?)?drg"),
    (DENTAL, r"cdt(?: codes?)?|ada codes?|dental codes?|tooth"),
    (INPATIENT, r"icd[ -]?10[ -]?pcs(?: codes?)?|pcs(?: codes?)?|[ps]px|principal proc(?:edure)?"),
    (
        DIAGNOSIS,
        r"(?:(?:primary|principal|secondary|admitting|other|final|visit|billing|encounter)\s+)?"
        r"(?:diag(?:nos[ei]s|\.)?|dx\d*|d\.?x\.?|[psa]dx|diagn[oó]stico?s?)(?: ?\(?s\)?)?"
        r"(?: ?(?:codes?|cd))?(?: \d{1,2})?"
        r"(?: ?\(?icd[ -]?10(?:[ -]?cm)?\)?)?|"
        r"icd[ -]?10?(?:[ -]?(?:cm|dx))?(?: ?(?:codes?|dx))?|icd(?: codes?)?|"
        r"problems?(?: list)?|conditions?|indications?",
    ),
    (
        PROCEDURE,
        r"(?:cpt|hcpcs)(?:\s*[/&]\s*(?:cpt|hcpcs|rates?|hipps|rate|mod|modifiers?))*(?:[®™4-])*"
        r"(?:\s*(?:codes?|cd|procedure))?(?:\s*/\s*desc\w*)?|"
        r"proc(?:edures?|eds?|\.)?(?:\s*(?:codes?|cd))?(?:\s*/\s*desc\w*)?|px(?: ?codes?)?|"
        r"(?:svc|service|serv|billing|charge|bill|item|treatment|test)\s*(?:codes?|cd)|"
        r"servicios? (?:c[oó]digo)|c[oó]digo(?: de)? (?:servicio|procedimiento)s?",
    ),
    (
        MODIFIER,
        r"mods?\.?\s*\d?|modifiers?(?:\s*\d)?(?:\s*/\s*desc\w*)?|m1|m2|m3|m4|modificador(?:es)?",
    ),
    (PLACE, r"p\.?o\.?s\.?|place(?: of (?:service|svc))?(?:\s*/\s*desc\w*)?|pl(?:ace)? svc|lugar"),
    (
        UNITS,
        r"units?|qty\.?|nos|quantity(?: billed)?(?:\s*/\s*units?)?|days(?: or |/)units|"
        r"units/days|count|svc units|serv\.? units|no\.? of units|times|u|"
        r"cant(?:idad)?\.?|unidades",
    ),
    (MINUTES, r"(?:total |session |treatment )?min(?:ute)?s?\.?|time \(min(?:utes)?\)|duration"),
    (
        POINTER,
        r"(?:dx|diag(?:nosis)?) ?(?:ptrs?|pointers?|ref)|ptrs?\.?|pointers?|dx ?#",
    ),
    (
        DATE,
        r"(?:serv(?:ice|\.)?|svc|from|to|through|thru|post(?:ing|ed)?|visit|trans)?\s*dates?"
        r"(?: ?of ?(?:serv(?:ice|\.)?|svc|visit))?|dos|from|thru|through|fecha(?: de servicio)?",
    ),
    (CODE, r"codes?|cd|c[oó]digos?"),
    (
        AMOUNT,
        r"(?:total|you|your|amount|plan|allowed|billed|covered|non-?covered|patient|insurance|unit|"
        r"provider|network|estimated|est\.?)?\s*"
        r"(?:charges?|amount|amt|price|fees?|cost|paid|balance|allowed|billed|responsibility|owe[ds]?|"
        r"discount|copay|coinsurance|deductible|adjustments?|savings?|rate|share|total|cargos?|"
        r"importe|monto|saldo)(?: (?:amount|amt|due|owe|billed|allowed|paid))?",
    ),
    (
        DESCRIPTION,
        r"(?:service|procedure|item|charge|test|product|treatment)?\s*"
        r"(?:descriptions?|desc\.?|descr\.?|services?|items?|tests?|details?|type of service|"
        r"what it is|what was done|product|descripci[oó]n|servicios?)"
        r"(?: (?:provided|rendered|performed|description))?",
    ),
)

_ROLES = tuple((role, re.compile(words, re.IGNORECASE)) for role, words in _ROLE_WORDS)
_BOX = re.compile(r"^[\W_]*\d{1,2}[a-z]?(?:-\d\d)?[.)]*\s+(?:[A-J]\.\s*)?", re.IGNORECASE)
_TRIM = re.compile(r"^[\W_]*(?:[A-J]\.\s)?|[\s:=*.()#®™]+$")


def without_box(text: str) -> str:
    """A header without the number of its box on a claim form: "42 REV" is REV."""
    return _BOX.sub("", text)


def role_of(text: str) -> str:
    """The role that a column header or a label names, or nothing.

    >>> role_of("CPT/HCPCS"), role_of("Dx Code"), role_of("Zip Code"), role_of("Office visit")
    ('procedure', 'diagnosis', 'identifier', '')
    """
    text = _TRIM.sub("", without_box(text)).replace("(s", "s").replace("(S", "S")
    text = " ".join(text.replace(")", " ").split())
    if not text or len(text) > 40:
        return ""
    for role, words in _ROLES:
        if words.fullmatch(text):
            return role
    # "Account Number", "Claim #", "Member ID": what is named, and that it is a number.
    bare = re.sub(_NUMBER + r"$", "", text, flags=re.IGNORECASE).strip(" :")
    if bare and bare != text and _ROLES[0][1].fullmatch(bare):
        return IDENTIFIER
    return ""


# What stands right before a number. `strong` needs nothing, `marked` a colon or "#", `numbered`
# a word such as "number" or "#": "visit 99213" is a visit, "visit # 99213" a number of a visit.
_STRONG = (
    r"zip(?: ?codes?)?|postal ?codes?|area codes?|phone|tel(?:ephone)?|fax|cell|mobile|"
    r"ext(?:ension)?|a/?c(?:ct|count)?|member(?: ?id)?|mbr|subscriber(?: ?id)?|policy|grp|"
    r"certificate|icn|dcn|tcn|mrn|med(?:ical)? rec(?:ord)?|guarantor|encounter|csn|har|fin|invoice|"
    r"inv|stock|form|statement|stmt|receipt|control|confirmation|conf|transaction|trans|"
    r"trace|chk|eft|deposit|"
    r"accession|acc|specimen|requisition|req|prior auth(?:orization)?|auth(?:orization)?|pre-?cert|"
    r"approval|tax(?: ?id)?|tin|f?ein|npi|licen[sc]e|lic|dea|clia|upin|payer(?: ?id)?|"
    r"payor(?: ?id)?|bin|pcn|rxbin|rx(?!\s*(?:cpt|hcpcs))|ndc|lot|serial|s/n|sku|upc|tracking|pin|"
    r"passcode|password|username|ssn|dob|born|p\.? ?o\.? ?box|box|suite|ste|room|rm|apt|bldg|"
    r"building|floor|mail ?stop|drawer|lockbox|bay|gate|locker|parking|highway|hwy|route|rt|rte|"
    r"interstate|exit|gene|nct|isbn|routing|aba|swift|mbi|hicn?|acnt|ticket|ck|odo(?:meter)?|plate|"
    r"sticker|folder|van|truck|cab|linac|rack|shelf|asset|tag|clm|badge|seat|flight|"
    r"portal id|user ?id|login|batch|locator|version|trial|grant|mailbox|"
    r"mile marker|enter|press|dial|use code|promo code|"
    r"referencia(?: de pago)?|n[uú]m(?:ero)?\.?(?: de \w+)?|orden|cuenta|p[oó]liza|afiliado|"
    r"miembro|factura|c[oó]digo postal|c[oó]digo de acceso|tel[eé]fono|expediente|recibo|log|"
    r"remit to|po|order(?: ?id)|copy|barcode|hold|queue|docket|permit|taxonomy|dept|department|"
    r"ppo|hmo|epo|pos plan|tob|type of bill|condition codes?|occurrence codes?|value codes?"
)
_MARKED = (
    r"file|study|note|claim|group|check|account|card|case|chart|record|reference|ref|referral|"
    r"document|bill|order|"
    r"patient|pt|person|plan|payment|model|device|machine|location|site|facility|store|station|"
    r"terminal|unit|call|text|visa|mastercard|id|insured|enrollee|contract|admission|episode|"
    r"registration|reg|customer|client|employee|employer|staff|clerk|operator|agent|prescription|"
    r"verification|test id|sample|kit|run|seq|sequence|folio|form|bank|county|district|case id|"
    r"control|cardholder|provider|physician|dr|vendor|supplier|biller|bed|house|street|part"
)
_NUMBERED = r"visit|item|line|page|pg|provider|physician|facility|tech|nurse|product|service|no"
_MARK = r"(?:\s*(?:\bnumbers?\b|\bno\b\.?|\bnum\b\.?|\bnbr\b\.?|\bids?\b|#|№))"
_PASSED = r"(?:[\s,/-]*(?=[\w*-]*\d)[\w*-]+){0,4}?"  # more of the same number: "4470 1 99213"
REACH = 90
"""Characters before a number in which its label stands."""

_BEFORE_STRONG = re.compile(
    rf"\b(?:{_STRONG})\b\.?{_MARK}*\s*(?:is|was)?\s*[:=]?\s*#?{_PASSED}[\s,/(\"'“‘-]*$",
    re.IGNORECASE,
)
_BEFORE_MARKED = re.compile(
    rf"\b(?:{_MARKED})\b\.?(?:{_MARK}+\s*(?:is|was)?\s*[:=]?|\s*[:=])\s*#?{_PASSED}[\s,/(\"'“‘-]*$",
    re.IGNORECASE,
)
_BEFORE_NUMBERED = re.compile(
    rf"\b(?:{_NUMBERED})\b\.?{_MARK}+\s*[:=]?\s*#?{_PASSED}[\s,/(\"'“‘-]*$", re.IGNORECASE
)

_CODES_NAMED = re.compile(
    r"\b(?:(?P<diagnosis>diagnos[ei]s|dx|icd-?10(?:-?cm)?|problem codes?)|"
    r"(?P<procedure>(?:procedure|billing|cpt|hcpcs|service)\s*codes?)|"
    r"(?<!zip )(?<!area )(?<!postal )(?<!remark )(?<!reason )(?<!revenue )(?<!rev )(?<!condition )"
    r"(?<!value )(?<!occurrence )(?P<code>codes))\b[^:;|\d]{0,60}:\s*$",
    re.IGNORECASE,
)
"""A sentence about codes that ends in a colon: "the diagnosis codes on this claim were: "."""

_BILLED = r"|billing|billed(?: as| for)?|coded(?: as)?|bill(?:ed)? with|billed code"

_CODE_BEFORE = tuple(
    (
        role,
        re.compile(
            rf"(?:^|[\s(\[,;/.•*-])(?:{words}{_BILLED if role == CODE else ''})"
            r"(?:\s*(?:codes?|numbers?|no\.?|#|\(s\)))*\s*(?:is|was|are|of|for|[:=#–-])*\s*$",
            re.IGNORECASE,
        ),
    )
    for role, words in _ROLE_WORDS
    if role
    in (
        REVENUE,
        REMARK,
        ADJUSTMENT,
        DRG,
        DENTAL,
        INPATIENT,
        DIAGNOSIS,
        PROCEDURE,
        MODIFIER,
        PLACE,
        UNITS,
        CODE,
    )
)


def label_before(text: str) -> str:
    """The role that the end of a text gives to a number right after it, or nothing.

    >>> label_before("Account # "), label_before("CPT code: "), label_before("Office visit ")
    ('identifier', 'procedure', '')
    """
    text = text[-REACH:]
    if found := _CODES_NAMED.search(text):
        return DIAGNOSIS if found["diagnosis"] else PROCEDURE if found["procedure"] else CODE
    for pattern in (_BEFORE_STRONG, _BEFORE_MARKED, _BEFORE_NUMBERED):
        if pattern.search(text):
            return IDENTIFIER
    for role, pattern in _CODE_BEFORE:
        if pattern.search(text):
            return role
    return ""


_ALONE = re.compile(rf"^\s*(?:{_MARKED})\s*$", re.IGNORECASE)


def names_number(text: str) -> bool:
    """Whether a cell begins with one word that names a number: "Check 59025"."""
    return bool(_ALONE.match(text))


STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "DC",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "PR",
        "GU",
        "VI",
    ]
)
STATE_NAMES = re.compile(
    r"\b(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|"
    r"hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|"
    r"michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|"
    r"new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|"
    r"rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|"
    r"west virginia|wisconsin|wyoming|puerto rico),?\s*$",
    re.IGNORECASE,
)
TOLD = re.compile(
    r"\b(?:shows?|showed|lists?|listed|charged?|billed|bills?|codes?|coded|includes?|says|was|wrote|"
    r"not be|be)\s+(?:as\s+|for\s+)?$",
    re.IGNORECASE,
)
"""Words of running text before a code that somebody tells of."""
NO_MODIFIER = frozenset(
    [
        "ad",
        "ai",
        "am",
        "an",
        "as",
        "at",
        "be",
        "by",
        "co",
        "do",
        "dr",
        "ed",
        "et",
        "go",
        "he",
        "hi",
        "hr",
        "id",
        "if",
        "in",
        "is",
        "it",
        "la",
        "me",
        "ms",
        "my",
        "no",
        "of",
        "oh",
        "ok",
        "on",
        "or",
        "os",
        "pa",
        "pc",
        "pm",
        "pt",
        "rd",
        "re",
        "sc",
        "se",
        "sh",
        "so",
        "ss",
        "st",
        "td",
        "th",
        "to",
        "tv",
        "uk",
        "up",
        "us",
        "we",
    ]
)
"""Words of two letters that in lower case are no modifier."""
STREET = re.compile(
    r"^[\s,]*(?:FM|CR|SR|RR|US|Co Rd|County Road)[ -]\d+\b|"
    r"^[\s,]*(?:[NSEW]\.?\s+|north\s+|south\s+|east\s+|west\s+)?(?:[\w.'’-]+\s+){0,3}"
    r"(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|ct|court|way|pl|place|pkwy|"
    r"parkway|hwy|highway|cir|circle|ter|terrace|trail|trl|loop|sq|square|pike|plaza|alley|run|row)"
    r"\b\.?",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"^[\s-]*(?:steps?|iu\b|units?\b|mg|mcg|ml|cc|g\b|kg|lbs?|cells?|copies|miles?|mi\b|km|points?|"
    r"patients?|people|members?|persons?|customers?|years?|yrs?|days?|weeks?|hours?|hrs?|minutes?|"
    r"mins?|calories|kcal|dollars|usd|percent|%|k/ul|k/mm|x10|/ul|per\b|mm|cm|hz|meq|rpm|bpm|mmhg|"
    r"sq\b|square|feet|ft\b|acres|beds|volts|times\b|bytes|kb|mb)",
    re.IGNORECASE,
)
"""What follows a number that counts or measures something."""
