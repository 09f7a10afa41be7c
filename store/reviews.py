"""Reviews, decisions, review commands and comments."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.errors import NotFoundError
from domain.escalation import ReviewClock
from domain.proposals import Origin
from domain.reviews import (
    CommandKind,
    CommandRuling,
    Decision,
    Review,
    ReviewCommand,
    Ruling,
)
from store.database import Connection, Parameters, as_json, execute, fetch_all, fetch_one
from store.queries import query


class CommandRecord(ReviewCommand):
    """A review command and what came of it; `took_effect` is None until a workflow took it up."""

    took_effect: bool | None = None
    reason: str = ""


class Comment(Model):
    """A remark on a proposal, which decides nothing."""

    id: UUID
    proposal_id: UUID
    by: str
    body: str
    mentions: tuple[str, ...] = ()
    """Whom it names with an @, as the list of people had their names then."""
    created_at: AwareDatetime


class Unsettled(Model):
    """A decision or command that no workflow has taken up."""

    workspace: str
    id: UUID
    proposal_id: UUID
    intervention_id: UUID | None = None
    request_id: UUID | None = None
    kind: CommandKind | None = None

    @property
    def origin(self) -> Origin:
        """What its proposal comes from."""
        return Origin.of(self.intervention_id, self.request_id)


def _clock_columns(clock: ReviewClock) -> Parameters:
    return {
        "clock": as_json(clock),
        "tier": clock.tier,
        "candidates": clock.group,
        "due_at": None if clock.parked else clock.due_at,
    }


async def insert_review(connection: Connection, workspace: str, review: Review) -> None:
    """Open the review of a proposal, unless it has one."""
    await execute(
        connection,
        query("insert_review"),
        {
            "workspace": workspace,
            "proposal_id": review.proposal_id,
            **_clock_columns(review.clock),
            "author": review.author,
            "opened_at": review.opened_at,
        },
    )


async def find_review(connection: Connection, workspace: str, proposal_id: UUID) -> Review | None:
    """Return the review of a proposal, if it was opened."""
    row = await fetch_one(
        connection, query("get_review"), {"workspace": workspace, "proposal_id": proposal_id}
    )
    return None if row is None else Review.model_validate(row)


async def get_review(connection: Connection, workspace: str, proposal_id: UUID) -> Review:
    """Return the review of a proposal; raises NotFoundError before it was opened."""
    review = await find_review(connection, workspace, proposal_id)
    if review is None:
        raise NotFoundError(f"proposal {proposal_id} has no review yet")
    return review


async def set_clock(
    connection: Connection, workspace: str, proposal_id: UUID, clock: ReviewClock
) -> None:
    """Record the review's tier, due time and reminders; the review is open (again)."""
    await execute(
        connection,
        query("set_review_clock"),
        {"workspace": workspace, "proposal_id": proposal_id, **_clock_columns(clock)},
    )


async def set_assignee(
    connection: Connection, workspace: str, proposal_id: UUID, assignee: str | None
) -> None:
    """Record who has the review."""
    await execute(
        connection,
        query("set_review_assignee"),
        {"workspace": workspace, "proposal_id": proposal_id, "assignee": assignee},
    )


async def close_review(connection: Connection, workspace: str, proposal_id: UUID) -> None:
    """Record that the review is over."""
    await execute(
        connection, query("close_review"), {"workspace": workspace, "proposal_id": proposal_id}
    )


def _decision_columns(workspace: str, decision: Decision) -> Parameters:
    return {
        "workspace": workspace,
        "id": decision.id,
        "proposal_id": decision.proposal_id,
        "verdict": decision.verdict,
        "content_hash": decision.content_hash,
        "comment": decision.comment,
        "edited_change": as_json(decision.edited_change),
        "rejection_reason": decision.rejection_reason,
        "approved_hash": decision.approved_hash,
        "by": decision.by,
        "role": decision.role,
    }


async def insert_decision(connection: Connection, workspace: str, decision: Decision) -> None:
    """Keep a click, pending until the workflow rules on it."""
    await execute(connection, query("insert_decision"), _decision_columns(workspace, decision))


