"""What personal data is, and the patterns for all kinds of it but names, ids and addresses.

Every quantifier is bounded, so that a scan is linear in the text.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers


class PersonalDataKind(StrEnum):
    """The kinds of personal data; each value is the word in its placeholder."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    SSN = "SSN"
    ID = "ID"
    ADDRESS = "ADDRESS"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    IP = "IP"
    URL_WITH_ID = "URL_WITH_ID"


@dataclass(frozen=True, slots=True)
class PersonalDataMatch:
    """Characters `start` to `end` of a text hold personal data of one kind."""

    kind: PersonalDataKind
    start: int
    end: int


MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli"
    r"|oktober|dezember)"
)
DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of)? {MONTH}\.?,? \d{{4}}"
    rf"|{MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)

_EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}")
_SPELLED_EMAIL = re.compile(
    r"[\w.+-]{1,64} ?[\[(] ?at ?[\])] ?"
    r"(?:[\w-]{1,63}(?:\.| ?[\[(] ?dot ?[\])] ?)){1,4}[a-z]{2,24}",
    re.IGNORECASE,
)
_COMPANY_MAILBOX = re.compile(
    r"(?:support|help|helpdesk|no-?reply|do-?not-?reply|service|customer-?(?:service|care)|claims"
    r"|billing|refunds?|returns|privacy|security|complaints|feedback)@",
    re.IGNORECASE,
)
_URL = re.compile(r"\bhttps?://[^\s<>\"')\]]{1,2000}", re.IGNORECASE)
_URL_ID = re.compile(
    r"@|%40|\d{4}|[0-9a-f]{12}"
    r"|[?&#;](?:[a-z_-]{0,20})(?:token|key|session|sid|user|email|auth|code)=",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_CARD_ENDING = re.compile(
    r"\b(?:ending|ends|end|last (?:four|4)(?: digits)?)(?: (?:in|with|on|are|is|of|by|digits)){0,2}"
    r"[: ]{0,2}[*x•]{0,16}(\d{4})\b|[*x•]{3,16}[ -]?(\d{4})\b|\bmy (\d{4}) card\b",
    re.IGNORECASE,
)
_CARD_WORDS = re.compile(r"card|visa|master|amex|debit|credit|[*x•]{3}", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_SSN_WORDS = re.compile(
    r"\b(?:ssn|social security(?: number)?|tax id|national insurance(?: number)?)"
    r"(?: is|:|#|\s){0,3}([A-Z]{0,2}\d[\d -]{5,12}[\dA-Z])\b",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
# Loopback, private networks and masks: the same on every router.
_NOBODYS = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.168.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "fc00::/7"),
        ),
    )
)
_VERSION_BEFORE = re.compile(r"(?:\bv|version|release|build|firmware)[ .:]{0,2}$", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.#$€£])(?:\+|00)?\(?\d(?:[ ().\-/]{0,3}\d){6,14}(?![\w]|[.,]\d)")
_DATE_LIKE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}")
_TOLL_FREE = re.compile(r"(?:\+?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[ .-]")
_PHONE_WORDS = re.compile(
    r"\b(?:phone|call|mobile|cell|tel|telephone|text|whatsapp|reach|sms|handy|ring|fax)\b"
    r"[^\d\n]{0,30}$",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    rf"\b(?:born|b\.(?= ?\d)|birth ?day|birth ?date|birth|dob|d\.o\.b\.?|geboren|geburtsdatum"
    rf"|date de naissance)[^\d\n]{{0,30}}?({DATE})",
    re.IGNORECASE,
)


