"""A workspace whose people are told: by a Slack, a mail server and a webhook that run here."""

import dataclasses
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from activities.kit import Kit
from activities.notify_reviewers import NotifyInput, NotifyReviewers
from activities.plan_notices import PlanInput, PlanNotices, PlanResult
from activities.send_notice import SendInput, SendNotice
from domain.identity import ApiRole
from domain.notifications import NotificationPreferences, Occasion
from domain.proposals import Proposal
from gateways.email_channel import EmailChannel, SmtpServer
from gateways.email_links import EmailLinks
from gateways.notification_settings import SmtpSecurity
from gateways.notifications import Channels
from gateways.slack import SlackGateway
from gateways.webhook import WebhookChannel
from store import keys, notification_preferences
from store.database import Database
from store.workspaces import change_settings
from tests.activities.world import World, run
from tests.fakes.slack import TOKEN, FakeSlack, slack
from tests.fakes.smtp import FakeMailServer, mail_server
from tests.fakes.webhooks import SECRET, FakeReceiver, receiver


@dataclass
class ToldWorld:
    """One workspace, its channels, and who is reached by them."""

    world: World
    slack: FakeSlack
    mail: FakeMailServer
    hook: FakeReceiver

    async def person(self, name: str, role: ApiRole, *, slack: str = "", email: str = "") -> None:
        """Let somebody review who can be told there."""
        await add_person(self.world.database, self.world.workspace, name, role, slack, email)

    async def prefer(self, name: str, chosen: NotificationPreferences) -> None:
        """Let somebody choose how they are told."""
        async with self.world.database.transaction(self.world.workspace) as connection:
            await notification_preferences.set_preferences(
                connection, self.world.workspace, name, chosen
            )

    async def tell_channels(self) -> None:
        """Let the workspace's Slack channel and webhook hear of everything."""
        async with self.world.database.transaction(self.world.workspace) as connection:
            await change_settings(
                connection,
                self.world.workspace,
                {"slack_channel": "C100", "notice_webhooks": [self.hook.url]},
            )

    async def notify(self, proposal: Proposal, occasion: Occasion) -> None:
        """Write down whom an occasion concerns."""
        task = NotifyInput(
            workspace=self.world.workspace, proposal_ids=(proposal.id,), occasion=occasion
        )
        await run(NotifyReviewers(self.world.kit).notify_reviewers, task)

    async def plan(self, now: datetime | None = None) -> PlanResult:
        """See what goes out."""
        task = PlanInput(workspace=self.world.workspace, now=now or datetime.now(UTC))
        return await run(PlanNotices(self.world.kit).plan_notices, task)

    async def send_all(self, now: datetime | None = None) -> None:
        """Send what is due."""
        # What was planned a moment ago is due by the database's clock.
        at = now or datetime.now(UTC) + timedelta(seconds=1)
        for delivery_id in (await self.plan(at)).due:
            task = SendInput(workspace=self.world.workspace, delivery_id=delivery_id)
            await run(SendNotice(self.world.kit).send_notice, task)

    @property
    def slack_posts(self) -> dict[str, str]:
        """What was posted where, as a phone shows it."""
        return {body["channel"]: body["text"] for body in self.slack.of("chat.postMessage")}


async def add_person(
    database: Database, workspace: str, name: str, role: ApiRole, slack: str, email: str
) -> None:
    """Let somebody review who can be told there."""
    async with database.transaction(workspace) as connection:
        await keys.create_key(connection, workspace, principal=name, role=role)
        if slack:
            code = f"CODE-{name}"
            until = datetime.now(UTC) + timedelta(minutes=1)
            await notification_preferences.set_link_code(connection, workspace, name, code, until)
            await notification_preferences.link_slack(
                connection, workspace, code, team="T1", user=slack
            )
        if email:
            await notification_preferences.ask_for_address(connection, workspace, name, email)
            await notification_preferences.confirm_address(connection, workspace, name, email)


@asynccontextmanager
async def told_world(kit: Kit, workspace: str) -> AsyncGenerator[ToldWorld]:
    """Yield a world with every channel."""
    with ExitStack() as stack:
        fake_slack = stack.enter_context(slack())
        mail = stack.enter_context(mail_server())
        hook = stack.enter_context(receiver())
        channels = channels_to(fake_slack, mail)
        stack.callback(channels.close)
        told = dataclasses.replace(kit, channels=channels)
        yield ToldWorld(World(told, workspace), fake_slack, mail, hook)


def channels_to(fake: FakeSlack, mail: FakeMailServer) -> Channels:
    """Return channels that lead to servers of the tests."""
    server = SmtpServer("127.0.0.1", "loop@example.test", mail.port, SmtpSecurity.NONE)
    return Channels(
        slack=SlackGateway(TOKEN, api_url=fake.url),
        email=EmailChannel(server),
        webhook=WebhookChannel(SECRET, private_hosts=["127.0.0.1"]),
        links=EmailLinks("a secret of the tests"),
        slack_buttons=True,
    )
