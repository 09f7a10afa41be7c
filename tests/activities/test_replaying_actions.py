"""Past cases replayed by what was done in systems, on what is stored of them."""

from typing import Any
from uuid import UUID, uuid4

from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.conversation import Submission
from domain.knowledge import Change, ItemKind, Operation, PolicyContent
from domain.proposals import ReplayCase, ReplayEffect, Verification
from tests.activities.world import World, run
from tests.domain.builders import submission

STAY = {"stay_id": "S1", "board": "half_board"}
RULE = "When the board is half board, do not cancel the stay (`cancel_stay`); decline instead."
LOOKED: dict[str, Any] = {"system": "desk", "name": "get_stay", "arguments": {"stay_id": "S1"}}
CANCELLED: dict[str, Any] = {**LOOKED, "name": "cancel_stay"}


def cancelling(ask: str, *actions: dict[str, Any]) -> Submission:
    calls = [
        {"name": "get_stay", "arguments": {"stay_id": "S1"}, "result": STAY},
        {"name": "cancel_stay", "arguments": {"stay_id": "S1"}, "result": "ok"},
    ]
    turns = [{"role": "agent", "text": "One moment.", "tool_calls": [call]} for call in calls]
    return submission(
        external_id=uuid4().hex,
        conversation=[{"role": "customer", "text": ask}, *turns],
        resolution={"reply": "We have looked at it.", "actions": [LOOKED, *actions]},
    )


def forbidding(rule: str = RULE) -> Change:
    content = PolicyContent(title="Cancel a stay", rule=rule)
    return Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=content)


async def verified(world: World, change: Change, own: UUID) -> Verification:
    world.analyst.change = lambda _: change
    proposal_id = (await world.draft(own)).own[0].proposal_id
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal_id)
    await run(VerifyProposal(world.kit).verify_proposal, task)
    verification = (await world.read(proposal_id)).verification
    assert verification is not None
    return verification


def case_of(verification: Verification, ask: str) -> ReplayCase:
    [case] = [case for case in verification.cases if case.query == ask]
    return case


async def test_a_rule_about_actions_fixes_its_own_case_and_breaks_one_that_was_right(
    world: World,
) -> None:
    right = "Please cancel the stay that I booked."
    await world.analyzed(cancelling(right, CANCELLED))
    own = await world.analyzed(cancelling("Cancel my stay, please."))
    verification = await verified(world, forbidding(), own)
    assert verification.fixes_original
    case = case_of(verification, "Cancel my stay, please.")
    assert case.in_systems is not None
    assert case.in_systems.is_whole
    assert case.in_systems.before == "The agent called `cancel_stay`, which the person did not."
    assert case_of(verification, right).effect is ReplayEffect.BROKEN


async def test_a_rule_that_names_no_action_is_replayed_by_its_answers_alone(world: World) -> None:
    own = await world.analyzed(cancelling("Cancel my stay, please."))
    verification = await verified(world, forbidding("Stays on half board stay."), own)
    assert [case.in_systems for case in verification.cases] == [None]


async def test_a_rule_that_no_search_brings_up_fixes_nothing(world: World) -> None:
    own = await world.analyzed(cancelling("Cancel my stay, please."))
    far = forbidding("Do not call `cancel_stay`.")
    content = PolicyContent(title="Umbrellas and rain", rule="Umbrella: never call `cancel_stay`.")
    verification = await verified(world, far.model_copy(update={"content": content}), own)
    case = verification.cases[0]
    assert case.in_systems is not None
    assert case.in_systems.effect is ReplayEffect.SAME
    assert not verification.fixes_original
    assert "no search for it brings it up" in case.in_systems.after
