"""How each person wants to be told, and where: preferences, mail addresses, Slack accounts."""

import hashlib
from datetime import datetime

from psycopg.errors import UniqueViolation
from pydantic import AwareDatetime

from domain.base import Model
from domain.errors import NotAllowedError
from domain.identity import person_key
from domain.notifications import NotificationPreferences, Reach
from domain.people import KnownPerson
from store.database import Connection, as_json, execute, fetch_all, fetch_one
from store.people import list_people
from store.queries import query


class PreferenceRecord(Model):
    """What one person has chosen. `person` is a folded name."""

    person: str
    preferences: NotificationPreferences = NotificationPreferences()
    email: str | None = None
    """Typed by the person and confirmed by a link."""
    unconfirmed_email: str | None = None
    confirmation_at: AwareDatetime | None = None
    slack_team: str | None = None
    slack_user: str | None = None


async def get_preferences(connection: Connection, workspace: str, person: str) -> PreferenceRecord:
    """Return what a person has chosen; the usual where they have not."""
    key = person_key(person)
    row = await fetch_one(
        connection, query("get_notification_preferences"), {"workspace": workspace, "person": key}
    )
    return PreferenceRecord.model_validate(row) if row else PreferenceRecord(person=key)


async def set_preferences(
    connection: Connection, workspace: str, person: str, preferences: NotificationPreferences
) -> None:
    """Keep what a person has chosen."""
    named = await _ensure(connection, workspace, person)
    await execute(
        connection,
        query("set_notification_preferences"),
        {**named, "preferences": as_json(preferences)},
    )


async def list_reaches(connection: Connection, workspace: str) -> dict[str, Reach]:
    """Return how everybody who reviews can be told, by their folded names."""
    rows = await fetch_all(
        connection, query("list_notification_preferences"), {"workspace": workspace}
    )
    chosen = {row["person"]: PreferenceRecord.model_validate(row) for row in rows}
    people = await list_people(connection, workspace)
    return {person_key(person.name): _reach(person, chosen) for person in people}


def _reach(person: KnownPerson, chosen: dict[str, PreferenceRecord]) -> Reach:
    key = person_key(person.name)
    record = chosen.get(key) or PreferenceRecord(person=key)
    return Reach(
        person=key,
        preferences=record.preferences,
        email=record.email or person.email,
        slack_user=record.slack_user,
    )


async def ask_for_address(connection: Connection, workspace: str, person: str, email: str) -> bool:
    """Keep an address that is yet to be confirmed; return False within a minute of the last."""
    named = await _ensure(connection, workspace, person)
    row = await fetch_one(connection, query("ask_for_address"), {**named, "email": email})
    return row is not None


async def confirm_address(connection: Connection, workspace: str, person: str, email: str) -> bool:
    """Let a typed address count; return False if it is not the one that was typed last."""
    row = await fetch_one(
        connection,
        query("confirm_address"),
        {"workspace": workspace, "person": person_key(person), "email": email},
    )
    return row is not None


async def forget_address(connection: Connection, workspace: str, person: str) -> None:
    """Drop the typed address; the provider's counts again."""
    await execute(
        connection,
        query("forget_address"),
        {"workspace": workspace, "person": person_key(person)},
    )


async def set_link_code(
    connection: Connection, workspace: str, person: str, code: str, until: datetime
) -> None:
    """Let whoever sends this code from Slack be this person, once and until then."""
    named = await _ensure(connection, workspace, person)
    await execute(
        connection,
        query("set_link_code"),
        {**named, "code_hash": _hashed(code), "until": until},
    )


async def link_slack(
    connection: Connection, workspace: str, code: str, *, team: str, user: str
) -> str | None:
    """Link a Slack account to whom the code was shown; return their folded name.

    None for a code that is wrong, used or too old. Raises NotAllowedError for an account that is
    another person's.
    """
    try:
        async with connection.transaction():
            row = await fetch_one(
                connection,
                query("take_link_code"),
                {"workspace": workspace, "code_hash": _hashed(code), "team": team, "user": user},
            )
    except UniqueViolation:
        raise NotAllowedError("this Slack account is linked to another person") from None
    return row["person"] if row else None


async def find_person_of_slack(
    connection: Connection, workspace: str, *, team: str, user: str
) -> str | None:
    """Return the folded name of whom a Slack account is linked to: not whether they may act."""
    row = await fetch_one(
        connection,
        query("find_person_of_slack"),
        {"workspace": workspace, "team": team, "user": user},
    )
    return row["person"] if row else None


async def unlink_slack(connection: Connection, workspace: str, person: str) -> None:
    """Let the person's Slack account be nobody's."""
    await execute(
        connection, query("unlink_slack"), {"workspace": workspace, "person": person_key(person)}
    )


async def forget_reach(connection: Connection, workspace: str, person: str) -> None:
    """Let nothing reach a person, nor anybody act for them from elsewhere."""
    await execute(
        connection, query("forget_reach"), {"workspace": workspace, "person": person_key(person)}
    )


async def _ensure(connection: Connection, workspace: str, person: str) -> dict[str, str]:
    named = {"workspace": workspace, "person": person_key(person)}
    await execute(connection, query("ensure_notification_preferences"), named)
    return named


def _hashed(code: str) -> bytes:
    """Return the SHA-256 of a code, which is long and random: a slow hash would add nothing."""
    return hashlib.sha256("".join(code.split()).upper().encode()).digest()
