"""People are told while a review runs its course, and no review waits for a channel."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest
from temporalio.client import (
    ScheduleActionExecutionStartWorkflow,
    WorkflowContinuedAsNewError,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.testing import WorkflowEnvironment

from domain.identity import ApiRole
from domain.notifications import NotificationPreferences, Occasion, Route
from domain.reviews import CommandKind, Verdict
from store import notification_preferences
from store.database import Database
from tests.activities.told_world import add_person, channels_to
from tests.fakes.slack import FakeSlack, slack
from tests.fakes.smtp import FakeMailServer, mail_server
from tests.workflows.conftest import TASK_QUEUE, running_loop
from tests.workflows.harness import Loop
from tests.workflows.payloads import decoded_payloads
from tests.workflows.scripted import ScriptedAnalyst
from workflows.digest import DigestWorkflow
from workflows.notices import NoticesWorkflow
from workflows.notices_client import ensure_digests
from workflows.notices_input import NoticesInput, schedule_id_of_digest, workflow_id_of_notices

EVERYTHING = NotificationPreferences(routes=dict.fromkeys(Occasion, Route.BEST))


@dataclass
class Told:
    """A running loop whose people are reached."""

    loop: Loop
    slack: FakeSlack
    mail: FakeMailServer

    async def prefer(self, name: str, chosen: NotificationPreferences) -> None:
        """Let somebody choose."""
        async with self.loop.database.transaction(self.loop.workspace) as connection:
            await notification_preferences.set_preferences(
                connection, self.loop.workspace, name, chosen
            )

    async def send(self) -> None:
        """Send what was written down, as the API's loop has it sent; return when all is."""
        await self.loop.delivery.drain()
        handle = self.handle
        await handle.result()

    @property
    def handle(self):
        """The workflow that sends."""
        return self.loop.environment.client.get_workflow_handle_for(
            NoticesWorkflow.run, workflow_id_of_notices(self.loop.workspace)
        )

    def said_to(self, user: str) -> list[str]:
        """Return what somebody was told in Slack, as a phone shows it."""
        posted = self.slack.of("chat.postMessage")
        return [b["text"].partition(":")[0] for b in posted if b["channel"] == user]


