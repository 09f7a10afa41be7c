import asyncio

import pytest

from bench import rounds
from bench.errors import BenchError
from bench.rounds import Round, bounded, merged


async def test_no_more_than_allowed_run_at_once() -> None:
    running = most = 0

    async def tell(_case: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await bounded(range(20), tell, concurrency=3)
    assert most == 3


async def test_every_case_is_told_once() -> None:
    told: list[int] = []

    async def tell(case: int) -> None:
        told.append(case)

    await bounded(range(7), tell, concurrency=3)
    assert sorted(told) == list(range(7))


async def test_a_round_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROUND_SECONDS", 0.01)

    async def hang(_case: int) -> None:
        await asyncio.Event().wait()

    with pytest.raises(BenchError, match="did not end"):
        await bounded([1], hang, concurrency=1)


def test_a_round_tells_how_many_ended_in_a_second() -> None:
    assert Round(count=30, seconds=4, cpu_ms={}, transactions=0).per_second == 7.5


def test_parts_are_merged_by_their_weight() -> None:
    parts = [
        Round(count=30, seconds=4, cpu_ms={"worker": 10.0}, transactions=20),
        Round(count=10, seconds=2, cpu_ms={"worker": 50.0}, transactions=40),
    ]
    assert merged(parts) == Round(count=40, seconds=6, cpu_ms={"worker": 20.0}, transactions=25)
