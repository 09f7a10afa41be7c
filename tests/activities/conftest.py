"""A worker's kit on real Postgres, with an analyst that says what a test tells it to."""

import pytest

from activities.kit import Kit
from gateways.escalation import load_escalation_policies
from gateways.notifications import Notification
from store.database import Database
from tests.activities.drifting import Drift
from tests.activities.world import World
from tests.api.fakes import WordEmbedder
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer


class NotificationRecorder:
    """Keeps what people were told."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.sent: list[Notification] = []

    async def notify(self, notification: Notification) -> None:
        """Keep it."""
        self.sent.append(notification)


@pytest.fixture
def told() -> NotificationRecorder:
    """What people were told."""
    return NotificationRecorder()


@pytest.fixture
def kit(database: Database, told: NotificationRecorder) -> Kit:
    """The worker's kit."""
    return Kit(
        database=database,
        embedder=WordEmbedder(),
        analyst=ScriptedAnalyst(),
        answerer=SureAnswerer(),
        policies=load_escalation_policies(),
        notifier=told,
        api_url="http://loop.test",
    )


@pytest.fixture
def world(kit: Kit, workspace: str) -> World:
    """One workspace, and its worker's kit."""
    return World(kit, workspace)


@pytest.fixture
def drift(world: World) -> Drift:
    """A workspace whose knowledge is checked."""
    return Drift(world)
