"""Finds where the human did otherwise than a policy says, and where two people answer otherwise.

Careful rather than complete: amounts of one unit that differ, a thing done that is forbidden
outright, or a rule's "not" that the human turned round. Rules with conditions are left alone.
"""

import re
from collections.abc import Iterator

from analysis.hard_tokens import in_digits
from analysis.offline.actions import is_read, same_act
from analysis.text import humanise, sentences, shorten, stems, words
from domain.cases import Case, KnownItem
from domain.conversation import Role
from domain.deviations import Deviation
from domain.knowledge import PolicyContent

_UNITS = {
    "day": r"days?",
    "week": r"weeks?",
    "month": r"months?",
    "hour": r"hours?",
    "year": r"years?",
    "%": r"%|percent|per cent",
    "€": r"€|euros?|EUR",
    "£": r"£|pounds?|GBP",
    "$": r"\$|dollars?|USD",
}
_AMOUNT = re.compile(
    r"(?P<sign>[$€£])\s?(?P<first>\d+(?:[.,]\d+)?)"
    rf"|(?P<number>\d+(?:[.,]\d+)?)[\s-]?(?P<unit>{'|'.join(_UNITS.values())})(?!\w)",
    re.IGNORECASE,
)
_GRANTED = re.compile(
    r"\b(?:I|we)(?:'ve|'ll|\s+have|\s+will|\s+can)?\s+(?:\w+ly\s+|still\s+|now\s+|also\s+)?"
    r"(?:accept|allow|grant|extend|give|gave|given|approv|waiv|made|make|refund|credit|book|let"
    r"|paid|pay|taken|take|set|agree)\w*",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|when|unless|only|until|except|without|once|where|whether|provided|otherwise)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not?|never|cannot|\w+n't)\b", re.IGNORECASE)
_FORBIDS = re.compile(
    r"\b(?:never|(?:do|must|may|can|shall|should) ?not|don't|can't)\s+(?P<act>[^.;,]+)",
    re.IGNORECASE,
)
_SAME_TOPIC = 0.5


def find_deviations(case: Case) -> list[Deviation]:
    """Return how the human deviated from the policies of the case, each policy at most once."""
    said = list(_said_by_human(case))
    found: list[Deviation] = []
    for known in case.known_items:
        content = known.item.content
        if isinstance(content, PolicyContent):
            ways = (
                deviation
                for statement in sentences(content.rule)
                for deviation in _from_statement(case, known, content, statement, said)
            )
            found += [first for first in [next(ways, None)] if first is not None]
    return found


def _said_by_human(case: Case) -> Iterator[str]:
    turns = [turn.text for turn in case.turns if turn.role is Role.HUMAN]
    for text in dict.fromkeys([case.resolution.reply, *turns, case.resolution.decision]):
        yield from (s for s in sentences(text.replace("\u2019", "'")) if not s.endswith("?"))


def _from_statement(
    case: Case, known: KnownItem, content: PolicyContent, statement: str, said: list[str]
) -> Iterator[Deviation]:
    for sentence in said:
        if not _is_excepted(content, sentence):
            yield from _other_amount(known, content, statement, sentence)
            yield from _turned_round(known, content, statement, sentence)
    yield from _forbidden(case, known, content, statement)


def _is_excepted(content: PolicyContent, sentence: str) -> bool:
    """Return whether the policy's own exceptions speak of it."""
    return any(_topic(other, sentence) >= _SAME_TOPIC for other in sentences(content.exceptions))


