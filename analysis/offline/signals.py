"""Signs that a case is rightly a person's: goodwill, one-offs, law, loss."""

import re
from dataclasses import dataclass

from analysis.offline.quoting import Source, sources_of
from domain.cases import Case
from domain.conversation import Role

_FLAGS = re.IGNORECASE

_ONE_OFF = re.compile(
    r"\b(?:good ?will|gesture of|one[- ](?:off|time)|just this once|this once only|only this once"
    r"|outside (?:the|our) (?:rules?|polic\w+)|(?:an?|this) exception for (?:you|him|her|them|your)"
    r"|at (?:my|our) (?:own )?discretion|out of kindness|as a courtesy"
    r"|case for a (?:person|human)|belongs? to a person|not a precedent)\b",
    _FLAGS,
)
_LAW = re.compile(
    r"\b(?:solicitors?|lawyers?|attorneys?|legal (?:action|proceedings|threat|matter|claim)|lawsuit"
    r"|(?:county|small claims) court|take you to court|issue proceedings|sue you|subpoena"
    r"|admission of liability|ombudsman|police investigation)\b",
    _FLAGS,
)
_LOSS = re.compile(
    r"\b(?:passed away|has died|died (?:on|last|in|yesterday|today)|bereave\w*|condolences?"
    r"|funeral|sorry for your loss|deepest sympathy|suicid\w*|self-harm|terminal(?:ly)? ill\w*)\b",
    _FLAGS,
)
_GOODWILL_WORD = re.compile(r"\b(?:goodwill|courtesy|compassion\w*|hardship)\b", _FLAGS)


@dataclass(frozen=True)
class HumanCase:
    """Why a case is a person's, and the words that show it."""

    reason: str
    source: Source
    words: str
    weight: float


def human_case(case: Case) -> HumanCase | None:
    """Return why this case is rightly a person's, or None.

    What the human wrote decides; the customer's words count only where the human did nothing in
    another system, since a sad or angry customer may still meet an ordinary gap.
    """
    for source in sources_of(case, human=True):
        if match := _ONE_OFF.search(source.text):
            return HumanCase("a one-off that the human decided", source, match[0], 0.85)
    for action in case.resolution.actions:
        if _GOODWILL_WORD.search(" ".join(str(v) for v in action.arguments.values())):
            return _first_source(case, "a gesture of goodwill", 0.8)
    for source in sources_of(case, human=True):
        if match := _LAW.search(source.text) or _LOSS.search(source.text):
            return HumanCase(_reason(match[0]), source, match[0], 0.9)
    if case.resolution.actions:
        return None
    for source in _customer_sources(case):
        if match := _LAW.search(source.text) or _LOSS.search(source.text):
            return HumanCase(_reason(match[0]), source, match[0], 0.75)
    return None


def _reason(words: str) -> str:
    return "a legal matter" if _LAW.search(words) else "a matter of loss or distress"


def _first_source(case: Case, reason: str, weight: float) -> HumanCase | None:
    source = next(iter(sources_of(case, human=True)), None)
    return HumanCase(reason, source, source.text, weight) if source else None


def _customer_sources(case: Case) -> list[Source]:
    return [
        Source(index, turn.text)
        for index, turn in enumerate(case.turns)
        if turn.role is Role.CUSTOMER and turn.text
    ]
