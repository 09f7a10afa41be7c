"""The signals and the query of every workflow that holds reviews."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.messages import CommandSignal, DecideSignal, EvidenceSignal, WorkflowStatus
    from workflows.review_loop import ReviewLoop


class Reviewed:
    """Passes signals on to the reviews; a workflow inherits it and sets `_loop` in its init."""

    _loop: ReviewLoop

    @workflow.signal
    def decide(self, signal: DecideSignal) -> None:
        """Somebody has decided on a proposal."""
        self._loop.queue(signal)

    @workflow.signal
    def claim(self, signal: CommandSignal) -> None:
        """Somebody takes a review on."""
        self._loop.queue(signal)

    @workflow.signal
    def release(self, signal: CommandSignal) -> None:
        """Somebody gives a review back."""
        self._loop.queue(signal)

    @workflow.signal
    def assign(self, signal: CommandSignal) -> None:
        """A lead gives a review to somebody."""
        self._loop.queue(signal)

    @workflow.signal
    def reopen(self, signal: CommandSignal) -> None:
        """A lead reopens a parked proposal."""
        self._loop.queue(signal)

    @workflow.signal
    def add_evidence(self, signal: EvidenceSignal) -> None:
        """Another intervention shows a gap that one of the proposals would close."""
        self._loop.queue(signal)

    @workflow.query
    def status(self) -> WorkflowStatus:
        """Return where the workflow stands and what each review waits for."""
        return self._loop.shown()
