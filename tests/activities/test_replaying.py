"""What a proposal is replayed on, and how often."""

import dataclasses
from typing import Any
from uuid import uuid4

import pytest

from activities import replaying
from activities.past_queries import past_queries
from activities.verify_proposal import VerifyInput, VerifyProposal
from agent.claude import ClaudeAnswerer
from domain.cases import UsedItem
from domain.conversation import Resolution
from domain.golden import Expectation, Expected
from domain.knowledge import Change, ItemKind, Operation, PolicyContent
from domain.outcomes import HandledBy
from domain.proposals import Proposal, ReplayCase, ReplayEffect, ReplaySource, Verification
from domain.workspace_settings import WorkspaceSettings
from store import golden, outcomes, proposals, workspaces
from tests.activities.world import World, run
from tests.api.rows import Rows, a_finding, revising
from tests.domain.builders import submission
from tests.fakes.claude import client_for
from tests.fakes.messages_api import MessagesApi, Reply, message
from tests.workflows.scripted import article

ASK = "Where is my lost parcel?"


def saying(ask: str) -> Any:
    conversation = [{"role": "customer", "text": ask}]
    return submission(external_id=uuid4().hex, conversation=conversation)


async def drafted(world: World, **changes: Any) -> Proposal:
    """Return a drafted proposal whose own query is ASK."""
    world.analyst.change = lambda _: article().model_copy(update=changes)
    result = await world.draft(await world.analyzed(saying(ASK)))
    return await world.read(result.own[0].proposal_id)


async def verify(world: World, proposal: Proposal) -> Verification:
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(VerifyProposal(world.kit).verify_proposal, task)
    verification = (await world.read(proposal.id)).verification
    assert verification is not None
    return verification


async def serve(world: World, text: str, **known: Any) -> None:
    async with world.database.transaction(world.workspace) as connection:
        await outcomes.record_outcome(
            connection, world.workspace, text=text, handled_by=HandledBy.AGENT, **known
        )


async def expect(world: World, text: str, *must_contain: str, handoff: bool = False) -> None:
    expects = Expectation.HANDOFF if handoff else Expectation.ANSWERED
    expected = Expected(expects=expects, must_contain=must_contain)
    async with world.database.transaction(world.workspace) as connection:
        await golden.put_golden_query(
            connection, world.workspace, text=text, expected=expected, note="", created_by="lee"
        )


def case_of(verification: Verification, text: str) -> ReplayCase:
    [case] = [case for case in verification.cases if case.query == text]
    return case


async def test_every_source_is_replayed_and_each_text_once(world: World) -> None:
    await world.analyzed(saying("Is my parcel lost?"))
    await serve(world, "Was the parcel lost?")
    await serve(world, "where is my  LOST parcel?")
    await expect(world, "Who pays for a lost parcel?")
    proposal = await drafted(world)
    async with world.database.transaction(world.workspace) as connection:
        await proposals.add_evidence(
            connection,
            world.workspace,
            proposal.id,
            intervention_id=await world.post(saying("?")),
            finding_index=0,
            finding=a_finding(),
            ask="My parcel is gone, where is it?",
        )
    verification = await verify(world, proposal)
    assert {(case.query, case.source) for case in verification.cases} == {
        (ASK, ReplaySource.ORIGINAL),
        ("My parcel is gone, where is it?", ReplaySource.EVIDENCE),
        ("Who pays for a lost parcel?", ReplaySource.GOLDEN),
        ("Is my parcel lost?", ReplaySource.INTERVENTION),
        ("Was the parcel lost?", ReplaySource.OUTCOME),
    }
    assert verification.cases[0].query == ASK


async def test_the_nearest_served_queries_are_replayed_and_no_more(world: World) -> None:
    for number in range(20):
        await serve(world, f"Opening hours on day {number}?")
    await serve(world, "Where is my lost parcel now?")
    found = await past_queries(world.kit, world.workspace, await drafted(world))
    served = [past.text for past in found if past.source is ReplaySource.OUTCOME]
    assert len(served) == WorkspaceSettings().similar_queries
    assert served[0] == "Where is my lost parcel now?"


async def test_an_answer_known_as_correct_that_is_taken_away_is_broken(world: World) -> None:
    item_id, _ = await Rows(world.database, world.workspace).item()
    await serve(world, "How long do refunds take?", correct=True)
    retirement = revising(item_id, "Refunds take 5 days.").model_copy(
        update={"operation": Operation.RETIRE}
    )
    verification = await verify(world, await world.drafted(retirement))
    case = case_of(verification, "How long do refunds take?")
    assert (case.effect, case.known_correct) == (ReplayEffect.BROKEN, True)


