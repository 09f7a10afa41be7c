"""Traces each sentence that a draft adds to who said it, and refuses what nobody may vouch for.

What a customer says is never a fact. A sentence stands on what people, tools and items say: most
of its words, and every number, address, name and tool in it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.case_sources import Piece, pieces_of, words_of
from analysis.hard_tokens import addresses, figures, names, tools
from analysis.text import PLACEHOLDER, fold, sentences, stems, word_set
from domain.base import canonical_json
from domain.cases import Case
from domain.claims import Claim, ClaimSource
from domain.errors import AnalystOutputError
from domain.knowledge import (
    ArticleContent,
    Change,
    ItemContent,
    PolicyContent,
    ToolConnectionContent,
)

_BORNE = 0.6
"""The least share of a sentence's words that people, tools and one item say, for it to be theirs;
also the least share of all that a draft adds."""

_BESIDE = 0.3
"""The least share of a sentence that an analyst words by itself, beside those that are borne."""

_CLOSE, _FAR = 0.75, 0.5
"""A sentence is a customer's own if theirs has so much of it, and nobody else so much in one go."""

_ITEM = frozenset({ClaimSource.ITEM})
_NEARLY, _MOSTLY = 0.9, 0.6
"""The shares of a sentence's words, and of another's, from which they say the same or deny it."""

_NOT = re.compile(r"\b(?:not?|never|nobody|none|without|cannot|\w+n['\u2019]t)\b", re.IGNORECASE)
_DENIED = re.compile(r"\(not [^()]*\)")
BARE_ANSWER = re.compile(r"^\W*(?:yes|no|ja|nein|correct|right|exactly)\b", re.IGNORECASE)
"""How an answer begins that says what its question asks."""

_GLUE = frozenset(
    stem
    for word in word_set(
        "customer agent case rule rules instead else rest met nothing allows allow look looked"
        " record says say count person people hand handed over decline unmet request leave"
        " everything asked ask asks rather then first everybody anyone always never must may"
        " whatever assume tell done decide read call called missing check want wants"
    )
    for stem in stems(word)
)
"""Words that any rule is made of; they claim nothing by themselves."""


@dataclass(frozen=True)
class _Evidence:
    """What the sentences of one draft may rest on."""

    pieces: tuple[Piece, ...]
    tools: frozenset[str]

    @cached_property
    def supporting(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.is_supporting)

    @cached_property
    def text(self) -> str:
        return "\n".join(piece.text for piece in self.supporting)

    @cached_property
    def words(self) -> frozenset[str]:
        return words_of(self.supporting)

    @cached_property
    def stems(self) -> tuple[frozenset[str], ...]:
        """What people and tools say, with each item in turn: many items have every word."""
        items = {p.where: frozenset[str]() for p in self.supporting if p.source in _ITEM}
        told = frozenset[str]()
        for piece in self.supporting:
            if piece.source in _ITEM:
                items[piece.where] |= piece.stems
            else:
                told |= piece.stems
        return tuple(told | item for item in items.values()) or (told,)

    @cached_property
    def figures(self) -> frozenset[str]:
        return figures(self.text)

    @cached_property
    def addresses(self) -> frozenset[str]:
        return addresses(self.text)


def trace_change(change: Change, case: Case, *, remark: str = "") -> tuple[Claim, ...]:
    """Return what the change adds to its item, sentence by sentence, each with its source.

    `remark` is what a reviewer asked of the draft. A sentence that no source bears has None.
    """
    evidence = _evidence(case, remark)
    added = added_statements(change, _base_of(change, case))
    return tuple(_weigh(text, evidence, case).claim for text in added)


def check_sources(
    change: Change, case: Case, *, remark: str = "", previous: Change | None = None
) -> None:
    """Raise AnalystOutputError if the change says what only the customer or the agent says.

    So does an address, such as a link, that none of people, tools and items has named, in
    whichever field. What `previous`, a draft that people have seen, said already may stay. The
    message quotes nothing.
    """
    evidence = _evidence(case, remark)
    had = _base_of(change, case)
    shown = (had, previous.content if previous else None)
    kept = [content for content in shown if content is not None]
    seen = {address for content in kept for address in addresses(_whole(content))}
    if addresses(_whole(change.content)) - evidence.addresses - seen:
        raise AnalystOutputError("the change holds an address that no source names")
    if _unknown_tools(change, kept, evidence):
        raise AnalystOutputError("the change holds a tool that no source names")
    said = {fold(text) for content in kept for text in _statements(content)}
    added = [text for text in added_statements(change, had) if fold(text) not in said]
    if not _are_borne([_weigh(text, evidence, case) for text in added]):
        raise AnalystOutputError("the change says what no person, tool or item says")


def _whole(content: ItemContent) -> str:
    return canonical_json(content.model_dump(mode="json"))


def added_statements(change: Change, had: ItemContent | None) -> list[str]:
    """Return the sentences that the change adds to what its item had: what it states, not asks."""
    known = {fold(text) for text in _statements(had)} if had else set[str]()
    added = [text for text in _statements(change.content) if fold(text) not in known]
    return list(dict.fromkeys(text[:2_000] for text in added))


def _base_of(change: Change, case: Case) -> ItemContent | None:
    bases = (k.item.content for k in case.known_items if k.item.id == change.item_id)
    return next(bases, None)


