"""Stand-ins at the API's borders: Temporal, and the embedding model."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from api.delivery import ImportFailedError
from api.problems import unavailable
from domain.identity import ApiRole
from domain.imports import ImportOutcome, KnowledgeEntry
from domain.proposals import Origin
from domain.reviews import CommandKind, CommandRuling
from store import imports, reviews
from store.database import Database

DIMENSION = 384


class WordEmbedder:
    """Texts are near when they share words. Deterministic, and without weights."""

    name = "words"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, of length 1."""
        return np.array([_vector(text) for text in texts], dtype=np.float32)


def _vector(text: str) -> NDArray[np.float32]:
    vector = np.full(DIMENSION, 1e-3, dtype=np.float32)
    for word in text.lower().split():
        place = int.from_bytes(hashlib.sha256(word.strip(".,?!").encode()).digest()[:4])
        vector[place % DIMENSION] += 1
    return np.divide(vector, np.float32(np.linalg.norm(vector)), dtype=np.float32)


class RecordingDelivery:
    """Remembers what Temporal would have been told. Settles commands as the workflow would."""

    def __init__(self, database: Database) -> None:
        """Settle commands in `database`."""
        self._database = database
        self.started: list[tuple[str, UUID]] = []
        self.decided: list[tuple[str, UUID, UUID, UUID]] = []
        self.commanded: list[tuple[UUID, CommandKind]] = []
        self.imported: list[tuple[str, str, Sequence[KnowledgeEntry]]] = []
        self.erased: list[tuple[str, UUID]] = []
        self.batched: list[str] = []
        self.checked: list[str] = []
        self.settles = True
        self.refuses_with = ""
        self.reachable = True
        self.ran = False

    async def read_in_batches(self, workspace: str) -> None:
        """Remember whose batches are to be looked after."""
        self.batched.append(workspace)

    async def start(self, workspace: str, origin: Origin) -> None:
        """Remember a start."""
        self.started.append((workspace, origin.id))

    async def decide(
        self, workspace: str, origin: Origin, proposal_id: UUID, decision_id: UUID
    ) -> None:
        """Remember a decision."""
        self.decided.append((workspace, origin.id, proposal_id, decision_id))

    async def command(
        self,
        workspace: str,
        origin: Origin,
        proposal_id: UUID,
        command_id: UUID,
        kind: CommandKind,
    ) -> None:
        """Remember a command, and settle it."""
        self.commanded.append((command_id, kind))
        if not self.settles:
            return
        async with self._database.transaction(workspace) as connection:
            command = await reviews.find_command(connection, workspace, command_id)
            assert command is not None
            takes_effect = not self.refuses_with
            if takes_effect:
                assignee = {
                    CommandKind.CLAIM: command.by,
                    CommandKind.ASSIGN: command.assignee,
                }.get(kind)
                await reviews.set_assignee(connection, workspace, proposal_id, assignee)
            ruling = CommandRuling(takes_effect=takes_effect, reason=self.refuses_with)
            await reviews.settle_command(connection, workspace, command_id, ruling)

    async def import_items(self, workspace: str, import_id: UUID) -> None:
        """Remember an import; invent its items."""
        if not self.reachable:
            raise ImportFailedError
        async with self._database.transaction(workspace) as connection:
            pending = await imports.lock_import(connection, workspace, import_id)
            lines = await imports.list_import(connection, workspace, import_id)
            for line in lines:
                added = {"outcome": ImportOutcome.ADDED, "release": line.place + 1}
                settled = line.model_copy(update={**added, "item_id": uuid4()})
                await imports.settle_entry(connection, workspace, import_id, settled)
            await imports.finish_import(connection, workspace, import_id)
        entries = [line.entry for line in lines if line.entry]
        self.imported.append((workspace, pending.requested_by, entries))

    async def check_up(self, workspace: str) -> str:
        """Remember a checkup."""
        if not self.reachable:
            raise unavailable("Temporal server")
        self.checked.append(workspace)
        return f"checkup/{workspace}"

    async def erase(self, workspace: str, erasure_id: UUID) -> None:
        """Remember an erasure."""
        self.erased.append((workspace, erasure_id))

    async def run(self) -> None:
        """Note that the loop was started, and wait to be cancelled."""
        self.ran = True
        await asyncio.Event().wait()

    async def ping(self) -> bool:
        """Return what the test wants."""
        return self.reachable


ROLES: tuple[ApiRole, ...] = tuple(ApiRole)

Json = dict[str, Any]
