"""Finds the words of notes in a text, so that the page can mark them and lead to and fro.

A note is what a finding quotes, or a sentence of a draft; it has a number on its page.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from pydantic import BaseModel

from analysis.text import sentences, stems

_ENOUGH = 0.5
"""The share of a sentence's words that another must have to be where it comes from."""


class NoteKind(StrEnum):
    """What a note stands for: words as they were said, or a sentence made of what was said."""

    QUOTE = "quote"
    SENTENCE = "sentence"


class Note(BaseModel):
    """Words that lead to a turn of the conversation, which leads back; -1 is the resolution."""

    number: int
    kind: NoteKind
    turn: int
    text: str


class Piece(BaseModel):
    """A run of a text. `starts` and `ends` are the notes whose words begin and end with it."""

    text: str
    quoted: bool
    starts: list[int] = []
    ends: list[int] = []


class Span(BaseModel):
    """Where a note's words stand in a text: the first character, and the one behind the last."""

    number: int
    start: int
    end: int


def find_spans(text: str, notes: Sequence[Note]) -> list[Span]:
    """Return where the notes' words stand; those that are not there are left out.

    White space and case do not count. A sentence that nobody said word for word stands where most
    of it was said.
    """
    folded, places = _fold(text)
    found: list[Span] = []
    for note in notes:
        words = note.text
        start = _find(folded, words)
        if start < 0 and note.kind is NoteKind.SENTENCE:
            words = _nearest(text, words)
            start = _find(folded, words)
        if start >= 0:
            last = places[start + len(_fold(words)[0]) - 1]
            found.append(Span(number=note.number, start=places[start], end=last + 1))
    return found


def cut_at(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Return the text in pieces, those of the spans quoted; joined they are the text."""
    edges = {0, len(text), *(s.start for s in spans), *(s.end for s in spans)}
    ordered = sorted(edges)
    return [
        Piece(
            text=text[begin:end],
            quoted=any(s.start <= begin and end <= s.end for s in spans),
            starts=[s.number for s in spans if s.start == begin],
            ends=[s.number for s in spans if s.end == end],
        )
        for begin, end in pairwise(ordered)
    ]


def _find(folded: str, words: str) -> int:
    wanted, _ = _fold(words)
    return folded.find(wanted) if wanted else -1


def _nearest(text: str, wanted: str) -> str:
    """Return the sentence of the text that has most of the wanted words; empty without half."""
    words = stems(wanted)
    if not words:
        return ""
    said = max(sentences(text), key=lambda s: len(words & stems(s)), default="")
    return said if len(words & stems(said)) >= _ENOUGH * len(words) else ""


def _fold(text: str) -> tuple[str, list[int]]:
    """Return the text as quotes are compared, and where each of its characters stood."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isspace():
            if not folded or folded[-1] == " ":
                continue
            character = " "
        for part in character.casefold():
            folded.append(part)
            places.append(place)
    while folded and folded[-1] == " ":
        folded.pop()
        places.pop()
    return "".join(folded), places
