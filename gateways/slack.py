"""Slack's web API: posts and changes messages, whispers, opens dialogs. No rule is decided here."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from gateways.notification_errors import (
    ChannelAddressError,
    ChannelAuthError,
    ChannelAwayError,
    ChannelError,
    ChannelRateLimitedError,
    ChannelRefusedError,
)
from gateways.retry_after import retry_after_of

Block = dict[str, Any]

_TIMEOUT_SECONDS = 10

_AUTH = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("missing_scope", "no_permission", "access_denied", "org_login_required"),
    }
)
_ADDRESS = frozenset(
    {
        *("channel_not_found", "not_in_channel", "is_archived", "user_not_found", "user_disabled"),
        *("cannot_dm_bot", "user_not_in_channel", "messages_tab_disabled"),
    }
)
_PASSING = frozenset(
    {
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
        *("team_added_to_org", "ekm_access_denied"),
    }
)


class SlackGateway:
    """Calls Slack with a bot's token. Share one in a process; it keeps no connection open."""

    def __init__(self, token: str, *, api_url: str | None = None) -> None:
        """Call `api_url` instead of Slack, if one is given."""
        self._client: Any = WebClient(
            token=token,
            base_url=api_url.rstrip("/") + "/" if api_url else WebClient.BASE_URL,
            timeout=_TIMEOUT_SECONDS,
            # Only Temporal tries again.
            retry_handlers=[],
        )
        # Apart from the default ones, which embedding keeps busy.
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="slack")

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    async def post(self, channel: str, text: str, blocks: Sequence[Block]) -> str:
        """Post to a channel, or to a person by their user id; return what finds it again.

        Raises a ChannelError.
        """
        answer = await self._call(
            "chat.postMessage",
            {
                "channel": channel,
                "text": text,
                "blocks": list(blocks),
                "unfurl_links": False,
                "unfurl_media": False,
            },
        )
        return f"{answer['channel']}/{answer['ts']}"

    async def change(self, reference: str, text: str, blocks: Sequence[Block]) -> str:
        """Change a posted message; return what finds it again. Raises a ChannelError."""
        channel, _, stamp = reference.partition("/")
        await self._call(
            "chat.update", {"channel": channel, "ts": stamp, "text": text, "blocks": list(blocks)}
        )
        return reference

    async def whisper(self, channel: str, user: str, text: str) -> None:
        """Say something in a channel that only one person sees. Raises a ChannelError."""
        await self._call("chat.postEphemeral", {"channel": channel, "user": user, "text": text})

    async def open_dialog(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a dialog for who has just pressed a button. Raises a ChannelError."""
        await self._call("views.open", {"trigger_id": trigger, "view": dict(view)})

    async def check(self) -> None:
        """Return if the token is good; raises a ChannelError."""
        await self._call("auth.test", {})

    async def _call(self, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._blocking, method, body)
        return cast(Mapping[str, Any], answer)

    def _blocking(self, method: str, body: Mapping[str, Any]) -> Any:
        failure: ChannelError
        try:
            return self._client.api_call(method, json=dict(body)).data
        except SlackApiError as error:
            failure = _failure(cast(Any, error).response)
        except (SlackClientError, OSError, ValueError):
            failure = ChannelAwayError()
        # Raised out here so that not even `__context__` keeps what Slack said, or the token.
        raise failure


def _failure(answer: Any) -> ChannelError:
    """Return the named error; what Slack's answer holds besides is not repeated."""
    status: int = answer.status_code
    data: object = answer.data
    code = cast(dict[str, Any], data).get("error") if isinstance(data, dict) else None
    if status == 429 or code == "ratelimited":
        sent = cast(dict[str, Any], dict(answer.headers))
        headers = {name.lower(): str(value) for name, value in sent.items()}
        return ChannelRateLimitedError(retry_after=retry_after_of(headers, datetime.now(UTC)))
    if status >= 500 or code in _PASSING or not isinstance(code, str):
        return ChannelAwayError()
    if code in _AUTH:
        return ChannelAuthError()
    return ChannelAddressError() if code in _ADDRESS else ChannelRefusedError()