def _statements(content: ItemContent) -> Iterator[str]:
    match content:
        case ArticleContent():
            said = sentences(content.answer)
            if said and BARE_ANSWER.match(said[0]):
                # With a bare yes the question itself becomes what is told.
                said = [f"{content.question} {said[0]}", *said[1:]]
            yield from said
        case PolicyContent():
            yield from sentences(content.rule)
            yield from sentences(content.exceptions)
            # What customers ask for is theirs to say.
            yield from (s for s in sentences(content.applies_when) if not s.endswith("?"))
        case ToolConnectionContent():
            yield from (f"{content.system}: {tool.name}" for tool in content.tools)


def _evidence(case: Case, remark: str) -> _Evidence:
    connected = (k.item.content for k in case.known_items)
    known = [
        tool.name for c in connected if isinstance(c, ToolConnectionContent) for tool in c.tools
    ]
    acts = [action.name for action in case.resolution.actions]
    return _Evidence(
        tuple(pieces_of(case, remark=remark)), frozenset({*case.agent_tools, *known, *acts})
    )


def _unknown_tools(change: Change, kept: Sequence[ItemContent], evidence: _Evidence) -> set[str]:
    """Return the tools of a connection that it did not have and that nobody used or named."""
    if not isinstance(change.content, ToolConnectionContent):
        return set()
    had = {t.name for c in kept if isinstance(c, ToolConnectionContent) for t in c.tools}
    named = {tool.name for tool in change.content.tools} - had
    spelled = {re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:128] for name in evidence.tools}
    return {name for name in named - spelled if name not in evidence.text}


@dataclass(frozen=True)
class _Weighed:
    """A sentence with its source, and how many of its words people, tools and items say."""

    claim: Claim
    is_refused: bool
    wanted: int
    shared: int

    @property
    def share(self) -> float:
        return self.shared / self.wanted if self.wanted else 1.0


def _are_borne(added: Sequence[_Weighed]) -> bool:
    """Return whether a draft may say all this: the whole is borne, and no sentence is refused."""
    whole = sum(weighed.wanted for weighed in added)
    shared = sum(weighed.shared for weighed in added)
    if any(weighed.is_refused or weighed.share < _BESIDE for weighed in added):
        return False
    return shared >= _BORNE * whole


def _weigh(text: str, evidence: _Evidence, case: Case) -> _Weighed:
    """Return the sentence with the piece that says most of it, or the customer's, or none."""
    wanted = stems(PLACEHOLDER.sub(" ", _DENIED.sub(" ", text))) - _GLUE
    best, share = _nearest(text, wanted, evidence.supporting)
    others = [piece for piece in evidence.pieces if not piece.is_supporting]
    theirs, their_share = _nearest(text, wanted, others)
    is_theirs = their_share >= _CLOSE and share < _FAR
    is_contrary = _is_contrary(text, wanted, evidence.supporting)
    is_refused = is_theirs or is_contrary or not _holds_up(text, evidence, case)
    shared = max(len(wanted & said) for said in evidence.stems)
    source = best if shared >= _BORNE * len(wanted) else None
    if is_refused:
        source = theirs if their_share > share else None
    return _Weighed(_from(text, source), is_refused, len(wanted), shared)


def _is_contrary(text: str, wanted: frozenset[str], pieces: Sequence[Piece]) -> bool:
    """Return whether all who say nearly the same, and little more, deny what this affirms.

    Or the other way round.
    """
    near: list[bool] = []
    for piece in () if len(wanted) < 2 else pieces:
        shared = len(wanted & piece.stems)
        alike = shared >= _NEARLY * len(wanted) and shared >= _MOSTLY * len(piece.stems)
        if alike and not piece.is_joined:
            # The beginning of a sentence is told as it was, whatever its end denies.
            is_start = piece.folded.startswith(fold(text))
            near.append(is_start or bool(_NOT.search(piece.text)) is bool(_NOT.search(text)))
    return bool(near) and not any(near)


def _from(text: str, piece: Piece | None) -> Claim:
    if piece is None:
        return Claim(text=text)
    return Claim(text=text, source=piece.source, turn=piece.turn, where=piece.where)


def _nearest(
    text: str, wanted: frozenset[str], pieces: Sequence[Piece]
) -> tuple[Piece | None, float]:
    """Return the piece with the largest share of the words, the first of equals; and that share."""
    folded = fold(text)
    best, most = None, 0.0
    for piece in pieces:
        if folded and folded in piece.folded:
            return piece, 1.0
        share = len(wanted & piece.stems) / max(1, len(wanted))
        if share > most:
            best, most = piece, share
    return best, most


def _holds_up(text: str, evidence: _Evidence, case: Case) -> bool:
    """Return whether people, tools or items name every number, address, tool and name in it."""
    said = _DENIED.sub(" ", text)
    if figures(said) - evidence.figures or addresses(said) - evidence.addresses:
        return False
    if any(tool not in evidence.tools and tool not in evidence.text for tool in tools(text)):
        return False
    return not names(said, case.language) - evidence.words


def count_sources(claims: Sequence[Claim]) -> dict[ClaimSource | None, int]:
    """Return how many claims each source has."""
    return {
        source: sum(claim.source is source for claim in claims)
        for source in (*ClaimSource, None)
        if any(claim.source is source for claim in claims)
    }
