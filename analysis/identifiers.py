"""Ids of customers, orders, bookings and accounts: told from error codes, versions and units."""

import re
from collections.abc import Callable, Iterator

from analysis.personal_data import PersonalDataKind, PersonalDataMatch
from gateways.ordinary_words import ordinary_words

_SUBJECT = (
    r"(?:order|orders|reservation|booking|confirmation|customer|client|user|account|member"
    r"|membership|case|ticket|invoice|receipt|tracking|shipment|parcel|passport|licen[cs]e|reference|ref|pnr"
    r"|transaction|payment|certificate|voucher|gift card|policy|claim|contract|loyalty"
    r"|frequent flyer|serial|patient|student|employee|subscription|bestellung|kundennummer"
    r"|bestellnummer|auftrag|buchung|request|quote|application|registration|enrol?ment|delivery"
    r"|consignment|waybill|meter|device|vehicle|personnel|staff|badge|insurance|beneficiary|tax|vat"
    r"|incident|complaint|repair|job|work order|session)"
)
# Numbers that states and networks give out; each is an id with no word such as "number" behind it.
_ISSUED = (
    r"(?:aadhaar|pan|gstin|gst|vat|nhs|national insurance|nino|imei|iccid|imsi|vin|chassis|passport"
    r"|driving licen[cs]e|driver['\u2019]?s? licen[cs]e|steuer(?:nummer|-?id)|siret|siren|nif|nie"
    r"|dni|cpf|cnpj|bsn|pesel|codice fiscale|personnummer|medicare|tfn|ein|itin|eori)"
)
_MARKER = r"(?:number|numbers|num|no\.?|nr\.?|id|ids|code|reference|ref|locator|#|№)"
_LINK = r"(?:(?: is|:|=| was|\s){1,3}[#(\"'*]{0,3})"
_ID_TEXT = r"([A-Za-z0-9](?:[A-Za-z0-9]|[-_/](?=[A-Za-z0-9])){2,39})\b"
_MARKED = re.compile(
    rf"\b{_SUBJECT}s?[ -]?{_MARKER}{_LINK}"
    r"([A-Za-z0-9](?:[A-Za-z0-9]|[-_/.](?=[A-Za-z0-9])){2,39})\b",
    re.IGNORECASE,
)
# Several groups, as cards of members and states have them: "GM 5567 8812", "QQ 12 34 56 C".
_GROUPED = re.compile(
    rf"\b(?:(?i:{_ISSUED}(?:[ -]?{_MARKER})?)|(?i:{_SUBJECT}s?[ -]?{_MARKER})){_LINK}"
    r"((?=[A-Z0-9 /.-]{0,24}\d[A-Z0-9 /.-]{0,8}\d)[A-Z0-9]{1,20}(?:[ /.-][A-Z0-9]{1,12}){0,5})\b"
)
# Told by its form: "WM88-20A1-77F3", "20261104-0083-2".
_SEGMENTED = re.compile(
    r"(?<![\w$€£¥@.,/-])[A-Z0-9]{1,12}(?:[-/][A-Z0-9]{1,12}){1,5}(?![\w%°/-]|[.,]\d)"
)
_HANDLE = re.compile(
    r"\b(?:user ?name|user|login|handle|screen ?name|nick ?name)(?: is|:){1,2} [\"'@]{0,2}"
    r"((?=[\w.-]{0,39}[\d_.])[A-Za-z][\w.-]{2,39}\w)",
    re.IGNORECASE,
)
# A booking's code may be all letters: "reservation HATHAT".
_LOCATOR = re.compile(
    r"\b(?i:reservations?|bookings?|pnrs?|record locators?|confirmations?)"
    r"(?i: (?:code|number|id|ref|reference)s?)?(?: is| are|:|\s){1,3}[#(\"']{0,2}([A-Z0-9]{6})\b"
)
# Or after "ID" alone: "one with ID IFOYYZ".
_CALLED_ID = re.compile(
    r"\b(?:ID|I[Dd]s)(?: number)?(?: is| are| of|:|\s){1,3}[#(\"']{0,2}([A-Z0-9]{5,12})\b"
)
# And another one right behind it: "IDs IFOYYZ, HATHAT and KCXJWQ".
_ANOTHER = re.compile(
    r"[)\"']{0,2}(?:\s?[,;/&]\s?(?:and |or )?| (?:and|or|as well as) |\n[-•*]? ?)"
    r"[#(\"']{0,2}([A-Z0-9]{5,12})\b"
)
_MONEY = re.compile(r"(?:EUR|USD|GBP|CHF|CAD|AUD)\d+")
_PRODUCT_BEFORE = re.compile(
    r"\b(?:models?|type|series|sku|ean|isbn|upc|asin|part|article|batch|lot|error|code|product|form|item"
    r"|flight|gate|version|release|firmware|size|section|rule|standard)"
    r"(?: (?:code|number|no\.?|id))?(?: is|:|=)?[ \"'#]{1,3}$",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"\b(?i:licen[cs]e plate|number plate|registration plate|kennzeichen)(?: number)?"
    r"(?: is|:|\s){1,3}((?=[A-Z0-9 -]{0,8}\d)[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{1,4}){0,2})\b"
)
_NAMED = re.compile(rf"\b{_SUBJECT}(?: is|:|\s){{1,3}}[#(\"'*]{{0,3}}{_ID_TEXT}", re.IGNORECASE)
_HASH = re.compile(r"(?<![\w&/])#([A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){2,39})\b")
_WORD = re.compile(r"(?<![\w$€£¥@.,/-])[A-Za-z0-9][A-Za-z0-9_-]{3,63}(?![\w%°]|[.,]\d)")
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)

