"""Prints a report for people."""

from collections.abc import Sequence

from bench.figures import median
from bench.report import LatencyFigures, Report, RoundFigures

_HEAD = ("figure", "product", "floor", "ratio")


def render(report: Report) -> str:
    """Return the report as lines of text: the table, then where the time went."""
    rows = [_HEAD, *_throughput(report), *_latency("approve to found", report.latency)]
    rows += _costs(report)
    if report.open_reviews is not None:
        rows += _open_reviews(report)
    lines = [_machine(report), "", *_aligned(rows), "", *_where(report)]
    return "\n".join(lines)


def _machine(report: Report) -> str:
    m = report.machine
    return (
        f"{m.system} {m.processor}, {m.cores} cores, {m.memory_gigabytes:g} GB, "
        f"Python {m.python}, load before {m.load_before:g}"
    )


def _throughput(report: Report) -> list[tuple[str, ...]]:
    t = report.throughput
    name = f"interventions a second ({len(t.product)} x {t.product[0].count})"
    goal = "goal met" if t.ratio >= t.goal else "below goal"
    shown = f"{t.ratio:.2f} ({goal}: {t.goal:g})"
    ours, theirs = _total_cpu(t.product), _total_cpu(t.floor)
    return [
        (name, f"{t.median_product:.2f}", f"{t.median_floor:.2f}", shown),
        ("CPU ms each, all processes", f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.2f}"),
    ]


def _total_cpu(rounds: Sequence[RoundFigures]) -> float:
    return median([sum(each.cpu_ms.values()) for each in rounds])


def _latency(name: str, figures: LatencyFigures) -> list[tuple[str, ...]]:
    f = figures
    return [
        (f"{name}, p50 ms (n={f.count})", f"{f.product_p50}", f"{f.floor_p50}", f"{f.ratio_p50}"),
        (f"{name}, p99 ms", f"{f.product_p99}", f"{f.floor_p99}", f"{f.ratio_p99}"),
    ]


def _costs(report: Report) -> list[tuple[str, ...]]:
    product, least = report.costs.product, report.costs.least
    pairs = (
        ("history events", product.events, least.events),
        ("workflow tasks", product.workflow_tasks, least.workflow_tasks),
        ("billable actions", product.actions, least.actions),
    )
    return [
        (f"{name} an intervention", str(ours), str(theirs), f"{ours / theirs:.2f}")
        for name, ours, theirs in pairs
    ]


def _open_reviews(report: Report) -> list[tuple[str, ...]]:
    found = report.open_reviews
    if found is None:
        return []
    none, many = found.none, found.many
    name = f"worker memory, MB ({many.open_reviews} reviews open; floor: none)"
    row = (name, f"{many.megabytes}", f"{none.megabytes}", f"{many.megabytes / none.megabytes:.2f}")
    return [row, *_latency(f"approve to found, {many.open_reviews} open", found.latency)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _where(report: Report) -> list[str]:
    t = report.throughput
    kinds = ", ".join(f"{n} {kind}" for kind, n in report.costs.product.actions_by_kind.items())
    return [
        f"{t.concurrency} at once. The floor's workflow has {t.floor_has}.",
        f"CPU an intervention, ms: {_cpu(t.product)}.",
        f"CPU a bare workflow, ms: {_cpu(t.floor)}.",
        f"Postgres transactions an intervention: {median([r.transactions for r in t.product]):g}.",
        f"Actions an intervention: {kinds}.",
    ]


def _cpu(rounds: Sequence[RoundFigures]) -> str:
    parts = {name: median([r.cpu_ms[name] for r in rounds]) for name in rounds[0].cpu_ms}
    return ", ".join(f"{name} {ms:.0f}" for name, ms in parts.items() if ms >= 0.5)
