"""What each proposal does to the airline's other cases, by what was done in its system.

The stack's own verification tells of a proposal's own case. Trials that ended right never reach the
stack: they, and the other trials of each task, are replayed here, by the function that the stack's
verification calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
from pydantic import BaseModel

from activities.case_file import agent_tools, redact_submission
from analysis.rules import is_found, replay_actions
from bench.airline_data import Trial
from client.models import ProposalDetail
from domain.cases import Case
from domain.knowledge import Change, Hit, Item, ItemKind, ItemStatus, PolicyContent
from domain.proposals import ActionReplay, ReplayEffect
from gateways.embeddings import Embedder

METHOD = (
    "The own case of a proposal is that of the intervention that it was drafted from, whatever was "
    "merged into it. Own cases: the stack's verification. By answer: the reference agent answers "
    "the ask and did not, or now rests on the change. By actions: the agent's recorded calls are "
    "held against the rule as it was about to make them, and the end of the case against what the "
    "rule still asks for; fixed if a call that differed from the human's, and of which the rule "
    "speaks, differs no more; whole if no writing call differs any more. The rule counts only "
    "where a search by the ask, by what the customer says or by the calls brings it up among the "
    "first 8. Other trials: the same function over all 100 rows, outside the stack, the change "
    "laid over the airline's policies. What the customer says and all other calls are taken as "
    "recorded, and a call that the rule asks for by its name alone counts only if all its values "
    "stood in what the agent had seen. Nothing was asked of a model again."
)


class Share(BaseModel):
    """So many of so many."""

    of: int = 0
    fixed: int = 0
    whole: int = 0
    """Of the fixed, those in which nothing that was written differs from the human any more."""
    changed: int = 0
    broken: int = 0


class TrialFigures(BaseModel):
    """What one proposal does to trials other than its own."""

    same_task_failed: Share = Share()
    same_task_right: Share = Share()
    other_tasks_failed: Share = Share()
    other_tasks_right: Share = Share()


class Replayed(BaseModel):
    """What one proposal does: to its own case, by the stack, and to other trials, by actions."""

    own_by_answer: ReplayEffect | None = None
    own_by_actions: ReplayEffect | None = None
    own: ReplayEffect | None = None
    own_is_whole: bool = False
    trials: TrialFigures = TrialFigures()


@dataclass(frozen=True)
class Recorded:
    """A trial with its redacted case."""

    trial: Trial
    case: Case


class Policies:
    """The airline's policies with a change laid over them, searched by meaning in memory."""

    def __init__(
        self, known: Mapping[UUID, PolicyContent], change: Change, item_id: UUID, embedder: Embedder
    ) -> None:
        """Lay `change`, under `item_id`, over the policies that are known."""
        items = {**known, item_id: change.content}
        self._items = [
            Item(id=i, kind=ItemKind.POLICY, status=ItemStatus.ACTIVE, revision=1, content=content)
            for i, content in items.items()
        ]
        self._owners = [item for item in self._items for _ in item.content.passages()]
        self._vectors = embedder.embed([p for item in self._items for p in item.content.passages()])
        self._embedder = embedder

    async def search(self, query: str, *, k: int = 8) -> Sequence[Hit]:
        """Return the nearest policies, best first."""
        scores = self._vectors @ self._embedder.embed([query])[0]
        best: dict[UUID, Hit] = {}
        for place in np.argsort(-scores):
            item, score = self._owners[int(place)], float(np.clip(scores[int(place)], 0, 1))
            best.setdefault(item.id, Hit(item=item, score=score, similarity=score))
        return list(best.values())[:k]


def record(trials: Sequence[Trial]) -> list[Recorded]:
    """Return the trials with their redacted cases."""
    found: list[Recorded] = []
    for trial in trials:
        submission = trial.submission
        case = redact_submission(uuid5(NAMESPACE_URL, submission.external_id), submission)
        known = case.model_copy(update={"agent_tools": agent_tools(case, ())})
        found.append(Recorded(trial, known))
    return found


async def replay_trials(
    proposal: ProposalDetail,
    own: str,
    trials: Sequence[Recorded],
    known: Mapping[UUID, PolicyContent],
    embedder: Embedder,
) -> Replayed:
    """Return what a proposal, drafted from the case called `own`, does to its own and to others."""
    change = proposal.change
    task = next((r.trial.task_id for r in trials if r.trial.name == own), None)
    item_id = change.item_id or proposal.id
    shelf = Policies(known, change, item_id, embedder)
    figures = TrialFigures()
    for recorded in trials:
        if recorded.trial.name != own:
            share = _share(figures, recorded.trial, task)
            replayed = await _replay(change, recorded.case, known, shelf, item_id, embedder)
            _count(share, replayed)
    return _with_own(proposal, figures)


async def _replay(
    change: Change,
    case: Case,
    known: Mapping[UUID, PolicyContent],
    shelf: Policies,
    item_id: UUID,
    embedder: Embedder,
) -> ActionReplay | None:
    content = change.content
    base = known.get(change.item_id) if change.item_id else None
    replayed = replay_actions(change, case, base=base)
    if not isinstance(content, PolicyContent) or replayed is None:
        return None
    if replayed.effect is ReplayEffect.SAME or await is_found(
        content, case, shelf, item_id, embedder
    ):
        return replayed
    return replay_actions(change, case, base=base, found=False)


def _share(figures: TrialFigures, trial: Trial, task: int | None) -> Share:
    if trial.task_id == task:
        return figures.same_task_right if trial.ended_right else figures.same_task_failed
    return figures.other_tasks_right if trial.ended_right else figures.other_tasks_failed


def _count(share: Share, replayed: ActionReplay | None) -> None:
    effect = replayed.effect if replayed else ReplayEffect.SAME
    share.of += 1
    share.fixed += effect is ReplayEffect.FIXED
    share.whole += effect is ReplayEffect.FIXED and replayed is not None and replayed.is_whole
    share.changed += effect is ReplayEffect.CHANGED
    share.broken += effect is ReplayEffect.BROKEN


def _with_own(proposal: ProposalDetail, figures: TrialFigures) -> Replayed:
    original = proposal.verification.original if proposal.verification else None
    if original is None:
        return Replayed(trials=figures)
    in_systems = original.in_systems
    return Replayed(
        own_by_answer=original.answer_effect or original.effect,
        own_by_actions=in_systems.effect if in_systems else None,
        own=original.effect,
        own_is_whole=in_systems is not None and in_systems.is_whole,
        trials=figures,
    )


def total(shares: Sequence[Share]) -> Share:
    """Return the shares added up, each pair of a proposal and a trial counted once."""
    return Share(
        of=sum(s.of for s in shares),
        fixed=sum(s.fixed for s in shares),
        whole=sum(s.whole for s in shares),
        changed=sum(s.changed for s in shares),
        broken=sum(s.broken for s in shares),
    )
