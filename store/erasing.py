"""What an erasure looks through, and what it leaves of each row.

`find_*` and `each_*` read, `erase_*` write what is left. What the application's role may not
change goes through functions of the database that want a running erasure.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, LiteralString, NamedTuple, TypeVar
from uuid import UUID

from domain.base import Model
from domain.conversation import Submission
from domain.erased_forms import texts_in
from domain.erasure import ERASED
from domain.findings import Finding
from domain.knowledge import Change, ItemContent, ItemKind, parse_content
from domain.proposals import Proposal, ProposalStatus, Verification
from store.database import Connection, as_json, as_vector, execute, fetch_all
from store.queries import query
from store.vectors import Embedding
from store.wordings import merge_key_of

RowT = TypeVar("RowT")


class KeptFindings(Model):
    """The findings of one analysis."""

    intervention_id: UUID
    findings: tuple[Finding, ...]


class KeptEvidence(Model):
    """What supports a proposal."""

    intervention_id: UUID
    finding_index: int
    finding: Finding


class KeptRevision(NamedTuple):
    """One revision of an item."""

    item_id: UUID
    number: int
    content: ItemContent


class KeptDraft(Model):
    """One draft of a proposal."""

    proposal_id: UUID
    draft: int
    change: Change


class KeptDecision(Model):
    """What a reviewer wrote with a decision."""

    id: UUID
    proposal_id: UUID
    comment: str
    edited_change: Change | None


class KeptComment(Model):
    """A remark on a proposal."""

    id: UUID
    proposal_id: UUID
    body: str


class KeptOutcome(Model):
    """A query that was served."""

    id: UUID
    query: str
    handoff_reason: str


class KeptRequest(Model):
    """Why a person asked for a change."""

    id: UUID
    reason: str


class Derived(NamedTuple):
    """What came of a customer's cases: proposals, and items from a revision on."""

    proposals: frozenset[UUID]
    items: Mapping[UUID, int]


async def find_derived(
    connection: Connection, workspace: str, interventions: Sequence[UUID]
) -> Derived:
    """Return what came of these interventions, and the proposals that go on from there."""
    of = {"workspace": workspace, "interventions": list(interventions)}
    rows = await fetch_all(connection, query("list_derived_proposals"), of)
    drafted = {row["id"] for row in rows}
    rows = await fetch_all(
        connection, query("list_derived_items"), {**of, "proposals": list(drafted)}
    )
    items = {row["item_id"]: row["since"] for row in rows}
    rows = await fetch_all(
        connection, query("list_proposals_on_items"), {**of, "items": list(items)}
    )
    return Derived(frozenset(drafted | {row["id"] for row in rows}), items)


async def find_asks(
    connection: Connection, workspace: str, interventions: Sequence[UUID]
) -> frozenset[str]:
    """Return how the customer asked in these interventions, where nobody else asked the same."""
    of = {"workspace": workspace, "interventions": list(interventions)}
    rows = await fetch_all(connection, query("list_asks_to_erase"), of)
    return frozenset(row["ask"] for row in rows)


async def each_known_text(
    connection: Connection, workspace: str, interventions: Sequence[UUID], before: datetime
) -> AsyncGenerator[str]:
    """Yield what others have asked, and what the items said before."""
    but = {"interventions": list(interventions)}
    asks = stream(connection, query("known_asks"), workspace, _text, **but)
    async with aclosing(asks):
        async for text in asks:
            yield text
    revisions = stream(connection, query("known_revisions"), workspace, _texts, before=before)
    async with aclosing(revisions):
        async for texts in revisions:
            for text in texts:
                yield text


def _text(row: dict[str, Any]) -> str:
    return row["text"]


def _texts(row: dict[str, Any]) -> list[str]:
    return list(texts_in(row["content"]))


def each_revision(connection: Connection, workspace: str) -> AsyncGenerator[KeptRevision]:
    """Yield every revision, in the order of items and numbers."""
    return stream(connection, query("list_revisions_to_erase"), workspace, _kept_revision)


def _kept_revision(row: dict[str, Any]) -> KeptRevision:
    content = parse_content(ItemKind(row["kind"]), row["content"])
    return KeptRevision(row["item_id"], row["number"], content)


def each_proposal(connection: Connection, workspace: str) -> AsyncGenerator[Proposal]:
    """Yield every proposal, by id."""
    return stream(connection, query("list_proposals_to_erase"), workspace, Proposal.model_validate)


def each_draft(connection: Connection, workspace: str) -> AsyncGenerator[KeptDraft]:
    """Yield every draft of every proposal."""
    return stream(connection, query("list_drafts_to_erase"), workspace, KeptDraft.model_validate)


def each_decision(connection: Connection, workspace: str) -> AsyncGenerator[KeptDecision]:
    """Yield what was written with every decision."""
    return stream(
        connection, query("list_decisions_to_erase"), workspace, KeptDecision.model_validate
    )


def each_comment(connection: Connection, workspace: str) -> AsyncGenerator[KeptComment]:
    """Yield every remark."""
    return stream(
        connection, query("list_comments_to_erase"), workspace, KeptComment.model_validate
    )


def each_outcome(connection: Connection, workspace: str) -> AsyncGenerator[KeptOutcome]:
    """Yield every query that was served."""
    return stream(
        connection, query("list_outcomes_to_erase"), workspace, KeptOutcome.model_validate
    )


async def list_queries(
    connection: Connection, workspace: str, outcomes: Sequence[UUID]
) -> list[str]:
    """Return what was asked in these outcomes; those that there are not are left out."""
    values = {"workspace": workspace, "outcomes": list(outcomes)}
    rows = await fetch_all(connection, query("list_named_queries"), values)
    return [row["query"] for row in rows]


