"""What a run of the airline's cases found: as text for people, as JSON to keep."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from bench.figures import median, percentile
from bench.report import Machine
from domain.findings import Gap

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


class Times(BaseModel):
    """From posted to in review or final, with so many interventions under way at once."""

    at_once: int
    median_seconds: float
    p90_seconds: float
    per_second: float
    total_seconds: float


class AirlineReport(BaseModel):
    """Everything that one run found, without the texts."""

    version: int = 1
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
        *(f"  {p.support:>2} x {p.title}" for p in report.proposals),
        f"time an intervention median {times.median_seconds} s, p90 {times.p90_seconds} s "
        f"({times.at_once} at once)",
        f"all of them          {times.total_seconds} s, {times.per_second} a second",
    ]
    return "\n".join(lines)


def write(report: AirlineReport, path: Path = LATEST) -> None:
    """Keep the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
