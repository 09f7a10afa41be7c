"""Words of a query for the offline agent: stems, coverage by an item, what it asks to do."""

import re
from collections.abc import Sequence

_UNSEEN = 0.3

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a blank-separated list."""
    return frozenset(text.split())


STOPWORDS = word_set("""
    a about after again all also am an and any are as at be because been before being but by
    can could d did do does doing don't for from further get getting give given go going got
    had has have having he hello help her here hey hi him his how i i'd i'll i'm i've if in
    into is it it's its just know let like ll long m make many me more most much my need no not
    now of off on once one only or other our out over own please re s same say see she should
    so some something still such t tell than thank thanks that that's the their them then there
    these they thing things this those through to too under until up us very want was way we
    we're were what what's when where which while who why will with without won't would yes yet
    you you're your yours
    """)

_ACT_VERBS = word_set("""
    activate add adjust apply approve arrange book cancel change charge close collect
    compensate confirm create credit deactivate delete dispatch downgrade end exchange extend
    file fix freeze give hold increase issue lower modify move open order pause pay postpone
    print process raise rebook recover reduce refund register reinstate release remove renew
    reopen repair replace reschedule resend reserve reset restore return reverse revoke
    schedule send set ship stop submit swap switch terminate transfer unblock undo unlock
    unsubscribe update upgrade waive withdraw check find look trace track
    """)

_MONEY_VERBS = word_set("charge compensate credit refund reverse waive withdraw")

_INFORMATION = re.compile(
    r"^\W*(?:hi|hello|hey)?\W*(?:how|what|when|where|why|which|who|is|are|does|do|did|am|will"
    r"|would it|can i|could i|may i|should i|must i|have i)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,.;:!?]\s+| and (?=how|what|when|where|why|which)")
_REQUEST = re.compile(
    r"\b(?:please|can you|could you|would you|will you|i want(?: you)? to|i'd like(?: you)? to"
    r"|i would like(?: you)? to|i need(?: you)? to|i wish to|i want my|i want a|i need a|i'd like a"
    r"|need my|want my|can we|could we)\s+(?P<rest>[^.?!]*)",
    re.IGNORECASE,
)


def stem(word: str) -> str:
    """Return a rough English stem: enough to let `refunds` meet `refunded`."""
    word = word.partition("'")[0]
    for ending, keep in (
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
        ("al", 4),
        ("er", 4),
        ("ly", 4),
        ("y", 3),
        ("e", 3),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= keep and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def content_words(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning."""
    words = (w for w in _WORD.findall(text.lower().replace("\u2019", "'")) if w not in STOPWORDS)
    return frozenset(stem(word) for word in words)


def covered_share(
    words: frozenset[str], own: frozenset[str], others: Sequence[frozenset[str]]
) -> float:
    """Return the share of `words` that are among `own`, weighing those that few `others` have more.

    All are stems as `content_words` returns them. A word that none has weighs little: people tell
    more than they ask.
    """
    if not words:
        return 0.0
    having = {word: sum(word in each for each in others) for word in words}
    weights = {w: 1.0 / (1.0 + 0.5 * n) if n else _UNSEEN for w, n in having.items()}
    return sum(weights[w] for w in words & own) / sum(weights.values())


def asks_to_act(query: str) -> bool:
    """Return whether the query asks the agent to do something, not to explain something."""
    return bool(acts_asked(query))


def moves_money(query: str) -> bool:
    """Return whether what the query asks the agent to do moves money, which no text can do."""
    return bool(acts_asked(query) & _MONEY_VERBS)


def acts_asked(query: str) -> frozenset[str]:
    """Return the verbs of what the query asks the agent to do; none for a plain question."""
    text = query.replace("\u2019", "'").strip()
    polite = "please" in text.lower()
    if any(_INFORMATION.search(clause) for clause in _CLAUSE.split(text)) and not polite:
        return frozenset()
    first = next(iter(_WORD.findall(text.lower())), "")
    acts = {first} & _ACT_VERBS
    for match in _REQUEST.finditer(text):
        words = _WORD.findall(match["rest"].lower())[:6]
        if not any(word in {"know", "understand", "tell", "explain"} for word in words[:2]):
            acts |= _ACT_VERBS.intersection(words)
    return frozenset(acts)
