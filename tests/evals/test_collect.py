"""Cases from a workspace's decided proposals."""

from domain.reviews import Verdict
from evals.cases import EvalCase, ReviewerVerdict
from evals.collect import collect
from tests.activities.conftest import kit, told, world
from tests.activities.editing import approve_edit
from tests.activities.world import World
from tests.domain.builders import submission
from tests.workflows.scripted import article, policy

__all__ = ["kit", "told", "world"]


async def collected(world: World) -> list[EvalCase]:
    return [case async for case in collect(world.kit, world.workspace)]


async def test_decisions_become_cases(world: World) -> None:
    await world.apply(await world.approved(article("Ask the warehouse.")))
    rejected = await world.in_review(article("Something else entirely, about invoices."))
    await world.settle(await world.write(rejected, verdict=Verdict.REJECT, comment="No such rule."))
    await world.in_review(policy())
    first, second = await collected(world)
    assert first.decided.verdict is ReviewerVerdict.AS_IS
    assert first.decided.approved == first.decided.draft
    # The article that was applied since was not known when it was drafted.
    assert first.case.known_items == ()
    assert second.decided.verdict is ReviewerVerdict.REJECTED
    assert (second.decided.approved, second.decided.reason) == (None, "No such rule.")
    assert first.decided.drafted_by.name == "scripted"


async def test_an_edit_keeps_both_drafts(world: World) -> None:
    proposal = await world.in_review(article("Ask the warehouse."))
    content = proposal.change.content.model_copy(update={"answer": "Ask us."})
    edit = proposal.change.model_copy(update={"content": content})
    await approve_edit(world, proposal, edit)
    proposal = await world.read(proposal.id)
    if proposal.status.value == "in_review":
        await world.settle(await world.write(proposal, by="rae"))
    await world.apply(await world.read(proposal.id))
    [case] = await collected(world)
    assert case.decided.verdict is ReviewerVerdict.EDITED
    assert case.decided.approved is not None
    assert case.decided.approved.content == edit.content
    assert case.decided.draft.content == article("Ask the warehouse.").content


async def test_nothing_personal_and_nobody_erased_is_in_them(world: World) -> None:
    said = submission(
        external_id="a",
        conversation=[
            {"role": "customer", "text": "I am Ana Kern, ana@kern.example. Where is it?"},
            {"role": "human", "text": "Dear Ana Kern, it is here.", "author": "dana"},
        ],
    )
    world.analyst.change = lambda _: article("It is here.")
    drafted = await world.draft(await world.analyzed(said))
    proposal = await world.read(drafted.own[0].proposal_id)
    await world.open(proposal)
    await world.settle(
        await world.write(proposal, verdict=Verdict.REJECT, comment="Ask Ana Kern again.")
    )
    [case] = await collected(world)
    assert "Kern" not in case.model_dump_json()
    await world.execute(
        "UPDATE interventions SET erased_at = now() WHERE workspace = %s", world.workspace
    )
    assert await collected(world) == []
