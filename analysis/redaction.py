"""Redaction: personal data out, typed placeholders in. Pure; the patterns live beside this module.

One `Redactor` serves one conversation: the first value of a kind becomes "[NAME]", the second
"[NAME_2]", and so on in order of appearance; the same value always becomes the same placeholder.
"""

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from analysis.addresses import find_addresses
from analysis.fields import find_fields
from analysis.identifiers import find_identifiers
from analysis.invisible import strip_invisible
from analysis.known_values import (
    KnownValue,
    is_person,
    is_safe_in_lower_case,
    kind_of_key,
    known_from_texts,
    known_from_value,
    name_parts,
    spellings,
)
from analysis.person_names import find_names, is_name
from analysis.personal_data import PersonalDataKind, PersonalDataMatch, find_contacts_and_numbers

__all__ = [
    "KnownValue",
    "PersonalDataKind",
    "PersonalDataMatch",
    "Redactor",
    "contains_personal_data",
    "known_from_texts",
    "known_from_value",
    "strip_invisible",
]

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PersonalDataKind)})(?:_\d{{1,6}})?\]")
_NUMBER_KINDS = frozenset(
    {PersonalDataKind.PHONE, PersonalDataKind.CARD, PersonalDataKind.IBAN, PersonalDataKind.SSN}
)
_MAX_DEPTH = 50
_LEAST_KNOWN_CHARS = 4
"""A shorter id, such as "12", would hide the same number everywhere in a conversation."""


