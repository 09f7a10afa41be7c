"""The reviews of one workflow: opened, waited for, ruled on and applied, until all are closed.

What comes before the reviews and after the last one is the workflow's that holds the loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.apply_proposal import ApplyInput, ApplyProposal
    from activities.escalate_review import EscalateInput, EscalateReview
    from activities.notify_reviewers import OCCASION_OF, NotifyInput, NotifyReviewers
    from activities.open_review import OpenReview, OpenReviewInput
    from activities.redraft_proposal import RedraftInput, RedraftProposal
    from activities.settle_command import SettleCommand, SettleCommandInput
    from activities.settle_decision import SettleDecision, SettleDecisionInput
    from activities.settle_edit import SettleEdit, SettleEditInput
    from activities.verify_proposal import VerifyInput, VerifyProposal
    from domain.base import Message
    from domain.edits import SeenProof
    from domain.escalation import ReviewClock, StepKind, take_step
    from domain.notifications import Occasion
    from domain.proposals import ProposalStatus
    from domain.reviews import DecisionEffect
    from workflows import steps
    from workflows.carried import Carried
    from workflows.messages import (
        CommandSignal,
        DecideSignal,
        EvidenceSignal,
        Signal,
        WorkflowStatus,
    )
    from workflows.review_state import ReviewState, details, search_attributes, waiting_words

_MAX_EVENTS = 4_000

_SENDS_BACK = "a draft is sent back once"


class Standing(NamedTuple):
    """How the workflow that holds the reviews says where it stands."""

    working: str
    """While the machine is at work, before people are asked."""
    of: Callable[[Collection[ReviewState]], str]
    """While people are waited for, and at the end: by where the reviews stand."""


class ReviewLoop:
    """Looks after proposals until people have decided on each.

    1. For each proposal `verify_proposal` and `open_review`; then `notify_reviewers`. A first draft
       that does not fix its own case goes through `redraft_proposal` before it is opened.
    2. It waits for signals. `decide` is ruled on by `settle_decision`: enough approvals lead to
       `apply_proposal`; requested changes, or an item that has moved meanwhile, lead to
       `redraft_proposal` and back to 1 (where no new draft can be made, with the old one).
       An approval with an edit is ruled on by `settle_edit` once the edit is verified: what it
       makes worse comes back to people instead of going live.
       Meanwhile the escalation policy's clock runs: reminders, the next tier, and after the last
       one the proposal is parked. Time approves nothing, and a parked proposal waits without a
       deadline until it is reopened.

    Signals only queue; `run` acts on them one by one, in order, so no decision is lost and no two
    are ruled on at once.
    """

    def __init__(self, workspace: str, standing: Standing, carried: Carried | None = None) -> None:
        """Take up where the run before has left off, if there was one."""
        carried = carried or Carried()
        self._workspace = workspace
        self._standing = standing
        self._reviews = {review.proposal_id: review for review in carried.reviews}
        self._inbox: deque[Signal] = deque(carried.inbox)
        self._seen = dict.fromkeys(carried.seen)
        self._ignored = carried.ignored_signals
        self._step, self._status = "Starting", standing.working
        self._shown: object = None
        self._telling: set[asyncio.Task[None]] = set()

    def adopt(self, reviews: Iterable[ReviewState]) -> None:
        """Look after these proposals from now on."""
        self._reviews = {review.proposal_id: review for review in reviews}

    async def run(self, continued: Callable[[Carried], Message]) -> None:
        """Return when every proposal is closed and every signal was ruled on.

        A history that grows too long ends with a new run, whose input is `continued`'s. An
        ActivityError is a permanent failure of an activity.
        """
        for proposal_id in list(self._reviews):
            await self._advance(proposal_id)
        await self._wait_for_people(continued)

    def queue(self, signal: Signal) -> None:
        """Keep a signal once; one without an id, or seen before, is counted as ignored."""
        signal_id = signal.signal_id
        if signal_id is None or signal.proposal_id is None or signal_id in self._seen:
            self._ignored += 1
            return
        self._seen[signal_id] = None
        self._inbox.append(signal)

    def standing(self) -> str:
        """Return where the workflow stands by its reviews."""
        return self._standing.of(self._reviews.values())

    def count(self, status: ProposalStatus) -> int:
        """Return how many of the proposals have this status."""
        return sum(review.status is status for review in self._reviews.values())

    def shown(self) -> WorkflowStatus:
        """Return where the workflow stands and what each review waits for."""
        now = workflow.now()
        return WorkflowStatus(
            status=self._status,
            step=self._step,
            reviews=tuple(review.shown(now) for review in self._reviews.values()),
            ignored_signals=self._ignored,
        )

    def set_step(self, step: str, status: str) -> None:
        """Show people where the workflow stands; search attributes only when they have changed."""
        self._step, self._status = step, status
        workflow.set_current_details(details(step, self._reviews.values(), workflow.now()))
        if status == self._standing.working:
            return
        updates = search_attributes(status, self._reviews.values())
        shown = [(str(update.key.name), str(update.value)) for update in updates]
        if shown != self._shown:
            self._shown = shown
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType]

    async def _advance(self, proposal_id: UUID) -> None:
        """Do what the proposal's status calls for, until it waits for people or is final."""
        status = self._reviews[proposal_id].status
        while not status.is_final:
            match status:
                case ProposalStatus.DRAFTING:
                    await self._put_before_people(proposal_id)
                    return
                case ProposalStatus.APPROVED:
                    status = await self._apply(proposal_id)
                case ProposalStatus.CHANGES_REQUESTED | ProposalStatus.CONFLICTED:
                    status = await self._redraft(proposal_id)
                    if not status.is_final:
                        await self._put_before_people(proposal_id)
                        return
                case _:
                    if self._reviews[proposal_id].clock is None:
                        await self._open(proposal_id)
                    return

    async def _put_before_people(self, proposal_id: UUID) -> None:
        self.set_step("Verifying", self._standing.working)
        if await self._verify(proposal_id) and workflow.patched(_SENDS_BACK):
            await self._redraft(proposal_id)
        await self._open(proposal_id)
        self._notify(proposal_id, Occasion.OPENED)

    async def _verify(self, proposal_id: UUID) -> bool:
        """Replay past queries; return whether the draft should be written once more.

        Where that fails for good, people decide without and see so.
        """
        try:
            verified = await workflow.execute_activity_method(
                VerifyProposal.verify_proposal,
                VerifyInput(workspace=self._workspace, proposal_id=proposal_id),
                **steps.WHILE_PEOPLE_WAIT,
                summary="replay past queries",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return False
        return verified.sends_back

    async def _open(self, proposal_id: UUID) -> None:
        opened = await workflow.execute_local_activity_method(
            OpenReview.open_review,
            OpenReviewInput(workspace=self._workspace, proposal_id=proposal_id, now=workflow.now()),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=opened.status, clock=opened.clock, support=opened.support)

    def _notify(self, proposal_id: UUID, occasion: Occasion) -> None:
        """Tell people without waiting for it: a channel that is down must not hold up decisions."""
        telling = workflow.start_activity_method(
            NotifyReviewers.notify_reviewers,
            NotifyInput(workspace=self._workspace, proposal_ids=(proposal_id,), occasion=occasion),
            **steps.NOTIFICATION,
            summary=f"tell reviewers: {occasion}",
        )
        self._telling.add(telling)
        telling.add_done_callback(self._told)

    def _told(self, telling: asyncio.Task[None]) -> None:
        """Forget a notification; one that failed for good is in the history, and that is enough."""
        self._telling.discard(telling)
        if not telling.cancelled():
            telling.exception()

    async def _apply(self, proposal_id: UUID) -> ProposalStatus:
        applied = await workflow.execute_activity_method(
            ApplyProposal.apply_proposal,
            ApplyInput(workspace=self._workspace, proposal_id=proposal_id),
            **steps.DATABASE_WRITE,
            summary="apply the approved change",
        )
        self._update(proposal_id, status=applied.status)
        return applied.status

    async def _redraft(self, proposal_id: UUID) -> ProposalStatus:
        """Return the status after a new draft; where none can be made, people see the old one."""
        try:
            redrafted = await workflow.execute_activity_method(
                RedraftProposal.redraft_proposal,
                RedraftInput(workspace=self._workspace, proposal_id=proposal_id),
                **steps.WHILE_PEOPLE_WAIT,
                summary="draft again",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return self._reviews[proposal_id].status
        self._update(proposal_id, status=redrafted.status)
        return redrafted.status

    def _update(self, proposal_id: UUID, **changes: object) -> None:
        self._reviews[proposal_id] = self._reviews[proposal_id].model_copy(update=changes)

    async def _wait_for_people(self, continued: Callable[[Carried], Message]) -> None:
        """Take up signals and walk the clock while a review is open; rule on late signals too."""
        while self._inbox or any(not r.status.is_final for r in self._reviews.values()):
            # A notification under way would end with this run, unsent.
            is_long = workflow.info().get_current_history_length() > _MAX_EVENTS
            if workflow.info().is_continue_as_new_suggested() or (is_long and not self._telling):
                workflow.continue_as_new(continued(self._carried()))
            self.set_step("Waiting for people to decide", self.standing())
            await self._wait_until(self._next_deadline())
            if self._inbox:
                await self._take_up(self._inbox.popleft())
            else:
                await self._walk_the_clock()

    def _carried(self) -> Carried:
        return Carried.of(
            reviews=self._reviews.values(),
            inbox=self._inbox,
            seen=self._seen,
            ignored_signals=self._ignored,
        )

    async def _wait_until(self, wait: tuple[timedelta, str] | None) -> None:
        if self._inbox:
            return
        timeout, words = wait or (None, None)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: bool(self._inbox), timeout=timeout, timeout_summary=words
            )

    def _next_deadline(self) -> tuple[timedelta, str] | None:
        """Return how long until the clock does something, and words for it; None if never."""
        now = workflow.now()
        pending = [(s, r) for r in self._reviews.values() if (s := r.step(now))]
        if not pending:
            return None
        step, review = min(pending, key=lambda entry: entry[0].at)
        return max(step.at - now, timedelta(0)), waiting_words(review, step.kind)

    async def _walk_the_clock(self) -> None:
        for proposal_id, review in list(self._reviews.items()):
            step = review.step(workflow.now())
            if review.clock is not None and step is not None and step.is_due:
                await self._take_step(proposal_id, review.clock, step.kind)

    async def _take_step(self, proposal_id: UUID, clock: ReviewClock, kind: StepKind) -> None:
        moved = take_step(clock, kind, workflow.now())
        result = await workflow.execute_local_activity_method(
            EscalateReview.escalate_review,
            EscalateInput(
                workspace=self._workspace, proposal_id=proposal_id, step=kind, clock=moved
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=result.status, clock=moved)
        self._notify(proposal_id, OCCASION_OF[kind])

    async def _take_up(self, signal: Signal) -> None:
        proposal_id = signal.proposal_id
        if proposal_id is None or proposal_id not in self._reviews:
            self._ignored += 1
            return
        match signal:
            case DecideSignal(decision_id=UUID() as decision_id):
                await self._settle_decision(proposal_id, decision_id)
            case CommandSignal(command_id=UUID() as command_id):
                await self._settle_command(proposal_id, command_id)
            case EvidenceSignal(support=int() as support):
                review = self._reviews[proposal_id]
                self._update(proposal_id, support=max(support, review.support))
                if signal.redrafted and not review.status.is_final:
                    await self._verify(proposal_id)
            case _:
                self._ignored += 1

    async def _settle_decision(self, proposal_id: UUID, decision_id: UUID) -> None:
        settled = await workflow.execute_local_activity_method(
            SettleDecision.settle_decision,
            SettleDecisionInput(
                workspace=self._workspace, proposal_id=proposal_id, decision_id=decision_id
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=settled.status)
        if settled.edited:
            await self._verify(proposal_id)
            # Reviews that are under way may hold approvals that took effect before their proof.
            if settled.effect is DecisionEffect.PENDING:
                await self._settle_edit(proposal_id, decision_id, settled.seen)
        await self._advance(proposal_id)

    async def _settle_edit(
        self, proposal_id: UUID, decision_id: UUID, seen: SeenProof | None
    ) -> None:
        settled = await workflow.execute_local_activity_method(
            SettleEdit.settle_edit,
            SettleEditInput(
                workspace=self._workspace,
                proposal_id=proposal_id,
                decision_id=decision_id,
                seen=seen,
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=settled.status)
        if settled.came_back:
            self._notify(proposal_id, Occasion.CAME_BACK)

    async def _settle_command(self, proposal_id: UUID, command_id: UUID) -> None:
        settled = await workflow.execute_local_activity_method(
            SettleCommand.settle_command,
            SettleCommandInput(
                workspace=self._workspace,
                proposal_id=proposal_id,
                command_id=command_id,
                now=workflow.now(),
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=settled.status)
        if settled.clock is not None:
            self._update(proposal_id, clock=settled.clock)
