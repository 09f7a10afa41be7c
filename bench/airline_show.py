"""Proposals as a reviewer reads them, as text: what was done, the exact diff, the evidence."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from client.models import ChangedField, ProposalDetail
from domain.findings import Finding
from domain.proposals import ReplayEffect, Verification

_MARKS = {"insert": "+", "delete": "-", "keep": " "}
_CONTEXT = 160


def show(proposals: Sequence[ProposalDetail], names: dict[UUID, str]) -> str:
    """Return the proposals one below the other; `names` are the interventions' own ids."""
    blocks = [
        "\n".join([f"--- {number} ---", *_proposal(proposal, names)])
        for number, proposal in enumerate(proposals, start=1)
    ]
    return "\n\n".join(blocks)


def _proposal(proposal: ProposalDetail, names: dict[UUID, str]) -> list[str]:
    supporting = dict.fromkeys(evidence.intervention_id for evidence in proposal.evidence)
    cases = ", ".join(names.get(i, "another intervention") for i in supporting)
    finding = _finding_of(proposal)
    return [
        f"{proposal.title}   [{proposal.gap}, confidence {proposal.confidence}]",
        f"shown by {proposal.support}: {cases}",
        *(_sides(finding) if finding else []),
        f"{proposal.change.operation} {proposal.change.kind}:",
        *_diff(proposal.diff),
        f"verification: {_verified(proposal.verification)}",
        f"why: {proposal.rationale}",
    ]


def _finding_of(proposal: ProposalDetail) -> Finding | None:
    own = [e for e in proposal.evidence if e.intervention_id == proposal.intervention_id]
    return next((evidence.finding for evidence in [*own, *proposal.evidence]), None)


def _sides(finding: Finding) -> list[str]:
    return [
        f"agent did: {finding.agent_did}",
        f"human did: {finding.human_did}",
        *(f"  turn {quote.turn}: {quote.text}" for quote in finding.quotes),
    ]


def _diff(fields: Iterable[ChangedField]) -> list[str]:
    """Return the changed fields, what stays of them cut to its ends."""
    lines: list[str] = []
    for field in fields:
        if field.changed:
            lines.append(f"  {field.field}:")
            lines += [f"   {_MARKS[s.edit]} {_cut(s.text, s.edit)}" for s in field.segments]
    return lines


def _cut(text: str, edit: str) -> str:
    text = " ".join(text.split())
    if edit != "keep" or len(text) <= 2 * _CONTEXT:
        return text
    return f"{text[:_CONTEXT]} […] {text[-_CONTEXT:]}"


def _verified(verification: Verification | None) -> str:
    if verification is None:
        return "not verified"
    counts = ", ".join(f"{verification.count(e)} {e}" for e in ReplayEffect)
    original = "answers" if verification.fixes_original else "does not alone answer"
    return f"{counts}; {original} the original query"
