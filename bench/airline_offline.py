"""The airline's cases through the offline analyst in this process: no stack, no merging by meaning.

For looking at single cases quickly; what counts is the run over HTTP in `airline_stack.py`.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from activities.case_file import agent_tools, redact_submission
from analysis.offline import OfflineAnalyst
from analysis.offline.actions import acts_text
from analysis.offline.insight import Insight
from domain.cases import Case, KnownItem
from domain.conversation import Submission
from domain.findings import Gap
from domain.knowledge import Item, ItemKind, ItemStatus, PolicyContent
from gateways.embeddings import Embedder, load_embedder

_KNOWN = 8
"""Items near each of the ask, the reply, the decision and the actions."""


@dataclass
class Merged:
    """One proposal with the interventions that led to it."""

    insight: Insight
    cases: list[str] = field(default_factory=list[str])


@dataclass
class Report:
    """What a run found."""

    interventions: int
    gaps: Counter[Gap]
    proposals: list[Merged]
    seconds: float
    without: dict[str, str] = field(default_factory=dict[str, str])


def items_of(policies: Sequence[PolicyContent]) -> list[Item]:
    """Return the policies as items with ids that are the same in every run."""
    return [
        Item(
            id=uuid5(NAMESPACE_URL, f"airline/{policy.title}/{policy.rule}"),
            kind=ItemKind.POLICY,
            status=ItemStatus.ACTIVE,
            revision=1,
            content=policy,
        )
        for policy in policies
    ]


def case_of(submission: Submission, items: Sequence[Item], embedder: Embedder) -> Case:
    """Return the redacted case with the policies nearest to its ask and to what the human said."""
    case = redact_submission(uuid5(NAMESPACE_URL, submission.external_id), submission)
    texts = [case.ask, case.resolution.reply, case.resolution.decision, acts_text(case)]
    asked = embedder.embed([text for text in texts if text])
    scores = embedder.embed([item.content.search_text() for item in items]) @ asked.T
    nearest = {int(i) for column in scores.T for i in np.argsort(-column)[:_KNOWN]}
    best = {i: float(np.clip(scores[i].max(), 0, 1)) for i in nearest}
    known = sorted(nearest, key=lambda i: (-best[i], i))
    return case.model_copy(
        update={
            "known_items": tuple(KnownItem(item=items[i], score=best[i]) for i in known),
            "agent_tools": agent_tools(case, ()),
        }
    )


def run_offline(submissions: Sequence[Submission], policies: Sequence[PolicyContent]) -> Report:
    """Return what the offline analyst finds and proposes, equal proposals merged."""
    embedder = load_embedder()
    analyst, items = OfflineAnalyst(embedder), items_of(policies)
    embedder.embed([item.content.search_text() for item in items])
    report = Report(len(submissions), Counter(), [], 0.0)
    merged: dict[str, Merged] = {}
    start = time.perf_counter()
    for submission in submissions:
        for insight in analyst.read(case_of(submission, items, embedder)):
            report.gaps[insight.finding.gap] += 1
            if insight.change is None:
                report.without[submission.external_id] = insight.finding.summary
            else:
                key = f"{insight.finding.item_id} {insight.title}"
                merged.setdefault(key, Merged(insight)).cases.append(submission.external_id)
    report.seconds = time.perf_counter() - start
    report.proposals = sorted(merged.values(), key=lambda m: (-len(m.cases), m.insight.title))
    return report


def describe(report: Report, show: int) -> str:
    """Return the report as text, with `show` proposals in full."""
    lines = [
        f"interventions      {report.interventions}",
        *(f"  {gap.value:<17}{count}" for gap, count in sorted(report.gaps.items())),
        f"proposals, merged  {len(report.proposals)}",
        f"time               {1000 * report.seconds / max(1, report.interventions):.0f} ms each",
    ]
    for number, merged in enumerate(report.proposals[:show], start=1):
        lines += ["", f"--- {number} ---", *_proposal(merged)]
    return "\n".join(lines)


def _proposal(merged: Merged) -> list[str]:
    insight = merged.insight
    finding = insight.finding
    lines = [
        f"{insight.title}   [{finding.gap}, confidence {finding.confidence}]",
        f"from {len(merged.cases)}: {', '.join(merged.cases)}",
        f"agent did: {finding.agent_did}",
        f"human did: {finding.human_did}",
        *(f"  turn {quote.turn}: {quote.text}" for quote in finding.quotes),
        f"why: {insight.rationale}",
    ]
    if insight.change is not None:
        lines.append(f"{insight.change.operation} {insight.change.kind}:")
        content = insight.change.content.model_dump(mode="json")
        lines += [f"  {name}: {value}" for name, value in content.items() if value]
    return lines
