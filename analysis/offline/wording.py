"""How acts and values read in a rule that a person would sign. Knows nothing of cases."""

import re

from analysis.text import humanise, words

_PROPERTY = re.compile(r"(?:able|ible|ed|ive|ing|free|new|late|open)$")
_CURRENCIES = frozenset(
    {"usd", "eur", "gbp", "chf", "jpy", "cad", "aud", "sek", "nok", "dkk", "pln"}
)
_HAS_CURRENCY = re.compile(r"[$€£¥]|\d (?:dollars|euros|pounds|francs|yen|[A-Z]{3})\b")
_UNITS = (
    "dollars|euros|pounds|francs|cents|percent|per cent|minutes|hours|days|weeks|months|years"
    "|kilometres|km|kg|grams"
)


def spoken_act(name: str) -> str:
    """Return `cancel_reservation` as "cancel the reservation (`cancel_reservation`)"."""
    verb, *rest = words(name) or [name]
    act = f"{verb} the {' '.join(rest)}" if rest else verb
    return f"{act} (`{name}`)"


def object_of(name: str) -> str:
    """Return what a tool acts upon: "the reservation flights"."""
    verb, *rest = words(name) or [name]
    return f"the {' '.join(rest)}" if rest else verb


def spoken_value(field: str, value: str) -> str:
    """Return that a field has a value: "the cabin is economy"."""
    field, value = _in_currency(field, value)
    return f"the {field} {_is(field)} {value}"


def spoken_flag(field: str, *, holds: bool) -> str:
    """Return a yes or no as words: "there is no insurance", "it is not refundable"."""
    parts = [word for word in words(field) if word not in {"is", "has"}] or [field]
    if _PROPERTY.search(parts[-1]):
        return f"it is {'' if holds else 'not '}{' '.join(parts)}"
    return f"there {_is(parts[-1])} {'' if holds else 'no '}{' '.join(parts)}"


def _is(field: str) -> str:
    last = (words(field) or [field])[-1]
    counted = field.startswith("number of")
    return "are" if last.endswith("s") and not last.endswith("ss") and not counted else "is"


def with_unit(value: str, text: str) -> str:
    """Return a number with the unit that a text gives it: `50` as `$50` or `50 dollars`."""
    number = re.escape(value)
    if not re.fullmatch(r"\d+(?:\.\d+)?", value):
        return value
    if match := re.search(rf"([$€£])\s?{number}(?![\d.,]*\d)", text):
        return f"{match[1]}{value}"
    if match := re.search(rf"(?<![\d.,]){number} ({_UNITS})\b", text, re.IGNORECASE):
        return f"{value} {match[1]}"
    return value


def spoken_setting(name: str, value: str) -> str:
    """Return an argument with its value: "the amount $50", "0 nonfree baggages"."""
    field, value = _in_currency(humanise(name), value)
    counted = field.endswith("s") and value.isdecimal()
    return f"{value} {field}" if counted else f"the {field} {value}"


def _in_currency(field: str, value: str) -> tuple[str, str]:
    """Return a field's name and its value with the currency that the name ended in, if it did."""
    *noun, last = field.split() or [field]
    if last.lower() not in _CURRENCIES or not noun:
        return field, value
    if re.fullmatch(r"[-+]?\d[\d.,\s]*", value):
        return " ".join(noun), f"{value} {last.upper()}"
    return (" ".join(noun) if _HAS_CURRENCY.search(value) else field), value


def akin(one: str, other: str) -> bool:
    """Return whether one word is a form or a part of the other: `bag` of `baggages`."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) or (len(short) > 3 and long.endswith(short))


def plural(noun: str) -> str:
    """Return several of a noun: `passengers`."""
    return noun if noun.endswith("s") else f"{noun}s"
