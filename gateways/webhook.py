"""Posts notices to addresses of the workspace's own, signed as Standard Webhooks has it."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import httpx2
from standardwebhooks.webhooks import Webhook

from domain.notice_words import Notice
from gateways.notification_errors import (
    ChannelAddressError,
    ChannelAwayError,
    ChannelError,
    ChannelRateLimitedError,
    ChannelRefusedError,
)
from gateways.retry_after import retry_after_of
from gateways.webhook_guard import Target, find_target

_TIMEOUT_SECONDS = 10.0
_LATER = frozenset({408, 409, 425})


class WebhookChannel:
    """Signs with one secret and posts to any public address."""

    def __init__(self, secret: str, *, private_hosts: Collection[str] = ()) -> None:
        """Raise ValueError for a secret that is none of Standard Webhooks (`whsec_…`)."""
        self._signer = Webhook(secret)
        self._private_hosts = frozenset(private_hosts)

    async def post(self, url: str, notice: Notice, *, delivery_id: str, now: datetime) -> None:
        """Return once the receiver has said 2xx. Raises a ChannelError.

        `delivery_id` is the same for each attempt, so that a receiver can tell repeats.
        """
        await self._post(url, payload_of(notice, now), delivery_id, now)

    async def _post(self, url: str, payload: dict[str, Any], id_: str, now: datetime) -> None:
        target = await find_target(url, self._private_hosts)
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "learning-loop",
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(id_, now, body),
        }
        await _send(url, target, body.encode(), headers)


async def _send(url: str, target: Target, body: bytes, headers: dict[str, str]) -> None:
    """Post to the address that was looked at, in the name of the host."""
    asked = httpx2.URL(url)
    address = f"[{target.address}]" if ":" in target.address else target.address
    failure: ChannelError
    try:
        async with (
            httpx2.AsyncClient(
                timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
            ) as client,
            # Its body is nobody's concern, and may have no end.
            client.stream(
                "POST",
                asked.copy_with(host=address),
                content=body,
                headers={**headers, "Host": asked.netloc.decode()},
                extensions={"sni_hostname": target.host},
            ) as answer,
        ):
            _check(answer)
            return
    except (httpx2.HTTPError, httpx2.InvalidURL):
        failure = ChannelAwayError()
    raise failure


def _check(answer: httpx2.Response) -> None:
    status = answer.status_code
    if 200 <= status < 300:
        return
    wait = retry_after_of(answer.headers, datetime.now(UTC))
    if status == 429:
        raise ChannelRateLimitedError(retry_after=wait)
    if status >= 500 or status in _LATER:
        raise ChannelAwayError(retry_after=wait)
    raise ChannelAddressError() if status in {404, 410} else ChannelRefusedError()


def payload_of(notice: Notice, now: datetime) -> dict[str, Any]:
    """Return what a receiver gets: the words of the notice, and ids to look further."""
    return {
        "type": f"review.{notice.occasion}",
        "timestamp": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": notice.model_dump(mode="json", exclude={"can_approve_here"}),
    }
