"""Reading the past, against a plain record of everything that a random history did."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from domain.as_of import UnknownReleaseError
from domain.errors import NotFoundError
from domain.knowledge import ArticleContent, Change, ItemContent, ItemKind, ItemStatus, Operation
from domain.rollback import restore as restoring
from store import knowledge, releases
from store.releases import Difference, Effect
from tests.api.rows import Rows, adding, revising

TAGS = ("returns", "money", "shoes")


class Stood(NamedTuple):
    """An item at one release."""

    revision: int
    status: ItemStatus
    content: ItemContent


Snapshot = dict[UUID, Stood]


@dataclass
class History:
    """What the knowledge was at each release, from 0 on."""

    rows: Rows
    then: list[Snapshot]

    @property
    def newest(self) -> int:
        return len(self.then) - 1

    async def publish(self, change: Change) -> UUID:
        item_id, release = await self.rows.item(change)
        status = ItemStatus.RETIRED if change.operation is Operation.RETIRE else ItemStatus.ACTIVE
        now = dict(self.then[-1])
        now[item_id] = Stood((change.base_revision or 0) + 1, status, change.content)
        self.then.append(now)
        assert release == self.newest
        return item_id


def _article(chance: random.Random) -> ArticleContent:
    return ArticleContent(
        title=f"Title {chance.randrange(3)}",
        question="How long?",
        answer=f"{chance.randrange(4)} days.",
        tags=tuple(chance.sample(TAGS, chance.randrange(3))),
    )


def _random_change(chance: random.Random, now: Snapshot) -> Change:
    """Return an addition, or what may happen to a random item: often the same again."""
    if not now or chance.random() < 0.25:
        return Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=_article(chance))
    item_id = chance.choice(list(now))
    stood = now[item_id]
    retires = stood.status is ItemStatus.ACTIVE and chance.random() < 0.35
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.RETIRE if retires else Operation.REVISE,
        item_id=item_id,
        base_revision=stood.revision,
        content=stood.content if retires or chance.random() < 0.3 else _article(chance),
    )


@pytest.fixture(params=[1, 2])
async def history(rows: Rows, request: pytest.FixtureRequest) -> History:
    """Forty random changes."""
    chance = random.Random(request.param)
    history = History(rows, [{}])
    for _ in range(40):
        await history.publish(_random_change(chance, history.then[-1]))
    return history


def _ids(snapshot: Snapshot) -> list[UUID]:
    return sorted(snapshot)


async def test_every_release_shows_what_was_known_then(history: History) -> None:
    async with history.rows.database.transaction(history.rows.workspace) as connection:
        for release, then in enumerate(history.then):
            items = await releases.list_items_at(
                connection, history.rows.workspace, release, limit=100
            )
            shown = {item.id: Stood(item.revision, item.status, item.content) for item in items}
            assert shown == then
            assert [item.id for item in items] == _ids(then)


async def test_filters_hold_for_the_past(history: History) -> None:
    async with history.rows.database.transaction(history.rows.workspace) as connection:
        for release, then in enumerate(history.then):
            items = await releases.list_items_at(
                connection,
                history.rows.workspace,
                release,
                status=ItemStatus.ACTIVE,
                tags=["shoes", "money"],
                limit=100,
            )
            assert [item.id for item in items] == [
                item_id
                for item_id in _ids(then)
                if then[item_id].status is ItemStatus.ACTIVE
                and isinstance(content := then[item_id].content, ArticleContent)
                and {"shoes", "money"} & set(content.tags)
            ]


async def test_pages_of_the_past_leave_nothing_out(history: History) -> None:
    half = history.newest // 2
    seen: list[UUID] = []
    async with history.rows.database.transaction(history.rows.workspace) as connection:
        while page := await releases.list_items_at(
            connection,
            history.rows.workspace,
            half,
            after=seen[-1] if seen else None,
            limit=2,
        ):
            seen += [item.id for item in page]
    assert seen == _ids(history.then[half])


async def test_an_item_is_read_as_it_stood_or_was_not_there(history: History) -> None:
    everything = history.then[-1]
    async with history.rows.database.transaction(history.rows.workspace) as connection:
        for release, then in enumerate(history.then):
            for item_id in everything:
                if item_id in then:
                    item = await releases.get_item_at(
                        connection, history.rows.workspace, item_id, release
                    )
                    assert Stood(item.revision, item.status, item.content) == then[item_id]
                else:
                    with pytest.raises(NotFoundError):
                        await releases.get_item_at(
                            connection, history.rows.workspace, item_id, release
                        )


async def test_the_time_of_a_release_gives_that_release(history: History) -> None:
    async with history.rows.database.transaction(history.rows.workspace) as connection:

        async def resolved(moment: datetime) -> int:
            return await releases.resolve_as_of(connection, history.rows.workspace, moment)

        for number in range(1, history.newest + 1):
            made = await releases.release_time(connection, history.rows.workspace, number)
            assert made is not None
            assert await resolved(made) == number
            assert await resolved(made - timedelta(microseconds=1)) == number - 1


async def test_what_is_yet_to_come_is_refused(history: History) -> None:
    async with history.rows.database.transaction(history.rows.workspace) as connection:
        present = await releases.read_present(connection, history.rows.workspace)
        for as_of in (history.newest + 1, present.now + timedelta(hours=1)):
            with pytest.raises(UnknownReleaseError, match=f"release is {history.newest}"):
                await releases.resolve_as_of(connection, history.rows.workspace, as_of)


def _expected(before: Snapshot, after: Snapshot) -> dict[UUID, Effect]:
    return {
        item_id: effect
        for item_id in before.keys() | after.keys()
        if (effect := _effect(before.get(item_id), after.get(item_id)))
    }


def _effect(old: Stood | None, new: Stood | None) -> Effect | None:
    saw = old is not None and old.status is ItemStatus.ACTIVE
    sees = new is not None and new.status is ItemStatus.ACTIVE
    if saw and sees:
        return Effect.REVISED if old and new and old.content != new.content else None
    if saw:
        return Effect.RETIRED if new else Effect.REMOVED
    if sees:
        return Effect.RESTORED if old else Effect.ADDED
    return None


def _pairs(history: History) -> Iterator[tuple[int, int]]:
    chance = random.Random(3)
    numbers = range(history.newest + 1)
    yield from ((number, number) for number in (0, history.newest))
    yield from ((number, number + 1) for number in numbers[:-1])
    yield from ((chance.choice(numbers), chance.choice(numbers)) for _ in range(100))


async def test_any_two_releases_differ_by_what_happened_between(history: History) -> None:
    async with history.rows.database.transaction(history.rows.workspace) as connection:
        for start, end in _pairs(history):
            for first, second in ((start, end), (end, start)):
                found = await releases.list_differences(
                    connection, history.rows.workspace, first, second, limit=100
                )
                before, after = history.then[first], history.then[second]
                assert {d.item_id: d.effect for d in found} == _expected(before, after)
                assert len({d.item_id for d in found}) == len(found)
                for difference in found:
                    _check_states(difference, before, after)


def _check_states(difference: Difference, before: Snapshot, after: Snapshot) -> None:
    for state, then in ((difference.before, before), (difference.after, after)):
        stood = then.get(difference.item_id)
        assert (state is None) == (stood is None)
        if state and stood:
            assert Stood(state.revision, state.status, state.content) == stood


async def test_pages_of_a_difference_leave_nothing_out(history: History) -> None:
    seen: list[Difference] = []
    workspace = history.rows.workspace
    async with history.rows.database.transaction(workspace) as connection:
        while page := await releases.list_differences(
            connection,
            workspace,
            history.newest,
            0,
            after=seen[-1].release if seen else 0,
            limit=2,
        ):
            seen += page
        whole = await releases.list_differences(connection, workspace, history.newest, 0, limit=99)
    assert seen == whole
    assert len(whole) > 4


async def test_releases_come_newest_first_with_what_they_did(rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    retired = revising(item_id, "Refunds take 5 days.")
    await rows.item(retired.model_copy(update={"operation": Operation.RETIRE}))
    async with rows.database.transaction(rows.workspace) as connection:
        revisions = await knowledge.list_revisions(connection, rows.workspace, item_id)
    await rows.item(restoring(revisions))

    async with rows.database.transaction(rows.workspace) as connection:
        found = await releases.list_releases(connection, rows.workspace)
        second = await releases.list_releases(connection, rows.workspace, before=3, limit=1)
        with pytest.raises(NotFoundError):
            await releases.get_release(connection, rows.workspace, 4)

    assert [(r.number, r.operation, r.restores, r.revision) for r in found] == [
        (3, Operation.REVISE, True, 3),
        (2, Operation.RETIRE, False, 2),
        (1, Operation.ADD, False, 1),
    ]
    assert second == found[1:2]
    assert {(line.title, line.approved_by) for line in found} == {("Returns", ("dana",))}
