"""Rows of a workspace at made-up times, for tests of what is measured of them."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from store.metrics_effect import first_id_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

_HASH = "0" * 64


class LearningRows:
    """Writes into one workspace as its owner would, at times of the test's choice."""

    def __init__(self, owner: psycopg.Connection[Any], workspace: str, seed: int = 0) -> None:
        """Write into `workspace`; ids follow from the times and the seed."""
        self._owner = owner
        self._workspace = workspace
        self._random = Random(seed)
        self._releases = 0

    def id_at(self, moment: datetime) -> UUID:
        """Return a fresh id such as a row of that time would have."""
        return UUID(int=first_id_of(moment).int | self._random.getrandbits(62))

    def outcome(
        self,
        at: datetime,
        handled_by: str = "agent",
        *,
        correct: bool | None = None,
        items: tuple[UUID, ...] = (),
        guess: UUID | None = None,
    ) -> UUID:
        """Store an outcome that rested on the first revisions of `items`."""
        outcome_id = self.id_at(at)
        self._run(
            "INSERT INTO outcomes (workspace, id, query, handled_by, items_used, correct, guess,"
            " created_at) VALUES (%s, %s, 'x', %s, %s, %s, %s, %s)",
            *(outcome_id, handled_by, list(items), correct, guess, at),
        )
        for item_id in items:
            self._run(
                "INSERT INTO outcome_items (workspace, outcome_id, item_id, revision)"
                " VALUES (%s, %s, %s, 1)",
                *(outcome_id, item_id),
            )
        return outcome_id

    def intervention(self, at: datetime, of_outcome: UUID | None = None) -> UUID:
        """Store an intervention, with its verdict on the outcome that it began with."""
        intervention_id = self.id_at(at)
        self._run(
            "INSERT INTO interventions (workspace, id, source, external_id, body_hash, submission,"
            " created_at) VALUES (%s, %s, 'test', %s, '', '{}', %s)",
            *(intervention_id, str(intervention_id), at),
        )
        if of_outcome is not None:
            self._run(
                "INSERT INTO outcome_verdicts (workspace, outcome_id, intervention_id,"
                " guess_right) VALUES (%s, %s, %s, false)",
                *(of_outcome, intervention_id),
            )
        return intervention_id

    def analysis(self, at: datetime, *gaps: str) -> None:
        """Store an analysis of a fresh intervention with findings of these gaps."""
        self._run(
            "INSERT INTO analyses (workspace, intervention_id, analyst, ask, ask_embedding,"
            " embedding_model, findings, created_at)"
            " VALUES (%s, %s, '{}', '', '[1]', 'test', %s, %s)",
            *(self.intervention(at), json.dumps([{"gap": gap} for gap in gaps]), at),
        )

    def proposal(
        self,
        at: datetime,
        *,
        status: str = "in_review",
        item_id: UUID | None = None,
        evidence: tuple[UUID, ...] = (),
        analyst: dict[str, Any] | None = None,
        content_hash: str = _HASH,
        title: str = "Refunds",
    ) -> UUID:
        """Store a proposal with its first draft; of a fresh intervention unless told which."""
        proposal_id = self.id_at(at)
        cases = evidence or (self.intervention(at),)
        self._run(
            "INSERT INTO proposals (workspace, id, intervention_id, finding_index, gap, status,"
            " title, rationale, kind, operation, item_id, change, content_hash, analyst,"
            " confidence, drafted_by, merge_key, embedding, embedding_model, created_at)"
            " VALUES (%s, %s, %s, 0,"
            " 'missing_knowledge', %s, %s, '', 'article', 'add', %s, '{}', %s, %s, 1, 'offline',"
            " '', '[1]', 'test', %s)",
            *(proposal_id, cases[0], status, title, item_id, content_hash),
            *(json.dumps(analyst or {"name": "offline", "version": "1"}), at),
        )
        self._run(
            "INSERT INTO proposal_drafts (workspace, proposal_id, draft, change, content_hash,"
            " drafted_by) VALUES (%s, %s, 1, '{}', %s, 'offline')",
            *(proposal_id, content_hash),
        )
        for intervention_id in cases:
            self._run(
                "INSERT INTO evidence (workspace, proposal_id, intervention_id, finding_index,"
                " finding) VALUES (%s, %s, %s, 0, '{}')",
                *(proposal_id, intervention_id),
            )
        return proposal_id

    def review(
        self,
        proposal_id: UUID,
        opened_at: datetime,
        *,
        tier: int = 0,
        due_at: datetime | None = None,
        assignee: str | None = None,
        closed_at: datetime | None = None,
    ) -> None:
        """Store the review of a proposal; tier 0 is the reviewers', 1 the leads'."""
        self._run(
            "INSERT INTO reviews (workspace, proposal_id, clock, tier, candidates, due_at,"
            " assignee, opened_at, closed_at) VALUES (%s, %s, '{}', %s, %s, %s, %s, %s, %s)",
            *(proposal_id, tier, ("reviewer", "lead")[tier], due_at, assignee),
            *(opened_at, closed_at),
        )

    def decision(
        self,
        proposal_id: UUID,
        at: datetime,
        verdict: str = "approve",
        *,
        effect: str = "approved",
        by: str = "dana",
        approved_hash: str = _HASH,
        reason: str | None = None,
    ) -> None:
        """Store a decision that had this effect."""
        self._run(
            "INSERT INTO decisions (workspace, id, proposal_id, verdict, content_hash,"
            " approved_hash, by, role, effect, rejection_reason, created_at)"
            " VALUES (%s, %s, %s, %s, '', %s, %s, 'reviewer', %s, %s, %s)",
            *(self.id_at(at), proposal_id, verdict, approved_hash, by, effect, reason, at),
        )

    def release(
        self,
        at: datetime,
        proposal_id: UUID | None = None,
        item_id: UUID | None = None,
        *,
        revision: int = 1,
        title: str = "Refunds",
    ) -> UUID:
        """Store a release that makes this revision of an item, a new one unless given."""
        self._releases += 1
        number, item = self._releases, item_id or self.id_at(at)
        self._run(
            "INSERT INTO items (workspace, id, kind, head_revision)"
            " VALUES (%s, %s, 'article', %s) ON CONFLICT (workspace, id)"
            " DO UPDATE SET head_revision = excluded.head_revision",
            *(item, revision),
        )
        with self._owner.transaction():
            self._run(
                "INSERT INTO releases (workspace, number, item_id, revision, kind, operation,"
                " proposal_id, content_hash, created_at)"
                " VALUES (%s, %s, %s, %s, 'article', 'add', %s, '', %s)",
                *(number, item, revision, proposal_id, at),
            )
            self._run(
                "INSERT INTO revisions (workspace, item_id, number, kind, operation, content,"
                " content_hash, release, proposal_id, created_at)"
                " VALUES (%s, %s, %s, 'article', 'add', %s, '', %s, %s, %s)",
                *(item, revision, json.dumps({"title": title}), number, proposal_id, at),
            )
        return item

    def _run(self, statement: LiteralString, *values: object) -> None:
        self._owner.execute(statement, (self._workspace, *values))


def hours_ago(hours: float) -> datetime:
    """Return a time before NOW."""
    return NOW - timedelta(hours=hours)


@contextmanager
def learning_rows(url: str, workspace: str, seed: int = 0) -> Generator[LearningRows]:
    """Yield what writes into the workspace of the database at this address."""
    with psycopg.connect(url, autocommit=True) as owner:
        yield LearningRows(owner, workspace, seed)
