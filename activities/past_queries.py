"""Gathers the past queries that a proposal is replayed on, those that matter most first.

Not an activity.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

from activities.embedding import embed_text
from activities.kit import Kit
from agent.offline_words import content_words
from domain.erasure import ERASED
from domain.golden import Expected
from domain.outcomes import HandledBy
from domain.proposals import Evidence, Proposal, ReplaySource
from store import golden, interventions, proposals, workspaces

_CANDIDATES = 4
"""How many of those that share most words are compared by meaning, for each that is wanted."""

_MOST_WORDS = 24
_MAX_CHARACTERS = 2_000

FoundT = TypeVar("FoundT")


class PastQuery(NamedTuple):
    """One past query, and what is known of its right answer."""

    text: str
    source: ReplaySource
    source_id: UUID | None = None
    intervention_id: UUID | None = None
    intervened: bool = False
    """Whether a human had to step in, and no change that came of it was applied since."""
    expected: Expected | None = None
    known_correct: bool = False
    known_wrong: bool = False
    answered_from: frozenset[UUID] = frozenset()
    """The items that the answer rested on that is known as wrong."""
    led_elsewhere: bool = False
    """Whether people found that another item lacked, or none."""
    reply: str = ""
    """What the human told the customer."""
    handled_by: HandledBy | None = None

    @property
    def is_original(self) -> bool:
        """Whether it is the query that led to the proposal."""
        return self.source is ReplaySource.ORIGINAL


async def past_queries(kit: Kit, workspace: str, proposal: Proposal) -> list[PastQuery]:
    """Return the queries to replay, each text once.

    First the proposal's own and those of its other evidence, then those of which people have said
    what a right answer needs, then the others: as many as the workspace is set to of
    interventions, of served and of
    golden queries. What a person asks for has no query of its
    own, nor has that of an erased customer: the others are those nearest to what it says.
    """
    async with kit.database.transaction(workspace) as connection:
        nearest = (await workspaces.read_settings(connection, workspace)).similar_queries
        evidence = await proposals.list_evidence(connection, workspace, proposal.id)
        own = proposal.intervention_id
        analysis = own and await interventions.find_analysis(connection, workspace, own)
    original = analysis.ask if analysis and analysis.ask != ERASED else None
    text = (original or proposal.change.content.search_text())[:_MAX_CHARACTERS]
    found = [
        *_own(proposal, original, evidence, nearest),
        *await _interventions(kit, workspace, proposal, text, nearest),
        *await _served(kit, workspace, text, nearest),
        *await _golden(kit, workspace, text, nearest),
    ]
    return sorted(_each_once(found), key=_rank)


def _own(
    proposal: Proposal, original: str | None, evidence: Sequence[Evidence], nearest: int
) -> Iterable[PastQuery]:
    if original is not None:
        yield PastQuery(
            original, ReplaySource.ORIGINAL, None, proposal.intervention_id, intervened=True
        )
    others = [e for e in evidence if e.ask and e.intervention_id != proposal.intervention_id]
    for shown in others[:nearest]:
        yield PastQuery(
            shown.ask, ReplaySource.EVIDENCE, None, shown.intervention_id, intervened=True
        )


async def _golden(kit: Kit, workspace: str, text: str, nearest: int) -> list[PastQuery]:
    async with kit.database.transaction(workspace) as connection:
        found = await golden.candidate_golden_queries(
            connection, workspace, words=_words(text), limit=_CANDIDATES * nearest
        )
    near = await _nearest(kit, text, [(each.query, each) for each in found], nearest)
    return [
        PastQuery(each.query, ReplaySource.GOLDEN, each.id, expected=each.expected) for each in near
    ]


async def _interventions(
    kit: Kit, workspace: str, proposal: Proposal, text: str, nearest: int
) -> list[PastQuery]:
    embedding = await embed_text(kit, text)
    async with kit.database.transaction(workspace) as connection:
        near = await interventions.similar_asks(
            connection,
            workspace,
            embedding=embedding,
            except_id=proposal.intervention_id,
            limit=nearest,
            item_id=proposal.change.item_id or proposal.id,
        )
    return [
        PastQuery(
            ask.ask,
            ReplaySource.INTERVENTION,
            None,
            ask.intervention_id,
            # The agent may have learned since to answer what a human once had to: an answer that
            # is only another one is no proof for what a person asks for.
            intervened=proposal.intervention_id is not None and not ask.learned,
            led_elsewhere=ask.led_elsewhere,
            reply=ask.reply,
        )
        for ask in near
    ]


async def _served(kit: Kit, workspace: str, text: str, nearest: int) -> list[PastQuery]:
    async with kit.database.transaction(workspace) as connection:
        found = await golden.candidate_outcomes(
            connection, workspace, words=_words(text), limit=_CANDIDATES * nearest
        )
    near = await _nearest(kit, text, [(each.query, each) for each in found], nearest)
    return [
        PastQuery(
            each.query,
            ReplaySource.OUTCOME,
            each.id,
            known_correct=each.known_correct,
            known_wrong=each.known_wrong,
            answered_from=frozenset(each.answered_from),
            handled_by=each.handled_by,
        )
        for each in near
    ]


def _words(text: str) -> list[str]:
    """Return the stems that are looked for, the longest first."""
    stems = content_words(text)
    return sorted(stems, key=lambda stem: (-len(stem), stem))[:_MOST_WORDS]


async def _nearest(
    kit: Kit, text: str, found: Sequence[tuple[str, FoundT]], wanted: int
) -> list[FoundT]:
    """Return those whose texts are nearest to `text` in meaning, nearest first."""
    if not found:
        return []
    texts = [text, *(each[:_MAX_CHARACTERS] for each, _ in found)]
    vectors = await asyncio.to_thread(kit.embedder.embed, texts)
    similarities = vectors[1:] @ vectors[0]
    order = sorted(range(len(found)), key=lambda place: -float(similarities[place]))
    return [found[place][1] for place in order[:wanted]]


def _rank(past: PastQuery) -> int:
    if past.source in {ReplaySource.ORIGINAL, ReplaySource.EVIDENCE}:
        return 0
    return 1 if past.expected else 2


def _each_once(found: Iterable[PastQuery]) -> list[PastQuery]:
    """Return each text as it came first, with what another says of its right answer."""
    texts: dict[str, PastQuery] = {}
    for each in found:
        each = each._replace(text=each.text[:_MAX_CHARACTERS])
        key = " ".join(each.text.casefold().split())
        known = texts.setdefault(key, each)
        texts[key] = known._replace(
            expected=known.expected or each.expected,
            known_correct=known.known_correct or each.known_correct,
        )
        if each.known_wrong and not known.known_wrong:
            # The items belong to the answer that was wrong.
            texts[key] = texts[key]._replace(known_wrong=True, answered_from=each.answered_from)
    return list(texts.values())
