"""Releases and their differences; where each revision comes from."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from api import diffs
from api.diffs import Edit, Patience, ToolEffect, compare, diff_texts
from api.services import release_diff
from domain.identity import ApiRole
from domain.knowledge import Access, Change, ItemKind, Operation, ToolConnectionContent, ToolSpec
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Decision, DecisionEffect, Ruling, Verdict
from store import publishing, reviews
from tests.api.conftest import Keys, make_keys
from tests.api.rows import ANALYST, Rows, adding, revising
from tests.domain.builders import content

URL = "/v1/releases"


@pytest.fixture
def agent(keys: Keys) -> dict[str, str]:
    """An agent's key."""
    return keys.header(ApiRole.AGENT)


def _retiring(item_id: UUID, text: str, base: int) -> Change:
    change = revising(item_id, text, base=base)
    return change.model_copy(update={"operation": Operation.RETIRE})


async def _five_releases(rows: Rows) -> tuple[str, str]:
    """Add an item (1), change it (2), add another (3), retire the first (4), restore it (5)."""
    first, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(revising(first, "Refunds take 7 days."))
    second, _ = await rows.item(adding("Shoes come in boxes.", ItemKind.POLICY))
    await rows.item(_retiring(first, "Refunds take 7 days.", 2))
    await rows.item(revising(first, "Refunds take 7 days.", base=3))
    return str(first), str(second)