_SNAKE = re.compile(r"([a-z]{1,30})(?:_[a-z]{1,30}){0,5}_\d{3,20}", re.IGNORECASE)
# A tool's or a document's name with a number: get_order_status_7291.
_TOOL_NAME = re.compile(
    r"(?:(?:get|set|list|find|search|open|close|create|delete|add|remove|update|change|reset|clear"
    r"|check|order|apply|submit|pay|send|issue|cancel|book|file|log|request|approve|deny|activate"
    r"|freeze|unfreeze|transfer|deposit|upgrade|downgrade|doc|api|http|error|test)_\w{1,60}"
    r"|(?:[a-z]{1,30}_){4,8}\d{1,20})",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"([A-Za-z]{1,6})-(?:\d{2,4}-)?[A-Z0-9]{0,3}\d{3,20}[A-Z]?")
_MIXED = re.compile(r"(?=.{6,40}$)(?=.{0,39}\d)(?=.{0,39}[A-Za-z])[A-Za-z0-9]{6,40}")
_DIGITS = re.compile(r"\d{6,40}")
# E42, HAT001, WPA2, SHA256 · Android14, SUMMER25 · 23kg, 1080p, 120min.
_VOCABULARY = re.compile(
    r"[A-Za-z]{1,5}\d{1,3}|[A-Za-z]{4,20}\d{1,2}|\d{1,6}[a-z]{1,4}|\d{1,6}[A-Z]{3}"
)
_HEX_CODE = re.compile(r"0[xX][0-9A-Fa-f]{1,16}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d.{0,20})?")
# Dates, and the telephone numbers of companies.
_IN_GROUPS_BUT_NO_ID = re.compile(
    r"\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{4}[-/]\d{2,4}|(?:\d{1,3}-)?\d{3}-\d{3}-\d{4}"
)
_STANDARD = re.compile(
    r"iso|rfc|err|error|e|https?|code|status|kb|cve|en|din|iec|ieee|psd|sha|aes|rsa|tls|utf|wpa"
    r"|covid|fy|mt|ean|form|art|article|section|rule|tier|step|level|version|v|build|fips|ansi|astm"
    r"|nist|gdpr|usb|ipv|ral|mil|std|model",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"\s?(?:%|percent|points?|miles|units?|usd|eur|gbp|dollars?|euros?|pounds?|yen|items?|customers?"
    r"|people|users|requests?|times|days?|hours?|minutes?|seconds?|ms|kg|km|m\b|mb|gb|kb|°)",
    re.IGNORECASE,
)