async def _retired_after(world: World, **known: Any) -> ReplayCase:
    """Return what becomes of a served query when the item that answered it is retired."""
    item_id, revision = await Rows(world.database, world.workspace).item()
    used = UsedItem(item_id=item_id, revision=revision, kind=ItemKind.ARTICLE, title="x", score=1)
    await serve(world, "How long do refunds take?", items_used=[used], **known)
    retirement = revising(item_id, "Refunds take 5 days.").model_copy(
        update={"operation": Operation.RETIRE}
    )
    verification = await verify(world, await world.drafted(retirement))
    return case_of(verification, "How long do refunds take?")


async def test_to_take_away_an_answer_that_is_known_as_wrong_breaks_nothing(world: World) -> None:
    case = await _retired_after(world, correct=False)
    assert (case.effect, case.known_wrong) == (ReplayEffect.CHANGED, True)


async def test_a_wrong_answer_that_was_mended_since_may_be_broken(world: World) -> None:
    rows = Rows(world.database, world.workspace)
    item_id, _ = await rows.item()
    used = UsedItem(item_id=item_id, revision=1, kind=ItemKind.ARTICLE, title="x", score=1)
    await serve(world, "How long do refunds take?", items_used=[used], correct=False)
    await rows.item(revising(item_id, "Refunds take 7 days."))
    retirement = revising(item_id, "Refunds take 7 days.", base=2).model_copy(
        update={"operation": Operation.RETIRE}
    )
    verification = await verify(world, await world.drafted(retirement))
    case = case_of(verification, "How long do refunds take?")
    assert (case.effect, case.known_wrong) == (ReplayEffect.BROKEN, False)


async def test_what_nobody_objected_to_is_broken(world: World) -> None:
    case = await _retired_after(world)
    assert (case.effect, case.known_wrong) == (ReplayEffect.BROKEN, False)


async def test_what_led_to_another_item_is_not_fixed_by_this_one(world: World) -> None:
    rule = PolicyContent(title="Parcels", rule="A person decides.")
    world.analyst.change = lambda _: Change(
        kind=ItemKind.POLICY, operation=Operation.ADD, content=rule
    )
    await world.draft(await world.analyzed(saying("Is my parcel lost?")))
    case = case_of(await verify(world, await drafted(world)), "Is my parcel lost?")
    assert (case.effect, case.wanted_otherwise) == (ReplayEffect.CHANGED, True)


async def test_an_answer_other_than_the_humans_is_no_fix(world: World) -> None:
    """The agent answers with the title of the nearest item."""
    for verb, days in (("Is", 9), ("Was", 4)):
        resolution = Resolution(by="dana", reply=f"We search {days} days for lost parcels.")
        posted = saying(f"{verb} my parcel lost?").model_copy(update={"resolution": resolution})
        await world.analyzed(posted)
    content = article().content.model_copy(update={"title": "We search 4 days for lost parcels."})
    verification = await verify(world, await drafted(world, content=content))
    other, alike = (case_of(verification, f"{verb} my parcel lost?") for verb in ("Is", "Was"))
    assert (other.effect, other.wanted_otherwise) == (ReplayEffect.CHANGED, True)
    assert (alike.effect, alike.wanted_otherwise) == (ReplayEffect.FIXED, False)


@pytest.mark.parametrize(
    ("words", "effect"),
    [(("lost parcels",), ReplayEffect.FIXED), (("a refund",), ReplayEffect.CHANGED)],
)
async def test_a_golden_query_is_fixed_if_its_answer_holds_what_it_must(
    world: World, words: tuple[str, ...], effect: ReplayEffect
) -> None:
    """The agent answers with the title of the nearest item."""
    await Rows(world.database, world.workspace).item()
    await expect(world, "What of a lost parcel?", *words)
    verification = await verify(world, await drafted(world))
    assert case_of(verification, "What of a lost parcel?").effect is effect


async def test_what_is_expected_tells_alone_whatever_else_is_known(world: World) -> None:
    item_id, _ = await Rows(world.database, world.workspace).item()
    used = UsedItem(item_id=item_id, revision=1, kind=ItemKind.ARTICLE, title="x", score=1)
    await serve(world, "How long do refunds take?", items_used=[used], correct=False)
    await expect(world, "How long do refunds take?")
    retirement = revising(item_id, "Refunds take 5 days.").model_copy(
        update={"operation": Operation.RETIRE}
    )
    verification = await verify(world, await world.drafted(retirement))
    case = case_of(verification, "How long do refunds take?")
    assert (case.effect, case.known_wrong) == (ReplayEffect.BROKEN, False)


