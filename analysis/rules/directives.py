"""What a policy's text tells an agent to call and not to call, sentence by sentence.

A tool is named in backticks, or by its verb and its object. What speaks of no tool is no directive.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from analysis.offline.actions import is_hand_over, is_read, same_tool
from analysis.text import sentences, words
from domain.knowledge import PolicyContent

HAND_OVER = "handover"
"""Stands for whichever tool passes a case on to a person."""

MOST = 40
"""How many demands of one rule are followed; a rule that makes more is no rule for one case."""

_TICKED = re.compile(r"`([A-Za-z0-9_.-]+)`")
_OPENING = re.compile(r"^\W*(?P<word>when|if|where|whenever|as long as|unless)\s+", re.IGNORECASE)
_TRAILING = re.compile(
    r"\s+(?P<word>only if|only when|if|when|whenever|as long as|unless)\s+(?P<text>.+)$",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^\W*before\s+(?:you\s+)?(?P<act>[^,]+),\s*(?P<rest>.+)$", re.IGNORECASE)
_ONLY_AFTER = re.compile(r"\bonly after (?P<steps>[^,.;]+)", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:do not|don't|never|must not|may not|cannot|can not|can't|should not|shouldn't"
    r"|not allowed|refuse to|decline to|without calling|no longer)\b",
    re.IGNORECASE,
)
_MAY = re.compile(r"\b(?:may|can|could|allowed to)\s+(?!not)(?:\w+\s+){0,5}\W*$", re.IGNORECASE)
_INSTEAD = re.compile(r"\binstead\W*$", re.IGNORECASE)
_EVERY = re.compile(r"\b(?:every|each|all)\b", re.IGNORECASE)
_MUST = re.compile(r"\b(?:must|should|shall|needs? to|has to|have to)\b", re.IGNORECASE)
_HANDS_OVER = re.compile(
    r"\bhand (?:a|the|this) (?:case|customer|conversation) over\b|\bhand over\b|\bescalate\b",
    re.IGNORECASE,
)
_INSTEAD_OF = re.compile(r",?\s*\b(?:rather than|instead of)\b.*$", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^(?:and\s+|or\s+|but\s+)?(?:the|there|it|its|an?|nothing|any|some|they|he|she|this|that|all"
    r"|none|at least|no|their|one|the rest|customers?|[a-z]+s)\b(?!\s*`)",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|can|cannot|will|would|wants?|asks?|needs?"
    r"|complains?|reports?|says?|claims?|mentions?|allows?|holds?|met|[a-z]+ed)\b",
    re.IGNORECASE,
)
_AND = re.compile(r",\s+(?:and\s+)?|\s+and\s+(?=(?:the|there|it|an?|nothing|no|they)\b)")
_PART = re.compile(
    r";\s+|:\s+|,\s+(?:and\s+|then\s+|but\s+)*|\s+and\s+(?!\w+ing\b)(?=[a-z]+ the\b)"
)
_SETTINGS = re.compile(r"\bwith\s+(?P<settings>.+)$", re.IGNORECASE)
_EXCLUDED = re.compile(r"\s*\(not [^()]*\)")
_NUMBERED = re.compile(r"^(?:the\s+)?(?P<value>\d+(?:\.\d+)?)\s+(?P<name>[a-z][a-z ]*)$", re.I)
_NAMED = re.compile(
    r"^the\s+(?P<name>[a-z][a-z ]*?)\s+(?P<value>[$€£]?\d+(?:\.\d+)?(?:\s\w+)?|[\w]+)$", re.I
)


class Demand(StrEnum):
    """What a directive asks of an agent that is about to act, or about to close a case.

    `instead` is what to do in place of a call that the same sentence forbids.
    """

    FORBID = "forbid"
    REQUIRE = "require"
    INSTEAD = "instead"
    READ_EVERY = "read_every"
    LOOK_FIRST = "look_first"
    ONLY_AFTER = "only_after"


class Negation(StrEnum):
    """Whether a condition is to hold or to fail."""

    PLAIN = "plain"
    NEGATED = "negated"


@dataclass(frozen=True)
class Condition:
    """When a directive speaks, in the rule's words."""

    text: str
    negation: Negation = Negation.PLAIN


@dataclass(frozen=True)
class Setting:
    """A value that the rule gives to an argument, both in words."""

    name: str
    value: str