def find_contacts_and_numbers(text: str) -> Iterator[PersonalDataMatch]:
    """Yield matches of every kind but names, ids and addresses, in no order; they may overlap."""
    kind = PersonalDataKind
    yield from _whole(_URL, kind.URL_WITH_ID, text, lambda m: bool(_URL_ID.search(m[0], 8)))
    yield from _whole(_EMAIL, kind.EMAIL, text, lambda m: not _COMPANY_MAILBOX.match(m[0]))
    yield from _whole(_SPELLED_EMAIL, kind.EMAIL, text)
    yield from _whole(_CARD, kind.CARD, text, lambda m: passes_luhn(m[0]))
    yield from _card_endings(text)
    yield from _ibans(text)
    yield from _whole(_SSN, kind.SSN, text)
    yield from _group(_SSN_WORDS, kind.SSN, text)
    yield from _whole(_IPV4, kind.IP, text, lambda m: _is_ip(m) and not _is_version(m))
    yield from _whole(_IPV6, kind.IP, text, _is_ip)
    yield from _whole(_PHONE, kind.PHONE, text, _is_phone)
    yield from _group(_BIRTH, kind.DATE_OF_BIRTH, text)


def passes_luhn(number: str) -> bool:
    """Tell whether the digits satisfy the card check of ISO/IEC 7812-1 and are not all equal."""
    digits = [int(character) for character in number if character.isdecimal()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0 and len(set(digits)) > 1


def passes_iban_check(number: str) -> bool:
    """Tell whether an IBAN without spaces has the right check digits (ISO 13616, modulo 97)."""
    if not number.isascii() or not number.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def _whole(
    pattern: re.Pattern[str],
    kind: PersonalDataKind,
    text: str,
    accept: Callable[[re.Match[str]], bool] = lambda _: True,
) -> Iterator[PersonalDataMatch]:
    for match in pattern.finditer(text):
        if accept(match):
            yield PersonalDataMatch(kind, match.start(), match.end())


def _group(
    pattern: re.Pattern[str],
    kind: PersonalDataKind,
    text: str,
    accept: Callable[[str], bool] = lambda _: True,
) -> Iterator[PersonalDataMatch]:
    for match in pattern.finditer(text):
        start, end = match.span(match.lastindex or 0)
        if accept(text[start:end]):
            yield PersonalDataMatch(kind, start, end)


def _card_endings(text: str) -> Iterator[PersonalDataMatch]:
    for match in _CARD_ENDING.finditer(text):
        start, end = match.span(match.lastindex or 0)
        before = text[max(0, match.start() - 40) : match.end()]
        # "The year ending in 2025" ends no card.
        if text[start : start + 2] not in ("19", "20") or _CARD_WORDS.search(before):
            yield PersonalDataMatch(PersonalDataKind.CARD, start, end)


def _ibans(text: str) -> Iterator[PersonalDataMatch]:
    for match in _IBAN.finditer(text):
        # The pattern may run on into the next word, so shorter readings are tried as well.
        for end in range(match.end(), match.start() + 14, -1):
            if passes_iban_check(text[match.start() : end].replace(" ", "")):
                yield PersonalDataMatch(PersonalDataKind.IBAN, match.start(), end)
                break


def _is_ip(match: re.Match[str]) -> bool:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return False
    return not any(address in network for network in _NOBODYS if network.version == address.version)


def _is_version(match: re.Match[str]) -> bool:
    return bool(_VERSION_BEFORE.search(match.string, max(0, match.start() - 12), match.start()))


def _is_phone(match: re.Match[str]) -> bool:
    number = match[0].strip()
    if _TOLL_FREE.match(number):
        return False  # A company's line: customers have none.
    if _DATE_LIKE.fullmatch(number):
        return False
    if _NORTH_AMERICAN.fullmatch(number):
        return True
    if _PHONE_WORDS.search(match.string, max(0, match.start() - 45), match.start()):
        return True
    digits = sum(character.isdecimal() for character in number)
    if number.startswith(("+", "00")):
        return _is_possible("+" + number.removeprefix("00").removeprefix("+"), None)
    if number.startswith(("0", "(0")) and digits >= 9:
        return any(_is_possible(number, region) for region in ("GB", "DE", "FR", "IT"))
    return False


def _is_possible(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
