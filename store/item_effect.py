"""What one item has brought: how the queries that concern it ended, revision by revision.

What a case is, and how it ends, is that of `store/metrics_effect.py`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.item_health import SETTLES_AFTER
from domain.metrics import MOST_CASES, Effect, Ends
from store.database import Connection, Row, fetch_all
from store.metrics_effect import first_id_of
from store.queries import query

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Time = tuple[datetime, datetime]


class InForce(Model):
    """The time in which a revision was what agents saw; None is until now."""

    revision: int
    since: AwareDatetime
    until: AwareDatetime | None


class Stretch(InForce):
    """How the cases of that time ended."""

    ends: Ends


class ItemEffect(Model):
    """How the cases of some revisions ended, the newest revision first, and what was prevented.

    `learned` compares all that came before the first approved proposal changed the item with all
    that came since; None where no proposal has. Of each time the newest MOST_CASES cases count.
    """

    stretches: tuple[Stretch, ...]
    learned: Effect | None


async def measure_item(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    revisions: Sequence[InForce],
    *,
    now: datetime,
) -> ItemEffect:
    """Return the effect of an item, with a stretch for each of `revisions`, in their order."""
    # Nothing of this moment is left out: ids are of whole milliseconds.
    end = now + timedelta(milliseconds=1)
    releases = await fetch_all(
        connection,
        query("list_learned_releases"),
        {"workspace": workspace, "end": end, "item_ids": [item_id]},
    )
    times: list[_Time] = [(each.since, each.until or end) for each in revisions]
    if releases:
        first: datetime = releases[0]["since"]
        times += [(_EPOCH, first), (first, end)]
    ends = await _count(connection, workspace, item_id, times, settled=now - SETTLES_AFTER)
    return ItemEffect(
        stretches=tuple(
            Stretch(**dict(each), ends=ends[place]) for place, each in enumerate(revisions)
        ),
        learned=_learned(releases[0], ends[-2], ends[-1]) if releases else None,
    )


async def _count(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    times: Sequence[_Time],
    *,
    settled: datetime,
) -> list[Ends]:
    if not times:
        return []
    rows = await fetch_all(
        connection,
        query("count_cases"),
        {
            "workspace": workspace,
            "item_ids": [item_id] * len(times),
            "first_ids": [first_id_of(start) for start, _ in times],
            "end_ids": [first_id_of(end) for _, end in times],
            "starts": [start for start, _ in times],
            "ends": [end for _, end in times],
            "settled_before": settled,
            "most": MOST_CASES,
        },
    )
    names = ("right", "unsettled", "wrong", "handed_off")
    found = {row["place"]: Ends.model_validate({name: row[name] for name in names}) for row in rows}
    return [found.get(place, Ends()) for place in range(1, len(times) + 1)]


def _learned(release: Row, before: Ends, after: Ends) -> Effect:
    return Effect(
        item_id=release["item_id"],
        title=release["title"],
        release=release["release"],
        since=release["since"],
        before=before.total,
        before_human=before.needed_a_human,
        after=after,
        is_capped=MOST_CASES in {before.total, after.total},
    )