async def _diff(
    client: AsyncClient, header: dict[str, str], start: int | str, end: int | str
) -> dict[str, Any]:
    answer = await client.get(f"{URL}/diff", params={"from": start, "to": end}, headers=header)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_releases_are_listed_newest_first_in_pages(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    await _five_releases(rows)

    first = (await client.get(f"{URL}?limit=3", headers=agent)).json()
    cursor = first["next_cursor"]
    second = (await client.get(f"{URL}?limit=3&cursor={cursor}", headers=agent)).json()

    lines = [*first["items"], *second["items"]]
    assert [(line["number"], line["operation"], line["restores"]) for line in lines] == [
        (5, "revise", True),
        (4, "retire", False),
        (3, "add", False),
        (2, "revise", False),
        (1, "add", False),
    ]
    assert (lines[2]["title"], lines[2]["kind"]) == ("Returns", "policy")
    assert lines[2]["approved_by"] == ["dana"]
    assert second["next_cursor"] is None


async def test_a_release_says_what_it_changed_and_who_approved_it(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    first, _ = await _five_releases(rows)

    answer = (await client.get(f"{URL}/2", headers=agent)).json()

    assert (answer["item_id"], answer["revision"]) == (first, 2)
    assert [field["field"] for field in answer["fields"]] == ["answer"]
    assert _edits(answer["fields"][0]) == [("delete", "5"), ("insert", "7")]
    assert answer["provenance"]["source"] == "import"
    assert [approval["by"] for approval in answer["provenance"]["approvals"]] == ["dana"]


@pytest.mark.parametrize(("number", "status"), [("6", 404), ("0", 422), ("x", 422)])
async def test_a_release_that_is_none(
    client: AsyncClient, agent: dict[str, str], rows: Rows, number: str, status: int
) -> None:
    await _five_releases(rows)

    assert (await client.get(f"{URL}/{number}", headers=agent)).status_code == status


def _edits(field: dict[str, Any]) -> list[tuple[str, str]]:
    return [(s["edit"], s["text"]) for s in field["segments"] if s["edit"] != "keep"]


@pytest.mark.parametrize(
    ("start", "end", "effects"),
    [
        (0, 5, {"first": "added", "second": "added"}),
        (5, 0, {"first": "removed", "second": "removed"}),
        (1, 5, {"first": "revised", "second": "added"}),
        (3, 4, {"first": "retired"}),
        (4, 3, {"first": "restored"}),
        (4, 5, {"first": "restored"}),
        (2, 5, {"second": "added"}),
        (2, 2, {}),
    ],
)
async def test_two_releases_differ_in_either_direction(
    client: AsyncClient,
    agent: dict[str, str],
    rows: Rows,
    start: int,
    end: int,
    effects: dict[str, str],
) -> None:
    first, second = await _five_releases(rows)
    names = {first: "first", second: "second"}

    answer = await _diff(client, agent, start, end)

    assert {names[item["item_id"]]: item["effect"] for item in answer["items"]} == effects
    assert (answer["from_release"], answer["to_release"]) == (start, end)


async def test_a_difference_turned_round_swaps_what_is_inserted_and_deleted(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    await _five_releases(rows)

    forth = (await _diff(client, agent, 1, 2))["items"][0]
    back = (await _diff(client, agent, 2, 1))["items"][0]

    assert _edits(forth["fields"][0]) == [("delete", "5"), ("insert", "7")]
    assert _edits(back["fields"][0]) == [("delete", "7"), ("insert", "5")]
    assert (forth["from_revision"], forth["to_revision"]) == (1, 2)
    assert (back["from_revision"], back["to_revision"]) == (2, 1)


async def test_times_name_releases_too(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    await _five_releases(rows)
    made = (await client.get(f"{URL}/4", headers=agent)).json()["created_at"]

    answer = await _diff(client, agent, "1999-01-01T00:00:00Z", made)

    assert (answer["from_release"], answer["to_release"]) == (0, 4)


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=1", "to"), ("from=1&to=6", "to"), ("from=x&to=1", "from"), ("from=9&to=1", "from")],
)
async def test_a_difference_needs_two_releases(
    client: AsyncClient, agent: dict[str, str], rows: Rows, query: str, field: str
) -> None:
    await _five_releases(rows)

    answer = await client.get(f"{URL}/diff?{query}", headers=agent)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_long_difference_comes_in_pages(
    client: AsyncClient,
    agent: dict[str, str],
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = [str((await rows.item(adding(f"Answer {n}.")))[0]) for n in range(5)]
    monkeypatch.setattr(release_diff, "MOST_CHARACTERS", 1)

    seen: list[str] = []
    query = "from=0&to=5&limit=3"
    pages = 0
    cursor = ""
    while cursor is not None:
        answer = await client.get(f"{URL}/diff?{query}&cursor={cursor}", headers=agent)
        seen += [item["item_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        pages += 1

    assert seen == ids
    assert pages == 5


async def test_a_workspace_sees_its_own_releases_only(
    client: AsyncClient, rows: Rows, database_url: str
) -> None:
    await _five_releases(rows)
    other = (await make_keys(database_url, f"w-{uuid4().hex[:12]}")).header(ApiRole.ADMIN)

    listed = await client.get(URL, headers=other)
    read = await client.get(f"{URL}/1", headers=other)
    compared = await client.get(f"{URL}/diff?from=0&to=1", headers=other)

    assert (listed.json()["items"], read.status_code) == ([], 404)
    assert compared.status_code == 422
    assert "the newest release is 0" in compared.text


async def _applied(rows: Rows, proposal: Proposal, *approvers: ApiRole) -> UUID:
    """Approve and publish as the activities do."""
    async with rows.database.transaction(rows.workspace) as connection:
        for role in approvers:
            decision = Decision(
                id=uuid4(),
                proposal_id=proposal.id,
                verdict=Verdict.APPROVE,
                content_hash=proposal.content_hash,
                comment=f"The {role} agrees.",
                by=role.value,
                role=role,
                created_at=proposal.created_at,
            )
            ruling = Ruling(effect=DecisionEffect.APPROVED)
            await reviews.insert_refused_decision(connection, rows.workspace, decision, ruling)
        item_id, _ = await publishing.publish(
            connection,
            rows.workspace,
            proposal.change,
            passages=[],
            model="words",
            provenance=publishing.Provenance(
                approved_by=tuple(role.value for role in approvers),
                proposal_id=proposal.id,
                intervention_id=proposal.intervention_id,
            ),
        )
    return item_id


async def test_a_revision_names_the_decisions_and_the_analysis_behind_it(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    await rows.move(proposal.id, ProposalStatus.APPROVED)
    item_id = await _applied(rows, proposal, ApiRole.REVIEWER, ApiRole.LEAD)

    answer = await client.get(f"/v1/knowledge/{item_id}/revisions", headers=agent)

    (revision,) = answer.json()["items"]
    origin = revision["provenance"]
    assert revision["intervention_id"] == str(proposal.intervention_id)
    assert origin["source"] == "intervention"
    assert [(a["by"], a["role"], a["comment"]) for a in origin["approvals"]] == [
        ("reviewer", "reviewer", "The reviewer agrees."),
        ("lead", "lead", "The lead agrees."),
    ]
    assert origin["analysis"]["analyst"] == ANALYST.model_dump()
    assert origin["analysis"]["analysis_id"]
    assert origin["proposal"]["title"] == proposal.title


async def test_an_approval_of_another_content_is_not_named(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    proposal = await rows.proposal()
    stale = proposal.model_copy(update={"content_hash": "0" * 64})
    item_id = await _applied(rows, stale, ApiRole.LEAD)

    answer = await client.get(f"/v1/knowledge/{item_id}/revisions", headers=agent)

    (approval,) = answer.json()["items"][0]["provenance"]["approvals"]
    assert (approval["by"], approval["role"], approval["comment"]) == ("lead", None, "")


async def test_the_revisions_are_paged(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    item_id, _ = await rows.item()
    for base in (1, 2):
        await rows.item(revising(item_id, f"Answer {base}.", base=base))
    url = f"/v1/knowledge/{item_id}/revisions?limit=2"

    first = (await client.get(url, headers=agent)).json()
    second = (await client.get(f"{url}&cursor={first['next_cursor']}", headers=agent)).json()

    assert [r["number"] for r in (*first["items"], *second["items"])] == [1, 2, 3]


def _connection(*tools: tuple[str, str], purpose: str = "Look up.") -> ToolConnectionContent:
    specs = tuple(
        ToolSpec(name=name, description=text, input_schema={"type": "object"}, access=Access.READ)
        for name, text in tools
    )
    return ToolConnectionContent(name="Orders", system="oms", tools=specs, purpose=purpose)


async def test_tools_are_compared_by_name(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    before = _connection(("get_order", "One order."), ("list_orders", "All orders."))
    after = _connection(("list_orders", "All open orders."), ("cancel", "Cancel."))
    kind = ItemKind.TOOL_CONNECTION
    item_id, _ = await rows.item(Change(kind=kind, operation=Operation.ADD, content=before))
    await rows.item(
        Change(
            kind=kind, operation=Operation.REVISE, item_id=item_id, base_revision=1, content=after
        )
    )

    answer = await client.get(f"/v1/knowledge/{item_id}/diff?from=1&to=2", headers=agent)

    body = answer.json()
    assert "tools" not in [field["field"] for field in body["fields"]]
    assert not any(field["changed"] for field in body["fields"])
    assert {tool["name"]: tool["effect"] for tool in body["tools"]} == {
        "list_orders": "changed",
        "cancel": "added",
        "get_order": "removed",
    }


def test_what_is_not_there_is_all_inserted_or_all_deleted() -> None:
    there = _connection(("get_order", "One order."))

    came, went = compare(None, there), compare(there, None)

    assert {s.edit for field in came.fields for s in field.segments} == {Edit.INSERT}
    assert {s.edit for field in went.fields for s in field.segments} == {Edit.DELETE}
    assert [tool.effect for tool in came.tools] == [ToolEffect.ADDED]
    assert [tool.effect for tool in went.tools] == [ToolEffect.REMOVED]
    assert compare(None, None).fields == []


def test_without_patience_texts_are_shown_whole() -> None:
    clock = iter([0.0, 0.5, 2.0])
    patience = Patience(1.0, lambda: next(clock))

    first = diff_texts("within 30 days", "within 40 days", patience)
    second = diff_texts("within 30 days", "within 40 days", patience)

    assert [s.edit for s in first] == [Edit.KEEP, Edit.DELETE, Edit.INSERT, Edit.KEEP]
    assert [(s.edit, s.text) for s in second] == [
        (Edit.DELETE, "within 30 days"),
        (Edit.INSERT, "within 40 days"),
    ]


def test_one_text_never_has_more_time_than_one_may_take() -> None:
    assert Patience(100, lambda: 0.0).left() == diffs.TIMEOUT_SECONDS


def test_only_what_differs_is_kept() -> None:
    before = _connection(("get_order", "One order."), ("list_orders", "All orders."))
    after = _connection(("get_order", "One order."), ("list_orders", "Open orders."), purpose="Up.")

    kept = compare(before, after).only_changes()

    assert [field.field for field in kept.fields] == ["purpose"]
    assert [tool.name for tool in kept.tools] == ["list_orders"]
    assert not compare(before, before).changed
    assert compare(content(), content(text="Else.")).changed
