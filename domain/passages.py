"""How a long text is cut into passages that an embedding model sees whole."""

import math
from collections.abc import Iterator

PASSAGE_WORDS = 180
"""About 240 tokens of English, so that a title fits beside them: MiniLM sees 256."""

MOST_PASSAGES = 20
"""How many passages of `PASSAGE_WORDS` a text is cut into; those of longer texts are longer."""


def cut(text: str) -> tuple[str, ...]:
    """Return the text in passages, cut where a line ends if it can be.

    A text of up to `PASSAGE_WORDS` words is returned as it is. No word is lost, and there are
    fewer than twice `MOST_PASSAGES` passages: lines of awkward lengths leave some half full.
    """
    count = len(text.split())
    if count <= PASSAGE_WORDS:
        return (text,)
    return tuple(_filled(text, max(PASSAGE_WORDS, math.ceil(count / MOST_PASSAGES))))


def _filled(text: str, size: int) -> Iterator[str]:
    lines: list[str] = []
    held = 0
    for line, words in _lines(text, size):
        if held + words > size:
            yield "\n".join(lines)
            lines, held = [], 0
        lines.append(line)
        held += words
    yield "\n".join(lines)


def _lines(text: str, size: int) -> Iterator[tuple[str, int]]:
    """Yield each line that has words, with their number; in pieces where there are too many."""
    for line in text.splitlines():
        words = line.split()
        if 0 < len(words) <= size:
            yield line.rstrip(), len(words)
            continue
        for start in range(0, len(words), size):
            piece = words[start : start + size]
            yield " ".join(piece), len(piece)
