"""Many customers ask for the same: only what can still be shown is looked at."""

import threading
from collections.abc import Iterable

import pytest

from activities import gathering
from analysis.wordings import fit_wordings
from domain.knowledge import MAX_PHRASINGS
from store import wordings
from tests.activities.test_gathering import (
    approve,
    asked,
    item_of,
    live,
    only,
    proposals_of,
    wording,
)
from tests.activities.world import World
from tests.workflows.scripted import article

FULL = tuple(f"Which parcel is it, {'abcdefghij'[n // 10] * (n % 10 + 1)}?" for n in range(39))


class Looking:
    """Notes which texts are looked through for personal data, and in which threads."""

    def __init__(self) -> None:
        """Start with none."""
        self.texts: list[str] = []
        self.threads: set[int] = set()

    def __call__(self, texts: Iterable[str]) -> list[str]:
        """Look."""
        texts = list(texts)
        self.texts += texts
        self.threads.add(threading.get_ident())
        return fit_wordings(texts)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Looking:
    """What the step looks through."""
    looking = Looking()
    monkeypatch.setattr(gathering, "fit_wordings", looking)
    return looking


async def test_a_full_proposal_looks_at_no_ask_but_the_new_one(
    world: World, looking: Looking
) -> None:
    await asked(world, "Where is it?", article().model_copy(update={"phrasings": FULL}))
    assert len((await only(world)).change.phrasings) == MAX_PHRASINGS
    looking.texts.clear()
    for ask in ("My box never came", "No delivery"):
        await asked(world, ask, article())
    assert looking.texts == ["My box never came", "No delivery"]
    assert (await only(world)).draft == 1


async def test_asks_are_not_looked_at_before_they_could_make_a_draft(
    world: World, looking: Looking
) -> None:
    for ask in ("First?", "Second?", "Third?", "Fourth?", "Fifth?", "Sixth?"):
        await asked(world, ask, article())
    # Each is looked at by itself; only what makes a draft is looked at again.
    assert (looking.texts.count("Fifth?"), looking.texts.count("Sixth?")) == (2, 1)


async def test_the_worker_goes_on_meanwhile(world: World, looking: Looking) -> None:
    for ask in ("Where is my lost parcel?", "My box never came"):
        await asked(world, ask, article())
    assert threading.get_ident() not in looking.threads


async def test_of_many_asks_the_newest_are_looked_at(world: World) -> None:
    for ask in ("First?", "Second?", "Third?", "Fourth?"):
        await asked(world, ask, article())
        proposal = await only(world)
        await world.open(proposal)
        await world.execute(
            "UPDATE reviews SET assignee = 'lee' WHERE workspace = %s", world.workspace
        )
    async with world.database.transaction(world.workspace) as connection:
        found = await wordings.list_new_wordings(connection, world.workspace, proposal.id, limit=2)
    assert [each.text for each in found] == ["Third?", "Fourth?"]


async def test_of_many_asks_left_behind_the_newest_are_looked_at(world: World) -> None:
    item_id = await item_of(world)
    await asked(world, "First?", wording(item_id, "First?"))
    await world.open((await proposals_of(world))[-1])
    await world.execute("UPDATE reviews SET assignee = 'lee' WHERE workspace = %s", world.workspace)
    for ask in ("Second?", "Third?", "Fourth?"):
        await asked(world, ask, wording(item_id, ask))
    await world.apply(await approve(world, (await proposals_of(world))[-1]))
    assert "Second?" not in await live(world)
    async with world.database.transaction(world.workspace) as connection:
        found = await wordings.list_left_wordings(connection, world.workspace, item_id, limit=2)
    assert [each.text for each in found] == ["Third?", "Fourth?"]
