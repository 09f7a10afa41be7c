"""The driver itself: what it does at a number of acknowledged calls, it does once."""

from typing import Any
from uuid import UUID, uuid5

import httpx2
import pytest

from embedded.home import StackInfo
from tests.chaos import driver as module
from tests.chaos.driver import Driver

_INTERVENTION = UUID("5d1f6f5e-5f0a-4f6c-9d5e-2f6f7a1c0b01")
_PROPOSALS = ("first", "second")
_ROUNDS = 4


class SlowHouse(Driver):
    """Answers as the API does while no decision has its effect yet, then closes everything."""

    def __init__(self, info: StackInfo) -> None:
        """Have one intervention with two proposals."""
        super().__init__(lambda: info)
        self.posted = {_INTERVENTION}
        self._asked = 0

    async def call(self, role: str, method: str, path: str, **fields: Any) -> httpx2.Response:
        """Return what the API would: the same decision for the same key."""
        if method == "POST":
            decision_id = uuid5(_INTERVENTION, f"{role} {fields['headers']['Idempotency-Key']}")
            return httpx2.Response(202, json={"decision_id": str(decision_id)})
        self._asked += 1
        # It is asked twice a round: for the status, then for the proposals.
        status = "learned" if self._asked > 2 * _ROUNDS else "in_review"
        proposals = [
            {"id": str(uuid5(_INTERVENTION, name)), "status": "in_review", "content_hash": name}
            for name in _PROPOSALS
        ]
        return httpx2.Response(200, json={"status": status, "proposals": proposals})


async def test_a_decision_that_is_said_again_is_no_further_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BETWEEN_TRIES", 0)
    info = StackInfo(api="", temporal="", temporal_ui="", database_url="", keys={})
    seen: list[int] = []

    async def progress(acknowledged: int) -> None:
        seen.append(acknowledged)

    await SlowHouse(info).decide_all(progress)
    assert seen == [1, 2, 3]