def each_request(connection: Connection, workspace: str) -> AsyncGenerator[KeptRequest]:
    """Yield why every change was asked for."""
    return stream(
        connection, query("list_requests_to_erase"), workspace, KeptRequest.model_validate
    )


async def stream(
    connection: Connection,
    sql: LiteralString,
    workspace: str,
    read: Callable[[dict[str, Any]], RowT],
    **parameters: object,
) -> AsyncGenerator[RowT]:
    """Yield the rows as they were when it began, few at a time; others may be written meanwhile.

    Whoever may stop before the end closes it: until then its cursor is open.
    """
    async with connection.cursor(name="kept") as cursor:
        await cursor.execute(sql, {"workspace": workspace, **parameters})
        async for row in cursor:
            yield read(row)


async def erase_intervention(
    connection: Connection, workspace: str, intervention_id: UUID, left: Submission
) -> None:
    """Keep only what is left of the submission, and nothing that it could be recognised by."""
    await execute(
        connection,
        query("erase_intervention"),
        {
            "workspace": workspace,
            "id": intervention_id,
            "external_id": left.external_id,
            "submission": as_json(left),
        },
    )


async def find_findings(
    connection: Connection, workspace: str, interventions: Sequence[UUID]
) -> list[KeptFindings]:
    """Return the findings of these interventions' analyses."""
    of = {"workspace": workspace, "interventions": list(interventions)}
    rows = await fetch_all(connection, query("list_analyses_to_erase"), of)
    return [KeptFindings.model_validate(row) for row in rows]


async def erase_analyses(
    connection: Connection, workspace: str, left: Sequence[KeptFindings]
) -> None:
    """Keep only what is left of the findings, and neither the asks nor their vectors."""
    interventions = [kept.intervention_id for kept in left]
    await execute(
        connection,
        query("erase_analyses"),
        {"workspace": workspace, "interventions": interventions, "erased": ERASED},
    )
    for kept in left:
        await execute(
            connection,
            query("erase_findings"),
            {
                "workspace": workspace,
                "intervention_id": kept.intervention_id,
                "findings": as_json(kept.findings),
            },
        )


async def find_evidence(
    connection: Connection, workspace: str, interventions: Sequence[UUID]
) -> list[KeptEvidence]:
    """Return what these interventions support proposals with."""
    of = {"workspace": workspace, "interventions": list(interventions)}
    rows = await fetch_all(connection, query("list_evidence_to_erase"), of)
    return [KeptEvidence.model_validate(row) for row in rows]


async def erase_evidence(connection: Connection, erasure_id: UUID, left: KeptEvidence) -> None:
    """Keep only what is left of the finding, and not the ask."""
    await execute(
        connection,
        query("erase_evidence"),
        {
            "erasure": erasure_id,
            "intervention_id": left.intervention_id,
            "finding_index": left.finding_index,
            "finding": as_json(left.finding),
        },
    )


async def erase_revision(connection: Connection, erasure_id: UUID, left: KeptRevision) -> None:
    """Keep only what is left of a revision's content; the audit says so."""
    await execute(
        connection,
        query("erase_revision"),
        {
            "erasure": erasure_id,
            "item_id": left.item_id,
            "number": left.number,
            "content": as_json(left.content),
        },
    )


class ErasedProposal(NamedTuple):
    """What is left of a proposal, and where it stands then."""

    title: str
    rationale: str
    change: Change
    content_hash: str
    draft: int
    status: ProposalStatus
    verification: Verification | None
    embedding: Embedding | None
    """Of the change that is left; None if it is as it was."""


async def erase_proposal(
    connection: Connection, workspace: str, proposal_id: UUID, left: ErasedProposal
) -> None:
    """Keep only what is left of a locked proposal."""
    await execute(
        connection,
        query("erase_proposal"),
        {
            **left._asdict(),
            "workspace": workspace,
            "id": proposal_id,
            "change": as_json(left.change),
            "merge_key": await merge_key_of(connection, workspace, left.change),
            "verification": as_json(left.verification),
            "embedding": left.embedding and as_vector(left.embedding.values),
            "model": left.embedding and left.embedding.model,
        },
    )


async def erase_draft(connection: Connection, erasure_id: UUID, left: KeptDraft) -> None:
    """Keep only what is left of a draft."""
    await execute(
        connection,
        query("erase_draft"),
        {
            "erasure": erasure_id,
            "proposal_id": left.proposal_id,
            "draft": left.draft,
            "change": as_json(left.change),
        },
    )


async def erase_decision(connection: Connection, workspace: str, left: KeptDecision) -> None:
    """Keep only what is left of a decision's words; a pending one's edit has no effect then."""
    await execute(
        connection,
        query("erase_decision"),
        {
            "workspace": workspace,
            "id": left.id,
            "comment": left.comment,
            "edited_change": as_json(left.edited_change),
        },
    )


async def erase_comment(connection: Connection, erasure_id: UUID, left: KeptComment) -> None:
    """Keep only what is left of a remark."""
    await execute(
        connection,
        query("erase_comment"),
        {"erasure": erasure_id, "id": left.id, "body": left.body},
    )


async def erase_outcome(connection: Connection, erasure_id: UUID, left: KeptOutcome) -> None:
    """Keep only what is left of a query."""
    await execute(
        connection,
        query("erase_outcome"),
        {"erasure": erasure_id, **left.model_dump()},
    )


async def erase_request(connection: Connection, workspace: str, left: KeptRequest) -> None:
    """Keep only what is left of a reason."""
    await execute(
        connection,
        query("erase_request"),
        {"workspace": workspace, **left.model_dump()},
    )
