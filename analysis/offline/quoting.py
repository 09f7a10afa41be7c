"""Where words stand in a case: exact quotes for findings."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.text import fold, sentences
from domain.cases import Case
from domain.conversation import Role
from domain.findings import Quote

_LONGEST = 400


@dataclass(frozen=True)
class Source:
    """A text of the case; `turn` is -1 for the resolution's own."""

    turn: int
    text: str


def sources_of(case: Case, *, human: bool) -> list[Source]:
    """Return the texts of the human, or else those of the agent, that quotes may come from."""
    role = Role.HUMAN if human else Role.AGENT
    found = [Source(i, t.text) for i, t in enumerate(case.turns) if t.role is role and t.text]
    if human:
        found += [Source(-1, text) for text in case.resolution_texts() if text]
    return found


def quote_sentence(case: Case, sentence: str, *, human: bool) -> Quote | None:
    """Return a quote of `sentence` from where it stands, or None if it stands nowhere."""
    wanted = fold(sentence)
    for source in sources_of(case, human=human):
        for candidate in sentences(source.text):
            if wanted and wanted in fold(candidate):
                return quote_from(source, candidate)
    return None


def quote_from(source: Source, words: str) -> Quote | None:
    """Return a quote of `words` cut to a length that a reader takes in, if `source` has them."""
    text = " ".join(words.split())
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rsplit(" ", 1)[0]
    folded = " ".join(source.text.split()).casefold()
    return Quote(turn=source.turn, text=text) if text and text.casefold() in folded else None


def first_quote(case: Case) -> Quote:
    """Return some quote of the case: the ask as the customer put it, else any words there are."""
    customers = [(i, t.text) for i, t in enumerate(case.turns) if t.role is Role.CUSTOMER]
    others = [(i, t.text) for i, t in enumerate(case.turns)]
    own = [(-1, text) for text in case.resolution_texts()]
    for index, text in (*customers, *others, *own):
        for sentence in sentences(text) or [text]:
            if quote := quote_from(Source(index, text), sentence):
                return quote
    raise ValueError("a case without any words cannot be quoted")


def ask_quote(case: Case) -> Quote:
    """Return the customer's words that carry the ask: the longest sentence of their first turns."""
    for index, turn in enumerate(case.turns):
        if turn.role is not Role.CUSTOMER or len(turn.text.split()) < 4:
            continue
        longest = max(sentences(turn.text), key=len, default="")
        if quote := quote_from(Source(index, turn.text), longest):
            return quote
    return first_quote(case)


def distinct(quotes: Iterable[Quote | None], limit: int = 6) -> tuple[Quote, ...]:
    """Return the quotes that exist, each once, at most `limit`."""
    found: list[Quote] = []
    for quote in quotes:
        if quote is not None and quote not in found:
            found.append(quote)
    return tuple(found[:limit])


def last_agent_quote(case: Case) -> Quote | None:
    """Return the agent's last words before the human took over."""
    for source in reversed(sources_of(case, human=False)):
        parts = sentences(source.text)
        best = max(parts[:3], key=len, default="")
        if quote := quote_from(source, best):
            return quote
    return None
