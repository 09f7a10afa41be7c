"""Hands a case from the activity that read it to the one that drafts from it, within one worker."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from domain.cases import Case

_MOST = 256


class CaseCache:
    """Cases by intervention. Each is taken once; a worker that lacks one builds it anew.

    A case also holds items: it is of no use once an erasure has finished that may have changed
    them. `finished` is `erasures.count_finished` from before anything was read.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._cases: OrderedDict[tuple[str, UUID], tuple[Case, int]] = OrderedDict()

    def put(self, workspace: str, case: Case, finished: int) -> None:
        """Keep a case for its next step; the oldest goes when there are too many."""
        self._cases[workspace, case.intervention_id] = case, finished
        while len(self._cases) > _MOST:
            self._cases.popitem(last=False)

    def take(self, workspace: str, intervention_id: UUID, finished: int) -> Case | None:
        """Return the case and forget it; None if an erasure has finished since."""
        case, finished_then = self._cases.pop((workspace, intervention_id), (None, finished))
        return case if finished_then == finished else None

    def forget(self, workspace: str, interventions: Iterable[UUID]) -> None:
        """Forget what was erased meanwhile."""
        for intervention_id in interventions:
            self._cases.pop((workspace, intervention_id), None)
