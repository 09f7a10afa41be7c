import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from rich.console import Console

from client.api import LearningLoop
from client.connection import Target
from client.erase_command import NotErasedError, customer_ref, erase_customer

ERASURE = UUID("0195e000-0000-7000-8000-00000000000e")
REF = "c-7719-okafor"


class Api:
    """Answers as the API does: an erasure is done at the `looks`-th look."""

    def __init__(self, looks: int = 1, **counts: int) -> None:
        """Tell these counts."""
        self._looks, self._counts = looks, counts
        self.asked: list[dict[str, Any]] = []
        self.looked = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a call."""
        if request.method == "POST":
            self.asked.append(httpx2.Response(200, content=request.content).json())
            return httpx2.Response(
                202,
                json={
                    "erasure_id": str(ERASURE),
                    "workflow_id": "erase/w/1",
                    "status": "requested",
                },
            )
        self.looked += 1
        is_done = self.looked >= self._looks
        return httpx2.Response(
            200,
            json={
                "id": str(ERASURE),
                "customer_hash": "00",
                "customer_ref": None if is_done else REF,
                "requested_by": "admin",
                "reason": "",
                "status": "done" if is_done else "running",
                "counts": self._counts,
                "created_at": "2026-11-22T12:00:00Z",
                "finished_at": None,
            },
        )


async def erased(api: Api, confirm: Callable[[str], bool] | None = None) -> tuple[int, str, int]:
    """Run the command; return its code, what it printed, and how often it waited."""
    out, waits = io.StringIO(), 0

    async def sleep(_: float) -> None:
        nonlocal waits
        waits += 1

    transport = httpx2.MockTransport(api)
    target = Target(url="http://loop.test", key="key")
    async with LearningLoop(target, transport=transport) as client:
        console = Console(file=out, width=100, highlight=False)
        code = await erase_customer(client, console, REF, "asked", confirm, sleep=sleep)
    return code, out.getvalue(), waits


async def test_it_waits_and_prints_where_how_much_was_erased() -> None:
    api = Api(looks=3, interventions=2, revisions=4, comments=0)

    code, printed, waits = await erased(api)

    assert (code, waits) == (0, 2)
    assert api.asked == [{"customer_ref": REF, "reason": "asked"}]
    assert "revisions" in printed
    assert "comments" not in printed
    assert str(ERASURE) in printed
    assert REF not in printed


async def test_a_customer_of_no_intervention_is_said_to_be_so() -> None:
    code, printed, _ = await erased(Api(interventions=0))

    assert code == 0
    assert "no intervention names this customer" in printed


async def test_without_a_yes_nothing_is_asked_for() -> None:
    api = Api()

    code, printed, _ = await erased(api, confirm=lambda _: False)

    assert (code, api.asked) == (1, [])
    assert "Nothing was erased" in printed


async def test_one_that_does_not_end_names_its_workflow() -> None:
    with pytest.raises(NotErasedError, match="erase/w/1"):
        await erased(Api(looks=10**6))


def test_the_reference_can_come_from_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{REF}\n"))

    assert customer_ref("-") == REF
    assert customer_ref("c-1") == "c-1"
