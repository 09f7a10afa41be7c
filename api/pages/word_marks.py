"""Marks the words of a text that a query has too, and cuts long texts around the first of them."""

import re

from agent.offline_words import content_words
from api.pages.marks import Piece

_WORD = re.compile(r"\w+(?:['\u2019]\w+)?")
_BEFORE = 50


def mark_words(text: str, query: str, *, limit: int = 220) -> list[Piece]:
    """Return the text on one line, in pieces of which those shared with the query are `quoted`.

    Words are shared when their stems are. What is longer than `limit` characters is cut, from a
    little before the first shared word on.
    """
    wanted = content_words(query)
    line = " ".join(text.split())
    start, end = _window(line, [m.start() for m in _shared(line, wanted)], limit)
    pieces: list[Piece] = [Piece(text="… ", quoted=False)] if start else []
    done = start
    for match in _shared(line[:end], wanted):
        if match.start() < done:
            continue
        if match.start() > done:
            pieces.append(Piece(text=line[done : match.start()], quoted=False))
        pieces.append(Piece(text=match[0], quoted=True))
        done = match.end()
    if done < end:
        pieces.append(Piece(text=line[done:end], quoted=False))
    return [*pieces, Piece(text=" …", quoted=False)] if end < len(line) else pieces


def _shared(line: str, wanted: frozenset[str]) -> list[re.Match[str]]:
    return [match for match in _WORD.finditer(line) if content_words(match[0]) & wanted]


def _window(line: str, places: list[int], limit: int) -> tuple[int, int]:
    """Return from where to where a line is shown: whole words, about `limit` characters."""
    if len(line) <= limit:
        return 0, len(line)
    start = max(0, min((places[0] if places else 0) - _BEFORE, len(line) - limit))
    if start:
        start = line.find(" ", start) + 1
    end = start + limit
    if end >= len(line):
        return start, len(line)
    return start, max(line.rfind(" ", start + limit // 2, end), start + limit // 2)
