"""The workflow of one intervention: read, propose, verify, wait for people, apply."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.analyze_intervention import AnalyzeInput, AnalyzeIntervention
    from activities.apply_proposal import ApplyInput, ApplyProposal
    from activities.close_intervention import CloseInput, CloseIntervention
    from activities.draft_proposals import DraftInput, DraftProposals
    from activities.escalate_review import EscalateInput, EscalateReview
    from activities.notify_reviewers import OCCASION_OF, NotifyInput, NotifyReviewers, Occasion
    from activities.open_review import OpenReview, OpenReviewInput
    from activities.redraft_proposal import RedraftInput, RedraftProposal
    from activities.settle_command import SettleCommand, SettleCommandInput
    from activities.settle_decision import SettleDecision, SettleDecisionInput
    from activities.verify_proposal import VerifyInput, VerifyProposal
    from domain.conversation import InterventionStatus
    from domain.escalation import ReviewClock, StepKind, take_step
    from domain.findings import Gap
    from domain.proposals import ProposalStatus
    from workflows import steps
    from workflows.intervention_input import InterventionInput, InterventionResult
    from workflows.messages import (
        CommandSignal,
        DecideSignal,
        EvidenceSignal,
        Signal,
        WorkflowStatus,
    )
    from workflows.review_state import (
        ReviewState,
        details,
        intervention_status,
        search_attributes,
        waiting_words,
    )

_MAX_EVENTS = 4_000


@workflow.defn
class InterventionWorkflow:
    """Turns one intervention into proposals and looks after them until people have decided.

    1. `analyze_intervention`, then `draft_proposals`: findings become proposals, or evidence for
       proposals of other interventions. Without a proposal of its own the workflow ends here.
    2. For each proposal `verify_proposal` and `open_review`; then `notify_reviewers`.
    3. It waits for signals. `decide` is ruled on by `settle_decision`: enough approvals lead to
       `apply_proposal`; requested changes, or an item that has moved meanwhile, lead to
       `redraft_proposal` and back to 2 (where no new draft can be made, with the old one).
       Meanwhile the escalation policy's clock runs: reminders, the next tier, and after the last
       one the proposal is parked. Time approves nothing, and a parked proposal waits without a
       deadline until it is reopened.
    4. When every proposal is closed, `close_intervention` records the end.

    Signals only queue; the run method acts on them one by one, in order, so no decision is lost
    and no two are ruled on at once. Everything it knows can be read again from the record: the
    activities find their own earlier results, so a workflow that was lost can simply be started
    again. A permanent failure of an activity is recorded and fails the workflow.
    """

    @workflow.init
    def __init__(self, task: InterventionInput) -> None:
        """Set up what signal handlers touch, for they may run before `run` does."""
        self._task = task
        self._reviews = {review.proposal_id: review for review in task.reviews}
        self._merged = task.merged
        self._inbox: deque[Signal] = deque((*task.decisions, *task.commands, *task.evidence))
        self._seen = dict.fromkeys(task.seen)
        self._ignored = task.ignored_signals
        self._step = "Starting"
        self._status = InterventionStatus.RECEIVED
        self._shown: object = None
        self._telling: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, task: InterventionInput) -> InterventionResult:
        """Return when nothing of this intervention is open any more."""
        try:
            if not task.is_continued:
                await self._read_and_draft()
            for proposal_id in list(self._reviews):
                await self._advance(proposal_id)
            await self._wait_for_people()
            return await self._close()
        except ActivityError as error:
            code = getattr(error.cause, "type", None) or type(error.cause).__name__
            await self._record_end(InterventionStatus.FAILED, error_code=code)
            raise

    @workflow.signal
    def decide(self, signal: DecideSignal) -> None:
        """Somebody has decided on a proposal."""
        self._queue(signal)

    @workflow.signal
    def claim(self, signal: CommandSignal) -> None:
        """Somebody takes a review on."""
        self._queue(signal)

    @workflow.signal
    def release(self, signal: CommandSignal) -> None:
        """Somebody gives a review back."""
        self._queue(signal)

    @workflow.signal
    def assign(self, signal: CommandSignal) -> None:
        """A lead gives a review to somebody."""
        self._queue(signal)

    @workflow.signal
    def reopen(self, signal: CommandSignal) -> None:
        """A lead reopens a parked proposal."""
        self._queue(signal)

    @workflow.signal
    def add_evidence(self, signal: EvidenceSignal) -> None:
        """Another intervention shows a gap that one of the proposals would close."""
        self._queue(signal)

    @workflow.query
    def status(self) -> WorkflowStatus:
        """Return where the workflow stands and what each review waits for."""
        now = workflow.now()
        return WorkflowStatus(
            status=self._status,
            step=self._step,
            reviews=tuple(review.shown(now) for review in self._reviews.values()),
            ignored_signals=self._ignored,
        )

    def _queue(self, signal: Signal) -> None:
        """Keep a signal once; one without an id, or seen before, is counted as ignored."""
        signal_id = signal.signal_id
        if signal_id is None or signal.proposal_id is None or signal_id in self._seen:
            self._ignored += 1
            return
        self._seen[signal_id] = None
        self._inbox.append(signal)

    async def _read_and_draft(self) -> None:
        self._set_step("Reading the intervention", InterventionStatus.ANALYZING)
        of_intervention = self._task.model_dump(include={"workspace", "intervention_id"})
        read = await workflow.execute_activity_method(
            AnalyzeIntervention.analyze_intervention,
            AnalyzeInput.model_validate(of_intervention),
            **steps.MODEL_CALL,
            summary="read the intervention",
        )
        if all(gap is Gap.NONE for gap in read.gaps):
            return
        self._set_step("Drafting proposals", InterventionStatus.ANALYZING)
        drafted = await workflow.execute_activity_method(
            DraftProposals.draft_proposals,
            DraftInput.model_validate(of_intervention),
            **steps.MODEL_CALL,
            summary="draft proposals",
        )
        self._merged = drafted.merged
        self._reviews = {own.proposal_id: ReviewState(**own.model_dump()) for own in drafted.own}

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
        self._set_step("Verifying", InterventionStatus.ANALYZING)
        await self._verify(proposal_id)
        await self._open(proposal_id)
        self._notify(proposal_id, Occasion.OPENED)

    async def _verify(self, proposal_id: UUID) -> None:
        """Replay past queries; where that fails for good, people decide without and see so."""
        try:
            await workflow.execute_activity_method(
                VerifyProposal.verify_proposal,
                VerifyInput(workspace=self._task.workspace, proposal_id=proposal_id),
                **steps.WHILE_PEOPLE_WAIT,
                summary="replay past queries",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise

    async def _open(self, proposal_id: UUID) -> None:
        opened = await workflow.execute_local_activity_method(
            OpenReview.open_review,
            OpenReviewInput(
                workspace=self._task.workspace, proposal_id=proposal_id, now=workflow.now()
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=opened.status, clock=opened.clock, support=opened.support)

    def _notify(self, proposal_id: UUID, occasion: Occasion) -> None:
        """Tell people without waiting for it: a channel that is down must not hold up decisions."""
        telling = workflow.start_activity_method(
            NotifyReviewers.notify_reviewers,
            NotifyInput(
                workspace=self._task.workspace, proposal_ids=(proposal_id,), occasion=occasion
            ),
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
            ApplyInput(workspace=self._task.workspace, proposal_id=proposal_id),
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
                RedraftInput(workspace=self._task.workspace, proposal_id=proposal_id),
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

    async def _wait_for_people(self) -> None:
        """Take up signals and walk the clock while a review is open; rule on late signals too."""
        while self._inbox or any(not r.status.is_final for r in self._reviews.values()):
            # A notification under way would end with this run, unsent.
            is_long = workflow.info().get_current_history_length() > _MAX_EVENTS
            if workflow.info().is_continue_as_new_suggested() or (is_long and not self._telling):
                workflow.continue_as_new(
                    self._task.carried_over(
                        reviews=tuple(self._reviews.values()),
                        merged=self._merged,
                        inbox=tuple(self._inbox),
                        seen=tuple(self._seen),
                        ignored_signals=self._ignored,
                    )
                )
            status = intervention_status(self._reviews.values(), merged=self._merged)
            self._set_step("Waiting for people to decide", status)
            await self._wait_until(self._next_deadline())
            if self._inbox:
                await self._take_up(self._inbox.popleft())
            else:
                await self._walk_the_clock()

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
                workspace=self._task.workspace, proposal_id=proposal_id, step=kind, clock=moved
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
                support = max(support, self._reviews[proposal_id].support)
                self._update(proposal_id, support=support)
            case _:
                self._ignored += 1

    async def _settle_decision(self, proposal_id: UUID, decision_id: UUID) -> None:
        settled = await workflow.execute_local_activity_method(
            SettleDecision.settle_decision,
            SettleDecisionInput(
                workspace=self._task.workspace, proposal_id=proposal_id, decision_id=decision_id
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=settled.status)
        if settled.edited:
            await self._verify(proposal_id)
        await self._advance(proposal_id)

    async def _settle_command(self, proposal_id: UUID, command_id: UUID) -> None:
        settled = await workflow.execute_local_activity_method(
            SettleCommand.settle_command,
            SettleCommandInput(
                workspace=self._task.workspace,
                proposal_id=proposal_id,
                command_id=command_id,
                now=workflow.now(),
            ),
            **steps.SHORT_WRITE,
        )
        self._update(proposal_id, status=settled.status)
        if settled.clock is not None:
            self._update(proposal_id, clock=settled.clock)

    async def _close(self) -> InterventionResult:
        status = intervention_status(self._reviews.values(), merged=self._merged)
        await self._record_end(status, error_code=None)
        applied = sum(r.status is ProposalStatus.APPLIED for r in self._reviews.values())
        return InterventionResult(status=status, applied=applied)

    async def _record_end(self, status: InterventionStatus, *, error_code: str | None) -> None:
        await workflow.execute_local_activity_method(
            CloseIntervention.close_intervention,
            CloseInput(
                workspace=self._task.workspace,
                intervention_id=self._task.intervention_id,
                status=status,
                error_code=error_code,
            ),
            **steps.SHORT_WRITE,
        )
        self._set_step("Done" if error_code is None else f"Failed: {error_code}", status)

    def _set_step(self, step: str, status: InterventionStatus) -> None:
        """Show people where the workflow stands; search attributes only when they have changed."""
        self._step, self._status = step, status
        workflow.set_current_details(details(step, self._reviews.values(), workflow.now()))
        if status is InterventionStatus.ANALYZING:
            return
        updates = search_attributes(status, self._reviews.values())
        shown = [(str(update.key.name), str(update.value)) for update in updates]
        if shown != self._shown:
            self._shown = shown
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType]
