"""How a person wants to be told: read, kept, and the addresses proven."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.context import Context
from api.problems import ProblemError, invalid_field, unavailable
from domain.identity import Principal
from domain.notifications import (
    DEFAULT_ROUTES,
    Channel,
    EmailAddress,
    NotificationPreferences,
    Occasion,
    Route,
)
from gateways.email_message import Letter, plain_mail
from gateways.notification_errors import ChannelError
from store import audit, notices
from store import notification_preferences as stored
from store.database import Connection
from store.notices import ChannelTrouble

CODE_FOR = timedelta(minutes=10)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)


class PreferencesRequest(NotificationPreferences):
    """How you want to be told. Occasions that `routes` leaves out go the usual way."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "routes": {"opened": "digest_only", "mentioned": "both"},
                    "time_zone": "Europe/Berlin",
                    "digest_hour": 8,
                    "quiet_from": "20:00:00",
                    "quiet_until": "07:00:00",
                }
            ]
        }
    )


class Told(BaseModel):
    """How a person is told now, and what stands in the way."""

    preferences: NotificationPreferences
    routes: dict[Occasion, Route] = Field(description="What holds for each occasion.")
    channels: list[Channel] = Field(description="What this installation has set up.")
    email: str | None = Field(description="Where mail goes.")
    email_is_own: bool = Field(description="Whether the person has given the address.")
    unconfirmed_email: str | None
    slack_linked: bool
    troubles: list[ChannelTrouble] = Field(description="What could not be used lately.")


async def read_told(context: Context, connection: Connection, caller: Principal) -> Told:
    """Return how the caller is told."""
    record = await stored.get_preferences(connection, caller.workspace, caller.name)
    reaches = await stored.list_reaches(connection, caller.workspace)
    reach = reaches.get(record.person)
    return Told(
        preferences=record.preferences,
        routes={occasion: record.preferences.route(occasion) for occasion in DEFAULT_ROUTES},
        channels=list(context.channels.available),
        email=reach.email if reach else None,
        email_is_own=record.email is not None,
        unconfirmed_email=record.unconfirmed_email,
        slack_linked=record.slack_user is not None,
        troubles=await notices.list_troubles(connection, caller.workspace, caller.name),
    )


async def save(context: Context, caller: Principal, preferences: NotificationPreferences) -> None:
    """Keep what the caller has chosen."""
    async with context.database.transaction(caller.workspace) as connection:
        await stored.set_preferences(connection, caller.workspace, caller.name, preferences)


async def make_slack_code(context: Context, caller: Principal) -> str:
    """Return what the caller sends from Slack to be known there, good once and for ten minutes."""
    if context.channels.slack is None or not context.channels.slack_buttons:
        raise _not_set_up("Slack")
    code = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    async with context.database.transaction(caller.workspace) as connection:
        await stored.set_link_code(
            connection, caller.workspace, caller.name, code, datetime.now(UTC) + CODE_FOR
        )
    return f"{caller.workspace}.{code}"


async def unlink_slack(context: Context, caller: Principal) -> None:
    """Let the caller's Slack account be nobody's."""
    async with context.database.transaction(caller.workspace) as connection:
        await stored.unlink_slack(connection, caller.workspace, caller.name)
        await _audit(connection, caller, "slack_unlinked")


async def ask_for_address(context: Context, caller: Principal, typed: str) -> str:
    """Send a link to a typed address; return the address. It counts once the link was followed.

    Raises the 422, 429 and 503 problems.
    """
    email, links = context.channels.email, context.channels.links
    if email is None or links is None:
        raise _not_set_up("Mail")
    try:
        address = _ADDRESS.validate_python(typed.strip())
    except ValidationError:
        raise invalid_field("email", "must be one address, such as dana@example.com") from None
    async with context.database.transaction(caller.workspace) as connection:
        taken = await stored.ask_for_address(connection, caller.workspace, caller.name, address)
    if not taken:
        raise ProblemError(
            429, "too_many_attempts", "A mail was sent a moment ago", "Try again in a minute."
        )
    link = links.confirm(
        context.settings.api_url.rstrip("/"), caller.workspace, caller.name, address
    )
    lines = [
        "Somebody who is signed in to Learning Loop wants to be told at this address.",
        "If that was you, open this within a day and confirm:",
        link,
        "If not, do nothing: no mail will follow.",
    ]
    letter = Letter(sender=email.sender, recipient=address, delivery_id=str(uuid4()))
    try:
        await email.send(plain_mail("Confirm your address", lines, letter))
    except ChannelError:
        raise unavailable("mail server") from None
    return address


async def confirm_address(context: Context, token: str) -> bool:
    """Let an address count; return False for a link that is too old or not the last one."""
    links = context.channels.links
    new = links.read_confirm(token) if links else None
    if new is None:
        return False
    async with context.database.transaction(new.w) as connection:
        done = await stored.confirm_address(connection, new.w, new.person, new.email)
        if done:
            await audit.record(
                connection,
                new.w,
                actor=new.person,
                action="address_confirmed",
                subject=f"workspace/{new.w}",
            )
    return done


async def forget_address(context: Context, caller: Principal) -> None:
    """Drop the address that the caller has given."""
    async with context.database.transaction(caller.workspace) as connection:
        await stored.forget_address(connection, caller.workspace, caller.name)


async def end_mails(context: Context, token: str) -> None:
    """End the mails of whoever got the notice that a link came with; a wrong one does nothing."""
    links = context.channels.links
    found = links.read_unsubscribe(token) if links else None
    if found is None:
        return
    async with context.database.transaction(found.w) as connection:
        person = await notices.find_person(connection, found.w, found.n)
        if person is None:
            return
        record = await stored.get_preferences(connection, found.w, person)
        await stored.set_preferences(
            connection, found.w, person, record.preferences.without_email()
        )


async def _audit(connection: Connection, caller: Principal, action: str) -> None:
    await audit.record(
        connection,
        caller.workspace,
        actor=caller.name,
        action=action,
        subject=f"workspace/{caller.workspace}",
    )


def _not_set_up(what: str) -> ProblemError:
    return ProblemError(404, "not_found", f"{what} is not set up here", "Ask an administrator.")
