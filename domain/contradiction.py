"""When two sentences on one subject cannot both hold: other values, a denial, an opposite.

It reads words, not worlds: what it finds is put before a person, who says which one holds. What
says the same subject in entirely other words, or means something else by the same, it misses.
"""

import math
import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.base import Line, Model, OptionalText
from domain.contradiction_words import (
    CONDITIONS,
    CURRENCIES,
    HOURS,
    LIGHT_WORDS,
    NEGATIONS,
    NUMBER_WORDS,
    OPPOSITES,
    SAME_WORDS,
    UNITS,
)
from domain.knowledge import ArticleContent, ItemContent, PolicyContent, ToolConnectionContent

MIN_SHARED = 0.6
"""The least share of the shorter sentence's words that both must have, to be on one subject."""

MIN_HELD = 2
"""How many words, sides and counted things they must have in common: one word is no subject.

The longer sentence may have as many words more, and one; beyond that it speaks of something more
special.
"""

_SAME_TIME = 0.02
"""How far apart one time may be in two units: a month is 30 days, and a twelfth of a year."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_MAX_STATEMENTS = 40
_MOMENT, _BOUND = "before", "least"
_PAUSES = frozenset(",;")
_FREE = re.compile(r"\bfree of charge\b", re.IGNORECASE)
_EITHER_WAY = re.compile(r"\b(?:with or without|whether or not)\b[^,.;:!?]*", re.IGNORECASE)
"""What does not matter for a sentence is not what it is about."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?::\d\d)?|[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*|[$€£%,;]")


class Clash(StrEnum):
    """Why two sentences cannot both hold."""

    OTHER_VALUE = "other_value"
    DENIAL = "denial"
    OPPOSITE = "opposite"


class Contradiction(Model):
    """A sentence of a proposal's draft against one of an item, or of another open proposal.

    `is_current` says whether both still say so: a later draft is searched anew.
    """

    id: UUID
    proposal_id: UUID
    other_item_id: UUID | None = None
    other_revision: int | None = None
    other_proposal_id: UUID | None = None
    other_title: Line
    statement: OptionalText
    other_statement: OptionalText
    clash: Clash
    is_current: bool = Field(description="Whether both still say so in their present form.")
    found_at: AwareDatetime


class _Reading(NamedTuple):
    """What a sentence is about, and what it claims of it."""

    words: frozenset[str]
    """What it is about, in one form for each word; without what the other fields hold."""
    scope: frozenset[str]
    """Those of the words that stand in a condition, such as an if."""
    values: dict[str, frozenset[float]]
    """The numbers that it names, by what they count."""
    signs: dict[str, frozenset[bool]]
    """Which side it takes on what can be one way or its opposite."""
    denied: frozenset[str]
    """The words right after a denial."""


def find_clash(one: str, other: str) -> Clash | None:
    """Return why two sentences cannot both hold, or None if nothing says so. It is symmetrical."""
    mine, theirs = _read(one), _read(other)
    if one.rstrip().endswith("?") or other.rstrip().endswith("?"):
        return None
    if not _is_one_subject(mine, theirs):
        return None
    counted = mine.values.keys() & theirs.values.keys()
    if mine.signs.get(_BOUND) != theirs.signs.get(_BOUND):
        # A least and a most are two figures of one thing.
        return None
    if any(_differ(mine.values[unit], theirs.values[unit]) for unit in counted):
        return Clash.OTHER_VALUE
    if (mine.denied ^ theirs.denied) & mine.scope & theirs.scope:
        # With insurance and without it are two cases.
        return None
    if (_MOMENT in mine.signs) != (_MOMENT in theirs.signs):
        # What holds before a moment may well not hold at all times.
        return None
    taken = mine.signs.keys() & theirs.signs.keys()
    if len(mine.words & theirs.words) < MIN_HELD:
        taken -= {_MOMENT}
    if any(not mine.signs[of] & theirs.signs[of] for of in taken):
        return Clash.OPPOSITE
    if mine.denied & (theirs.words - theirs.denied) or theirs.denied & (mine.words - mine.denied):
        return Clash.DENIAL
    return None


