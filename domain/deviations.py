"""Where a human did otherwise than a policy in force says: goodwill once, a habit if many do."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from domain.base import Line, Model, Text
from domain.findings import Finding, Gap

HABIT = 3
"""From how many interventions on the same deviation is a habit, for which the policy is asked."""


class Deviation(Model):
    """One human's deviation from one rule of a policy.

    `signature` tells ways of deviating apart. `summary` and `revised_rule` are made of the policy's
    words, amounts and names of actions, never of what was said in the conversation.
    """

    policy_id: UUID
    policy_revision: int = Field(ge=1)
    policy_title: Line
    signature: Line
    summary: Text
    revised_rule: Text


class KeptDeviation(Model):
    """A stored deviation, with the place of its finding, or -1 beside heavier gaps."""

    intervention_id: UUID
    finding_index: int
    policy_id: UUID
    signature: Line


def is_habit(interventions: int) -> bool:
    """Return whether so many interventions that deviate alike ask for another policy."""
    return interventions >= HABIT


def judged(findings: Sequence[Finding], deviation: Deviation, others: int) -> tuple[Finding, ...]:
    """Return the findings with the deviation in its place: goodwill, or a habit.

    `others` are the interventions that deviated alike before. What the analyst made of the same
    policy gives way; a missing tool is a gap whatever the policy says.
    """
    replaced = [finding for finding in findings if _is_about(finding, deviation)]
    kept = [finding for finding in findings if finding not in replaced]
    ground = (replaced or list(findings))[0]
    if not is_habit(others + 1) and any(finding.gap is not Gap.NONE for finding in kept):
        return tuple(kept)
    finding = (
        _habit(ground, deviation, others) if is_habit(others + 1) else _goodwill(ground, deviation)
    )
    gaps = [finding for finding in kept if finding.gap is not Gap.NONE]
    return (finding, *gaps)


def _is_about(finding: Finding, deviation: Deviation) -> bool:
    return finding.gap in {Gap.NONE, Gap.MISSING_KNOWLEDGE} or (
        finding.gap is Gap.MISAPPLIED_POLICY and finding.item_id in {None, deviation.policy_id}
    )


def _goodwill(ground: Finding, deviation: Deviation) -> Finding:
    return ground.model_copy(
        update={
            "gap": Gap.NONE,
            "summary": f"Goodwill: the policy '{deviation.policy_title}' says otherwise. "
            f"{deviation.summary}",
            "item_id": deviation.policy_id,
        }
    )


def _habit(ground: Finding, deviation: Deviation, others: int) -> Finding:
    return ground.model_copy(
        update={
            "gap": Gap.MISAPPLIED_POLICY,
            "summary": f"People keep deviating from '{deviation.policy_title}' in the same way, "
            f"{others + 1} times by now. {deviation.summary}",
            "human_did": ground.human_did or deviation.summary,
            "item_id": deviation.policy_id,
            "confidence": 0.7,
        }
    )


def beside_others(findings: Sequence[Finding], colleagues: int) -> tuple[Finding, ...]:
    """Return the findings with the note that colleagues answered otherwise, and less sure."""
    if colleagues < 1:
        return tuple(findings)
    told = "1 other colleague" if colleagues == 1 else f"{colleagues} other colleagues"
    return tuple(
        finding
        if finding.gap in {Gap.NONE, Gap.MISSING_TOOL}
        else finding.model_copy(
            update={
                "summary": f"{finding.summary} {told} answered a similar case otherwise.",
                "confidence": round(finding.confidence * 0.7, 2),
            }
        )
        for finding in findings
    )
