"""What the routes hold in their hands: made once for each API process."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request

from activities.reembed_passages import ReembedReach
from agent.standards import Standards
from api.asked_again import AskedAgain
from api.events import EventHub
from api.key_cache import KeyCache
from api.login_limits import LoginLimits
from api.oidc import Provider
from api.pace import Pace
from api.services.figures import FigureCache
from api.sessions import Sessions
from domain.cases import Answerer
from domain.proposals import Origin
from domain.reviews import CommandKind
from gateways.charts import Charts
from gateways.embeddings import Embedder, EmbeddingSpace
from gateways.notifications import Channels
from gateways.settings import Settings
from store.database import Database
from workflows.reembed_client import ReembedReport


class Deliverer(Protocol):
    """Tells Temporal what the outbox holds; see `api/delivery.py`."""

    async def start(self, workspace: str, origin: Origin) -> None: ...

    async def decide(
        self, workspace: str, origin: Origin, proposal_id: UUID, decision_id: UUID
    ) -> None: ...

    async def command(
        self,
        workspace: str,
        origin: Origin,
        proposal_id: UUID,
        command_id: UUID,
        kind: CommandKind,
    ) -> None: ...

    def run(self) -> Coroutine[Any, Any, None]: ...

    async def read_in_batches(self, workspace: str) -> None: ...

    async def erase(self, workspace: str, erasure_id: UUID) -> None: ...

    async def check_up(self, workspace: str) -> str: ...

    async def import_items(self, workspace: str, import_id: UUID) -> None: ...

    async def ping(self) -> bool: ...


class Reembedder(Protocol):
    """Makes the vectors of a model; see `api/reembedding.py`."""

    async def start(self, model: str, reach: ReembedReach) -> str: ...

    async def report(self, model: str) -> ReembedReport | None: ...


@dataclass(frozen=True)
class Context:
    """Everything outside that routes reach, and what they remember between calls."""

    settings: Settings
    database: Database
    delivery: Deliverer
    answerer: Answerer
    embedder: Embedder
    reembedding: Reembedder
    sessions: Sessions
    keys: KeyCache
    login_limits: LoginLimits
    events: EventHub
    next_space: EmbeddingSpace | None = None
    """The embedding model that shall serve next."""
    standards: Standards = field(default_factory=Standards)
    """How sure an answer must be, workspace by workspace."""
    provider: Provider | None = None
    """Where people sign in at their organisation, if that is set."""
    channels: Channels = field(default_factory=Channels)
    """By which people are told, and act in Slack."""
    charts: Charts = field(default_factory=Charts)
    figures: FigureCache = field(default_factory=FigureCache)
    """What the dashboard has shown a moment ago."""
    previews: Pace = field(default_factory=lambda: Pace(times=120, seconds=60.0))
    """How often one person may preview an edit."""
    asked_again: AskedAgain = field(default_factory=AskedAgain)
    """Answers to the queries of applied proposals."""
    settle_seconds: float = 2.0
    """How long a call waits for the workflow's word before it answers 'pending'."""


def context_of(request: Request) -> Context:
    """Return the process's context."""
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(context_of)]
