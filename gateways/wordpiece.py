"""BERT's uncased WordPiece tokeniser: text in, token ids out. Nothing here knows about vectors."""

import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_TEXT_CHARS = 16_384
"""Text beyond this is not looked at; it bounds the work that one hostile text can cause."""

MAX_WORD_CHARS = 100
_FIRST_CJK = 0x2E80
_CJK_RANGES = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class WordPieceTokenizer:
    """Lower-cases, strips accents, spaces out CJK and punctuation, then matches longest first.

    Follows `BasicTokenizer` and `WordpieceTokenizer` of google-research/bert `tokenization.py`.
    Special tokens written in a text, such as "[SEP]", are plain punctuation and letters here, so
    a text cannot pretend to be two.
    """

    def __init__(self, vocabulary: Iterable[str], max_tokens: int) -> None:
        self._ids = {sys.intern(token): index for index, token in enumerate(vocabulary)}
        self._max_tokens = max_tokens
        self._unknown = self._ids["[UNK]"]
        self._start = self._ids["[CLS]"]
        self._end = self._ids["[SEP]"]
        self._characters = _CharacterTable()
        self._pieces = lru_cache(maxsize=16_384)(self._split_word)

    def encode(self, text: str) -> list[int]:
        """Return between 2 and `max_tokens` ids, "[CLS]" first and "[SEP]" last."""
        ids = [self._start]
        room = self._max_tokens - 1
        for word in self._words(text):
            ids.extend(self._pieces(word))
            if len(ids) >= room:
                break
        return [*ids[:room], self._end]

    def _words(self, text: str) -> list[str]:
        decomposed = unicodedata.normalize("NFD", text[:MAX_TEXT_CHARS])
        return decomposed.translate(self._characters).split()

    def _split_word(self, word: str) -> tuple[int, ...]:
        if len(word) > MAX_WORD_CHARS:
            return (self._unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                piece = self._ids.get(prefix + word[start:end])
                if piece is not None:
                    pieces.append(piece)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(pieces)


class _CharacterTable(dict[int, str]):
    """A table for `str.translate` that works out each character when it first appears."""

    def __missing__(self, code: int) -> str:
        replacement = _replacement(code)
        if code < _FIRST_CJK:
            # The rest of Unicode is not kept: a text of all code points must not fill the memory.
            self[code] = replacement
        return replacement


def _replacement(code: int) -> str:
    character = chr(code)
    category = unicodedata.category(character)
    if character in "\t\n\r" or category.startswith("Z"):
        return " "
    if category in ("Cc", "Cf", "Cn", "Co", "Cs", "Mn") or code == 0xFFFD:
        return ""
    if _is_punctuation(character, category) or _is_cjk(code):
        return f" {character} "
    # One character at a time: `str.lower` on a whole word gives a final sigma another form.
    return character.lower()


def _is_punctuation(character: str, category: str) -> bool:
    # BERT counts every ASCII symbol ("$", "^", "`") as punctuation, whatever Unicode calls it.
    ascii_symbol = "!" <= character <= "~" and not character.isalnum()
    return ascii_symbol or category.startswith("P")


def _is_cjk(code: int) -> bool:
    return code >= _FIRST_CJK and any(first <= code <= last for first, last in _CJK_RANGES)
