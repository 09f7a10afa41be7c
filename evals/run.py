"""Lets an analyst read and draft the cases, and counts what reviewers would have said."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from pydantic import AwareDatetime

from domain.base import Line, Model
from domain.cases import Analyst, Draft
from domain.errors import AnalystOutputError
from domain.findings import AnalystInfo, Finding, Gap
from domain.knowledge import Change
from evals.cases import EvalCase, ReviewerVerdict
from evals.likeness import Nearness, is_nearer, nearness
from gateways.embeddings import Embedder
from gateways.errors import ModelError

Around = Callable[[EvalCase], AbstractContextManager[None]]
"""Entered around each case."""


class Score(Model):
    """How one analyst in one version met the cases. Counts; rates are the reader's to make."""

    analyst: AnalystInfo
    source: Line
    """`live`, `recorded`, `offline` (the analyst's answers), or `reviewers` (their decisions)."""
    at: AwareDatetime
    cases: int = 0
    accepted: int = 0
    """Cases of which reviewers approved something; the others are rejections."""
    same_gap: int = 0
    exact: int = 0
    alike: int = 0
    edits: int = 0
    """Aimed at the right item, but would have needed edits."""
    missed: int = 0
    """No draft, or one about something else."""
    repeats: int = 0
    """Rejected drafts that were made again."""
    failed: int = 0
    """Cases that ended in an error, counted as missed, too, where something was approved."""

    @property
    def without_edits(self) -> int:
        """Drafts that a reviewer would have approved as they are."""
        return self.exact + self.alike

    @property
    def rejected(self) -> int:
        """Cases of which reviewers approved nothing."""
        return self.cases - self.accepted


def score_reviewers(cases: Sequence[EvalCase]) -> list[Score]:
    """Return what reviewers decided, by the analyst and version that had drafted."""
    scores: dict[AnalystInfo, Score] = {}
    for case in cases:
        decided = case.decided
        empty = Score(analyst=decided.drafted_by, source="reviewers", at=datetime.now(UTC))
        score = scores.get(decided.drafted_by, empty)
        field = {
            ReviewerVerdict.AS_IS: "exact",
            ReviewerVerdict.EDITED: "edits",
            ReviewerVerdict.REJECTED: "repeats",
        }[decided.verdict]
        accepted = decided.approved is not None
        scores[decided.drafted_by] = _plus(
            score, "cases", field, *(["accepted", "same_gap"] if accepted else [])
        )
    return list(scores.values())


async def score_analyst(
    analyst: Analyst,
    cases: Sequence[EvalCase],
    embedder: Embedder,
    *,
    source: str,
    around: Around = lambda _: nullcontext(),
) -> Score:
    """Return how an analyst meets the cases, one after the other."""
    score = Score(analyst=analyst.info, source=source, at=datetime.now(UTC))
    for case in cases:
        with around(case):
            score = _plus(score, "cases", *await _meet(analyst, case, embedder))
    return score


async def _meet(analyst: Analyst, case: EvalCase, embedder: Embedder) -> list[str]:
    """Return the fields of a Score that count this case."""
    approved = case.decided.approved
    try:
        findings = (await analyst.analyze(case.case)).findings
        if approved is None:
            return await _of_rejection(analyst, case, findings, embedder)
        fitting = [finding for finding in findings if finding.gap is case.decided.gap]
        if not fitting:
            return ["accepted", "missed"]
        drafts = [await analyst.draft(case.case, finding) for finding in fitting]
    except (ModelError, AnalystOutputError):
        return ["failed", *(["accepted", "missed"] if approved is not None else [])]
    made = [draft.change for draft in drafts if draft is not None]
    found = {_nearness(case, change, approved, embedder) for change in made}
    best = next((kind for kind in Nearness if kind in found), Nearness.OTHER)
    field = "missed" if best is Nearness.OTHER else best.value
    return ["accepted", "same_gap", field]


def _nearness(case: EvalCase, draft: Change, approved: Change, embedder: Embedder) -> Nearness:
    """Return how near a draft comes to what was approved.

    One that is alike, but nearer to what the reviewer saw fit to edit, would be edited again.
    """
    near = nearness(case.case, draft, approved, embedder)
    edited = case.decided.verdict is ReviewerVerdict.EDITED
    if (
        near is Nearness.ALIKE
        and edited
        and is_nearer(draft, case.decided.draft, approved, embedder)
    ):
        return Nearness.EDITS
    return near


async def _of_rejection(
    analyst: Analyst, case: EvalCase, findings: Sequence[Finding], embedder: Embedder
) -> list[str]:
    """Return whether the analyst drafts again what reviewers have rejected."""
    for finding in findings:
        draft: Draft | None = None
        if finding.gap is not Gap.NONE:
            draft = await analyst.draft(case.case, finding)
        if draft is not None:
            near = nearness(case.case, draft.change, case.decided.draft, embedder)
            if near in {Nearness.EXACT, Nearness.ALIKE}:
                return ["repeats"]
    return []


def _plus(score: Score, *fields: str) -> Score:
    return score.model_copy(update={field: getattr(score, field) + 1 for field in fields})
