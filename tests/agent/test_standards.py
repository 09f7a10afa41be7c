"""How long it is remembered how sure an answer must be."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from agent import standards
from agent.standards import FRESH_SECONDS, Standards
from domain.answering import Judged
from store.database import Connection, Database


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count how often a workspace's outcomes are read, which are 200 right answers."""
    seen: list[str] = []

    async def read(
        _: Connection, workspace: str, *, agent: str, settles_after: timedelta, limit: int
    ) -> Sequence[Judged]:
        seen.append(f"{workspace}/{agent}")
        await asyncio.sleep(0)
        return [Judged(0.9, right=True)] * 200

    monkeypatch.setattr(standards, "list_judged", read)
    return seen


async def test_those_who_ask_at_once_wait_for_one_reading(
    database: Database, workspace: str, readings: list[str]
) -> None:
    known = Standards()

    found = await asyncio.gather(
        *(known.standard(database, workspace, "offline") for _ in range(5))
    )

    assert readings == [f"{workspace}/offline"]
    assert {standard.bar for standard in found if standard} == {0.9}
    assert None not in found


async def test_it_is_read_again_once_it_is_old(
    database: Database, workspace: str, readings: list[str]
) -> None:
    now = [100.0]
    known = Standards(clock=lambda: now[0])

    await known.standard(database, workspace, "offline")
    now[0] += FRESH_SECONDS - 0.1
    await known.standard(database, workspace, "offline")
    assert len(readings) == 1
    now[0] += 0.1
    await known.standard(database, workspace, "offline")
    assert len(readings) == 2


async def test_each_agent_has_a_standard_of_its_own(
    database: Database, workspace: str, readings: list[str]
) -> None:
    known = Standards()

    for agent in ("offline", "claude", "offline"):
        await known.standard(database, workspace, agent)

    assert readings == [f"{workspace}/offline", f"{workspace}/claude"]