class Redactor:
    """Replaces personal data in the texts and values of one conversation.

    Placeholders depend on the order of the calls, so redact a conversation in its own order.
    Redacting what is redacted changes nothing. Not for use by several threads.
    """

    def __init__(self, known: Iterable[KnownValue] = ()) -> None:
        self._known = _KnownPatterns(known)
        self._placeholders: dict[tuple[PersonalDataKind, str], str] = {}
        self._counts: dict[PersonalDataKind, int] = {}
        self._originals: dict[str, str] = {}

    def redact(self, text: str) -> str:
        """Return the text without invisible characters, its personal data as placeholders."""
        text = strip_invisible(text)
        return self._replace(text, self.find(text))

    def find(self, text: str) -> list[PersonalDataMatch]:
        """Return what `redact` replaces, in order and without overlaps.

        Offsets are those of `strip_invisible(text)`.
        """
        text = strip_invisible(text)
        return list(_resolve(text, [*self._known.find(text), *_find(text)]))

    def redact_known(self, text: str) -> str:
        """Return the text with the known values as placeholders, and all others as they are."""
        text = strip_invisible(text)
        return self._replace(text, _resolve(text, self._known.find(text)))

    def restore(self, text: str) -> str:
        """Return a text with this redactor's placeholders as the values that they stand for.

        For those only who wrote the values, never for a model or a record.
        """
        return _PLACEHOLDER.sub(lambda match: self._originals.get(match[0], match[0]), text)

    def _replace(self, text: str, matches: Iterable[PersonalDataMatch]) -> str:
        parts: list[str] = []
        last = 0
        for match in matches:
            parts += (
                text[last : match.start],
                self._place(match.kind, text[match.start : match.end]),
            )
            last = match.end
        return "".join([*parts, text[last:]])

    def redact_value(self, value: JsonValue) -> JsonValue:
        """Return JSON of the same shape; fields with telling keys are replaced whole.

        Numbers under such keys become placeholders too. What is nested deeper than 50 levels is
        replaced by None.
        """
        return self._redact_value(value, key="", in_person=False, depth=0)

    def _redact_value(
        self, value: JsonValue, *, key: str, in_person: bool, depth: int
    ) -> JsonValue:
        if depth > _MAX_DEPTH:
            return None
        if isinstance(value, dict):
            person = is_person(value)
            return {
                self.redact(name): self._redact_value(
                    item, key=name, in_person=person, depth=depth + 1
                )
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [
                self._redact_value(item, key=key, in_person=in_person, depth=depth + 1)
                for item in value
            ]
        if value is None or isinstance(value, bool | float):
            return value
        return self._redact_field(value, key, in_person=in_person)

    def _redact_field(self, value: str | int, key: str, *, in_person: bool) -> JsonValue:
        text = strip_invisible(str(value))
        if _PLACEHOLDER.fullmatch(text):
            return text
        kind = kind_of_key(key, text)
        if kind is None and in_person and key == "name" and is_name(text):
            kind = PersonalDataKind.NAME
        if kind is not None:
            return self._place(kind, text)
        redacted = self.redact(text)
        return value if redacted == str(value) else redacted

    def _place(self, kind: PersonalDataKind, value: str) -> str:
        canonical = self._known.canonical(kind, value)
        found = self._placeholders.get((kind, canonical))
        if found is None:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            found = f"[{kind}]" if number == 1 else f"[{kind}_{number}]"
            self._placeholders[kind, canonical] = found
            self._originals[found] = value
        return found


def contains_personal_data(text: str) -> list[PersonalDataMatch]:
    """Return what a proposal must not hold, in order and without overlaps.

    Offsets are those of `strip_invisible(text)`. Placeholders are no personal data.
    """
    text = strip_invisible(text)
    return list(_resolve(text, _find(text)))


class _KnownPatterns:
    """The known values as two patterns: one for any case, one for names in their own case."""

    def __init__(self, known: Iterable[KnownValue]) -> None:
        self._kinds: dict[str, PersonalDataKind] = {}
        self._canonical: dict[tuple[PersonalDataKind, str], str] = {}
        exact: set[str] = set()
        # Longer names first, so that "Anna" stands for "Anna Keller" and not for itself.
        for item in sorted(set(known), key=lambda item: (-len(item.value), item.value)):
            value = strip_invisible(item.value).strip()
            for spelling in spellings(KnownValue(item.kind, value)):
                self._add(item.kind, spelling, value)
            if item.kind is PersonalDataKind.NAME:
                for part in name_parts(value):
                    exact |= {part, part.upper()}
                    self._add(item.kind, part, value)
        any_case = {
            value
            for value, kind in self._kinds.items()
            if kind is not PersonalDataKind.NAME or " " in value or is_safe_in_lower_case(value)
        }
        self._patterns = (_alternatives(any_case, re.IGNORECASE), _alternatives(exact, re.NOFLAG))

    def find(self, text: str) -> Iterator[PersonalDataMatch]:
        for pattern in self._patterns:
            for match in pattern.finditer(text):
                kind = self._kinds.get(_normal(match[0]))
                if kind is not None:
                    yield PersonalDataMatch(kind, match.start(), match.end())

    def canonical(self, kind: PersonalDataKind, value: str) -> str:
        normal = _compact(kind, value)
        return self._canonical.get((kind, normal), normal)

    def _add(self, kind: PersonalDataKind, spelling: str, value: str) -> None:
        if len(spelling) < (2 if kind is PersonalDataKind.NAME else _LEAST_KNOWN_CHARS):
            return
        self._kinds.setdefault(_normal(spelling), kind)
        whole = self._canonical.get((kind, _compact(kind, value)), _compact(kind, value))
        self._canonical.setdefault((kind, _compact(kind, spelling)), whole)


def _alternatives(values: Iterable[str], flags: re.RegexFlag) -> re.Pattern[str]:
    ordered = sorted(values, key=lambda value: (-len(value), value))
    choices = "|".join(r"\s{1,4}".join(map(re.escape, value.split())) for value in ordered)
    # A pattern of no alternatives would match everywhere; "(?!)" matches nowhere.
    return re.compile(rf"(?<!\w)(?:{choices or '(?!)'})(?!\w)", flags)


def _normal(value: str) -> str:
    return " ".join(value.casefold().split())


def _compact(kind: PersonalDataKind, value: str) -> str:
    if kind in _NUMBER_KINDS:
        return "".join(character for character in value.casefold() if character.isalnum())
    return _normal(value)


def _find(text: str) -> Iterator[PersonalDataMatch]:
    yield from find_contacts_and_numbers(text)
    yield from find_addresses(text)
    yield from find_fields(text)
    yield from find_identifiers(text)
    yield from find_names(text)


def _resolve(text: str, matches: Iterable[PersonalDataMatch]) -> Iterator[PersonalDataMatch]:
    """Yield matches in order; those that overlap become one of the longest one's kind."""
    taken = [match.span() for match in _PLACEHOLDER.finditer(text)]
    current: PersonalDataMatch | None = None
    longest = 0
    # At equal start and length, the order in which the finders ran decides: sorting is stable.
    for match in sorted(_outside(taken, matches), key=lambda match: (match.start, -match.end)):
        length = match.end - match.start
        if current is None or match.start >= current.end:
            if current is not None:
                yield current
            current, longest = match, length
        else:
            kind = match.kind if length > longest else current.kind
            longest = max(longest, length)
            current = PersonalDataMatch(kind, current.start, max(current.end, match.end))
    if current is not None:
        yield current


def _outside(
    taken: list[tuple[int, int]], matches: Iterable[PersonalDataMatch]
) -> Iterator[PersonalDataMatch]:
    """Yield the matches, cut short before or dropped inside what is a placeholder already."""
    covered = {position for start, end in taken for position in range(start, end)}
    for match in matches:
        positions = range(match.start, match.end)
        if not covered or covered.isdisjoint(positions):
            yield match
        elif match.start not in covered:
            end = next(position for position in positions if position in covered)
            yield PersonalDataMatch(match.kind, match.start, end)
