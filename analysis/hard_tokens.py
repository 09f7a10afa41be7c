"""What a paraphrase may not change: numbers, addresses, names and tools in a sentence."""

import re

from analysis.text import words

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SMALL = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty"""
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_WORDS_FOR = {
    **{word: str(number) for number, word in enumerate(_SMALL.split(), start=2)},
    **{word: str(10 * number) for number, word in enumerate(_TENS.split(), start=3)},
    "thousand": "1000",
    "million": "1000000",
    "dozen": "12",
}
_WORD_FOR = re.compile(rf"\b(?:{'|'.join(_WORDS_FOR)})\b", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s\"'<>)\]\\]+"
    r"|\b(?:javascript|data|vbscript|mailto|tel|file):[^\s\"'<>)\]\\]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|ai|app|dev|co|uk|de|fr|eu|at|ch|info|biz|example|test"
    r"|invalid|xyz|shop|site|online)\b(?:/[^\s\"'<>)\]\\]*)?",
    re.IGNORECASE,
)
_TOOL = re.compile(r"`([^`\s]+)`|\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'\u2019-]+")


def figures(text: str) -> frozenset[str]:
    """Return the numbers of a text, in one spelling: `1,000`, `1000.00` and "thousand" are one."""
    written = {_WORDS_FOR[word] for word in words(text) if word in _WORDS_FOR}
    return frozenset(_plain(match) for match in _NUMBER.findall(text)) | written


def in_digits(text: str) -> str:
    """Return the text with its number words as digits: "thirty days" as "30 days"."""
    return _WORD_FOR.sub(lambda match: _WORDS_FOR[match[0].lower()], text)


def _plain(number: str) -> str:
    number = re.sub(r",(?=\d{3}\b)", "", number)
    number = re.sub(r"(?:[.,]0+|:00)$", "", number)
    return number.replace(",", ".").lstrip("0") or "0"


def addresses(text: str) -> frozenset[str]:
    """Return the links, sites and e-mail addresses of a text, in lower case."""
    return frozenset(match[0].rstrip(".,;:!?").casefold() for match in _ADDRESS.finditer(text))


def tools(text: str) -> frozenset[str]:
    """Return the tools that a text names: in backticks, or in snake_case."""
    return frozenset(match[1] or match[2] for match in _TOOL.finditer(text))


def names(text: str, language: str) -> frozenset[str]:
    """Return the words in the midst of sentences that are spelled as names, in lower case.

    Only of English text: others spell their nouns or the polite "you" so too.
    """
    if not language.casefold().startswith("en"):
        return frozenset()
    return frozenset(word for match in _NAME.findall(text) for word in words(match))
