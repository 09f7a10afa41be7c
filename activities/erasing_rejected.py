"""Takes one customer's text out of suppressions, what they hold back, and contradictions.

Not an activity: a part of `erasing.py`, in whose transaction it runs.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from domain.erased_forms import erased_finding
from domain.erasure import Eraser
from store import contradictions, suppressions
from store.database import Connection


async def erase_rejected(
    connection: Connection,
    workspace: str,
    erasure_id: UUID,
    *,
    interventions: Sequence[UUID],
    derived: frozenset[UUID],
    wide: Eraser,
) -> Counter[str]:
    """Return how many rows of each kind have lost text.

    To be called after the decisions are erased, whose words suppressions repeat. What came of the
    customer's own cases, `derived`, is looked through closely, everything else by `wide`.
    """
    counts: Counter[str] = Counter()
    close = wide.closely()
    for kept in await suppressions.list_reasons(connection, workspace):
        eraser = close if kept.proposal_id in derived else wide
        left = kept.model_copy(update={"reason": eraser.erase(kept.reason)})
        if left != kept:
            await suppressions.erase_reason(connection, workspace, left)
            counts["suppressions"] += 1
    for pair in await contradictions.list_kept(connection, workspace):
        eraser = close if {pair.proposal_id, pair.other_proposal_id} & derived else wide
        texts = {name: eraser.erase(text) for name, text in pair.texts().items()}
        if texts != pair.texts():
            left_of_pair = pair.model_copy(update=texts)
            await contradictions.erase_contradiction(connection, workspace, left_of_pair)
            counts["contradictions"] += 1
    found = await suppressions.list_findings_of(connection, workspace, interventions)
    for held in found:
        left_of_held = held.model_copy(update={"finding": erased_finding(held.finding)})
        await suppressions.erase_finding(connection, erasure_id, left_of_held)
    counts["held back"] += len(found)
    return counts