class Said(NamedTuple):
    """What an item or a draft says: its title, and its statements one by one."""

    title: str
    statements: Sequence[str]


class Clashing(NamedTuple):
    """Two statements that cannot both hold."""

    statement: str
    other_statement: str
    clash: Clash


def find_clashes(one: Said, other: Said) -> list[Clashing]:
    """Return the pairs of statements that cannot both hold, in the order of the first's.

    Where each title has a word that the other never uses, as do those on a gold and on a silver
    card, their statements are on two things, whatever they share.
    """
    if _title_stands_apart(one, other) and _title_stands_apart(other, one):
        return []
    return [
        Clashing(mine, theirs, clash)
        for mine in one.statements
        for theirs in other.statements
        if (clash := find_clash(mine, theirs)) is not None
    ]


def statements_of(content: ItemContent) -> list[str]:
    """Return what an item claims, sentence by sentence; a tool connection claims nothing."""
    match content:
        case ArticleContent():
            texts = [content.answer]
        case PolicyContent():
            texts = [content.rule, content.exceptions]
        case ToolConnectionContent():
            texts = []
    sentences = (part.strip() for text in texts for part in _SENTENCE_END.split(text))
    return [sentence for sentence in sentences if sentence][:_MAX_STATEMENTS]


def said_by(content: ItemContent, known: Collection[str] = ()) -> Said:
    """Return what a content says, but for the statements that are known already."""
    statements = [text for text in statements_of(content) if text not in known]
    return Said(content.title, statements)


def _title_stands_apart(one: Said, other: Said) -> bool:
    theirs = [other.title, *other.statements]
    return bool(_read(one.title).words - frozenset().union(*(_read(t).words for t in theirs)))


def _differ(mine: frozenset[float], theirs: frozenset[float]) -> bool:
    """Return whether neither of the two names all that the other does."""
    return not (_holds_all(mine, theirs) or _holds_all(theirs, mine))


def _holds_all(these: frozenset[float], those: frozenset[float]) -> bool:
    return all(
        any(math.isclose(that, this, rel_tol=_SAME_TIME) for this in these) for that in those
    )


def _is_one_subject(mine: _Reading, theirs: _Reading) -> bool:
    shared = mine.words & theirs.words
    mine_only, theirs_only = mine.words - shared, theirs.words - shared
    if not shared or (mine_only & mine.scope) or (theirs_only & theirs.scope):
        return False
    if len(shared) < MIN_SHARED * min(len(mine.words), len(theirs.words)):
        return False
    # Each has a word of its own, such as gold and silver: they speak of two things.
    if mine_only and theirs_only:
        return False
    held = len(shared) + len(mine.signs.keys() & theirs.signs.keys())
    held += len(mine.values.keys() & theirs.values.keys())
    return held >= MIN_HELD and max(len(mine_only), len(theirs_only)) <= len(shared) + 1


def _read(sentence: str) -> _Reading:
    reader = _Reader(sentence)
    for place in range(len(reader.tokens)):
        reader.read(place)
    return _Reading(
        frozenset(reader.words),
        frozenset(reader.scope),
        {unit: frozenset(numbers) for unit, numbers in reader.values.items()},
        {of: frozenset(sides) for of, sides in reader.signs.items()},
        frozenset(reader.denied),
    )