@dataclass(frozen=True)
class Directive:
    """One demand on one tool; `reads` are to be called first, `steps` to be done first.

    `sentence` is the one of the rule that says it.
    """

    demand: Demand
    tool: str
    when: tuple[Condition, ...] = ()
    settings: tuple[Setting, ...] = ()
    reads: tuple[str, ...] = ()
    steps: str = ""
    sentence: str = ""


def directives_of(
    content: PolicyContent, tools: Iterable[str], base: PolicyContent | None = None
) -> list[Directive]:
    """Return what `content` tells an agent with these tools to do, without what `base` says.

    What a base says already has been there when the agent acted: it proves nothing for a change.
    """
    known = frozenset(tools)
    said = {" ".join(s.split()).casefold() for s in _sentences(base)} if base else set[str]()
    general = _general_condition(content)
    found: list[Directive] = []
    for sentence in _sentences(content):
        if len(found) >= MOST:
            break
        spaced = " ".join(sentence.split())
        if spaced.casefold() not in said:
            read = _of_sentence(spaced, known)
            found += [replace(d, when=(*general, *d.when), sentence=sentence) for d in read]
    return found[:MOST]


def _sentences(content: PolicyContent) -> list[str]:
    return [*sentences(content.rule), *sentences(content.exceptions)]


def _general_condition(content: PolicyContent) -> tuple[Condition, ...]:
    """Return when the whole policy applies, where that is a condition and no mere topic."""
    text = _OPENING.sub("", content.applies_when.strip().rstrip("."))
    about = re.match(r"^(?:the|an?)\s+\w+\s+\w+", text, re.IGNORECASE)
    is_condition = about and _FINITE.search(text)
    return tuple(map(Condition, _split_conditions(text))) if is_condition else ()


def _of_sentence(sentence: str, tools: frozenset[str]) -> list[Directive]:
    """Return a sentence's directives; a condition after a colon counts for what precedes it."""
    found: list[Directive] = []
    waiting: list[Directive] = []
    for piece in re.split(r":\s+(?=(?:when|if|where|unless)\b)", sentence.rstrip(". ")):
        when, main = _conditions_of(piece, tools)
        waiting = [replace(d, when=(*d.when, *when)) if not d.when else d for d in waiting]
        if before := _BEFORE.match(main):
            found += _look_first(before, when, tools)
            continue
        own: list[Directive] = []
        for part in _PART.split(main):
            own += _of_part(part, when, tools)
        found, waiting = found + waiting, own
    return found + waiting


def _conditions_of(piece: str, tools: frozenset[str]) -> tuple[tuple[Condition, ...], str]:
    """Return a piece's conditions, and what is left: what it demands."""
    opening = _OPENING.match(piece)
    if opening:
        told, main = _until_demand(piece[opening.end() :], tools)
        negation = _negation(opening["word"])
        return tuple(Condition(text, negation) for text in _split_conditions(told)), main
    for clause in re.split(r";\s+", piece):
        trailing = _TRAILING.search(clause)
        if trailing and _mentions(clause[: trailing.start()], tools):
            negation = _negation(trailing["word"])
            conditions = _split_conditions(trailing["text"].rstrip(". "))
            main = piece.replace(clause[trailing.start() :], "")
            return tuple(Condition(text, negation) for text in conditions), main
    return (), piece


def _negation(word: str) -> Negation:
    return Negation.NEGATED if word.lower() == "unless" else Negation.PLAIN


def _until_demand(text: str, tools: frozenset[str]) -> tuple[str, str]:
    """Return a text up to the part that demands something, and from there on."""
    position = 0
    for match in re.finditer(r",\s+", text):
        rest = text[match.end() :]
        if position == 0 and _demands(rest, tools):
            position = match.start()
            return text[:position], rest
    return text, ""


def _demands(rest: str, tools: frozenset[str]) -> bool:
    """Return whether a part begins with an order, and not with something that is."""
    part = re.sub(r"^(?:then|first|always|please|also)\s+", "", rest, flags=re.IGNORECASE)
    first = next(iter(words(part.split(",")[0])), "")
    if part.startswith("`") or first in {"do", "don", "don't", "never", "you", "agents", "decline"}:
        return True
    verbs = {words(tool)[0] for tool in tools if words(tool)} | {
        "look", "read", "ask", "check", "hand", "call", "use", "refuse", "tell", "offer",
    }  # fmt: skip
    if first in verbs:
        return True
    named = part.split(",")[0]
    return not _SUBJECT.match(part) and bool(_mentions(named, tools) or _MUST.search(named))


