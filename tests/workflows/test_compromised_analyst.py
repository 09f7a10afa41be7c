"""The attacker's analyst in the real workflow: what it wishes waits for people, and goes no way."""

from temporalio.testing import WorkflowEnvironment

from domain.conversation import InterventionStatus
from domain.proposals import ProposalStatus
from domain.reviews import Verdict
from store import audit, knowledge
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from tests.api.rows import Rows, adding
from tests.security.wires import listening
from tests.security.wishes import FAMILIES, CompromisedAnalyst, Target, Wish, wishes
from tests.workflows.conftest import running_loop
from tests.workflows.harness import Loop, submission
from tests.workflows.scripted import ScriptedAnalyst


async def _known(loop: Loop) -> list[tuple[str, int]]:
    async with loop.database.transaction(loop.workspace) as connection:
        items = await knowledge.list_items(connection, loop.workspace)
    return sorted((str(item.id), item.revision) for item in items)


async def _target(database: Database, workspace: str, database_url: str) -> Target:
    other = f"{workspace}-other"
    await ensure_workspace_and_keys(database_url, other, {})
    item_id, _ = await Rows(database, workspace).item(adding("Refunds take 5 days."))
    foreign, _ = await Rows(database, other).item(adding("Theirs alone."))
    async with database.transaction(workspace) as connection:
        items = await knowledge.get_items(connection, workspace, [item_id])
    return Target(list(items), foreign)


async def _undecided(loop: Loop, wish: Wish) -> InterventionStatus:
    """Post a case, let people reject what becomes of it, and return how the workflow ended."""
    intervention_id = await loop.post(submission(ask=f"Where is my refund {wish.name}?"))

    async def settled() -> bool | None:
        found = await loop.status(intervention_id)
        return True if found.is_final or found is InterventionStatus.IN_REVIEW else None

    await loop.until(intervention_id, settled)
    if (status := await loop.status(intervention_id)).is_final:
        return status
    proposal = await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)
    await loop.decide(intervention_id, loop.decision(proposal, Verdict.REJECT))
    return await loop.end(intervention_id)


async def test_a_wish_of_each_family_ends_without_a_release(
    environment: WorkflowEnvironment, database: Database, workspace: str, database_url: str
) -> None:
    target = await _target(database, workspace, database_url)
    chosen = [wish for wish in wishes(target) if wish.variant == 1]
    assert len(chosen) == len(FAMILIES)
    analyst = CompromisedAnalyst(chosen[0])
    async with running_loop(
        environment, database, workspace, scripted=ScriptedAnalyst(), analyst=analyst
    ) as loop:
        before = await _known(loop)
        ends: dict[str, InterventionStatus] = {}
        with listening() as heard:
            for wish in chosen:
                analyst.wish = wish
                ends[wish.family] = await _undecided(loop, wish)
        assert await _known(loop) == before
        async with database.transaction(workspace) as connection:
            audited = await audit.list_audit(connection, workspace)

    assert heard == []
    assert ends.pop("invent_quotes") is InterventionStatus.FAILED
    assert InterventionStatus.LEARNED not in ends.values()
    assert "proposal_applied" not in {entry.action for entry in audited}
