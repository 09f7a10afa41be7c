"""Open proposals for the inbox's bench, as the activities would write them."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np

from domain.cases import AskResult
from domain.conversation import Submission
from domain.escalation import EscalationPolicy, Tier, restart_clock
from domain.findings import AnalystInfo, Finding, Gap, Quote
from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation, PolicyContent
from domain.proposals import ProposalStatus, ReplayCase, ReplayEffect, ReplaySource, Verification
from domain.reviews import Review
from store import interventions, proposals, reviews
from store.database import Connection, Database
from store.vectors import Embedding

_WORDS = (
    *("refund", "parcel", "invoice", "seat", "luggage", "voucher", "rental", "deposit"),
    *("warranty", "address", "carrier", "tariff", "meter", "login", "password", "export"),
    *("contract", "renewal", "upgrade", "delay", "transfer", "receipt", "booking", "key"),
)
_CASES = 20
_SEED = 22


async def fill(database: Database, workspace: str, count: int) -> None:
    """Store that many proposals in review, articles and policies, each replayed on 20 queries."""
    chosen = random.Random(_SEED)  # noqa: S311
    for number in range(count):
        async with database.transaction(workspace) as connection:
            await _store(connection, workspace, number, chosen)


async def _store(
    connection: Connection, workspace: str, number: int, chosen: random.Random
) -> None:
    ask = f"What about my {_said(chosen, 6)} {number}?"
    submission = Submission.model_validate(
        {
            "source": "bench",
            "external_id": str(number),
            "conversation": [{"role": "customer", "text": ask}],
            "resolution": {"by": "dana", "reply": _said(chosen, 30)},
        }
    )
    taken = await interventions.take_in(connection, workspace, submission)
    new = _proposal(taken.intervention_id, number, ask, chosen)
    vector = np.random.default_rng(number).normal(size=384)
    embedding = Embedding("bench", (vector / np.linalg.norm(vector)).tolist())
    await proposals.insert_proposal(connection, workspace, new, embedding)
    verification = _verification(new.change, chosen)
    await proposals.save_verification(connection, workspace, new.id, verification)
    await reviews.insert_review(connection, workspace, _review(new, chosen))
    found = await proposals.lock_proposal(connection, workspace, new.id)
    await proposals.move_proposal(connection, workspace, found, ProposalStatus.IN_REVIEW)


def _proposal(
    intervention_id: UUID, number: int, ask: str, chosen: random.Random
) -> proposals.NewProposal:
    change = _change(number, chosen)
    finding = Finding(
        gap=chosen.choice([Gap.MISSING_KNOWLEDGE, Gap.MISAPPLIED_POLICY]),
        summary=_said(chosen, 12),
        agent_did="Handed the query off.",
        human_did=_said(chosen, 12),
        quotes=(Quote(turn=0, text=ask),),
        confidence=0.8,
    )
    return proposals.NewProposal(
        id=uuid4(),
        intervention_id=intervention_id,
        finding_index=0,
        finding=finding,
        ask=ask,
        title=f"{_said(chosen, 5).capitalize()} {number}",
        rationale=_said(chosen, 40),
        change=change,
        analyst=AnalystInfo(name="bench", version="1"),
        merge_key=uuid4().hex,
    )


def _said(chosen: random.Random, words: int) -> str:
    return " ".join(chosen.choices(_WORDS, k=words))


def _change(number: int, chosen: random.Random) -> Change:
    title = f"{_said(chosen, 4).capitalize()} {number}"
    if number % 4 == 0:
        rule = PolicyContent(title=title, rule=_said(chosen, 80), applies_when=_said(chosen, 10))
        return Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=rule)
    article = ArticleContent(
        title=title,
        question=_said(chosen, 10),
        answer=_said(chosen, chosen.randint(20, 300)),
        tags=tuple(dict.fromkeys(chosen.choices(_WORDS, k=2))),
    )
    return Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=article)


def _verification(change: Change, chosen: random.Random) -> Verification:
    handed_off = AskResult(answered=False, handoff_reason="Nothing known.", confidence=0.1)
    effects = chosen.choices(
        [ReplayEffect.SAME, ReplayEffect.FIXED, ReplayEffect.BROKEN], [90, 9, 1], k=_CASES
    )
    cases = tuple(
        ReplayCase(
            query=f"{_said(chosen, 9)} {place}?",
            is_original=place == 0,
            source=ReplaySource.ORIGINAL if place == 0 else ReplaySource.INTERVENTION,
            effect=effect,
            before=handed_off,
            after=AskResult(answered=True, answer=_said(chosen, 60), confidence=0.9),
        )
        for place, effect in enumerate(effects)
    )
    return Verification(
        content_hash=change.content_hash(),
        agent="bench",
        cases=cases,
        verified_at=datetime.now(UTC),
    )


def _review(new: proposals.NewProposal, chosen: random.Random) -> Review:
    opened = datetime.now(UTC) - timedelta(hours=chosen.randint(0, 72))
    tier = Tier.model_validate({"group": ApiRole.REVIEWER, "due": "2d", "remind": ["1d"]})
    approvals = 1 if new.change.kind is ItemKind.ARTICLE else 2
    policy = EscalationPolicy(tiers=(tier,), approvals=approvals)
    return Review(proposal_id=new.id, clock=restart_clock(policy, opened), opened_at=opened)