@asynccontextmanager
async def telling(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> AsyncGenerator[Told]:
    """Yield a loop whose reviewer and lead have Slack, and whose cases are dana's, who has mail."""
    with ExitStack() as stack:
        fake = stack.enter_context(slack())
        fake.channels |= {"URAE", "ULEE"}
        mail = stack.enter_context(mail_server())
        channels = channels_to(fake, mail)
        stack.callback(channels.close)
        for name, role, user, email in (
            ("rae", ApiRole.REVIEWER, "URAE", ""),
            ("lee", ApiRole.LEAD, "ULEE", ""),
            ("dana", ApiRole.REVIEWER, "", "dana@example.test"),
        ):
            await add_person(database, workspace, name, role, user, email)
        async with running_loop(
            environment, database, workspace, scripted=ScriptedAnalyst(), channels=channels
        ) as loop:
            await loop.set_others_aside()
            told = Told(loop, fake, mail)
            for name in ("rae", "lee", "dana"):
                await told.prefer(name, EVERYTHING)
            yield told


@pytest.fixture
async def told(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> AsyncGenerator[Told]:
    """A loop of which people are told."""
    async with telling(environment, database, workspace) as told:
        yield told


async def until_told(told: Told, intervention_id: object, count: int) -> None:
    """Return once so many occasions were written down."""
    loop = told.loop

    async def look() -> bool | None:
        async with loop.database.transaction(loop.workspace) as connection:
            cursor = await connection.execute(
                "SELECT count(*) AS n FROM notices WHERE workspace = %s AND person IS NULL",
                [loop.workspace],
            )
            row = await cursor.fetchone()
        return True if row and row["n"] >= count else None

    await loop.until(intervention_id, look)  # pyright: ignore[reportArgumentType]


async def test_people_are_told_of_each_step_until_it_is_parked(told: Told) -> None:
    """Articles: reviewers for a day with two reminders, leads for two with one, admins for four."""
    intervention_id, _ = await told.loop.reviewable()
    for count, hours in enumerate((0, 4, 16, 4, 24, 24), start=1):
        if hours:
            await told.loop.pass_time(intervention_id, timedelta(hours=hours))
        await until_told(told, intervention_id, count)
        await told.send()
    assert told.said_to("URAE") == [
        "A proposal waits for your decision",
        "Reminder",
        "Reminder",
    ]
    assert told.said_to("ULEE") == [
        "A proposal has come to you, since nobody decided before",
        "Reminder",
        # Nobody is an administrator here, so that nobody else is told.
    ]
    blocks = [str(body["blocks"]) for body in told.slack.of("chat.postMessage")]
    assert "It has waited for 4 hours and nobody has decided (reminder 1 of 2)." in blocks[1]
    assert "then it goes to the leads." in blocks[1]
    assert "Nobody decided in the first tier (reviewers, 24 hours)" in blocks[3]


async def test_the_author_hears_of_the_end_and_slack_shows_it(told: Told) -> None:
    intervention_id, proposal = await told.loop.reviewable()
    await until_told(told, intervention_id, 1)
    await told.send()
    await told.loop.decide(intervention_id, told.loop.decision(proposal))
    await told.loop.end(intervention_id)
    await told.send()
    [changed] = told.slack.of("chat.update")
    assert "Approved by lee; live in release 1." in str(changed["blocks"])
    assert [str(mail["To"]) for mail in told.mail.taken] == ["dana@example.test"]


async def test_a_new_draft_comes_back_to_people(told: Told) -> None:
    intervention_id, proposal = await told.loop.reviewable()
    await until_told(told, intervention_id, 1)
    ask = told.loop.decision(proposal, Verdict.REQUEST_CHANGES, comment="Shorter.")
    await told.loop.decide(intervention_id, ask)
    await until_told(told, intervention_id, 2)
    await told.send()
    assert told.said_to("URAE")[-1] == "A proposal is back with a new draft"
    again = await told.loop.proposal_in(intervention_id, proposal.status, draft=2)
    given = CommandKind.ASSIGN
    await told.loop.command(intervention_id, again, given, by="lee", assignee="rae")
    await told.send()
    assert told.said_to("URAE")[-1] == "A proposal was given to you"


async def test_a_channel_that_is_away_holds_nothing_up(told: Told) -> None:
    intervention_id, proposal = await told.loop.reviewable()
    await until_told(told, intervention_id, 1)
    told.slack.fail("chat.postMessage", "ratelimited", status=429, retry_after="1")
    told.slack.fail("chat.postMessage", "invalid_auth")
    await told.send()
    async with told.loop.database.transaction(told.loop.workspace) as connection:
        cursor = await connection.execute(
            "SELECT status, error_code FROM notice_deliveries WHERE workspace = %s",
            [told.loop.workspace],
        )
        assert await cursor.fetchall() == [{"status": "failed", "error_code": "ChannelAuthError"}]
    await told.loop.decide(intervention_id, told.loop.decision(proposal))
    await told.loop.end(intervention_id)


async def hand_over(told: Told) -> WorkflowHandle[NoticesWorkflow, None]:
    """Have a long history while Slack is away for an hour; return the run that has handed over."""
    loop = told.loop
    intervention_id, _ = await loop.reviewable()
    await until_told(told, intervention_id, 1)
    told.slack.fail("chat.postMessage", "ratelimited", status=429, retry_after="3600")
    first = await loop.environment.client.start_workflow(
        NoticesWorkflow.run,
        NoticesInput(workspace=loop.workspace, most_events=1),
        id=workflow_id_of_notices(loop.workspace),
        task_queue=f"{TASK_QUEUE}-{loop.workspace}",
    )
    async with asyncio.timeout(60):
        while told.slack.failures["chat.postMessage"]:
            await first.describe()
    await told.handle.signal(NoticesWorkflow.wake)
    async with asyncio.timeout(60):
        with pytest.raises(WorkflowContinuedAsNewError):
            await first.result(follow_runs=False)
    return loop.environment.client.get_workflow_handle_for(
        NoticesWorkflow.run, first.id, run_id=first.first_execution_run_id
    )


async def test_a_long_history_is_handed_over_while_a_channel_is_away(told: Told) -> None:
    first = await hand_over(told)
    async with asyncio.timeout(60):
        await told.handle.result()
    assert told.said_to("URAE") == ["A proposal waits for your decision"]
    last = (await first.fetch_history()).events[-1]
    next_run = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    second = told.loop.environment.client.get_workflow_handle(first.id, run_id=next_run)
    events = (await second.fetch_history()).events
    scheduled = [event.activity_task_scheduled_event_attributes for event in events]
    [sent] = [one for one in scheduled if one.activity_type.name == "send_notice"]
    # What was tried before counts.
    assert sent.schedule_to_close_timeout.ToTimedelta() < timedelta(hours=6)


async def test_quiet_hours_are_waited_for(told: Told) -> None:
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=1), now + timedelta(hours=2)
    quiet = {
        "quiet_from": time(begin.hour, begin.minute),
        "quiet_until": time(end.hour, end.minute),
    }
    await told.prefer("rae", EVERYTHING.model_copy(update=quiet))
    intervention_id, _ = await told.loop.reviewable()
    await until_told(told, intervention_id, 1)
    await told.loop.delivery.drain()
    assert (await told.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await told.loop.environment.fast_forward(told.handle, timedelta(hours=3))
    await told.handle.result()
    assert told.said_to("URAE") == ["A proposal waits for your decision"]


async def test_no_word_and_no_address_enters_a_history(told: Told) -> None:
    intervention_id, _ = await told.loop.reviewable()
    await until_told(told, intervention_id, 1)
    await told.send()
    history = (await told.handle.fetch_history()).to_json()
    readable = history + decoded_payloads(json.loads(history))
    assert "send_notice" in readable
    for secret in ("URAE", "Lost parcels", "example.test", "xoxb"):
        assert secret not in readable


async def test_digests_are_scheduled_once_for_every_hour(told: Told) -> None:
    loop, client = told.loop, told.loop.environment.client
    queue = f"{TASK_QUEUE}-{loop.workspace}"
    made = [await ensure_digests(client, [loop.workspace], task_queue=queue) for _ in range(2)]
    assert made == [[loop.workspace], []]
    schedule = client.get_schedule_handle(schedule_id_of_digest(loop.workspace))
    first, second = (await schedule.describe()).info.next_action_times[:2]
    assert second - first == timedelta(hours=1)
    await schedule.delete()


async def test_the_schedule_tells_those_whose_hour_it_is(told: Told) -> None:
    loop, client = told.loop, told.loop.environment.client
    await loop.reviewable()
    chosen = {"digest_hour": datetime.now(UTC).hour}
    await told.prefer("rae", EVERYTHING.model_copy(update=chosen))
    queue = f"{TASK_QUEUE}-{loop.workspace}"
    await ensure_digests(client, [loop.workspace], task_queue=queue)
    schedule = client.get_schedule_handle(schedule_id_of_digest(loop.workspace))
    await schedule.trigger()
    started: list[ScheduleActionExecutionStartWorkflow] = []
    async with asyncio.timeout(60):
        while not started:
            info = (await schedule.describe()).info
            actions = [*info.running_actions, *(result.action for result in info.recent_actions)]
            started = [a for a in actions if isinstance(a, ScheduleActionExecutionStartWorkflow)]
    workflow = client.get_workflow_handle_for(DigestWorkflow.run, started[0].workflow_id)
    assert (await workflow.result()).written >= 1
    await told.send()
    assert "Learning Loop today" in told.said_to("URAE")
    await schedule.delete()
