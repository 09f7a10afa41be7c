"""Erases one customer's text from the record."""

import asyncio
from contextlib import aclosing, suppress
from uuid import UUID

from temporalio import activity

from activities.customer_text import customer_text
from activities.erasing import Erasing
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.erasure import Eraser
from domain.erasure_requests import Erasure, ErasureStatus
from gateways.ordinary_words import ordinary_words
from store import audit, erasing, erasures, publishing, workspaces
from store.database import Connection


class EraseInput(Message):
    """Which erasure to carry out. Whom it is about stays in the record: that is personal too."""

    workspace: str
    erasure_id: UUID


class EraseResult(Message):
    """How many interventions there were of the customer."""

    interventions: int


class _LateInterventionError(Exception):
    """An intervention of the customer was stored meanwhile: all begins anew, with it."""


class EraseCustomer:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def erase_customer(self, task: EraseInput) -> EraseResult:
        """Erase what the customer said up to the request, wherever the record holds it.

        First no step under way may write of the customer's interventions any more, then one
        transaction erases everything. Side effects: rows of nearly all tables, and audit entries
        that name the erasure and the rows, never the customer. Idempotent on the erasure: one
        that is done is only counted. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), heartbeats():
            while True:
                done = await self._begin(task)
                if done is not None:
                    return done
                with suppress(_LateInterventionError):
                    async with self._kit.database.transaction(task.workspace) as connection:
                        return await self._erase(connection, task)

    async def _begin(self, task: EraseInput) -> EraseResult | None:
        """Fence the customer's interventions; return what was done if there is nothing to do."""
        async with self._kit.database.transaction(task.workspace) as connection:
            erasure = await erasures.lock_erasure(connection, task.workspace, task.erasure_id)
            if erasure.status is ErasureStatus.DONE:
                return EraseResult(interventions=erasure.counts.get("interventions", 0))
            await erasures.set_erasure_status(
                connection, task.workspace, erasure.id, ErasureStatus.RUNNING
            )
            await erasures.fence(connection, task.workspace, erasure)
        return None

    async def _erase(self, connection: Connection, task: EraseInput) -> EraseResult:
        workspace = task.workspace
        # Before all other locks, as in the steps that hold it off.
        await erasures.lock_others_out(connection, workspace)
        # Release lock first, then proposals, then interventions: the order of those who apply.
        await publishing.lock_releases(connection, workspace)
        erasure = await erasures.lock_erasure(connection, workspace, task.erasure_id)
        found = await erasures.find_interventions(connection, workspace, erasure)
        eraser = await self._eraser(connection, workspace, erasure, found)
        work = Erasing(
            connection,
            workspace,
            erasure.id,
            interventions=found,
            eraser=eraser,
            embedder=self._kit.embedder,
        )
        counts = dict(await work.run())
        if public := await _erase_public_texts(connection, workspace, eraser):
            counts["public texts"] = public
        # The erased ones name nobody any more: one that is found now began before the request,
        # and was stored only after the first look.
        if await erasures.find_interventions(connection, workspace, erasure):
            raise _LateInterventionError
        self._kit.cases.forget(workspace, [intervention.id for intervention in found])
        await erasures.finish_erasure(
            connection, workspace, erasure.id, reason=eraser.erase(erasure.reason), counts=counts
        )
        await audit.record(
            connection,
            workspace,
            actor=erasure.requested_by,
            action="customer_erased",
            subject=f"erasure/{erasure.id}",
            details={"customer_hash": erasure.customer_hash, "counts": dict(counts)},
        )
        return EraseResult(interventions=len(found))

    async def _eraser(
        self,
        connection: Connection,
        workspace: str,
        erasure: Erasure,
        found: list[erasures.CustomersIntervention],
    ) -> Eraser:
        """Return what finds the customer's text, but for what others have said as well."""
        named = [intervention.outcome_id for intervention in found if intervention.outcome_id]
        queries = await erasing.list_queries(connection, workspace, named)
        theirs = await asyncio.to_thread(customer_text, erasure.customer_ref or "", found, queries)
        eraser = Eraser(theirs)
        eraser.forget_words(ordinary_words())
        if found:
            known = erasing.each_known_text(
                connection, workspace, [f.id for f in found], found[0].created_at
            )
            async with aclosing(known):
                async for text in known:
                    eraser.forget([text])
        return eraser


async def _erase_public_texts(connection: Connection, workspace: str, eraser: Eraser) -> int:
    """Forget what somebody had confirmed to be nobody's, and was the customer's; return how many.

    A change that still holds it needs another confirmation.
    """
    texts = (await workspaces.lock_settings(connection, workspace)).public_texts
    kept = [text for text in texts if eraser.erase(text) == text]
    if len(kept) < len(texts):
        await workspaces.change_settings(connection, workspace, {"public_texts": [*kept]})
    return len(texts) - len(kept)
