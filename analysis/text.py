"""Plain-text tools for the offline analyst: sentences, stems, numbers, placeholders.

Nothing here knows of interventions.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*(?:_\d+)?\]")
"""What redaction leaves in place of personal data."""

_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|no|nr|e\.g|i\.e|etc|approx|vs|inc|ltd|co|ref|dept|min|max|p\.s)\.$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"(?<=[.!?])[\"'”\u2019)]*\s+(?=[\"'“\u2018(]?[A-Z0-9\[])")
_BULLET = re.compile(r"^\s*(?:[-*•\u2013]|\d{1,2}[.)])\s+")
_QUOTED_LINE = re.compile(r"^\s*>")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")

_SMALL_NUMBERS = "two three four five six seven eight nine ten eleven twelve"
_NUMBER_WORDS = {word: str(n) for n, word in enumerate(re.findall(r"\w+", _SMALL_NUMBERS), start=2)}


def word_set(text: str) -> frozenset[str]:
    """Return the words of a blank-separated list."""
    return frozenset(text.split())


STOPWORDS = word_set(
    """
    a about after again all also am an and any are as at be because been before being both but by
    can could did do does doing done each either else every for from further get gets getting had
    has have having he hello her here hers hi him his how i if in into is it its itself just let
    may me might mine more most much must my need no nor not now of off on once one only or other
    our ours out over own please she should so some such than thank thanks that the their them
    then there these they this those through to too under until up us very was way we were what
    when where whether which while who whom whose why will with within without would yes yet you
    your yours i'm i've i'll i'd you're you've you'll it's that's don't doesn't didn't won't can't
    cannot isn't aren't wasn't weren't we've we're we'll we'd there's here's
    """
)

_ENDINGS = (
    ("ations", 4),
    ("ation", 4),
    ("ions", 4),
    ("ion", 4),
    ("ies", 3),
    ("ing", 3),
    ("ed", 3),
    ("es", 3),
    ("s", 3),
    ("ment", 4),
    ("ly", 4),
    ("y", 3),
    ("e", 3),
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a message, each a piece of it apart from folded white space.

    A line ends a sentence; bullets are cut off, and lines quoted from an earlier mail left out.
    """
    found: list[str] = []
    for line in text.splitlines():
        if _QUOTED_LINE.match(line):
            continue
        found += _split_line(_BULLET.sub("", line).strip())
    return [sentence for sentence in found if _WORD.search(sentence)]


def _split_line(line: str) -> list[str]:
    parts: list[str] = []
    for piece in _BREAK.split(line):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    return [part.strip() for part in parts if part.strip()]


def words(text: str) -> list[str]:
    """Return the lower-case words of a text, `snake_case` and `camelCase` taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ").replace("\u2019", "'")
    return _WORD.findall(apart.lower())


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return a rough English stem: enough to let `refunds` meet `refunded`."""
    word = word.partition("'")[0]
    for ending, keep in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= keep and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def stems(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning."""
    return frozenset(stem(word) for word in words(text) if word not in STOPWORDS)


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text, small ones written as words included."""
    written = {_NUMBER_WORDS[word] for word in words(text) if word in _NUMBER_WORDS}
    return frozenset(_NUMBER.findall(text)) | written


def fold(text: str) -> str:
    """Return a text with case, white space and closing marks folded, for comparing sentences."""
    return " ".join(text.split()).casefold().strip(" .!?\"'“”\u2018\u2019")


def humanise(name: str) -> str:
    """Return `issue_refund` or `issueRefund` as `issue refund`."""
    return " ".join(words(name)) or name


def sentence_case(text: str) -> str:
    """Return a text with its first letter in upper case and the rest as it was."""
    return text[:1].upper() + text[1:]


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut between words and marked where cut."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def join_words(parts: Iterable[str], last: str = "and") -> str:
    """Return `a, b and c`."""
    listed = list(parts)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"
