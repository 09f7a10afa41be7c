"""Finding one customer's words in other texts, and taking them out.

What a text holds of a customer: a run of their own words that is too long to be chance, or one of
their personal values. Case, white space, punctuation and Unicode's spellings do not count.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from typing import NamedTuple

ERASED = "[erased]"
"""What stands where a customer's words stood."""

RUN_WORDS = 5
"""How many of a customer's words in a row are theirs and not the language's. Four-word runs such
as "how do I get" stand in every knowledge base; of five, few are shared by chance, and those that
others have said too are nobody's (see `Eraser`)."""

LEAST_VALUE_CHARACTERS = 4
"""A shorter personal value, such as "12" or "Bo", would take the same letters out everywhere."""

_QUOTED_WORDS = 3
"""How many of a customer's words in a row make an answer one that repeats them."""

_IDEOGRAPHS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_MARKS = "\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff"
# A placeholder of redaction is one word; where words were erased already, no run goes on.
_WORD = re.compile(
    rf"\[erased\]|\[[A-Z]+(?:_[A-Z]+)*(?:_\d+)?\]|[{_IDEOGRAPHS}]"
    rf"|(?:(?![{_IDEOGRAPHS}])[^\W_]|[{_MARKS}])+"
)
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_WORD_WEIGHT = 2
"""Scripts without spaces are read letter by letter, two of which weigh as much as a word."""
_RUN_WEIGHT = RUN_WORDS * _WORD_WEIGHT
_LIMITS = (300, 2_000, 20_000)
"""The longest that a line, a quote and a text may be, which `[erased]` for a shorter value must
not exceed."""

Run = tuple[str, ...]


class _Word(NamedTuple):
    """A word in its normal spelling, or "" where it must match nothing; and where it stands."""

    normal: str
    start: int
    end: int

    @property
    def weight(self) -> int:
        return 1 if _IDEOGRAPH.fullmatch(self.normal) else _WORD_WEIGHT


def _words(text: str) -> list[_Word]:
    return [_Word(_normal(match[0]), *match.span()) for match in _WORD.finditer(text)]


def _normal(word: str) -> str:
    if word == ERASED:
        return ""
    if word.isascii():
        return word.lower()
    shown = "".join(c for c in word if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())


def _normals_of(words: Sequence[_Word]) -> Run:
    return tuple(word.normal for word in words)


def _runs(words: Sequence[_Word]) -> Iterator[tuple[int, Run]]:
    """Yield each shortest run of full weight, with the place of its first word."""
    for first in range(len(words)):
        weight, last = 0, first
        while weight < _RUN_WEIGHT and last < len(words) and words[last].normal:
            weight += words[last].weight
            last += 1
        if weight >= _RUN_WEIGHT:
            yield first, tuple(word.normal for word in words[first:last])


def _grams(words: Sequence[_Word]) -> Iterator[Run]:
    normals = _normals_of(words)
    for first in range(len(normals) - _QUOTED_WORDS + 1):
        yield normals[first : first + _QUOTED_WORDS]


def _unquoted(words: Sequence[_Word], quoted: set[Run]) -> set[str]:
    """Return the words that stand outside of what repeats the customer."""
    own = {
        place
        for first, run in enumerate(_grams(words))
        if run in quoted
        for place in range(first, first + _QUOTED_WORDS)
    }
    return {word.normal for place, word in enumerate(words) if place not in own}


class CustomerText(NamedTuple):
    """What one customer has said, and what gives them away."""

    said: Sequence[str]
    """Their own texts."""
    values: Sequence[str] = ()
    """Personal wherever they stand: names, addresses, numbers."""
    mentioned: Sequence[str] = ()
    """Values that came up and may be the company's own, such as a shop's telephone."""
    names: Sequence[str] = ()
    """Names that are everyday words too, such as "Mark"."""
    fields: Sequence[str] = ()
    """Texts of fields about them: a run of their words is told, a single word is not."""
    answers: Sequence[str] = ()
    """What was said to them: single words of it are not the customer's alone, unless it repeats
    three of the customer's in a row."""