async def test_a_golden_query_that_people_want_to_see_is_broken_by_an_answer(
    world: World,
) -> None:
    await expect(world, "I sue you for the lost parcel!", handoff=True)
    verification = await verify(world, await drafted(world))
    case = case_of(verification, "I sue you for the lost parcel!")
    assert (case.effect, case.source) == (ReplayEffect.BROKEN, ReplaySource.GOLDEN)


async def test_what_is_expected_of_the_original_query_says_whether_it_is_fixed(
    world: World,
) -> None:
    await expect(world, ASK, "a refund")
    verification = await verify(world, await drafted(world))
    assert verification.cases[0].is_original
    assert not verification.fixes_original


async def test_another_answer_where_a_change_was_applied_since_is_no_fix(world: World) -> None:
    """What the agent answers there now is what people approved, not what failed."""
    world.analyst.change = lambda _: article("Ask the depot.").model_copy()
    first = await world.draft(await world.analyzed(saying("Where is my parcel that was lost?")))
    applied = await world.read(first.own[0].proposal_id)
    await world.open(applied)
    await world.settle(await world.write(applied))
    await world.apply(applied)
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    late = await drafted(
        world,
        operation=Operation.REVISE,
        item_id=row["id"],
        base_revision=1,
        content=article("Ask us.").content.model_copy(update={"title": "Parcels"}),
    )
    verification = await verify(world, late)
    past = case_of(verification, "Where is my parcel that was lost?")
    assert (past.effect, past.wanted_otherwise) == (ReplayEffect.CHANGED, False)
    assert verification.fixes_original


ANSWER = message(
    {
        "answered": True,
        "answer": "Ask the warehouse.",
        "items_used": ["K1"],
        "confidence": 0.9,
        "handoff_reason": "",
    }
)
HAND_OFF = message(
    {
        "answered": False,
        "answer": "",
        "items_used": [],
        "confidence": 0.1,
        "handoff_reason": "Not sure.",
    }
)


async def with_claude(world: World, proposal: Proposal, *replies: Reply) -> Verification:
    """Verify with the Claude agent; nothing is known without the change, so only it is asked of."""
    async with MessagesApi(*replies) as api, client_for(api) as client:
        world.kit = dataclasses.replace(world.kit, answerer=ClaudeAnswerer(client))
        return await verify(world, proposal)


@pytest.mark.parametrize(
    ("replies", "effect", "passed"),
    [
        ((ANSWER, ANSWER, ANSWER), ReplayEffect.FIXED, 3),
        ((ANSWER, HAND_OFF, ANSWER), ReplayEffect.CHANGED, 2),
        ((HAND_OFF, HAND_OFF, HAND_OFF), ReplayEffect.SAME, 0),
    ],
)
async def test_a_model_has_to_pass_every_time(
    world: World, replies: tuple[Reply, ...], effect: ReplayEffect, passed: int
) -> None:
    verification = await with_claude(world, await drafted(world), *replies)
    [case] = verification.cases
    assert (case.effect, case.runs, case.passed_before, case.passed) == (effect, 3, 0, passed)


async def test_the_workspace_says_how_often_a_model_is_asked(world: World) -> None:
    async with world.database.transaction(world.workspace) as connection:
        await workspaces.change_settings(connection, world.workspace, {"replays_per_case": 1})
    verification = await with_claude(world, await drafted(world), ANSWER)
    assert [(case.effect, case.runs) for case in verification.cases] == [(ReplayEffect.FIXED, 1)]


async def test_what_a_models_budget_does_not_reach_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "MOST_ANSWERS", 6)
    for text in ("Lost a parcel", "My parcel?"):
        await serve(world, text)
    verification = await with_claude(world, await drafted(world), ANSWER, ANSWER, ANSWER)
    assert [case.is_original for case in verification.cases] == [True]
    assert verification.left_out == 2


async def test_a_used_up_token_budget_cuts_the_replay_short_and_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "_MODEL_ANSWERS_AT_ONCE", 1)
    for text in ("Lost a parcel", "My parcel?"):
        await serve(world, text)
    async with world.database.transaction(world.workspace) as connection:
        await workspaces.change_settings(connection, world.workspace, {"daily_tokens": 3_600})
    verification = await with_claude(world, await drafted(world), ANSWER, ANSWER, ANSWER)
    assert [case.is_original for case in verification.cases] == [True]
    assert (verification.left_out, verification.budget_used_up) == (2, True)
    assert await world.execute(
        "SELECT DISTINCT purpose, outcome FROM model_usage WHERE workspace = %s", world.workspace
    ) == [{"purpose": "verify", "outcome": "ok"}]


async def test_an_agent_without_a_model_is_asked_once(world: World) -> None:
    verification = await verify(world, await drafted(world))
    [case] = verification.cases
    assert (case.runs, case.passed_before, case.passed) == (1, 0, 1)
