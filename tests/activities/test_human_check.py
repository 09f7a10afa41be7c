"""One goodwill is no gap; when people keep deviating alike, their policy is asked for."""

from uuid import UUID, uuid4

from activities.analyze_intervention import AnalyzeIntervention
from domain.conversation import Submission
from domain.findings import Finding, Gap
from domain.knowledge import Change, ItemKind, Operation, PolicyContent
from store import interventions
from tests.activities.world import World, run
from tests.api.rows import Rows
from tests.domain.builders import submission

RULE = "An item can be returned within 30 days."
GRANTED = "I have accepted that the item is returned after 45 days."
ASK = "Can my item still be returned after so many days?"


def posted(reply: str, by: str = "dana", ask: str = ASK) -> Submission:
    return submission(
        external_id=uuid4().hex,
        conversation=[{"role": "customer", "text": ask}],
        resolution={"by": by, "reply": reply},
    )


async def policy(world: World) -> UUID:
    content = PolicyContent(title="Returns", rule=RULE)
    change = Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=content)
    item_id, _ = await Rows(world.database, world.workspace).item(change)
    return item_id


async def finding_of(world: World, intervention_id: UUID) -> Finding:
    async with world.database.transaction(world.workspace) as connection:
        stored = await interventions.find_analysis(connection, world.workspace, intervention_id)
    assert stored is not None
    return stored.findings[0]


async def test_one_goodwill_is_no_gap_and_proposes_nothing(world: World) -> None:
    await policy(world)
    intervention_id = await world.analyzed(posted(GRANTED))

    assert (await world.draft(intervention_id)).own == ()
    finding = await finding_of(world, intervention_id)
    assert finding.gap is Gap.NONE
    assert finding.summary.startswith("Goodwill: the policy 'Returns' says otherwise.")
    assert await world.count("deviations") == 1


async def test_the_third_alike_asks_for_the_policy_with_all_as_evidence(world: World) -> None:
    item_id = await policy(world)
    earlier = [await world.analyzed(posted(GRANTED, by)) for by in ("ana", "ben")]
    for intervention_id in earlier:
        await world.draft(intervention_id)
    third = await world.analyzed(posted(GRANTED, "cleo"))
    [drafted] = (await world.draft(third)).own
    await world.draft(third)

    proposal = await world.read(drafted.proposal_id)
    assert (proposal.gap, proposal.change.operation) == (Gap.MISAPPLIED_POLICY, Operation.REVISE)
    assert proposal.change.item_id == item_id
    assert isinstance(proposal.change.content, PolicyContent)
    assert proposal.change.content.rule == "An item can be returned within 45 days."
    assert proposal.support == 3
    fourth = await world.draft(await world.analyzed(posted(GRANTED, "dan")))
    assert (fourth.own, fourth.merged) == ((), 1)
    assert (await world.read(proposal.id)).support == 4


async def test_other_ways_of_deviating_are_counted_apart(world: World) -> None:
    await policy(world)
    for days in (45, 60, 90):
        reply = GRANTED.replace("45", str(days))
        result = await world.draft(await world.analyzed(posted(reply)))
        assert result.own == ()


async def test_a_repeated_analysis_counts_once(world: World) -> None:
    await policy(world)
    intervention_id = await world.analyzed(posted(GRANTED))
    await world.execute("DELETE FROM analyses WHERE workspace = %s", world.workspace)
    again = AnalyzeIntervention(world.kit).analyze_intervention
    await run(again, world.analysis_of(intervention_id))

    assert await world.count("deviations") == 1
    assert (await finding_of(world, intervention_id)).gap is Gap.NONE


async def test_colleagues_who_answered_otherwise_are_noted(world: World) -> None:
    for reply in ("A lamp is repaired in 9 days.", "Your lamp is repaired in 9 days."):
        await world.analyzed(posted(reply))
    finding = await finding_of(world, await world.analyzed(posted("A lamp is repaired in 5 days.")))

    assert finding.summary.endswith("2 other colleagues answered a similar case otherwise.")
    assert finding.confidence == 0.63