class Eraser:
    """Takes what is one customer's out of texts.

    First `forget` what the company or other customers say as well: it is nobody's, however the
    customer came to say it. Personal values are never forgotten. `closely` is for what was drafted
    from the customer's own case.
    """

    def __init__(self, theirs: CustomerText) -> None:
        """Know what is theirs."""
        texts = [_words(text) for text in theirs.said]
        fields = [_words(text) for text in theirs.fields]
        self._runs = {run for words in (*texts, *fields) for _, run in _runs(words)}
        self._short = {_normals_of(words) for words in texts if not any(_runs(words))}
        self._own = {word for words in texts for word in _normals_of(words)}
        quoted = {run for words in texts for run in _grams(words)}
        for text in theirs.answers:
            self._own.difference_update(_unquoted(_words(text), quoted))
        self._values = frozenset(_sequences(theirs.values))
        self._mentioned = set(_sequences(theirs.mentioned))
        self._numbers = _numbers(theirs.values)
        self._names = frozenset(theirs.names)
        self._is_close = False
        self._sequences = self._by_first_word()

    def forget(self, known: Iterable[str]) -> None:
        """Leave alone what these texts of others say too."""
        for text in known:
            words = _words(text)
            normals = _normals_of(words)
            self._runs.difference_update(run for _, run in _runs(words))
            self._own.difference_update(normals)
            self._short.discard(normals)
            told = {run for run in self._mentioned if _holds(normals, run)}
            if told:
                self._mentioned -= told
                self._sequences = self._by_first_word()

    def forget_words(self, ordinary: Collection[str]) -> None:
        """Leave single words alone that everybody uses."""
        self._own.difference_update(ordinary)

    def closely(self) -> "Eraser":
        """Return one that also takes seldom words of the customer's own, and everyday names.

        A title or a tag is made of single words: in what was drafted from a customer's own case
        these give them away, elsewhere the same letters are somebody else's.
        """
        close = copy(self)
        close._is_close = True
        return close

    def erase(self, text: str) -> str:
        """Return the text with `[erased]` for each piece that is the customer's."""
        words = _words(text)
        found = sorted([*self._found_runs(words), *self._found_values(text, words)])
        if not found:
            return text
        parts: list[str] = []
        end = 0
        for first, last in _merged(found):
            parts += (text[end : words[first].start], ERASED)
            end = words[last].end
        return _within_limit(text, "".join([*parts, text[end:]]))

    def is_said(self, text: str) -> bool:
        """Return whether this is all that the customer said in one text, however short."""
        return _normals_of(_words(text)) in self._short

    def _found_runs(self, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        for first, run in _runs(words) if self._runs else ():
            if run in self._runs:
                yield first, first + len(run) - 1

    def _found_values(self, text: str, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        for first, word in enumerate(words):
            for sequence in self._sequences.get(word.normal, ()):
                last = first + len(sequence) - 1
                if tuple(other.normal for other in words[first : last + 1]) == sequence:
                    yield first, last
            if self._numbers and any(map(str.isdecimal, word.normal)):
                yield from self._found_numbers(words, first)
            if self._is_close and self._gives_away(text, word):
                yield first, first

    def _by_first_word(self) -> dict[str, list[Run]]:
        found: dict[str, list[Run]] = {}
        for sequence in {*self._values, *self._mentioned}:
            found.setdefault(sequence[0], []).append(sequence)
        return found

    def _found_numbers(self, words: Sequence[_Word], first: int) -> Iterator[tuple[int, int]]:
        """Find a number that is written in other groups, such as a telephone's."""
        joined = ""
        for last in range(first, min(first + _MOST_GROUPS, len(words))):
            joined += words[last].normal
            if joined in self._numbers:
                yield first, last

    def _gives_away(self, text: str, word: _Word) -> bool:
        is_long = len(word.normal) >= LEAST_VALUE_CHARACTERS
        return (is_long and word.normal in self._own) or text[word.start : word.end] in self._names


_MOST_GROUPS = 12
_LEAST_DIGITS = 6


def _sequences(values: Iterable[str]) -> Iterator[Run]:
    for value in values:
        run = _normals_of(_words(value))
        if sum(map(len, run)) >= LEAST_VALUE_CHARACTERS:
            yield run


def _numbers(values: Iterable[str]) -> frozenset[str]:
    joined = ("".join(_normals_of(_words(value))) for value in values)
    return frozenset(text for text in joined if sum(map(str.isdecimal, text)) >= _LEAST_DIGITS)


def _holds(words: Run, run: Run) -> bool:
    length = len(run)
    return any(
        words[place : place + length] == run for place, word in enumerate(words) if word == run[0]
    )


def _merged(taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans in order, those that touch as one."""
    current: tuple[int, int] | None = None
    for first, last in taken:
        if current is None:
            current = first, last
        elif first <= current[1] + 1:
            current = current[0], max(current[1], last)
        else:
            yield current
            current = first, last
    if current is not None:
        yield current


def _within_limit(before: str, after: str) -> str:
    for limit in _LIMITS:
        if len(before) <= limit < len(after):
            return after[:limit]
    return after
