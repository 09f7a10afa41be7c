"""Counts what has no vector of a model yet."""

from temporalio import activity

from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.reembed_passages import ReembedReach
from domain.base import Message
from store.embeddings import count_everywhere


class CountUnembeddedInput(Message):
    """Of which model, and of what."""

    model: str
    reach: ReembedReach


class CountUnembeddedResult(Message):
    """How many texts there are in all workspaces, and how many of them have no vector."""

    total: int
    missing: int


class CountUnembedded:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def count_unembedded(self, task: CountUnembeddedInput) -> CountUnembeddedResult:
        """Count in one workspace after the other; changes nothing."""
        async with told_to_temporal(), heartbeats():
            found = await count_everywhere(self._kit.database, task.model, task.reach.kinds)
            return CountUnembeddedResult(total=found.total, missing=found.missing)
