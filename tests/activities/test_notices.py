"""Who is told what, once, by which channel; and what happens when a channel is away."""

import dataclasses
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.escalate_review import EscalateInput, EscalateReview
from activities.kit import Kit
from activities.send_digest import DigestInput, SendDigest
from activities.send_notice import GiveUpInput, SendInput, SendNotice
from activities.settle_command import SettleCommand, SettleCommandInput
from domain.escalation import StepKind, take_step
from domain.identity import ApiRole
from domain.notifications import Channel, NotificationPreferences, Occasion, Route
from domain.proposals import Proposal
from domain.reviews import CommandKind, RejectionReason, ReviewCommand, Verdict
from gateways.notifications import Channels
from store import notices, reviews
from tests.activities.told_world import ToldWorld, told_world
from tests.activities.world import World, failure, run
from tests.workflows.scripted import article

EVERYTHING = NotificationPreferences(routes=dict.fromkeys(Occasion, Route.BEST))


@pytest.fixture
async def told(kit: Kit, workspace: str) -> AsyncGenerator[ToldWorld]:
    """A workspace with every channel: rae reviews, lee leads, dana is whose cases they are."""
    async with told_world(kit, workspace) as told:
        told.slack.channels |= {"URAE", "ULEE"}
        await told.person("rae", ApiRole.REVIEWER, slack="URAE")
        await told.person("lee", ApiRole.LEAD, slack="ULEE")
        await told.person("dana", ApiRole.REVIEWER, email="dana@example.test")
        for name in ("rae", "lee", "dana"):
            await told.prefer(name, EVERYTHING)
        yield told


async def step(told: ToldWorld, proposal: Proposal, kind: StepKind) -> None:
    world = told.world
    async with world.database.transaction(world.workspace) as connection:
        review = await reviews.get_review(connection, world.workspace, proposal.id)
    task = EscalateInput(
        workspace=world.workspace,
        proposal_id=proposal.id,
        step=kind,
        clock=take_step(review.clock, kind, datetime.now(UTC)),
    )
    await run(EscalateReview(world.kit).escalate_review, task)


async def deliveries(told: ToldWorld) -> list[dict[str, Any]]:
    return await told.world.execute(
        "SELECT d.id, d.channel, d.status, d.error_code, n.person, n.occasion"
        " FROM notice_deliveries d JOIN notices n ON n.id = d.notice_id"
        " WHERE d.workspace = %s ORDER BY n.occasion, n.person",
        told.world.workspace,
    )


async def test_the_group_and_the_workspaces_channels_are_told_and_the_author_is_not(
    told: ToldWorld,
) -> None:
    await told.tell_channels()
    proposal = await told.world.in_review()
    await told.notify(proposal, Occasion.OPENED)
    await told.send_all()
    said = "A proposal waits for your decision: Lost parcels"
    assert told.slack_posts == {"URAE": said, "C100": said}
    assert [message["type"] for message in told.hook.taken.values()] == ["review.opened"]
    assert told.mail.taken == []


