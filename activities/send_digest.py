"""Writes down the digests of those whose hour it is."""

from pydantic import AwareDatetime
from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.notifications import Occasion, digest_day
from store import notices
from store.notices import NewNotice
from store.notification_preferences import list_reaches


class DigestInput(Message):
    """Whose day to look at, at the workflow's time."""

    workspace: str
    now: AwareDatetime


class DigestResult(Message):
    """For how many people it was the hour, and a digest was written down."""

    written: int


class SendDigest:
    """Holds the database, and knows which channels there are."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def send_digest(self, task: DigestInput) -> DigestResult:
        """Have everybody told of their day whose hour it is and who wants to be.

        Side effect: a row of `notices` for each person and day. What has nothing to say is dropped
        when it is sent.
        """
        available = self._kit.channels.available
        if not available:
            return DigestResult(written=0)
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            reaches = await list_reaches(connection, task.workspace)
            wanted = [
                NewNotice(person=reach.person, occasion=Occasion.DIGEST, key=day)
                for reach in reaches.values()
                if (day := digest_day(reach.preferences, task.now))
                and reach.channels(Occasion.DIGEST, available)
            ]
            added = await notices.add(connection, task.workspace, wanted)
            return DigestResult(written=len(added))