async def insert_refused_decision(
    connection: Connection, workspace: str, decision: Decision, ruling: Ruling
) -> None:
    """Keep a click that had no effect, with the reason; no workflow hears of it."""
    await execute(
        connection,
        query("insert_settled_decision"),
        {
            **_decision_columns(workspace, decision),
            "effect": ruling.effect,
            "reason": ruling.reason,
        },
    )


async def find_decision(
    connection: Connection, workspace: str, decision_id: UUID
) -> Decision | None:
    """Return a decision, if it was ever written."""
    row = await fetch_one(
        connection, query("get_decision"), {"workspace": workspace, "id": decision_id}
    )
    return None if row is None else Decision.model_validate(row)


async def list_decisions(
    connection: Connection, workspace: str, proposal_id: UUID
) -> list[Decision]:
    """Return all decisions on a proposal, those without effect too, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_decisions"),
        {"workspace": workspace, "proposal_id": proposal_id},
    )
    return [Decision.model_validate(row) for row in rows]


async def list_approvals(
    connection: Connection, workspace: str, proposal_id: UUID, content_hash: str
) -> list[Decision]:
    """Return the counted approvals of one exact content, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_approvals"),
        {"workspace": workspace, "proposal_id": proposal_id, "content_hash": content_hash},
    )
    return [Decision.model_validate(row) for row in rows]


async def settle_decision(
    connection: Connection, workspace: str, decision_id: UUID, ruling: Ruling
) -> None:
    """Record what a pending decision did; a settled one stays as it is."""
    await execute(
        connection,
        query("settle_decision"),
        {
            "workspace": workspace,
            "id": decision_id,
            "effect": ruling.effect,
            "reason": ruling.reason,
        },
    )


async def void_other_approvals(
    connection: Connection, workspace: str, proposal_id: UUID, content_hash: str
) -> None:
    """Take the effect from approvals of any other content than this."""
    await execute(
        connection,
        query("void_approvals"),
        {"workspace": workspace, "proposal_id": proposal_id, "content_hash": content_hash},
    )


async def insert_command(connection: Connection, workspace: str, command: ReviewCommand) -> None:
    """Keep a claim, release, assignment or reopening until the workflow rules on it."""
    await execute(
        connection,
        query("insert_command"),
        {"workspace": workspace, **command.model_dump(exclude={"created_at"})},
    )


async def find_command(
    connection: Connection, workspace: str, command_id: UUID
) -> CommandRecord | None:
    """Return a review command, if it was ever written."""
    row = await fetch_one(
        connection, query("get_command"), {"workspace": workspace, "id": command_id}
    )
    return None if row is None else CommandRecord.model_validate(row)


async def settle_command(
    connection: Connection, workspace: str, command_id: UUID, ruling: CommandRuling
) -> None:
    """Record what a command did; a settled one stays as it is."""
    await execute(
        connection,
        query("settle_command"),
        {
            "workspace": workspace,
            "id": command_id,
            "took_effect": ruling.takes_effect,
            "reason": ruling.reason,
        },
    )


async def unsettled(connection: Connection, older_than: timedelta) -> Sequence[Unsettled]:
    """Return decisions and commands that have waited for a workflow for longer than that."""
    parameters = {"older_than": older_than}
    decisions = await fetch_all(connection, query("unsettled_decisions"), parameters)
    commands = await fetch_all(connection, query("unsettled_commands"), parameters)
    return [Unsettled.model_validate(row) for row in (*decisions, *commands)]


async def add_comment(
    connection: Connection, workspace: str, proposal_id: UUID, *, by: str, body: str
) -> Comment:
    """Store a remark."""
    row = await fetch_one(
        connection,
        query("insert_comment"),
        {"workspace": workspace, "proposal_id": proposal_id, "by": by, "body": body},
    )
    return Comment.model_validate(row)


async def list_comments(connection: Connection, workspace: str, proposal_id: UUID) -> list[Comment]:
    """Return the remarks on a proposal, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_comments"),
        {"workspace": workspace, "proposal_id": proposal_id},
    )
    return [Comment.model_validate(row) for row in rows]
