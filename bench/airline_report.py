"""What a run of the airline's cases found: as text for people, as JSON to keep."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from bench.airline_replay import METHOD, Replayed, Share, total
from bench.figures import median, percentile
from bench.report import Machine
from domain.findings import Gap
from domain.proposals import ReplayEffect

LATEST = Path(__file__).resolve().parent / "results" / "airline.json"


class ProposalFigures(BaseModel):
    """One proposal after merging; `cases` are those that support it, its own first."""

    title: str
    gap: Gap
    kind: str
    operation: str
    support: int
    confidence: float
    fixes: int = 0
    breaks: int = 0
    cases: tuple[str, ...]
    replayed: Replayed = Replayed()


class Own(BaseModel):
    """How many proposals fix the case that they were drafted from."""

    of: int
    by_answer: int
    by_actions: int
    whole: int
    either: int
    broken: int


class Proof(BaseModel):
    """What all proposals do on replay; a trial counts once for each proposal of its task."""

    method: str = METHOD
    own: Own
    same_task_failed: Share
    same_task_right: Share
    other_tasks_failed: Share
    other_tasks_right: Share


def proof_of(proposals: Sequence[ProposalFigures]) -> Proof:
    """Return the proposals' figures added up."""
    done = [p.replayed for p in proposals]
    fixed = ReplayEffect.FIXED
    return Proof(
        own=Own(
            of=len(done),
            by_answer=sum(d.own_by_answer is fixed for d in done),
            by_actions=sum(d.own_by_actions is fixed for d in done),
            whole=sum(d.own_by_actions is fixed and d.own_is_whole for d in done),
            either=sum(fixed in (d.own_by_answer, d.own_by_actions) for d in done),
            broken=sum(d.own is ReplayEffect.BROKEN for d in done),
        ),
        same_task_failed=total([d.trials.same_task_failed for d in done]),
        same_task_right=total([d.trials.same_task_right for d in done]),
        other_tasks_failed=total([d.trials.other_tasks_failed for d in done]),
        other_tasks_right=total([d.trials.other_tasks_right for d in done]),
    )


class Times(BaseModel):
    """From posted to in review or final, with so many interventions under way at once."""

    at_once: int
    median_seconds: float
    p90_seconds: float
    per_second: float
    total_seconds: float


class AirlineReport(BaseModel):
    """Everything that one run found, without the texts."""

    version: int = 2
    at: datetime
    mode: str
    analyst: str
    machine: Machine
    policies: int
    interventions: int
    statuses: dict[str, int] = {}
    findings: dict[Gap, int]
    drafted: int
    proposals: tuple[ProposalFigures, ...]
    proof: Proof
    times: Times


def times_of(seconds: Sequence[float], *, total: float, at_once: int) -> Times:
    """Return the figures of the time that each intervention took, and of all together."""
    return Times(
        at_once=at_once,
        median_seconds=round(median(seconds), 2),
        p90_seconds=round(percentile(seconds, 90), 2),
        per_second=round(len(seconds) / total, 2),
        total_seconds=round(total, 1),
    )


def render(report: AirlineReport) -> str:
    """Return the figures as lines of text."""
    times = report.times
    ended = ", ".join(f"{count} {status}" for status, count in sorted(report.statuses.items()))
    lines = [
        f"interventions        {report.interventions}" + (f"  ({ended})" if ended else ""),
        f"policies known       {report.policies}",
        "findings by gap",
        *(f"  {gap.value:<19}{count}" for gap, count in sorted(report.findings.items())),
        f"drafts               {report.drafted}",
        f"proposals, merged    {len(report.proposals)}",
        *(f"  {p.support:>2} x {_told_own(p.replayed)} {p.title}" for p in report.proposals),
        *_proof_lines(report.proof),
        f"time an intervention median {times.median_seconds} s, p90 {times.p90_seconds} s "
        f"({times.at_once} at once)",
        f"all of them          {times.total_seconds} s, {times.per_second} a second",
    ]
    return "\n".join(lines)


def _told_own(replayed: Replayed) -> str:
    return f"{replayed.own.value if replayed.own else 'not replayed':<8}"


def _proof_lines(proof: Proof) -> list[str]:
    own, failed, right = proof.own, proof.same_task_failed, proof.same_task_right
    elsewhere, others = proof.other_tasks_failed, proof.other_tasks_right
    return [
        "fix their own case",
        f"  by answer          {_share(own.by_answer, own.of)}",
        f"  by actions         {_share(own.by_actions, own.of)}, {own.whole} of them wholly",
        f"  either             {_share(own.either, own.of)}",
        "other failed trials of the same task, by actions",
        f"  fixed              {_share(failed.fixed, failed.of)}, {failed.whole} of them wholly",
        f"  broken             {_share(failed.broken, failed.of)}",
        "trials of the same task that ended right, by actions",
        f"  broken             {_share(right.broken, right.of)}",
        "trials of other tasks, by actions",
        f"  failed ones fixed  {_share(elsewhere.fixed, elsewhere.of)}",
        f"  right ones broken  {_share(others.broken, others.of)}",
    ]


def _share(count: int, of: int) -> str:
    return f"{count} of {of} ({100 * count / of:.0f}%)" if of else "0 of 0"


def write(report: AirlineReport, path: Path = LATEST) -> None:
    """Keep the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