def _split_conditions(text: str) -> list[str]:
    """Return the conditions of a list of them; a piece without a verb belongs to the one before."""
    found: list[str] = []
    for piece in _AND.split(_TICKED_IN_BRACKETS.sub("", text)):
        piece = piece.strip().rstrip(".")
        if found and not _FINITE.search(piece):
            found[-1] = f"{found[-1]} and {piece}"
        elif piece:
            found.append(piece)
    return found


_TICKED_IN_BRACKETS = re.compile(r"\s*\((?:`[^`]+`(?:,? (?:and|or) |, )?)+\)")


def _look_first(
    before: re.Match[str], when: tuple[Condition, ...], tools: frozenset[str]
) -> list[Directive]:
    acts = [tool for tool, _ in _mentions(before["act"], tools)]
    reads = tuple(tool for tool, _ in _mentions(before["rest"], tools) if is_read(tool))
    return [
        Directive(Demand.LOOK_FIRST, act, when, reads=reads)
        for act in acts[:1]
        if reads and not is_read(act)
    ]


def _of_part(part: str, when: tuple[Condition, ...], tools: frozenset[str]) -> list[Directive]:
    part = _INSTEAD_OF.sub("", part)
    mentioned = _mentions(part, tools)
    found: list[Directive] = []
    for tool, (start, end) in mentioned:
        before, after = part[:start], part[end:]
        if steps := _ONLY_AFTER.search(after):
            found.append(Directive(Demand.ONLY_AFTER, tool, when, steps=steps["steps"]))
        elif _NOT.search(before) or re.match(r"\W*(?:must|may|can|should) ?not\b", after):
            found.append(Directive(Demand.FORBID, tool, when))
        elif _is_order(before, after):
            demand = _order(tool, before, after)
            found.append(Directive(demand, tool, when, settings=_settings_of(after)))
    return found


def _order(tool: str, before: str, after: str) -> Demand:
    if _INSTEAD.search(after):
        return Demand.INSTEAD
    return Demand.READ_EVERY if is_read(tool) and _EVERY.search(before) else Demand.REQUIRE


def _is_order(before: str, after: str) -> bool:
    """Return whether the words around a tool order it, and do not merely allow or describe it."""
    if _MAY.search(before) and not _MUST.search(before):
        return False
    if before.strip(" (`"):
        return True
    return bool(re.match(r"\W*(?:must|should|shall) be\b", after))


def _settings_of(after: str) -> tuple[Setting, ...]:
    match = _SETTINGS.search(_EXCLUDED.sub("", after))
    if match is None:
        return ()
    pieces = [piece.strip() for piece in re.split(r",\s+|\s+and\s+", match["settings"])]
    return tuple(
        Setting(named["name"].strip().lower(), named["value"])
        for piece in pieces
        if (named := _NUMBERED.match(piece) or _NAMED.match(piece))
    )


def _mentions(text: str, tools: frozenset[str]) -> list[tuple[str, tuple[int, int]]]:
    """Return the tools that a text names, each with where its name stands."""
    ticked = [(m[1], m.span()) for m in _TICKED.finditer(text)]
    found = [(tool, span) for name, span in ticked if (tool := _resolve(name, tools))]
    if ticked:
        return found
    spoken = [(tool, m.span()) for tool in sorted(tools) if (m := _spoken(tool).search(text))]
    if not spoken and (match := _HANDS_OVER.search(text)):
        return [(HAND_OVER, match.span())]
    return spoken


def _resolve(name: str, tools: frozenset[str]) -> str:
    if name in tools:
        return name
    return next((tool for tool in sorted(tools) if same_tool(name, tool)), "")


def _spoken(tool: str) -> re.Pattern[str]:
    """Return a pattern for a tool's verb with its object: "cancel the reservation"."""
    verb, *rest = [re.escape(word) for word in words(tool)] or [re.escape(tool)]
    between = r"(?:\s+(?:the|a|an|this|that|their|its|any))?"
    what = r"\s+".join(rest) or "(?!)"
    return re.compile(rf"\b{verb}{between}\s+{what}", re.IGNORECASE)


def is_about(directive: Directive, name: str) -> bool:
    """Return whether a directive speaks of a tool."""
    if is_hand_over(directive.tool):
        return is_hand_over(name)
    return same_tool(directive.tool, name)


def told(conditions: Sequence[Condition]) -> list[str]:
    """Return conditions as words."""
    marks = {Negation.PLAIN: "", Negation.NEGATED: "not so: "}
    return [f"{marks[condition.negation]}{condition.text}" for condition in conditions]
