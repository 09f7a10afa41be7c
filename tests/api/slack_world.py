"""People in Slack: an application that Slack calls, and what Slack posts to it."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from api.app import create_app
from gateways.settings import Settings
from store.database import Database
from tests.api.conftest import Keys, client_of
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.fakes.slack import SIGNING_SECRET, TOKEN, FakeSlack

API_URL = "http://learning-loop.test"
TEAM = "T1"


@asynccontextmanager
async def told_app(
    database_url: str, database: Database, delivery: RecordingDelivery, **settings: Any
) -> AsyncGenerator[FastAPI]:
    """Yield the application with these channels set up."""
    given = {
        "database_url": database_url,
        "session_secret": "a secret of the tests",
        "api_url": API_URL,
        **settings,
    }
    app = create_app(
        Settings.model_validate(given),
        database=database,
        delivery=delivery,
        embedder=WordEmbedder(),
        settle_seconds=0,
    )
    async with app.router.lifespan_context(app):
        yield app


def slack_settings(fake: FakeSlack) -> dict[str, str]:
    """Return the settings of an installation that uses this Slack."""
    return {
        "slack_bot_token": TOKEN,
        "slack_signing_secret": SIGNING_SECRET,
        "slack_api_url": fake.url,
    }


def signed(body: bytes, *, at: float | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Return the headers by which Slack signs a body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest.hexdigest()}",
        "content-type": "application/x-www-form-urlencoded",
    }


@dataclass
class SlackHook:
    """Posts what Slack would."""

    client: AsyncClient
    fake: FakeSlack
    keys: Keys

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> Response:
        """Post a body, signed unless other headers are given."""
        return await self.client.post(
            "/v1/hooks/slack", content=body, headers=signed(body) if headers is None else headers
        )

    async def link(self, code: str, user: str = "UDANA") -> str:
        """Send the slash command; return what Slack shows."""
        body = urlencode(
            {
                "command": "/learning-loop",
                "text": f"link {code}",
                "user_id": user,
                "team_id": TEAM,
                "channel_id": "C100",
            }
        )
        return (await self.post(body.encode())).json()["text"]

    async def press(self, button: str, value: dict[str, Any], user: str = "UDANA") -> Response:
        """Press a button of a message."""
        return await self.post(pressed(button, value, user))

    async def submit(
        self, value: dict[str, Any], reason: str, comment: str, user: str = "UDANA"
    ) -> Response:
        """Send the dialog that rejects."""
        payload = {
            "type": "view_submission",
            "user": {"id": user, "team_id": TEAM},
            "view": {
                "callback_id": "reject_dialog",
                "private_metadata": json.dumps(value),
                "state": {
                    "values": {
                        "reason": {"reason": {"selected_option": {"value": reason}}},
                        "comment": {"comment": {"value": comment}},
                    }
                },
            },
        }
        return await self.post(_form(payload))

    @property
    def whispers(self) -> list[str]:
        """What single people were told."""
        return [call["text"] for call in self.fake.of("chat.postEphemeral")]


def pressed(button: str, value: dict[str, Any], user: str = "UDANA") -> bytes:
    """Return what Slack posts when a button is pressed."""
    return _form(
        {
            "type": "block_actions",
            "user": {"id": user, "team_id": TEAM},
            "trigger_id": "trigger-1",
            "container": {"channel_id": "C100", "message_ts": "1700000000.000001"},
            "actions": [{"action_id": button, "value": json.dumps(value)}],
        }
    )


def _form(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


@asynccontextmanager
async def hook_of(app: FastAPI, fake: FakeSlack, keys: Keys) -> AsyncGenerator[SlackHook]:
    """Yield what posts to an application."""
    async with client_of(app) as client:
        yield SlackHook(client, fake, keys)