async def test_a_retry_tells_nobody_twice(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    for _ in range(2):
        await told.notify(proposal, Occasion.OPENED)
        await told.send_all()
    assert len(told.slack.of("chat.postMessage")) == 1


async def test_each_reminder_and_each_tier_is_told_of_once(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    for kind, occasion in (
        (StepKind.REMIND, Occasion.REMINDER),
        (StepKind.REMIND, Occasion.REMINDER),
        (StepKind.ESCALATE, Occasion.ESCALATED),
        (StepKind.PARK, Occasion.PARKED),
    ):
        await step(told, proposal, kind)
        for _ in range(2):
            await told.notify(proposal, occasion)
            await told.send_all()
    to_rae = [b["text"] for b in told.slack.of("chat.postMessage") if b["channel"] == "URAE"]
    to_lee = [b["text"] for b in told.slack.of("chat.postMessage") if b["channel"] == "ULEE"]
    assert len(to_rae) == 2
    assert [text.partition(":")[0] for text in to_lee] == [
        "A proposal has come to you, since nobody decided before",
        "A proposal was parked, since nobody decided",
    ]


async def test_each_draft_that_came_back_is_told_of_once(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    await told.notify(proposal, Occasion.OPENED)
    for draft in (2, 3):
        await told.world.execute(
            "UPDATE proposals SET draft = %s WHERE id = %s", draft, proposal.id
        )
        for _ in range(2):
            await told.notify(proposal, Occasion.CAME_BACK)
            await told.send_all()
    heard = [b["text"] for b in told.slack.of("chat.postMessage") if b["channel"] == "URAE"]
    assert len([text for text in heard if "is back with a new draft" in text]) == 2


async def test_a_draft_that_grew_before_the_message_went_out_is_told_of(told: ToldWorld) -> None:
    """By a customer's wording: nobody is told of that, so the first message must stand."""
    proposal = await told.world.in_review()
    await told.notify(proposal, Occasion.CAME_BACK)
    await told.world.execute("UPDATE proposals SET draft = draft + 1 WHERE id = %s", proposal.id)
    await told.send_all()
    assert list(told.slack_posts) == ["URAE"]


async def test_a_reminder_goes_to_the_assignee_alone(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    async with told.world.database.transaction(told.world.workspace) as connection:
        await reviews.set_assignee(connection, told.world.workspace, proposal.id, "Lee")
    await told.notify(proposal, Occasion.REMINDER)
    await told.send_all()
    assert list(told.slack_posts) == ["ULEE"]


async def test_who_is_given_a_review_is_told_by_whom(told: ToldWorld) -> None:
    world, proposal = told.world, await told.world.in_review()
    given = ReviewCommand(
        id=uuid4(),
        proposal_id=proposal.id,
        kind=CommandKind.ASSIGN,
        by="lee",
        role=ApiRole.LEAD,
        assignee="rae",
        created_at=datetime.now(UTC),
    )
    async with world.database.transaction(world.workspace) as connection:
        await reviews.insert_command(connection, world.workspace, given)
    task = SettleCommandInput(
        workspace=world.workspace,
        proposal_id=proposal.id,
        command_id=given.id,
        now=datetime.now(UTC),
    )
    for _ in range(2):
        await run(SettleCommand(world.kit).settle_command, task)
    await told.send_all()
    [posted] = told.slack.of("chat.postMessage")
    assert posted["channel"] == "URAE"
    assert "lee has given it to you." in str(posted["blocks"])


async def test_who_is_mentioned_is_told_of_each_comment_once(told: ToldWorld) -> None:
    world, proposal = told.world, await told.world.in_review()
    comment = uuid4()
    for _ in range(2):
        async with world.database.transaction(world.workspace) as connection:
            await notices.mention(connection, world.workspace, proposal.id, comment, "lee", "Rae")
    await told.send_all()
    [posted] = told.slack.of("chat.postMessage")
    assert "lee has named you in a comment." in str(posted["blocks"])


async def test_the_author_hears_that_it_is_live_and_slacks_message_says_so(
    told: ToldWorld,
) -> None:
    proposal = await told.world.in_review(article())
    await told.notify(proposal, Occasion.OPENED)
    await told.send_all()
    await told.world.settle(await told.world.write(proposal))
    for _ in range(2):
        await told.world.apply(proposal)
    await told.send_all()
    [changed] = told.slack.of("chat.update")
    assert changed["ts"]
    assert "Approved by lee; live in release 1." in str(changed["blocks"])
    assert "approve" not in [e["action_id"] for e in changed["blocks"][-1]["elements"]]
    [mail] = told.mail.taken
    assert mail["To"] == "dana@example.test"
    assert "Approved by lee; live in release 1." in str(mail)


async def test_the_author_hears_that_it_was_rejected_and_by_which_reason(
    told: ToldWorld,
) -> None:
    proposal = await told.world.in_review()
    decision = await told.world.write(
        proposal,
        verdict=Verdict.REJECT,
        comment="Told by Mrs Miller of Elm Street 4.",
        rejection_reason=RejectionReason.NOT_GENERAL,
    )
    await told.world.settle(decision)
    await told.send_all()
    [mail] = told.mail.taken
    assert "lee rejected it (not general)." in str(mail)
    assert "Miller" not in str(mail)


async def test_a_message_that_came_too_late_is_dropped(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    await told.notify(proposal, Occasion.REMINDER)
    await told.world.settle(await told.world.write(proposal, verdict=Verdict.REJECT))
    await told.send_all()
    assert told.slack_posts == {}
    reminders = [d["status"] for d in await deliveries(told) if d["occasion"] == "reminder"]
    assert reminders == ["dropped"]


async def test_quiet_hours_hold_a_message_back(told: ToldWorld) -> None:
    now = datetime.now(UTC)
    begin, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    quiet = EVERYTHING.model_copy(
        update={
            "quiet_from": time(begin.hour, begin.minute),
            "quiet_until": time(end.hour, end.minute),
        }
    )
    await told.prefer("rae", quiet)
    await told.notify(await told.world.in_review(), Occasion.OPENED)
    planned = await told.plan()
    assert planned.due == ()
    assert planned.next_at is not None
    assert planned.next_at > now
    await told.send_all(planned.next_at)
    assert list(told.slack_posts) == ["URAE"]


async def test_who_wants_the_digest_only_is_not_told_at_once(told: ToldWorld) -> None:
    await told.prefer("rae", NotificationPreferences())
    await told.notify(await told.world.in_review(), Occasion.OPENED)
    await told.send_all()
    assert told.slack_posts == {}


async def test_a_title_with_personal_data_is_kept_back(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    await told.world.execute(
        "UPDATE proposals SET title = 'Call dana.miller@example.com back' WHERE id = %s",
        proposal.id,
    )
    await told.notify(proposal, Occasion.OPENED)
    await told.send_all()
    [posted] = told.slack.of("chat.postMessage")
    assert "miller" not in str(posted)
    assert "A proposal on an article" in posted["text"]


def sending(told: ToldWorld, delivery_id: UUID) -> SendInput:
    return SendInput(workspace=told.world.workspace, delivery_id=delivery_id)


@pytest.mark.parametrize(
    ("code", "status", "retryable", "noted"),
    [
        ("ratelimited", 429, True, "rate_limited"),
        ("internal_error", 503, True, "unreachable"),
        ("invalid_auth", 200, False, "not_authorised"),
        ("channel_not_found", 200, False, "unknown_address"),
    ],
)
async def test_a_failing_channel_is_noted_and_left_to_temporal(
    told: ToldWorld, code: str, status: int, retryable: bool, noted: str
) -> None:
    await told.notify(await told.world.in_review(), Occasion.OPENED)
    [delivery_id] = (await told.plan(datetime.now(UTC) + timedelta(seconds=1))).due
    told.slack.fail("chat.postMessage", code, status=status, retry_after="30")
    send = SendNotice(told.world.kit).send_notice
    error = await failure(send, sending(told, delivery_id))
    assert error.non_retryable is not retryable
    wanted = timedelta(seconds=30) if code == "ratelimited" else None
    assert error.next_retry_delay == wanted
    async with told.world.database.transaction(told.world.workspace) as connection:
        [trouble] = await notices.list_troubles(connection, told.world.workspace, "rae")
    assert (trouble.channel, trouble.error_code) == (Channel.SLACK, noted)
    # Once it works again, the message goes out and nothing is wrong any more.
    await run(send, sending(told, delivery_id))
    async with told.world.database.transaction(told.world.workspace) as connection:
        assert await notices.list_troubles(connection, told.world.workspace, "rae") == []
    assert list(told.slack_posts) == ["URAE"]


async def test_what_was_given_up_is_not_sent_later(told: ToldWorld) -> None:
    await told.notify(await told.world.in_review(), Occasion.OPENED)
    [delivery_id] = (await told.plan(datetime.now(UTC) + timedelta(seconds=1))).due
    activities = SendNotice(told.world.kit)
    given_up = GiveUpInput(**sending(told, delivery_id).model_dump(), error_code="x" * 500)
    await run(activities.give_up_notice, given_up)
    await run(activities.send_notice, sending(told, delivery_id))
    assert told.slack_posts == {}
    assert [d["status"] for d in await deliveries(told)] == ["failed"]


async def test_an_attempt_that_was_lost_posts_nothing_twice_in_slack(told: ToldWorld) -> None:
    await told.notify(await told.world.in_review(), Occasion.OPENED)
    [delivery_id] = (await told.plan(datetime.now(UTC) + timedelta(seconds=1))).due
    await told.world.execute(
        "UPDATE notice_deliveries SET status = 'sending' WHERE id = %s", delivery_id
    )
    await run(SendNotice(told.world.kit).send_notice, sending(told, delivery_id))
    assert told.slack_posts == {}
    assert [(d["status"], d["error_code"]) for d in await deliveries(told)] == [("sent", "unsure")]


async def test_a_digest_says_what_waits_what_went_live_and_where_one_was_mentioned(
    told: ToldWorld,
) -> None:
    world = told.world
    live = await world.in_review(article("Once."))
    await world.settle(await world.write(live))
    await world.apply(live)
    waiting = await world.in_review(article("Twice."))
    await step(told, waiting, StepKind.ESCALATE)
    async with world.database.transaction(world.workspace) as connection:
        await notices.mention(connection, world.workspace, waiting.id, uuid4(), "rae", "lee")
    await told.send_all()
    now = datetime.now(UTC)
    await told.prefer("lee", EVERYTHING.model_copy(update={"digest_hour": now.hour}))
    task = DigestInput(workspace=world.workspace, now=now)
    first = await run(SendDigest(world.kit).send_digest, task)
    again = await run(SendDigest(world.kit).send_digest, task)
    assert (first.written >= 1, again.written) == (True, 0)
    await told.send_all()
    text = str([b for b in told.slack.of("chat.postMessage") if b["channel"] == "ULEE"][-1])
    for said in (
        "1 waiting for you, 1 overdue, 1 went live, 1 unread mentions",
        "release 1, not used yet",
        "(by rae)",
    ):
        assert said in text


async def test_a_day_with_nothing_to_say_is_not_told(told: ToldWorld) -> None:
    now = datetime.now(UTC)
    chosen = EVERYTHING.model_copy(update={"digest_hour": now.hour})
    await told.prefer("lee", chosen)
    task = DigestInput(workspace=told.world.workspace, now=now)
    await run(SendDigest(told.world.kit).send_digest, task)
    await told.send_all()
    assert told.slack_posts == {}


async def test_a_mention_that_was_seen_is_not_in_the_digest(told: ToldWorld) -> None:
    world, proposal = told.world, await told.world.in_review()
    async with world.database.transaction(world.workspace) as connection:
        await notices.mention(connection, world.workspace, proposal.id, uuid4(), "rae", "lee")
        await notices.mark_mentions_read(connection, world.workspace, "Lee", proposal.id)
        cursor = await connection.execute(
            "SELECT 1 FROM notices WHERE workspace = %s AND read_at IS NULL", [world.workspace]
        )
        assert await cursor.fetchall() == []


async def test_without_channels_nothing_is_written_down(told: ToldWorld) -> None:
    proposal = await told.world.in_review()
    bare = dataclasses.replace(told.world.kit, channels=Channels())
    quiet = dataclasses.replace(told, world=World(bare, told.world.workspace))
    await quiet.notify(proposal, Occasion.OPENED)
    assert await told.world.count("notices") == 0