class _Reader:
    """Reads a sentence word by word; remembers whether it is in a denial or in a condition."""

    def __init__(self, sentence: str) -> None:
        found = _TOKEN.findall(_FREE.sub("free", _EITHER_WAY.sub("", sentence)))
        self.tokens = [word.casefold().replace("\u2019", "'") for word in found]
        self.words: set[str] = set()
        self.scope: set[str] = set()
        self.denied: set[str] = set()
        self.values: dict[str, set[float]] = {}
        self.signs: dict[str, set[bool]] = {}
        self._negated, self._conditional = False, False

    def read(self, place: int) -> None:
        """Read one token: a pause, a denial, a number, or a word."""
        word = self.tokens[place]
        if word in _PAUSES:
            self._negated = False
            self._conditional = self._conditional and self._goes_on(place)
            return
        self._conditional = self._conditional or word in CONDITIONS
        number = _number(word)
        if word in NEGATIONS or word.endswith("n't"):
            self._negated = not self._negated
            if word == "never":
                self.signs.setdefault("always", set()).add(False)
        elif number is not None:
            unit, value = _valued(number, self.tokens, place)
            self.values.setdefault(unit, set()).add(value)
        elif not _is_unit(self.tokens, place):
            self._read_word(word, _stem(word))

    def _goes_on(self, place: int) -> bool:
        """Tell whether a condition goes on after a pause: "When it is open, there is room, …"."""
        following = self.tokens[place + 1 :]
        return following[:1] == ["there"] and not _PAUSES.isdisjoint(following)

    def _read_word(self, word: str, stem: str) -> None:
        opposite = OPPOSITES.get(word) or OPPOSITES.get(stem)
        if opposite:
            self.signs.setdefault(opposite.of, set()).add(opposite.is_so != self._negated)
        elif word not in LIGHT_WORDS and stem not in LIGHT_WORDS:
            known = SAME_WORDS.get(stem, stem)
            self.words.add(known)
            if self._negated:
                self.denied.add(known)
            if self._conditional:
                self.scope.add(known)
        else:
            return
        self._negated = False


def _is_unit(tokens: list[str], place: int) -> bool:
    is_money_or_time = tokens[place] in CURRENCIES or _stem(tokens[place]) in UNITS
    return is_money_or_time or _counts_workdays(tokens, place)


def _counts_workdays(tokens: list[str], place: int) -> bool:
    following = _stem(tokens[place + 1]) if place + 1 < len(tokens) else ""
    return tokens[place] in {"business", "working", "work"} and following in HOURS


def _number(token: str) -> float | None:
    if token in NUMBER_WORDS:
        return float(NUMBER_WORDS[token])
    if not token[0].isdigit():
        return None
    hours, _, minutes = token.partition(":")
    digits = hours.replace(",", "") if re.fullmatch(r"\d+(,\d{3})+", hours) else hours
    return float(digits.replace(",", ".") if digits.count(",") == 1 else _plain(digits)) + (
        int(minutes) / 60 if minutes else 0
    )


def _plain(digits: str) -> str:
    """Return the digits of what is no ordinary number, such as a date, as one."""
    return digits if digits.count(".") < 2 and "," not in digits else re.sub(r"\D", "", digits)


def _valued(number: float, tokens: list[str], place: int) -> tuple[str, float]:
    """Return what a number counts, and how many: times in hours, whatever their unit."""
    before = tokens[place - 1] if place else ""
    following = [_stem(token) for token in tokens[place + 1 : place + 5]]
    if before in CURRENCIES:
        return CURRENCIES[before], number
    for kind, token in zip(following, tokens[place + 1 : place + 5], strict=True):
        if token in _PAUSES:
            break
        if token in CURRENCIES:
            return CURRENCIES[token], number
        if kind in HOURS:
            kinds = "working hours" if {"business", "working", "work"} & set(following) else "hours"
            return kinds, number * HOURS[kind]
        if kind in UNITS:
            return kind, number
        if _number(token) is None and token not in {"to", "or", "and", "business", "working"}:
            # A range has its unit after the second number; what is counted follows at once.
            return SAME_WORDS.get(kind, kind), number
    return "", number


def _stem(word: str) -> str:
    """Return a word without its commonest endings: enough to find one word in two forms."""
    for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
