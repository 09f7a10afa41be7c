"""A tool connection held against the calls of past conversations."""

from typing import Any
from uuid import uuid4

from activities.checking_tools import check_tools
from domain.conversation import Submission
from domain.knowledge import Access, Change, ItemKind, Operation, ToolConnectionContent, ToolSpec
from domain.proposals import Proposal
from domain.tool_checks import ToolCheck, ToolProblemKind
from tests.activities.customer import erase, of_customer
from tests.activities.world import World
from tests.api.rows import Rows
from tests.domain.builders import submission


def tool(name: str = "issue_refund", *required: str, access: Access = Access.WRITE) -> ToolSpec:
    schema: dict[str, Any] = {"type": "object", "required": list(required)}
    return ToolSpec(name=name, description="Does it.", input_schema=schema, access=access)


def connecting(*tools: ToolSpec, **base: Any) -> Change:
    content = ToolConnectionContent(name="Shop", system="shop", tools=tools, purpose="To act.")
    operation = Operation.REVISE if base else Operation.ADD
    return Change(kind=ItemKind.TOOL_CONNECTION, operation=operation, content=content, **base)


def acted(name: str = "issue_refund", **arguments: Any) -> Submission:
    action = {"system": "shop", "name": name, "arguments": arguments}
    return submission(
        external_id=uuid4().hex, resolution={"by": "dana", "reply": "Done.", "actions": [action]}
    )


def called(name: str, **arguments: Any) -> Submission:
    call = {"name": name, "arguments": arguments, "result": "ok"}
    return submission(
        external_id=uuid4().hex,
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "agent", "text": "I look.", "tool_calls": [call]},
        ],
        resolution={"by": "dana", "reply": "Done."},
    )


async def checked(world: World, change: Change) -> tuple[ToolCheck, ...]:
    proposal: Proposal = await world.drafted(change)
    return await check_tools(world.kit, world.workspace, proposal)


async def test_calls_of_humans_and_agents_are_what_a_tool_is_held_against(world: World) -> None:
    await world.post(acted(order="O-1", amount=5))
    await world.post(called("issue_refund", order="O-2"))
    await world.post(acted("something_else"))
    [check] = await checked(world, connecting(tool("issue_refund", "order", "amount")))
    assert (check.calls, check.served) == (2, 1)
    assert (ToolProblemKind.MISSING, "amount") in {(p.kind, p.argument) for p in check.problems}


async def test_a_read_only_tool_is_told_that_humans_changed_something(world: World) -> None:
    await world.post(acted())
    [check] = await checked(world, connecting(tool(access=Access.READ)))
    assert (check.served, [p.kind for p in check.problems]) == (0, [ToolProblemKind.READ_ONLY])


async def test_a_revision_is_checked_for_what_it_adds_or_alters(world: World) -> None:
    had, more = tool("get_order", access=Access.READ), tool()
    item_id, _ = await Rows(world.database, world.workspace).item(connecting(had))
    change = connecting(had, more, item_id=item_id, base_revision=1)
    assert [check.tool for check in await checked(world, change)] == ["issue_refund"]


async def test_an_argument_whose_name_is_somebodys_data_is_not_named(world: World) -> None:
    await world.post(acted(**{"jane.doe@example.com": "x"}))
    spec = tool().model_copy(
        update={"input_schema": {"type": "object", "additionalProperties": False}}
    )
    [check] = await checked(world, connecting(spec))
    assert [(p.kind, p.argument) for p in check.problems] == [(ToolProblemKind.UNKNOWN, "")]


async def test_what_an_erased_customers_case_called_is_on_no_record(world: World) -> None:
    theirs = of_customer()
    resolution = acted(order="O-1").resolution
    await world.post(theirs.model_copy(update={"resolution": resolution}))
    await erase(world)
    [check] = await checked(world, connecting(tool()))
    assert check.calls == 0


def _gone(check: ToolCheck) -> tuple[str, int, int, list[ToolProblemKind]]:
    return check.tool, check.calls, check.served, [problem.kind for problem in check.problems]


async def test_a_retirement_tells_which_calls_are_no_longer_served(world: World) -> None:
    item_id, _ = await Rows(world.database, world.workspace).item(connecting(tool()))
    await world.post(acted())
    await world.post(acted("something_else"))
    change = connecting(tool(), item_id=item_id, base_revision=1)
    change = change.model_copy(update={"operation": Operation.RETIRE})
    [check] = await checked(world, change)
    assert _gone(check) == ("issue_refund", 1, 0, [ToolProblemKind.TAKEN_AWAY])


async def test_a_tool_that_a_revision_drops_is_told(world: World) -> None:
    kept, dropped = tool("get_order", access=Access.READ), tool()
    item_id, _ = await Rows(world.database, world.workspace).item(connecting(kept, dropped))
    await world.post(acted())
    [check] = await checked(world, connecting(kept, item_id=item_id, base_revision=1))
    assert _gone(check) == ("issue_refund", 1, 0, [ToolProblemKind.TAKEN_AWAY])


async def test_a_tool_that_served_nothing_takes_nothing_away(world: World) -> None:
    reading = tool(access=Access.READ)
    item_id, _ = await Rows(world.database, world.workspace).item(connecting(reading))
    await world.post(acted())
    change = connecting(reading, item_id=item_id, base_revision=1)
    [check] = await checked(world, change.model_copy(update={"operation": Operation.RETIRE}))
    assert [(problem.kind, problem.calls) for problem in check.problems] == [
        (ToolProblemKind.TAKEN_AWAY, 0)
    ]


async def test_articles_connect_nothing(world: World) -> None:
    proposal = await world.drafted()
    assert await check_tools(world.kit, world.workspace, proposal) == ()
