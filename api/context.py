"""What the routes hold in their hands: made once for each API process."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request

from activities.import_items import ImportedItem
from api.key_cache import KeyCache
from api.login_limits import LoginLimits
from api.sessions import Sessions
from domain.cases import Answerer
from domain.knowledge import Change
from domain.proposals import Origin
from domain.reviews import CommandKind
from gateways.embeddings import Embedder
from gateways.settings import Settings
from store.database import Database


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

    async def erase(self, workspace: str, erasure_id: UUID) -> None: ...

    async def import_items(
        self, workspace: str, *, by: str, changes: Sequence[Change]
    ) -> Sequence[ImportedItem]: ...

    async def ping(self) -> bool: ...


@dataclass(frozen=True)
class Context:
    """Everything outside that routes reach, and what they remember between calls."""

    settings: Settings
    database: Database
    delivery: Deliverer
    answerer: Answerer
    embedder: Embedder
    sessions: Sessions
    keys: KeyCache
    login_limits: LoginLimits
    settle_seconds: float = 2.0
    """How long a call waits for the workflow's word before it answers 'pending'."""


def context_of(request: Request) -> Context:
    """Return the process's context."""
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(context_of)]
