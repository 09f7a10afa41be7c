"""Takes one customer's text out of every row of a workspace. Not an activity.

All of it runs in one transaction, under the workspace's release lock: either nothing of the
customer is left or all is as it was, and the erasure can begin anew.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TypeVar
from uuid import UUID

from activities.erasing_rejected import erase_rejected
from domain.erased_forms import (
    ErasedContent,
    erase_change,
    erase_content,
    erase_verification,
    erased_finding,
    erased_submission,
)
from domain.erasure import ERASED, Eraser
from domain.knowledge import Change
from domain.merging import text_to_compare
from domain.proposals import Proposal, ProposalStatus
from gateways.embeddings import Embedder
from store import (
    audit,
    deviations,
    erasing,
    erasing_passages,
    golden,
    imports,
    knowledge,
    proposals,
    reviews,
    saved_views,
)
from store.database import Connection
from store.erasures import CustomersIntervention
from store.vectors import Embedding

RowT = TypeVar("RowT")


class Erasing:
    """One erasure under way; `counts` are the rows of each kind that have lost text."""

    def __init__(
        self,
        connection: Connection,
        workspace: str,
        erasure_id: UUID,
        *,
        interventions: Sequence[CustomersIntervention],
        eraser: Eraser,
        embedder: Embedder,
    ) -> None:
        """Work in the connection's transaction."""
        self._connection = connection
        self._workspace = workspace
        self._erasure_id = erasure_id
        self._interventions = interventions
        self._ids = [intervention.id for intervention in interventions]
        self._wide, self._close = eraser, eraser.closely()
        self._embedder = embedder
        self._asks: frozenset[str] = frozenset()
        self._open = AsyncExitStack()
        self.counts: Counter[str] = Counter()

    async def run(self) -> Mapping[str, int]:
        """Erase in every table; return how many rows of each kind have lost text."""
        async with self._open:
            await self._run()
        return self.counts

    async def _run(self) -> None:
        derived = await erasing.find_derived(self._connection, self._workspace, self._ids)
        self._asks = await erasing.find_asks(self._connection, self._workspace, self._ids)
        await self._phrasings()
        await self._imports()
        await self._revisions(derived.items)
        await self._proposals(derived.proposals)
        await self._drafts(derived.proposals)
        await self._decisions(derived.proposals)
        self.counts += await erase_rejected(
            self._connection,
            self._workspace,
            self._erasure_id,
            interventions=self._ids,
            derived=derived.proposals,
            wide=self._wide,
        )
        await self._comments(derived.proposals)
        await self._outcomes()
        await self._golden_queries()
        await self._requests()
        await self._deviations()
        await self._views()
        await self._evidence()
        await self._analyses()
        await self._own()

    def _each(
        self, read: Callable[[Connection, str], AsyncGenerator[RowT]]
    ) -> AsyncGenerator[RowT]:
        """Read the rows; however this ends, their cursor does not stay open."""
        rows = read(self._connection, self._workspace)
        self._open.push_async_callback(rows.aclose)
        return rows

    def _eraser(self, *, is_derived: bool) -> Eraser:
        return self._close if is_derived else self._wide

    async def _embed(self, texts: Iterable[str]) -> dict[str, list[float]]:
        """Return each text's vector, all by one call: others wait for the lock meanwhile."""
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return {}
        vectors = await asyncio.to_thread(self._embedder.embed, distinct)
        return dict(zip(distinct, vectors.tolist(), strict=True))

    async def _phrasings(self) -> None:
        """Delete the customer's wordings, wherever they came from: an import names no customer."""
        theirs = [
            kept.passage_id
            async for kept in self._each(erasing_passages.each_phrasing)
            if self._is_of_customer(kept.body)
        ]
        self.counts["phrasings"] += await erasing_passages.erase_phrasings(
            self._connection, self._erasure_id, interventions=self._ids, passages=theirs
        )

    async def _imports(self) -> None:
        """End the imports that would bring the customer's words in; the administrator is told."""
        theirs = {
            pending.import_id
            for pending in await imports.list_pending(self._connection, self._workspace)
            if erase_content(pending.entry.content, self._wide) != pending.entry.content
            or any(map(self._is_of_customer, pending.entry.phrasings))
        }
        for import_id in theirs:
            await imports.finish_import(self._connection, self._workspace, import_id)
        self.counts["imports"] += len(theirs)

    def _is_of_customer(self, text: str) -> bool:
        return self._wide.is_said(text) or self._wide.erase(text) != text

    async def _revisions(self, derived: Mapping[UUID, int]) -> None:
        changed: list[ErasedContent] = []
        async for kept in self._each(erasing.each_revision):
            since = derived.get(kept.item_id)
            is_derived = since is not None and kept.number >= since
            content = erase_content(kept.content, self._eraser(is_derived=is_derived))
            if content != kept.content:
                left = kept._replace(content=content)
                await erasing.erase_revision(self._connection, self._erasure_id, left)
                changed.append(ErasedContent(kept.item_id, kept.content, content))
                self.counts["revisions"] += 1
        vectors = await self._embed(to for revision in changed for _, to in revision.passages())
        for revision in changed:
            await self._reindex(revision, vectors)

    async def _reindex(self, changed: ErasedContent, vectors: Mapping[str, list[float]]) -> None:
        """Let search find the item by what is left, in whichever release it finds it."""
        for body, to in changed.passages():
            await erasing_passages.replace_passage(
                self._connection,
                self._workspace,
                changed.item_id,
                body,
                to,
                model=self._embedder.name,
                embedding=vectors[to],
            )
            self.counts["passages"] += 1
        tags = changed.tags()
        await erasing_passages.drop_tags(self._connection, self._workspace, changed.item_id, tags)

    async def _proposals(self, derived: frozenset[UUID]) -> None:
        changed: list[tuple[Proposal, Proposal]] = []
        async for found in self._each(erasing.each_proposal):
            eraser = self._eraser(is_derived=found.id in derived)
            if self._left_of(found, eraser) == found:
                continue
            proposal = await proposals.lock_proposal(self._connection, self._workspace, found.id)
            changed.append((proposal, self._left_of(proposal, eraser)))
        texts = {
            left.id: await self._text_to_compare(left.change)
            for proposal, left in changed
            if left.change != proposal.change
        }
        vectors = await self._embed(texts.values())
        for proposal, left in changed:
            text = texts.get(left.id)
            embedding = None if text is None else Embedding(self._embedder.name, vectors[text])
            await self._erase_proposal(proposal, left, embedding)
        self.counts["proposals"] += len(changed)

    def _left_of(self, proposal: Proposal, eraser: Eraser) -> Proposal:
        verification = proposal.verification
        return proposal.model_copy(
            update={
                "title": eraser.erase(proposal.title),
                # As a finding, it is about one case and what was said there.
                "rationale": ERASED
                if proposal.intervention_id in self._ids
                else eraser.erase(proposal.rationale),
                "change": erase_change(proposal.change, eraser, self._asks),
                # Its answers rest on items that may have come of the customer's cases.
                "verification": verification
                and erase_verification(verification, self._close, self._ids),
            }
        )

    async def _erase_proposal(
        self, proposal: Proposal, left: Proposal, embedding: Embedding | None
    ) -> None:
        """Write what is left. What people have yet to decide on becomes a draft of its own."""
        is_redrafted = left.change != proposal.change and not proposal.status.is_final
        status = proposal.status
        if is_redrafted and status is ProposalStatus.APPROVED:
            # It was approved as it was: people see what is left before it is applied.
            status = ProposalStatus.CONFLICTED
        content_hash = left.change.content_hash() if is_redrafted else proposal.content_hash
        await erasing.erase_proposal(
            self._connection,
            self._workspace,
            proposal.id,
            erasing.ErasedProposal(
                title=left.title,
                rationale=left.rationale,
                change=left.change,
                content_hash=content_hash,
                draft=proposal.draft + 1 if is_redrafted else proposal.draft,
                status=status,
                verification=None if is_redrafted else left.verification,
                embedding=embedding,
            ),
        )
        if is_redrafted:
            await self._redrafted(proposal, left.change)

    async def _text_to_compare(self, change: Change) -> str:
        base = None
        if change.item_id is not None and change.base_revision is not None:
            base = await knowledge.find_content(
                self._connection, self._workspace, change.item_id, change.base_revision
            )
        return text_to_compare(change, base)

    async def _redrafted(self, proposal: Proposal, change: Change) -> None:
        content_hash = change.content_hash()
        await proposals.insert_draft(
            self._connection,
            self._workspace,
            proposal.id,
            proposal.draft + 1,
            change,
            proposal.drafted_by,
        )
        await reviews.void_other_approvals(
            self._connection, self._workspace, proposal.id, content_hash
        )
        await audit.record(
            self._connection,
            self._workspace,
            actor="system",
            action="proposal_redrafted",
            subject=f"proposal/{proposal.id}",
            details={
                "draft": proposal.draft + 1,
                "content_hash": content_hash,
                "erasure_id": str(self._erasure_id),
            },
        )

    async def _drafts(self, derived: frozenset[UUID]) -> None:
        async for kept in self._each(erasing.each_draft):
            eraser = self._eraser(is_derived=kept.proposal_id in derived)
            change = erase_change(kept.change, eraser, self._asks)
            if change != kept.change:
                left = kept.model_copy(update={"change": change})
                await erasing.erase_draft(self._connection, self._erasure_id, left)
                self.counts["drafts"] += 1

    async def _decisions(self, derived: frozenset[UUID]) -> None:
        async for kept in self._each(erasing.each_decision):
            eraser = self._eraser(is_derived=kept.proposal_id in derived)
            edit = kept.edited_change
            left = kept.model_copy(
                update={
                    "comment": eraser.erase(kept.comment),
                    "edited_change": edit and erase_change(edit, eraser, self._asks),
                }
            )
            if left != kept:
                await erasing.erase_decision(self._connection, self._workspace, left)
                self.counts["decisions"] += 1

    async def _comments(self, derived: frozenset[UUID]) -> None:
        async for kept in self._each(erasing.each_comment):
            body = self._eraser(is_derived=kept.proposal_id in derived).erase(kept.body)
            if body != kept.body:
                left = kept.model_copy(update={"body": body})
                await erasing.erase_comment(self._connection, self._erasure_id, left)
                self.counts["comments"] += 1

    async def _views(self) -> None:
        for kept in await saved_views.list_to_erase(self._connection, self._workspace):
            # A search for a customer is of no use to anybody once they are forgotten.
            if any(self._wide.erase(text) != text for text in kept.texts):
                await saved_views.delete_view(self._connection, self._workspace, kept.id)
                self.counts["saved views"] += 1

    async def _outcomes(self) -> None:
        named = {intervention.outcome_id for intervention in self._interventions}
        async for kept in self._each(erasing.each_outcome):
            # What one of their interventions names is theirs, also if others have asked the same.
            is_theirs = kept.id in named or self._wide.is_said(kept.query)
            reason = "" if kept.id in named else self._wide.erase(kept.handoff_reason)
            left = kept.model_copy(
                update={
                    "query": ERASED if is_theirs else self._wide.erase(kept.query),
                    "handoff_reason": reason,
                }
            )
            if left != kept:
                await erasing.erase_outcome(self._connection, self._erasure_id, left)
                self.counts["outcomes"] += 1

    async def _golden_queries(self) -> None:
        for kept in await golden.list_to_erase(self._connection, self._workspace):
            is_said = self._wide.is_said(kept.query)
            left = kept.model_copy(
                update={
                    "query": ERASED if is_said else self._wide.erase(kept.query),
                    "must_contain": tuple(map(self._wide.erase, kept.must_contain)),
                    "note": self._wide.erase(kept.note),
                }
            )
            if left != kept:
                await golden.erase_golden_query(self._connection, self._workspace, left)
                self.counts["golden queries"] += 1

    async def _deviations(self) -> None:
        for kept in await deviations.list_texts(self._connection, self._workspace):
            eraser = self._close if kept.intervention_id in self._ids else self._wide
            texts = {"summary": kept.summary, "signature": kept.signature}
            left = kept.model_copy(update={n: eraser.erase(text) for n, text in texts.items()})
            if left != kept:
                await deviations.erase_text(self._connection, self._workspace, left)
                self.counts["deviations"] += 1

    async def _requests(self) -> None:
        async for kept in self._each(erasing.each_request):
            reason = self._wide.erase(kept.reason)
            if reason != kept.reason:
                left = kept.model_copy(update={"reason": reason})
                await erasing.erase_request(self._connection, self._workspace, left)
                self.counts["change requests"] += 1

    async def _evidence(self) -> None:
        found = await erasing.find_evidence(self._connection, self._workspace, self._ids)
        for kept in found:
            left = kept.model_copy(update={"finding": erased_finding(kept.finding)})
            await erasing.erase_evidence(self._connection, self._erasure_id, left)
        self.counts["evidence"] += len(found)

    async def _analyses(self) -> None:
        found = await erasing.find_findings(self._connection, self._workspace, self._ids)
        left = [
            kept.model_copy(update={"findings": tuple(map(erased_finding, kept.findings))})
            for kept in found
        ]
        await erasing.erase_analyses(self._connection, self._workspace, left)
        self.counts["analyses"] += len(found)

    async def _own(self) -> None:
        """Erase the interventions last: what is looked for elsewhere is known from them alone."""
        for intervention in self._interventions:
            left = erased_submission(intervention.submission)
            if self._wide.erase(intervention.external_id) != intervention.external_id:
                left = left.model_copy(update={"external_id": f"erased/{intervention.id}"})
            await erasing.erase_intervention(
                self._connection, self._workspace, intervention.id, left
            )
        self.counts["interventions"] += len(self._interventions)
