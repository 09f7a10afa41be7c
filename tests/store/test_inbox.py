"""The inbox's query: order, filters, search, counts, and what a snooze hides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.identity import ApiRole
from domain.inbox import AwaitedApproval, DueBy, InboxFilters, Snoozed
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.priority import priority_of, review_minutes, worth_of
from domain.proposals import Proposal, ProposalStatus, ReplayEffect
from domain.reviews import Decision, DecisionEffect, Ruling, Verdict
from store import inbox, mentions, proposals, reviews, snoozes
from store.inbox import Look, ProposalListing
from tests.api.rows import Rows, a_finding, adding

_S = ProposalStatus
EVERYTHING = InboxFilters(status=None)


def look(rows: Rows, filters: InboxFilters = EVERYTHING, person: str = "dana") -> Look:
    return Look(rows.workspace, person, filters, datetime.now(UTC))


async def found_by(rows: Rows, person: str = "dana", **filters: Any) -> list[UUID]:
    wanted = look(rows, InboxFilters(**filters), person)
    async with rows.database.transaction(rows.workspace) as connection:
        return [place.id for place in await inbox.find_positions(connection, wanted)]


async def page(
    rows: Rows, after: ProposalListing | None = None, limit: int = 3
) -> list[ProposalListing]:
    async with rows.database.transaction(rows.workspace) as connection:
        position = after.position if after else None
        return await inbox.list_proposals(connection, look(rows), after=position, limit=limit)


async def support(rows: Rows, proposal: Proposal, times: int, ask: str = "Where is it?") -> None:
    for _ in range(times):
        intervention_id = await rows.intervention()
        async with rows.database.transaction(rows.workspace) as connection:
            await proposals.add_evidence(
                connection,
                rows.workspace,
                proposal.id,
                intervention_id=intervention_id,
                finding_index=0,
                finding=a_finding(),
                ask=ask,
            )


async def approve(rows: Rows, proposal: Proposal, by: str) -> None:
    """Let somebody's approval count."""
    decision = Decision(
        id=uuid4(),
        proposal_id=proposal.id,
        verdict=Verdict.APPROVE,
        content_hash=proposal.content_hash,
        by=by,
        role=ApiRole.REVIEWER,
        created_at=datetime.now(UTC),
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_decision(connection, rows.workspace, decision)
        counted = Ruling(effect=DecisionEffect.COUNTED, approvals=1)
        await reviews.settle_decision(connection, rows.workspace, decision.id, counted)


async def change_row(rows: Rows, statement: Any, *values: object) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        await connection.execute(statement, values)


async def test_pages_have_each_proposal_once_and_most_support_first(rows: Rows) -> None:
    made = [await rows.proposal() for _ in range(7)]
    for n in (1, 4, 5):
        await support(rows, made[n], times=n)
    seen: list[ProposalListing] = []
    while found := await page(rows, seen[-1] if seen else None):
        seen += found
    assert [entry.support for entry in seen] == [6, 5, 2, 1, 1, 1, 1]
    assert {entry.id for entry in seen} == {proposal.id for proposal in made}


async def test_the_database_ranks_by_the_rule(rows: Rows) -> None:
    """The database's columns and `domain/priority.py` say the same."""
    fixing = await rows.proposal(effect=ReplayEffect.FIXED)
    same = await rows.proposal(adding("x" * 3000 + "ä\n"), effect=ReplayEffect.SAME)
    unread = await rows.proposal(adding(kind=ItemKind.POLICY), effect=None, approvals=2)
    await support(rows, same, times=2)
    found = {entry.id: entry for entry in await page(rows)}
    assert [found[one.id].priority for one in (fixing, same, unread)] == [2, 3, 1]
    for entry in found.values():
        assert entry.priority == priority_of(entry.support, entry.verification)
        assert entry.review_minutes == review_minutes(entry.change)
        left = (entry.approvals_needed or 0) - entry.approvals_given
        assert entry.worth == worth_of(entry.priority, entry.review_minutes, left)


async def test_a_short_review_comes_before_a_long_one(rows: Rows) -> None:
    long = await rows.proposal(adding("Refunds take 5 days. " * 300))
    short = await rows.proposal()
    assert await found_by(rows) == [short.id, long.id]


async def test_what_one_more_approval_settles_comes_before_what_needs_two(rows: Rows) -> None:
    two = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    one = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    await approve(rows, one, "lee")
    assert await found_by(rows) == [one.id, two.id]


async def test_among_equals_what_is_due_first_comes_first(rows: Rows) -> None:
    made = [await rows.proposal() for _ in range(5)]
    unopened = await rows.proposal(review=False)
    seen: list[ProposalListing] = []
    while found := await page(rows, seen[-1] if seen else None, limit=2):
        seen += found
    assert [entry.id for entry in seen] == [proposal.id for proposal in (*made, unopened)]


async def test_a_proposal_that_comes_meanwhile_moves_no_page(rows: Rows) -> None:
    made = [await rows.proposal() for _ in range(4)]
    seen = await page(rows, limit=2)
    late = await rows.proposal()
    while found := await page(rows, seen[-1], limit=2):
        seen += found
    # Its id decides whether it still comes up; the others come up once.
    assert sorted(entry.id for entry in seen if entry.id != late.id) == sorted(p.id for p in made)


async def test_the_inbox_is_filtered_by_status_kind_and_gap(rows: Rows) -> None:
    waiting = await rows.proposal()
    policy = await rows.proposal(adding("Refund all.", ItemKind.POLICY))
    rejected = await rows.proposal()
    await rows.move(rejected.id, _S.REJECTED)
    assert set(await found_by(rows)) == {waiting.id, policy.id}
    assert await found_by(rows, status=_S.REJECTED) == [rejected.id]
    assert await found_by(rows, kind=ItemKind.POLICY) == [policy.id]
    assert set(await found_by(rows, gap="missing_knowledge")) == {waiting.id, policy.id}
    assert await found_by(rows, gap="missing_tool") == []
    assert set(await found_by(rows, tier=ApiRole.REVIEWER)) == {waiting.id, policy.id}
    assert await found_by(rows, tier=ApiRole.LEAD) == []


async def test_another_workspace_finds_nothing(rows: Rows, elsewhere: Rows) -> None:
    await rows.proposal()
    assert await found_by(elsewhere, status=None) == []
    assert await found_by(elsewhere, status=None, q="refunds") == []


async def test_the_inbox_is_filtered_by_who_has_it(rows: Rows) -> None:
    nobodys, danas, lees = [await rows.proposal() for _ in range(3)]
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.set_assignee(connection, rows.workspace, danas.id, "Dana")
        await reviews.set_assignee(connection, rows.workspace, lees.id, "lee")
    assert await found_by(rows, assignee="me") == [danas.id]
    assert await found_by(rows, assignee="nobody") == [nobodys.id]
    assert await found_by(rows, assignee="lee") == [lees.id]


async def test_the_inbox_is_filtered_by_when_it_is_due(rows: Rows) -> None:
    late, soon, later = [await rows.proposal() for _ in range(3)]
    now = datetime.now(UTC)
    for proposal, due in ((late, -1), (soon, 72), (later, 24 * 30)):
        due_at = now + timedelta(hours=due)
        await change_row(
            rows, "UPDATE reviews SET due_at = %s WHERE proposal_id = %s", due_at, proposal.id
        )
    assert await found_by(rows, due=DueBy.OVERDUE) == [late.id]
    assert await found_by(rows, due=DueBy.TODAY) == [late.id]
    assert await found_by(rows, due=DueBy.THIS_WEEK) == [late.id, soon.id]


async def test_the_second_approval_is_asked_of_somebody_else(rows: Rows) -> None:
    given = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    await approve(rows, given, "lee")
    second = AwaitedApproval.SECOND
    assert await found_by(rows, awaits=second) == [given.id]
    assert await found_by(rows, "Lee", awaits=second) == []


def an_article(**fields: Any) -> Change:
    said = {"title": "Refunds", "question": "How long?", "answer": "5 days."} | fields
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.ADD,
        content=ArticleContent.model_validate(said),
    )


