"""Sends one message by one channel, or records that it was given up."""

from datetime import UTC, datetime
from uuid import UUID

from temporalio import activity

from activities.composing import compose_notice
from activities.digesting import compose_digest
from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.notice_words import Digest, Notice
from domain.notifications import Channel, DeliveryStatus, Occasion, Reach
from gateways.email_message import Letter, digest_mail, notice_mail
from gateways.notification_errors import ChannelAddressError, ChannelError
from gateways.slack_blocks import blocks_of, digest_blocks, escape, summary_of
from store import notices
from store.database import Connection
from store.notices import EVERYBODY, Delivery
from store.notification_preferences import list_reaches

_SETTLED = frozenset({DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.DROPPED})
UNSURE = "unsure"
"""The code of a message of which only Slack knows whether it was posted."""


class SendInput(Message):
    """Which delivery to send: no text and no address enters a workflow's history."""

    workspace: str
    delivery_id: UUID


class GiveUpInput(SendInput):
    """Which delivery was given up, and why."""

    error_code: str


class _Ready(Message):
    delivery: Delivery
    said: Notice | Digest
    reach: Reach


class SendNotice:
    """Holds the channels and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def send_notice(self, task: SendInput) -> None:
        """Send the message, unless it was sent before or has nothing to say any more.

        Side effect: one message, keyed by the delivery. An attempt that was lost between sending
        and recording is made again by mail and webhook, whose readers tell repeats by the id;
        Slack's cannot, so there it counts as posted. Permanent failures: what the channel refuses
        for good. While a channel fails, that is noted for the preferences page.
        """
        async with told_to_temporal():
            ready = await self._begin(task)
            if ready is None:
                return
            try:
                reference = await self._send(task.workspace, ready)
            except ChannelError as error:
                await self._failed(task, ready.delivery, error)
                raise
            await self._sent(task, ready.delivery, reference)

    @activity.defn
    async def give_up_notice(self, task: GiveUpInput) -> None:
        """Record that a message was not sent; one that was settled meanwhile stays as it is."""
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            delivery = await notices.lock_delivery(connection, task.workspace, task.delivery_id)
            if delivery.status not in _SETTLED:
                await notices.set_status(
                    connection,
                    task.workspace,
                    delivery.id,
                    DeliveryStatus.FAILED,
                    error_code=task.error_code[:60],
                )

    async def _begin(self, task: SendInput) -> _Ready | None:
        """Return what to send, and note that it is being sent."""
        async with self._kit.database.transaction(task.workspace) as connection:
            delivery = await notices.lock_delivery(connection, task.workspace, task.delivery_id)
            if delivery.status in _SETTLED:
                return None
            if delivery.status is DeliveryStatus.SENDING and _is_slack_post(delivery):
                await notices.set_status(
                    connection,
                    task.workspace,
                    delivery.id,
                    DeliveryStatus.SENT,
                    error_code=UNSURE,
                )
                return None
            ready = await self._compose(connection, task.workspace, delivery)
            status = DeliveryStatus.SENDING if ready else DeliveryStatus.DROPPED
            await notices.set_status(connection, task.workspace, delivery.id, status)
            return ready

    async def _compose(
        self, connection: Connection, workspace: str, delivery: Delivery
    ) -> _Ready | None:
        reach = Reach(person="workspace")
        if delivery.person is not None:
            found = (await list_reaches(connection, workspace)).get(delivery.person)
            available = self._kit.channels.available
            # Whoever has changed their mind since is not told.
            if found is None or delivery.channel not in found.channels(
                delivery.occasion, available
            ):
                return None
            reach = found
        said: Notice | Digest | None
        if delivery.occasion is Occasion.DIGEST:
            said = await compose_digest(self._kit, connection, workspace, reach.person)
        else:
            said = await compose_notice(
                self._kit, connection, workspace, delivery, reach.preferences
            )
        return _Ready(delivery=delivery, said=said, reach=reach) if said else None

    async def _send(self, workspace: str, ready: _Ready) -> str | None:
        match ready.delivery.channel:
            case Channel.SLACK:
                return await self._by_slack(ready)
            case Channel.EMAIL:
                return await self._by_email(workspace, ready)
            case Channel.WEBHOOK:
                return await self._by_webhook(ready)

    async def _by_slack(self, ready: _Ready) -> str | None:
        slack, said = self._kit.channels.slack, ready.said
        target = ready.delivery.target or ready.reach.slack_user
        if slack is None or target is None:
            raise ChannelAddressError
        if isinstance(said, Digest):
            return await slack.post(target, escape(said.headline), digest_blocks(said))
        blocks = blocks_of(said, buttons=self._kit.channels.slack_buttons)
        if "/" in target:
            return await slack.change(target, summary_of(said), blocks)
        return await slack.post(target, summary_of(said), blocks)

    async def _by_email(self, workspace: str, ready: _Ready) -> None:
        email, links = self._kit.channels.email, self._kit.channels.links
        if email is None or ready.reach.email is None:
            raise ChannelAddressError
        url = self._kit.api_url
        letter = Letter(
            sender=email.sender,
            recipient=ready.reach.email,
            delivery_id=str(ready.delivery.id),
            unsubscribe=links.unsubscribe(url, workspace, ready.delivery.notice_id)
            if links
            else None,
            preferences=f"{url}/me/notifications",
        )
        make = digest_mail(ready.said, letter) if isinstance(ready.said, Digest) else None
        await email.send(make or notice_mail(_notice(ready.said), letter))

    async def _by_webhook(self, ready: _Ready) -> None:
        webhook = self._kit.channels.webhook
        if webhook is None:
            raise ChannelAddressError
        await webhook.post(
            ready.delivery.target,
            _notice(ready.said),
            delivery_id=str(ready.delivery.id),
            now=datetime.now(UTC),
        )

    async def _failed(self, task: SendInput, delivery: Delivery, error: ChannelError) -> None:
        person = delivery.person if error.of_person and not delivery.target else None
        async with self._kit.database.transaction(task.workspace) as connection:
            await notices.set_status(
                connection,
                task.workspace,
                delivery.id,
                DeliveryStatus.WAITING,
                error_code=error.code,
            )
            await notices.note_trouble(
                connection, task.workspace, delivery.channel, person or EVERYBODY, error.code
            )
        activity.logger.warning(
            "a notice could not be sent by %s: %s", delivery.channel.value, error.code
        )

    async def _sent(self, task: SendInput, delivery: Delivery, reference: str | None) -> None:
        async with self._kit.database.transaction(task.workspace) as connection:
            await notices.set_status(
                connection,
                task.workspace,
                delivery.id,
                DeliveryStatus.SENT,
                reference=reference,
            )
            await notices.clear_trouble(
                connection, task.workspace, delivery.channel, delivery.person or EVERYBODY
            )


def _is_slack_post(delivery: Delivery) -> bool:
    return delivery.channel is Channel.SLACK and "/" not in delivery.target


def _notice(said: Notice | Digest) -> Notice:
    if isinstance(said, Digest):
        raise ChannelAddressError
    return said
