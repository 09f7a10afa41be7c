"""The Message Batches API of the local server: create, retrieve, results as JSON lines, delete.

A batch ends when `end` is called, unless `ends_at_once`. Each request in it gets a plausible reply,
but for those that `fates` or `outputs` say otherwise of.
"""

import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import uuid4

from tests.fakes.plausible_replies import reply_to

BATCHES = "/v1/messages/batches"

Answer = tuple[int, bytes, str]


def message_body(
    output: object,
    *,
    stop_reason: str = "end_turn",
    usage: Mapping[str, int] | None = None,
    **extra: object,
) -> dict[str, Any]:
    """Return a message whose text is `output` as JSON, or as it is if it is a text already."""
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    content = [
        {"type": "thinking", "thinking": "", "signature": "c2ln"},
        {"type": "text", "text": text},
    ]
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": content if text else [],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 1_000, "output_tokens": 200, **(usage or {})},
        **extra,
    }


class Batches:
    """The batches that were created, by their ids."""

    def __init__(self) -> None:
        """Start without any."""
        self.requests: dict[str, list[dict[str, Any]]] = {}
        self.ended: set[str] = set()
        self.deleted: list[str] = []
        self.ends_at_once = False
        self.cannot_delete = False
        self.fates: dict[str, str] = {}
        """`errored`, `canceled` or `expired`, by custom_id."""
        self.outputs: dict[str, object] = {}
        """What a message says instead of something plausible, by custom_id."""

    def end(self) -> None:
        """Let every batch have ended."""
        self.ended |= set(self.requests)

    def answer(self, method: str, path: str, body: Mapping[str, Any], url: str) -> Answer:
        """Return status, body and content type."""
        parts = path.removeprefix(BATCHES).strip("/").split("/")
        if method == "POST" and parts == [""]:
            return self._create(cast(list[dict[str, Any]], body["requests"]), url)
        batch_id = parts[0]
        if batch_id not in self.requests:
            error = {"type": "not_found_error", "message": "no such batch"}
            return 404, _json({"type": "error", "error": error}), "application/json"
        if method == "DELETE" and self.cannot_delete:
            error = {"type": "overloaded_error", "message": "later"}
            return 529, _json({"type": "error", "error": error}), "application/json"
        if method == "DELETE":
            self.deleted.append(batch_id)
            del self.requests[batch_id]
            deleted = {"id": batch_id, "type": "message_batch_deleted"}
            return 200, _json(deleted), "application/json"
        if parts[1:] == ["results"]:
            # The order is not that of the requests.
            lines = [self._result(request) for request in reversed(self.requests[batch_id])]
            return 200, b"\n".join(map(_json, lines)) + b"\n", "application/x-jsonl"
        return 200, _json(self._batch(batch_id, url)), "application/json"

    def _create(self, requests: list[dict[str, Any]], url: str) -> Answer:
        batch_id = f"msgbatch_{uuid4().hex[:20]}"
        self.requests[batch_id] = requests
        if self.ends_at_once:
            self.ended.add(batch_id)
        return 200, _json(self._batch(batch_id, url)), "application/json"

    def _batch(self, batch_id: str, url: str) -> dict[str, Any]:
        has_ended = batch_id in self.ended
        count = len(self.requests[batch_id])
        return {
            "id": batch_id,
            "type": "message_batch",
            "processing_status": "ended" if has_ended else "in_progress",
            "request_counts": {
                "processing": 0 if has_ended else count,
                "succeeded": count if has_ended else 0,
                "errored": 0,
                "canceled": 0,
                "expired": 0,
            },
            "created_at": "2026-11-22T09:00:00Z",
            "expires_at": "2026-11-23T09:00:00Z",
            "ended_at": "2026-11-22T09:40:00Z" if has_ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{url}{BATCHES}/{batch_id}/results" if has_ended else None,
        }

    def _result(self, request: dict[str, Any]) -> dict[str, Any]:
        key = request["custom_id"]
        fate = self.fates.get(key)
        if fate == "errored":
            error = {"type": "invalid_request_error", "message": "no"}
            result = {"type": fate, "error": {"type": "error", "error": error}}
        elif fate is not None:
            result = {"type": fate}
        else:
            output = self.outputs.get(key) or reply_to(request["params"])
            result = {"type": "succeeded", "message": message_body(output)}
        return {"custom_id": key, "result": result}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
