"""What drafts say against items and against other open proposals."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.base import Model
from domain.contradiction import Clash, Contradiction, statements_of
from domain.knowledge import Change, ItemContent, ItemKind, parse_content
from domain.proposals import Proposal
from store.database import Connection, Row, as_vector, execute, fetch_all
from store.queries import query
from store.vectors import Embedding


class OpenDraft(NamedTuple):
    """The present draft of another open proposal, and the content that it is based on."""

    id: UUID
    change: Change
    base: ItemContent | None


class NewContradiction(Model):
    """A pair of statements, and what the other one is a part of."""

    other_item_id: UUID | None = None
    other_revision: int | None = None
    other_proposal_id: UUID | None = None
    statement: str
    other_statement: str
    clash: Clash


class KeptContradiction(Model):
    """A pair of statements as an erasure looks through it."""

    id: UUID
    proposal_id: UUID
    other_proposal_id: UUID | None
    statement: str
    other_statement: str

    def texts(self) -> dict[str, str]:
        """Return the two statements by their fields."""
        return {"statement": self.statement, "other_statement": self.other_statement}


async def list_open_near(
    connection: Connection,
    workspace: str,
    proposal_id: UUID,
    *,
    embedding: Embedding,
    limit: int,
) -> list[OpenDraft]:
    """Return the other open proposals nearest to a draft, nearest first, that say something."""
    rows = await fetch_all(
        connection,
        query("list_open_near"),
        {
            "workspace": workspace,
            "proposal_id": proposal_id,
            "embedding": as_vector(embedding.values),
            "model": embedding.model,
            "limit": limit,
        },
    )
    return [
        OpenDraft(
            row["id"],
            Change.model_validate(row["change"]),
            row["base"] and parse_content(ItemKind(row["kind"]), row["base"]),
        )
        for row in rows
    ]


async def lock_contradictions(connection: Connection, workspace: str) -> None:
    """Let nobody else store contradictions here until the transaction ends.

    To be called before any proposal is locked.
    """
    await execute(connection, query("lock_contradictions"), {"workspace": workspace})


async def replace_contradictions(
    connection: Connection, workspace: str, proposal: Proposal, found: Sequence[NewContradiction]
) -> None:
    """Store what a locked proposal's present draft contradicts, and forget what earlier ones did.

    That goes for what was found from the other side as well.
    """
    await execute(
        connection,
        query("forget_contradictions"),
        {"workspace": workspace, "proposal_id": proposal.id},
    )
    for new in found:
        await execute(
            connection,
            query("insert_contradiction"),
            {
                "workspace": workspace,
                "proposal_id": proposal.id,
                **new.model_dump(),
            },
        )


async def list_contradictions(
    connection: Connection, workspace: str, proposal_ids: Sequence[UUID]
) -> list[Contradiction]:
    """Return what these proposals contradict, each from its own side, first found first.

    Retired items and closed proposals are left out; one that was applied since is named as the
    item that it made or changed. Two of the proposals that contradict each
    other are named twice: each from its own side.
    """
    rows = await fetch_all(
        connection,
        query("list_contradictions"),
        {"workspace": workspace, "proposal_ids": list(proposal_ids)},
    )
    return [_contradiction(row) for row in rows]


def _contradiction(row: Row) -> Contradiction:
    content = parse_content(ItemKind(row["kind"]), row["content"])
    other = parse_content(ItemKind(row["other_kind"]), row["other_content"])
    still = row["statement"] in statements_of(content)
    other_still = row["other_statement"] in statements_of(other)
    named = {**row, "other_title": other.title, "is_current": still and other_still}
    return Contradiction.model_validate(
        {name: value for name, value in named.items() if name in Contradiction.model_fields}
    )


async def list_kept(connection: Connection, workspace: str) -> list[KeptContradiction]:
    """Return every pair of statements."""
    rows = await fetch_all(
        connection, query("list_contradictions_to_erase"), {"workspace": workspace}
    )
    return [KeptContradiction.model_validate(row) for row in rows]


async def erase_contradiction(
    connection: Connection, workspace: str, left: KeptContradiction
) -> None:
    """Keep only what is left of two statements."""
    await execute(
        connection,
        query("erase_contradiction"),
        {"workspace": workspace, "id": left.id, **left.texts()},
    )
