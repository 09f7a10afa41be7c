"""What `bench.learning` found: as JSON, as a table, and as points for the picture."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from pydantic import BaseModel

from bench.learning_data import DataSet
from bench.learning_stream import Ended, Point
from bench.report import Machine

RESULT = Path(__file__).resolve().parent / "results" / "learning.json"
LAST = 2_000
_STEP = 500


class Rates(BaseModel):
    """Shares of some queries, of all of them but for `wrong`, which is of the answered ones.

    A query of no intent that was answered counts as answered wrongly.
    """

    queries: int
    autonomy: float
    answered: float
    wrong: float
    out_of_scope: int
    out_of_scope_answered: float


class CurvePoint(BaseModel):
    """The rates of the queries up to `asked` since the point before, and all decisions so far."""

    asked: int
    autonomy: float
    answered: float
    wrong: float
    decisions: int


class StreamFigures(BaseModel):
    """One stream in one workspace."""

    data: DataSet
    seed: int
    queries: int
    last: Rates
    all: Rates
    decisions: int
    approved: int
    edited: int
    rejected: int
    refused_clicks: int
    wordings_shown: int
    interventions: int
    seconds: float
    curve: list[CurvePoint]


class LearningReport(BaseModel):
    """All streams of one run."""

    at: datetime
    machine: Machine
    wrong_answer_budget: float
    decisions_allowed: int
    session_every: int
    haste: float
    similar_queries: int
    streams: list[StreamFigures]


def rates_of(ended: Sequence[Ended]) -> Rates:
    """Return the rates of some queries; a share of none is 0."""
    answered = [end for end in ended if end.answered]
    strays = [end for end in ended if not end.in_scope]
    right = sum(end.right for end in answered)
    return Rates(
        queries=len(ended),
        autonomy=_share(right, len(ended)),
        answered=_share(len(answered), len(ended)),
        wrong=_share(len(answered) - right, len(answered)),
        out_of_scope=len(strays),
        out_of_scope_answered=_share(sum(end.answered for end in strays), len(strays)),
    )


def curve_of(ended: Sequence[Ended], points: Sequence[Point]) -> list[CurvePoint]:
    """Return the curve, a point for every 500 queries."""
    decided = {point.asked: point.decisions for point in points}
    curve: list[CurvePoint] = []
    for start in range(0, len(ended), _STEP):
        part = ended[start : start + _STEP]
        rates, asked = rates_of(part), start + len(part)
        curve.append(
            CurvePoint(
                asked=asked,
                autonomy=rates.autonomy,
                answered=rates.answered,
                wrong=rates.wrong,
                decisions=max((d for a, d in decided.items() if a <= asked), default=0),
            )
        )
    return curve


def render(report: LearningReport) -> str:
    """Return the table, in Markdown: medians over the seeds, with the least and the most."""
    lines = [
        "| queries | answered rightly, last 2,000 | answered, last 2,000 "
        "| wrong answers, last 2,000 | out-of-scope answered | answered rightly, all | wrong, all "
        "| reviewer decisions per 1,000 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for data in DataSet:
        found = [stream for stream in report.streams if stream.data is data]
        if found:
            lines.append(_line(data, found))
    return "\n".join(lines)


def _line(data: DataSet, found: Sequence[StreamFigures]) -> str:
    cells = (
        f"{data}, {len(found)} of {found[0].queries:,}",
        _percent([stream.last.autonomy for stream in found]),
        _percent([stream.last.answered for stream in found]),
        _percent([stream.last.wrong for stream in found]),
        _percent([stream.all.out_of_scope_answered for stream in found]),
        _percent([stream.all.autonomy for stream in found]),
        _percent([stream.all.wrong for stream in found]),
        _span([1_000 * stream.decisions / stream.queries for stream in found], "{:.0f}"),
    )
    return "| " + " | ".join(cells) + " |"


def _percent(shares: Sequence[float]) -> str:
    return _span([100 * share for share in shares], "{:.1f}%")


def _span(values: Sequence[float], form: str) -> str:
    middle = form.format(median(values))
    ends = [form.format(min(values)), form.format(max(values))]
    return middle if len(set(ends)) == 1 else f"{middle} ({ends[0]} to {ends[1]})"


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