def _amounts(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _AMOUNT.finditer(in_digits(text)):
        written = match["sign"] or match["unit"]
        unit = next(u for u, form in _UNITS.items() if re.fullmatch(form, written, re.I))
        number = (match["first"] or match["number"]).replace(",", ".")
        found.setdefault(unit, set()).add(re.sub(r"\.0+$", "", number))
    return found


def _topic(statement: str, sentence: str) -> float:
    """Return the share of a statement's words, amounts left out, that a sentence has too."""
    wanted = stems(_AMOUNT.sub(" ", in_digits(statement)))
    shared = wanted & stems(_AMOUNT.sub(" ", in_digits(sentence)))
    return len(shared) / max(1, len(wanted)) if len(shared) >= 2 else 0.0


def _odds(statement: str, sentence: str) -> tuple[str, str, str] | None:
    """Return unit, amount and the other amount where the two name one each, and not the same."""
    if _topic(statement, sentence) < _SAME_TOPIC:
        return None
    mine, theirs = _amounts(statement), _amounts(sentence)
    for unit in mine.keys() & theirs.keys():
        if len(mine[unit]) == len(theirs[unit]) == 1 and mine[unit] != theirs[unit]:
            return unit, next(iter(mine[unit])), next(iter(theirs[unit]))
    return None


def _other_amount(
    known: KnownItem, content: PolicyContent, statement: str, sentence: str
) -> Iterator[Deviation]:
    odds = _odds(statement, sentence)
    if odds is None or not _GRANTED.search(sentence):
        return
    unit, ours, theirs = odds
    rule = in_digits(content.rule).replace(
        in_digits(statement), re.sub(rf"\b{re.escape(ours)}\b", theirs, in_digits(statement))
    )
    summary = f"It says {_spoken(ours, unit)}, the human gave {_spoken(theirs, unit)}."
    yield _deviation(known, content, f"{unit}: {ours} -> {theirs}", summary, rule)


def _spoken(number: str, unit: str) -> str:
    if not unit.isalpha():
        return f"{number}%" if unit == "%" else f"{unit}{number}"
    return f"{number} {unit}{'' if number == '1' else 's'}"


def _turned_round(
    known: KnownItem, content: PolicyContent, statement: str, sentence: str
) -> Iterator[Deviation]:
    wanted = stems(statement)
    is_plain = not _CONDITION.search(statement) and not _CONDITION.search(sentence)
    turned = bool(_NOT.search(statement)) and not _NOT.search(sentence)
    if not (is_plain and turned and len(wanted) >= 2 and wanted <= stems(sentence)):
        return
    if _GRANTED.search(sentence):
        rule = f"{content.rule.rstrip()} A person may decide otherwise, as people have done."
        summary = f"It says: {shorten(statement, 300)} The human did the contrary."
        yield _deviation(known, content, f"against: {statement}", summary, rule)


def _forbidden(
    case: Case, known: KnownItem, content: PolicyContent, statement: str
) -> Iterator[Deviation]:
    match = _FORBIDS.search(statement.replace("\u2019", "'"))
    if match is None or _CONDITION.search(statement):
        return
    act = words(match["act"])
    for action in case.resolution.actions:
        verb, *rest = words(action.name) or [""]
        forbidden = stems(" ".join(act[1:]))
        does = act and same_act(verb, act[0]) and forbidden and forbidden <= stems(" ".join(rest))
        if does and not is_read(action.name):
            done = humanise(action.name)
            rule = f"{content.rule.rstrip()} A person may {done} nevertheless, as people have done."
            summary = f"It says: {shorten(statement, 300)} The human did this: {done}."
            yield _deviation(known, content, f"does: {done}", summary, rule)


def _deviation(
    known: KnownItem, content: PolicyContent, signature: str, summary: str, rule: str
) -> Deviation:
    return Deviation(
        policy_id=known.item.id,
        policy_revision=known.item.revision,
        policy_title=content.title,
        signature=shorten(signature, 290),
        summary=summary,
        revised_rule=rule,
    )


def answers_otherwise(reply: str, other: str) -> bool:
    """Return whether two people's replies to one question name other amounts, or deny each other.

    Only sentences on the same thing are compared.
    """
    return any(
        _odds(mine, theirs) is not None or _deny(mine, theirs)
        for mine in sentences(reply)
        for theirs in sentences(other)
    )


def _deny(one: str, other: str) -> bool:
    alike = min(_topic(one, other), _topic(other, one)) >= 0.8
    return alike and bool(_NOT.search(one)) != bool(_NOT.search(other))