def find_identifiers(text: str) -> Iterator[PersonalDataMatch]:
    """Yield the ids in a text, in no order; they may overlap."""
    has_digit = any(character.isdecimal() for character in text)
    for pattern, accept in _FINDERS if has_digit else _FINDERS_OF_LETTERS:
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            if accept(match[group]) and not _has_unit(match, group):
                if pattern in _OFTEN_PRODUCTS and _PRODUCT_BEFORE.search(
                    text[: match.start(group)][-40:]
                ):
                    continue  # "Model WX-5500" is for sale to everybody.
                yield PersonalDataMatch(PersonalDataKind.ID, *match.span(group))
                if pattern in _LISTED:
                    yield from _others(text, match, group)


def _others(text: str, first: re.Match[str], group: int) -> Iterator[PersonalDataMatch]:
    """Yield the ids of the same make that are listed right after one."""
    end = first.end(group)
    while (match := _ANOTHER.match(text, end)) and _is_of_the_make(match[1], first[group]):
        if _has_unit(match, 1):
            return
        yield PersonalDataMatch(PersonalDataKind.ID, *match.span(1))
        end = match.end(1)


def _is_of_the_make(word: str, first: str) -> bool:
    makes = [(w.isalpha(), w.isdecimal()) for w in (word, first)]
    near = abs(len(word) - len(first)) <= 2
    return near and makes[0] == makes[1] and _is_unusual(word) and not _MONEY.fullmatch(word)


def _is_unusual(word: str) -> bool:
    return word.lower() not in ordinary_words()


def _is_telling(word: str) -> bool:
    """Tell whether a word is an id by its shape alone."""
    if _HEX_CODE.fullmatch(word) or _DATE.fullmatch(word):
        return False
    if _VOCABULARY.fullmatch(word) or _TOOL_NAME.fullmatch(word):
        return False
    prefixed = _SNAKE.fullmatch(word) or _PREFIXED.fullmatch(word)
    if prefixed:
        return not _STANDARD.fullmatch(prefixed[1])
    if _DIGITS.fullmatch(word):
        return True
    standard = re.fullmatch(r"([A-Za-z]{1,6})\d{1,6}", word)
    if standard and _STANDARD.fullmatch(standard[1]):
        return False
    return bool(_MIXED.fullmatch(word)) and (_digits(word) >= 2 or word.isupper())


def _is_id_after_subject(word: str) -> bool:
    if word.isdecimal():
        return len(word) >= 5 and not word.endswith("000")
    if _DATE.fullmatch(word) or _TOOL_NAME.fullmatch(word) or not _digits(word):
        return False
    # Six capitals and digits after "reservation" are a booking, even one like "BOH180".
    return len(word) >= 5 and (
        not _VOCABULARY.fullmatch(word) or (len(word) == 6 and word.isupper())
    )


def _digits(word: str) -> int:
    return sum(character.isdecimal() for character in word)


def _has_unit(match: re.Match[str], group: int) -> bool:
    return match[group].isdecimal() and bool(_UNITS.match(match.string, match.end(group)))


def _is_segmented_id(word: str) -> bool:
    parts = re.split("[-/]", word)
    if any(_STANDARD.fullmatch(part) for part in parts) or _IN_GROUPS_BUT_NO_ID.fullmatch(word):
        return False
    letters = any(character.isalpha() for character in word)
    return _digits(word) >= 5 and (letters or len(parts) >= 3)


def _is_id_after_marker(word: str) -> bool:
    # After "confirmation code is" even letters alone are an id, unless they are a short word.
    return _digits(word) >= 1 or (word.isupper() and len(word) >= 5)


_LISTED = frozenset({_MARKED, _LOCATOR, _CALLED_ID})
_OFTEN_PRODUCTS = frozenset({_WORD, _SEGMENTED, _CALLED_ID})
_Finder = tuple[re.Pattern[str], Callable[[str], bool]]
_FINDERS_OF_LETTERS: tuple[_Finder, ...] = (
    (_MARKED, _is_id_after_marker),
    (_LOCATOR, _is_unusual),
    (_CALLED_ID, _is_unusual),
    (_HANDLE, lambda word: "@" not in word),
)
_FINDERS: tuple[_Finder, ...] = (
    *_FINDERS_OF_LETTERS,
    (_UUID, bool),
    (_PLATE, bool),
    (_SEGMENTED, _is_segmented_id),
    (_GROUPED, lambda word: _digits(word) >= 4),
    (_WORD, _is_telling),
    (_HASH, lambda word: _digits(word) >= 1),
    (_NAMED, _is_id_after_subject),
)
