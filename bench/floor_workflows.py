"""The bare workflows beside which the product's is measured: no rules, no database, no words."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from temporalio import activity, workflow

WAITING, DONE = "waiting", "done"
_TIMEOUT = timedelta(seconds=60)
_PATIENCE = timedelta(hours=4)


class StepKind(StrEnum):
    """How a step runs."""

    REGULAR = "regular"
    LOCAL = "local"


@dataclass(frozen=True)
class FloorShape:
    """The steps before the wait and after the signal, in order."""

    before: Sequence[StepKind]
    after: Sequence[StepKind]

    def described(self) -> str:
        """Return the shape in words."""
        steps = (*self.before, *self.after)
        regular, local = steps.count(StepKind.REGULAR), steps.count(StepKind.LOCAL)
        return f"{regular} no-op activities, {local} no-op local activities, 1 timer, 1 signal"


@activity.defn
async def nothing(word: str) -> None:
    """Do nothing; say `word` of the workflow on standard output if there is one."""
    if word:
        sys.stdout.write(f"{word} {activity.info().workflow_id}\n")
        sys.stdout.flush()


@workflow.defn
class FloorWorkflow:
    """Runs the shape's steps, waits for the signal under a timer, runs the rest."""

    def __init__(self) -> None:
        """Wait for the signal."""
        self._signalled = False
        self._is_done = False

    @workflow.run
    async def run(self, shape: FloorShape) -> None:
        """Return after the last step."""
        await self._steps(shape.before, WAITING)
        await workflow.wait_condition(lambda: self._signalled, timeout=_PATIENCE)
        await self._steps(shape.after, DONE)
        self._is_done = True

    @workflow.signal
    def go(self) -> None:
        """Let the rest run."""
        self._signalled = True

    @workflow.query
    def is_done(self) -> bool:
        """Return whether the last step has run."""
        return self._is_done

    async def _steps(self, kinds: Sequence[StepKind], last_word: str) -> None:
        # Said by the last local step if there is one: the product's record, which the bench
        # watches, is written by its local activities too.
        local = [index for index, kind in enumerate(kinds) if kind is StepKind.LOCAL]
        speaks = local[-1] if local else len(kinds) - 1
        for index, kind in enumerate(kinds):
            word = last_word if index == speaks else ""
            if kind is StepKind.LOCAL:
                await workflow.execute_local_activity(
                    nothing, word, start_to_close_timeout=_TIMEOUT
                )
            else:
                await workflow.execute_activity(nothing, word, start_to_close_timeout=_TIMEOUT)
