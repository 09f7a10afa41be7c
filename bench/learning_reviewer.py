"""The reviewer of `bench.learning`, who approves only what is right and has few decisions to spend.

They know which answer belongs to which query, as an expert would, and nothing of later queries.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from bench.learning_data import Answers
from client.api import LearningLoop
from client.errors import RefusedError
from client.models import ListedProposal
from domain.base import JsonObject
from domain.knowledge import ArticleContent, Change, Operation
from domain.proposals import ProposalStatus
from domain.reviews import Verdict

_AT_ONCE = 6
_POLL_SECONDS = 0.1
_PATIENCE = 600
_SETTLED = frozenset({ProposalStatus.APPLIED, ProposalStatus.REJECTED, ProposalStatus.SUPERSEDED})
_WORTH = 0.15
_LEAST = 3
"""A revision that only adds wordings is taken up once it has so many cases, and so large a share of
those that earlier ones of its item had."""


@dataclass
class Spent:
    """What a reviewer has done so far."""

    approved: int = 0
    edited: int = 0
    rejected: int = 0
    refused: int = 0
    """Clicks that had no effect, since the draft was another one by then. They are no decisions."""
    wordings: int = 0

    @property
    def decisions(self) -> int:
        """All decisions: each is one click on one content."""
        return self.approved + self.edited + self.rejected


def allowance(asked: int, *, count: int, decisions: int, haste: float) -> int:
    """Return how many decisions may have been made after so many of `count` queries.

    It grows as the power `haste` of the share of queries: below 1, more is decided early.
    """
    return int(decisions * min(1.0, asked / count) ** haste)


@dataclass
class Reviewer:
    """Goes through the inbox now and then, from its top."""

    client: LearningLoop
    answers: Answers
    labels: dict[str, set[str | None]]
    """The labels of each query's text, as it was asked."""
    spent: Spent = field(default_factory=Spent)
    _cases: Counter[UUID] = field(default_factory=Counter[UUID])

    async def session(self, allowed: int) -> None:
        """Decide on what the inbox holds, from its top, and wait until that is applied."""
        chosen: list[ListedProposal] = []
        async for proposal in self.client.proposals(status=ProposalStatus.IN_REVIEW):
            if len(chosen) < allowed and self._is_worth_it(proposal):
                chosen.append(proposal)
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._decide(proposal, slots) for proposal in chosen))

    def _is_worth_it(self, proposal: ListedProposal) -> bool:
        change = proposal.change
        if change.operation is Operation.ADD or change.item_id is None:
            return True
        return proposal.support >= max(_LEAST, _WORTH * self._cases[change.item_id])

    async def _decide(self, proposal: ListedProposal, slots: asyncio.Semaphore) -> None:
        async with slots:
            detail = await self.client.proposal(proposal.id)
            change = detail.change
            right = self._right_part(change)
            if right is None:
                verdict, comment = Verdict.REJECT, "This answers another question."
            else:
                verdict, comment = Verdict.APPROVE, ""
            edit = right if right not in (None, change) else None
            try:
                await self.client.decide(
                    proposal.id, verdict, detail.content_hash, comment, edit=_written(edit)
                )
            except RefusedError:
                # The draft has grown meanwhile: the reviewer sees it again next time.
                self.spent.refused += 1
                return
            self.spent.wordings += len(change.phrasings)
            self.spent.rejected += right is None
            self.spent.edited += edit is not None
            self.spent.approved += right is not None and edit is None
            await self._settled(proposal.id, detail.content_hash)
            if right is not None and right.item_id is not None:
                self._cases[right.item_id] += detail.support

    def _right_part(self, change: Change) -> Change | None:
        """Return the change with its right wordings only; None if nothing of it is right."""
        content = change.content
        label = self.answers.label_of(content.answer) if isinstance(content, ArticleContent) else ""
        if not label:
            return None
        kept = tuple(self._of_label(change.phrasings, label))
        if change.operation is Operation.REVISE and not kept:
            return None
        return change.model_copy(update={"phrasings": kept})

    def _of_label(self, phrasings: Iterable[str], label: str) -> Iterable[str]:
        return (text for text in phrasings if label in self.labels.get(folded(text), ()))

    async def _settled(self, proposal_id: UUID, decided_on: str) -> None:
        """Wait until it is closed, or an edit has come back: that is seen again next time."""
        for _ in range(_PATIENCE):
            found = await self.client.proposal(proposal_id)
            came_back = found.content_hash != decided_on
            if found.status in _SETTLED or (came_back and found.status is ProposalStatus.IN_REVIEW):
                return
            await asyncio.sleep(_POLL_SECONDS)


def folded(text: str) -> str:
    """Return a text as it is looked up: without case and white space that does not matter."""
    return " ".join(text.casefold().split())


def _written(change: Change | None) -> JsonObject | None:
    return None if change is None else change.model_dump(mode="json")
