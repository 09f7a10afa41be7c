"""Finds quotes in a turn, so that the page can mark them."""

from collections.abc import Sequence

from pydantic import BaseModel


class Piece(BaseModel):
    """A run of a turn's text, quoted or not."""

    text: str
    quoted: bool


def mark_quotes(text: str, quotes: Sequence[str]) -> list[Piece]:
    """Return the text in pieces; joined they are the text. White space and case do not count."""
    folded, places = _fold(text)
    quoted = bytearray(len(text))
    for quote in quotes:
        wanted, _ = _fold(quote)
        start = folded.find(wanted) if wanted else -1
        if start >= 0:
            first, last = places[start], places[start + len(wanted) - 1]
            quoted[first : last + 1] = b"\x01" * (last + 1 - first)
    pieces: list[Piece] = []
    begin = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or quoted[end] != quoted[begin]:
            pieces.append(Piece(text=text[begin:end], quoted=bool(quoted[begin])))
            begin = end
    return pieces


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