async def test_a_tag_is_found(rows: Rows) -> None:
    tagged = await rows.proposal(an_article(tags=("billing", "refund's")))
    await rows.proposal()
    assert await found_by(rows, tag="refund's") == [tagged.id]


@pytest.mark.parametrize(
    "words",
    ["deposits", "Deposit", "depo", "keep warranty", "eposit", "100% <b>", "customers asked", "'"],
)
async def test_a_search_finds_words_their_beginnings_and_parts(rows: Rows, words: str) -> None:
    wanted = await rows.proposal(
        an_article(answer="We keep deposits: 100% <b>of them</b>, as the guest's warranty.")
    )
    if words != "customers asked":
        await rows.proposal(an_article(answer="Nothing alike"))
    assert await found_by(rows, q=words) == [wanted.id]


async def test_a_search_finds_the_title_and_what_customers_asked(rows: Rows) -> None:
    wanted = await rows.proposal(title="About luggage")
    await rows.proposal()
    await support(rows, wanted, 1, ask="Where is my suitcase?")
    for words in ("luggage", "suitcases"):
        assert await found_by(rows, q=words) == [wanted.id]


async def test_a_search_finds_the_words_of_the_present_draft(rows: Rows) -> None:
    proposal = await rows.proposal(an_article(answer="Deposits"))
    await change_row(
        rows,
        "UPDATE proposals SET change = jsonb_set(change, '{content,answer}', '\"Vouchers\"')"
        " WHERE id = %s",
        proposal.id,
    )
    assert await found_by(rows, q="voucher") == [proposal.id]
    assert await found_by(rows, q="deposit") == []


async def counted(rows: Rows, **filters: Any) -> dict[str, dict[str, int]]:
    async with rows.database.transaction(rows.workspace) as connection:
        return await inbox.count_choices(connection, look(rows, InboxFilters(**filters)))


