"""What a word of a name is told by: lists of names, and that it is no everyday word."""

import re
import unicodedata
from functools import lru_cache

from analysis.given_names import EVERYDAY_GIVEN_NAMES, EVERYDAY_NAMES, GIVEN_NAMES, NOT_NAMES
from analysis.surnames import SURNAMES, is_surname_ending
from gateways.ordinary_words import ordinary_words

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae"})
_CACHED_WORDS = 4096
_LEAST_UNUSUAL = 4


@lru_cache(_CACHED_WORDS)
def folded(word: str) -> str:
    """Return the word in small letters, without accents and without a possessive "'s"."""
    lower = word.lower().removesuffix("'s").removesuffix("\u2019s").rstrip(".")
    if lower.isascii():
        return lower
    parts = unicodedata.normalize("NFD", lower.translate(_LETTERS))
    return "".join(part for part in parts if not unicodedata.combining(part))


_GIVEN = frozenset(folded(name) for name in GIVEN_NAMES)


@lru_cache(_CACHED_WORDS)
def is_given_name(word: str) -> bool:
    """Tell whether a word is a given name and rarely anything else; "Jean-Luc" is one."""
    plain = folded(word)
    return plain in _GIVEN or ("-" in plain and plain.split("-")[0] in _GIVEN)


@lru_cache(_CACHED_WORDS)
def is_everyday_given_name(word: str) -> bool:
    """Tell whether a word is a given name that is an everyday word, a month or a town too."""
    return folded(word) in EVERYDAY_GIVEN_NAMES


@lru_cache(_CACHED_WORDS)
def is_surname(word: str) -> bool:
    """Tell whether a word is a surname; some are everyday words or companies as well."""
    plain = folded(word)
    parts = plain.split("-")
    return any(part in SURNAMES or is_surname_ending(part) for part in parts) and (
        plain in SURNAMES or not is_ordinary(word)
    )


@lru_cache(_CACHED_WORDS)
def is_ordinary(word: str) -> bool:
    """Tell whether a word is one that everybody uses."""
    plain = folded(word)
    if re.split("['\u2019]", plain)[0] in NOT_NAMES:  # "I've"
        return True
    return plain in EVERYDAY_NAMES or plain in ordinary_words()


@lru_cache(_CACHED_WORDS)
def is_unusual(word: str) -> bool:
    """Tell whether a word is none that everybody uses; without a list of them, none is."""
    plain = folded(word)
    return len(plain) >= _LEAST_UNUSUAL and bool(ordinary_words()) and not is_ordinary(word)


@lru_cache(_CACHED_WORDS)
def is_part_of_a_name(word: str) -> bool:
    """Tell whether a word is a given name or a surname."""
    return is_given_name(word) or is_surname(word)


_THING = re.compile(
    r"(?:jack daniel|ben (?:&|and) jerry|johnn(?:y|ie) walker|jim beam|louis vuitton|calvin klein"
    r"|ralph lauren|tommy hilfiger|hugo boss|michael kors|kate spade|karl lagerfeld|giorgio armani"
    r"|marks (?:&|and) spencer|morgan stanley|jp morgan|charles schwab|harry potter|marie curie"
    r"|martin luther king|anne frank|mary poppins|peter pan|robin hood|santa claus|thomas cook"
    r"|victoria['\u2019]s secret|trader joe|papa john|dr\.? (?:martens|oetker|pepper|scholl)"
    r"|philip morris|john deere|elizabeth arden|eli lilly|james bond|ted baker|fred perry"
    r"|paul smith|johnson (?:&|and) johnson|ernst (?:&|and) young|sherlock holmes|indiana jones"
    r"|levi['\u2019]?s\b|wendy['\u2019]s|arthur andersen|rolls royce|wells fargo|dow jones"
    r"|jenny craig|tim hortons"
    r"|st\.? (?:patrick|george|andrew|nicholas|john|paul|mary)|saint (?:patrick|nicholas))",
    re.IGNORECASE,
)
_COMPANY_AFTER = re.compile(
    r"(?:['\u2019]s)?(?: ?(?:&|and) (?:sons?|co|partners|[A-Z]\w+ (?:Ltd|GmbH|LLP|Inc))\b"
    r"|,? (?:Ltd|Limited|GmbH|AG|Inc|LLC|LLP|PLC|Plc|plc|Corp|Co|SE|SA|BV|NV|AB|Oy|ApS|SpA|Pty|Pvt"
    r"|Group|Bank|Logistics|Insurance|Energy|Foods?|Motors?|Airlines?|Airport|Stores?|Supermarkets?"
    r"|Electronics|Pharma|Pharmacy|Holdings?|Industries|Partners|Consulting|Systems|Software|Solutions"
    r"|Technologies|Media|Hotels?|Resorts?|Clinic|Hospital|University|College|School|Institute"
    r"|Foundation|Museum|Library|Street|Avenue|Road|Square|Park|Station|Collection|Edition)\b)"
)
_ARTICLE_BEFORE = re.compile(r"(?:^|[^\w])(?i:the|a|an|our|this|that|these|those|its|every|each) $")
_MATTER_AFTER = re.compile(
    r"(?:['\u2019]s)? (?:case|account|order|family|ticket|contract|complaint|booking|refund|matter"
    r"|household|file|claim|reservation)\b"
)


def names_a_thing(text: str, start: int, end: int) -> bool:
    """Tell whether a name in a text is a brand's, a company's or a product's by what is around."""
    if _COMPANY_AFTER.match(text, end) or _THING.match(text, start):
        return True
    before = text[max(0, start - 10) : start]
    return bool(_ARTICLE_BEFORE.search(before)) and not _MATTER_AFTER.match(text, end)
