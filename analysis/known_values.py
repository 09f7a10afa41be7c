"""Personal values that a conversation's own fields give away: which keys hold them, and how a
value that is known can be written in a text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pydantic import JsonValue

from analysis.given_names import EVERYDAY_NAMES, NOT_NAMES
from analysis.name_words import is_given_name
from analysis.person_names import find_names, is_name
from analysis.personal_data import PersonalDataKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAX_VALUE_CHARS = 200
_KIND_OF_KEY = {
    PersonalDataKind.NAME: "firstname lastname fullname surname givenname familyname middlename "
    "customername username displayname passengername guestname cardholder cardholdername author "
    "contactname recipientname accountholder by handledby approvedby assignee",
    PersonalDataKind.EMAIL: "email emailaddress mail useremail customeremail",
    PersonalDataKind.PHONE: "phone phonenumber mobile mobilenumber telephone tel cell fax",
    PersonalDataKind.DATE_OF_BIRTH: "dob dateofbirth birthdate birthday birthdate",
    PersonalDataKind.ADDRESS: "address address1 address2 addressline1 addressline2 street "
    "streetaddress zip zipcode postcode postalcode",
    PersonalDataKind.IBAN: "iban",
    PersonalDataKind.SSN: "ssn socialsecuritynumber taxid nationalid",
    PersonalDataKind.CARD: "cardnumber creditcardnumber creditcard pan lastfour last4",
    PersonalDataKind.IP: "ip ipaddress",
    PersonalDataKind.ID: "customerref userid passport passportnumber accountnumber ordernumber "
    "trackingnumber confirmationcode licenseplate pnr",
}
_KINDS = {key: kind for kind, keys in _KIND_OF_KEY.items() for key in keys.split()}
_CATALOGUE_KEYS = _words(
    "productid itemid planid toolid articleid policyid templateid modelid categoryid skuid "
    "variantid flightid statusid typeid currencyid regionid languageid storeid"
)
_PERSON_PARENTS = _words(
    "customer user passenger passengers contact guest member client recipient traveler travelers "
    "savedpassengers owner employee patient author person"
)
_PERSONAL_KEYS = frozenset(
    {"email", "phone", "dob", "dateofbirth", "lastname", "emailaddress", "address1"}
)
_NO_VALUES = frozenset({"none", "null", "unknown", "n/a"})
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ORDINALS = ("st", "nd", "rd", "th")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.{0,30})?")


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value that is personal in this conversation, wherever it is written."""

    kind: PersonalDataKind
    value: str


def known_from_value(value: JsonValue) -> list[KnownValue]:
    """Return the personal values under telling keys ("email", "last_name", "user_id", …) of JSON.

    "first_name" and "last_name" of one object are also known together, as a full name.
    """
    return list(dict.fromkeys(_walk(value, "", in_person=False)))


def known_from_texts(texts: Iterable[str]) -> list[KnownValue]:
    """Return the names that any of the texts introduces, to be found in the others."""
    return list(
        dict.fromkeys(
            KnownValue(PersonalDataKind.NAME, text[match.start : match.end])
            for text in texts
            for match in find_names(text)
        )
    )


def kind_of_key(key: str, value: str) -> PersonalDataKind | None:
    """Return what a field holds by its key, or None where it is not personal or not telling."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    if not 2 <= len(value) <= _MAX_VALUE_CHARS or value.lower() in (
        "none",
        "null",
        "unknown",
        "n/a",
    ):
        return None
    kind = _KINDS.get(plain)
    if kind is PersonalDataKind.NAME and not is_name(value):
        return PersonalDataKind.ID if any(c.isdecimal() for c in value) else None
    if kind is not None:
        return kind
    is_id = re.search(r"(?:^|[_-])ids?$|[a-z]Ids?$|^id$", key) and plain not in _CATALOGUE_KEYS
    has_digit = any(character.isdecimal() for character in value)
    return PersonalDataKind.ID if is_id and has_digit and len(value) >= 4 else None


def spellings(known: KnownValue) -> Iterator[str]:
    """Yield the ways to write a known value that hide it as a whole, the value itself first."""
    yield known.value
    if known.kind is PersonalDataKind.DATE_OF_BIRTH:
        yield from _date_spellings(known.value)


def name_parts(name: str) -> Iterator[str]:
    """Yield the parts of a name that point to its bearer when written alone, capitalised."""
    parts = name.split()
    for part in parts:
        # Particles ("van der") are in lower case; a lone "dana", as a system's author, is a name.
        is_bearer = part[0].isupper() or len(parts) == 1
        if len(part) >= 2 and is_bearer and part.lower() not in NOT_NAMES and part[-1] != ".":
            yield part[0].upper() + part[1:]


def is_safe_in_lower_case(part: str) -> bool:
    """Tell whether a part of a name is no everyday word, so that its lower case is a name too."""
    lower = part.lower()
    return lower not in EVERYDAY_NAMES and (is_given_name(lower) or len(lower) >= 6)


def _walk(value: JsonValue, key: str, *, in_person: bool) -> Iterator[KnownValue]:
    if isinstance(value, dict):
        yield from _full_name(value)
        plain = re.sub(r"[^a-z0-9]", "", key.lower())
        person = plain in _PERSON_PARENTS or is_person(value)
        for name, item in value.items():
            yield from _walk(item, name, in_person=person)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, key, in_person=in_person)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        kind = kind_of_key(key, str(value))
        if kind is None and key == "name" and in_person and is_name(str(value)):
            kind = PersonalDataKind.NAME
        if kind is not None:
            yield KnownValue(kind, str(value).strip())


def is_person(fields: dict[str, JsonValue]) -> bool:
    """Tell whether an object describes a person, so that its "name" is a person's name."""
    plain = {re.sub(r"[^a-z0-9]", "", key.lower()) for key in fields}
    return bool(
        plain & {"email", "phone", "dob", "dateofbirth", "lastname", "emailaddress", "address1"}
    )


def _full_name(fields: dict[str, JsonValue]) -> Iterator[KnownValue]:
    plain = {re.sub(r"[^a-z]", "", key.lower()): item for key, item in fields.items()}
    first, last = plain.get("firstname"), plain.get("lastname")
    if isinstance(first, str) and isinstance(last, str) and first.strip() and last.strip():
        yield KnownValue(PersonalDataKind.NAME, f"{first.strip()} {last.strip()}")


def _date_spellings(value: str) -> Iterator[str]:
    match = _ISO_DATE.fullmatch(value)
    if not match:
        return
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return
    month = _MONTHS[day.month - 1]
    yield day.isoformat()
    for separator in "/.-":
        yield f"{day:%m}{separator}{day:%d}{separator}{day.year}"
        yield f"{day:%d}{separator}{day:%m}{separator}{day.year}"
        yield f"{day.month}{separator}{day.day}{separator}{day.year}"
        yield f"{day.day}{separator}{day.month}{separator}{day.year}"
    for name in (month, month[:3]):
        for number in (
            f"{day.day}",
            f"{day:%d}",
            f"{day.day}st",
            f"{day.day}nd",
            f"{day.day}rd",
            f"{day.day}th",
        ):
            yield from (f"{name} {number}, {day.year}", f"{name} {number} {day.year}")
            yield from (f"{number} {name} {day.year}", f"{number} of {name} {day.year}")