async def test_each_filter_is_counted_under_the_others(rows: Rows) -> None:
    await rows.proposal(an_article(tags=("billing",)))
    mine = await rows.proposal()
    policy = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    async with rows.database.transaction(rows.workspace) as connection:
        for proposal in (mine, policy):
            await reviews.set_assignee(connection, rows.workspace, proposal.id, "dana")
    everything = await counted(rows)
    assert everything["kind"] == {"article": 2, "policy": 1}
    assert everything["assignee"] == {"me": 2, "dana": 2, "nobody": 1}
    assert everything["tag"] == {"billing": 1}
    assert everything["total"] == {"": 3}
    of_mine = await counted(rows, assignee="me")
    assert of_mine["kind"] == {"article": 1, "policy": 1}
    assert of_mine["assignee"] == everything["assignee"]
    assert of_mine["status"] == {"in_review": 2}
    assert "tag" not in of_mine
    assert (await counted(rows, kind="policy", assignee="me"))["total"] == {"": 1}


async def snooze(rows: Rows, proposal: Proposal, hours: float = 1) -> None:
    until = datetime.now(UTC) + timedelta(hours=hours)
    async with rows.database.transaction(rows.workspace) as connection:
        assert await snoozes.snooze(connection, rows.workspace, "Dana", proposal.id, until)


async def test_what_is_snoozed_is_out_of_one_persons_inbox(rows: Rows) -> None:
    proposal, other = await rows.proposal(), await rows.proposal()
    await snooze(rows, proposal)
    assert await found_by(rows) == [other.id]
    assert await found_by(rows, snoozed=Snoozed.ONLY) == [proposal.id]
    assert len(await found_by(rows, snoozed=Snoozed.SHOWN)) == 2
    assert len(await found_by(rows, "lee")) == 2
    assert (await counted(rows))["snoozed"] == {"only": 1}


async def test_a_snooze_ends_by_time_and_by_hand(rows: Rows) -> None:
    over, woken = await rows.proposal(), await rows.proposal()
    await snooze(rows, over, hours=-1)
    await snooze(rows, woken)
    async with rows.database.transaction(rows.workspace) as connection:
        await snoozes.end_snooze(connection, rows.workspace, "dana", woken.id)
    assert await found_by(rows) == [over.id, woken.id]


async def test_another_draft_ends_a_snooze(rows: Rows) -> None:
    proposal = await rows.proposal()
    await snooze(rows, proposal)
    assert await found_by(rows) == []
    await change_row(
        rows, "UPDATE proposals SET content_hash = 'another' WHERE id = %s", proposal.id
    )
    assert await found_by(rows) == [proposal.id]


async def test_an_escalation_ends_a_snooze(rows: Rows) -> None:
    proposal = await rows.proposal()
    await snooze(rows, proposal)
    await change_row(rows, "UPDATE reviews SET tier = 1 WHERE proposal_id = %s", proposal.id)
    assert await found_by(rows) == [proposal.id]


async def mention(rows: Rows, proposal: Proposal, name: str) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        said = await reviews.add_comment(
            connection, rows.workspace, proposal.id, by="kim", body=f"@{name} look"
        )
        await mentions.keep_mentions(connection, rows.workspace, said, [name])


async def test_a_comment_that_mentions_the_person_ends_a_snooze(rows: Rows) -> None:
    proposal = await rows.proposal()
    await snooze(rows, proposal)
    await mention(rows, proposal, "lee")
    assert await found_by(rows) == []
    await mention(rows, proposal, "Dana")
    assert await found_by(rows) == [proposal.id]


async def test_what_is_closed_cannot_be_snoozed(rows: Rows) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, _S.REJECTED)
    async with rows.database.transaction(rows.workspace) as connection:
        until = datetime.now(UTC) + timedelta(hours=1)
        assert not await snoozes.snooze(connection, rows.workspace, "dana", proposal.id, until)


async def test_the_neighbours_of_a_place_are_found(rows: Rows) -> None:
    made: Sequence[Proposal] = [await rows.proposal() for _ in range(3)]
    wanted = look(rows, InboxFilters())
    async with rows.database.transaction(rows.workspace) as connection:
        here = await inbox.find_position_of(connection, wanted, made[1].id)
        assert here is not None
        before = await inbox.find_previous(connection, wanted, here)
        after = await inbox.find_positions(connection, wanted, after=here, limit=1)
    assert before is not None
    assert (before.id, after[0].id) == (made[0].id, made[2].id)


async def test_a_row_says_what_the_replay_showed(rows: Rows) -> None:
    fixing = await rows.proposal(an_article(tags=("billing",)))
    unread = await rows.proposal(effect=None)
    async with rows.database.transaction(rows.workspace) as connection:
        found = await inbox.list_rows(connection, look(rows), [unread.id, fixing.id])
    assert [(row.id, row.verified, row.fixes, row.breaks) for row in found] == [
        (unread.id, False, 0, 0),
        (fixing.id, True, 1, 0),
    ]
    assert found[1].tags == ("billing",)
    assert (found[1].given, found[1].needed) == (0, 1)
