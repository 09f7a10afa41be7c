"""The figures as tables, for pages and for files that spreadsheets open."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.findings import Gap
from domain.metrics import Ends, Figure, LearningFigures

Value = str | int | float | datetime | None


class Cell(StrEnum):
    """What a column holds, which says how a page shows it."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    STEP = "step"
    MOMENT = "moment"


class Column(NamedTuple):
    """One column: its name in files, what people read above it, and what it holds."""

    name: str
    label: str
    cell: Cell = Cell.COUNT


class Table(NamedTuple):
    """The numbers of one figure."""

    columns: tuple[Column, ...]
    rows: list[tuple[Value, ...]]


_ENDS = (
    Column("queries", "Queries"),
    Column("resolved_alone", "Resolved alone"),
    Column("not_settled", "Not settled yet"),
    Column("answered_wrongly", "Answered wrongly"),
    Column("handed_to_a_human", "Handed to a human"),
    Column("autonomy_settled", "Autonomy, settled", Cell.SHARE),
    Column("autonomy_so_far", "Autonomy so far", Cell.SHARE),
    Column("wrong_rate", "Wrong answers", Cell.SHARE),
    Column("intervention_rate", "Interventions", Cell.SHARE),
)


def _end_values(ends: Ends) -> tuple[Value, ...]:
    return (
        *(ends.total, ends.right, ends.unsettled, ends.wrong, ends.handed_off),
        *(ends.settled_autonomy, ends.autonomy),
        *(ends.share(ends.wrong), ends.share(ends.handed_off)),
    )


def _rates(figures: LearningFigures) -> Table:
    columns = (
        Column("from", "From", Cell.STEP),
        *_ENDS,
        Column("interventions_taken_in", "Interventions taken in"),
        Column("approved_changes", "Changes approved"),
    )
    return Table(
        columns,
        [
            (p.start, *_end_values(p.ends), p.interventions, p.approved_changes)
            for p in figures.rates
        ],
    )


def _learning(figures: LearningFigures) -> Table:
    columns = (
        Column("approved_changes_from", "Approved changes"),
        Column("approved_changes_to", "up to"),
        Column("since", "Since", Cell.MOMENT),
        *_ENDS,
        Column("needed_a_human_rate", "Needed a human", Cell.SHARE),
    )
    return Table(
        columns,
        [
            (
                *(p.changes, p.changes_to, p.since),
                *(*_end_values(p.ends), p.ends.share(p.ends.needed_a_human)),
            )
            for p in figures.learning
        ],
    )


def _approval_times(figures: LearningFigures) -> Table:
    columns = (
        Column("tier", "Tier", Cell.TEXT),
        Column("group", "Asked", Cell.TEXT),
        Column("approved", "Approved"),
        Column("median_seconds", "Half within", Cell.SECONDS),
        Column("p90_seconds", "90% within", Cell.SECONDS),
        Column("open_now", "Open now"),
        Column("overdue_now", "Overdue now"),
        Column("oldest_opened_at", "Oldest opened", Cell.MOMENT),
    )
    times = figures.approval_times
    rows: list[tuple[Value, ...]] = [
        (
            *(str(tier.tier + 1), f"{tier.group}s", tier.approved, tier.median_seconds),
            *(tier.p90_seconds, tier.open, tier.overdue, tier.oldest_opened_at),
        )
        for tier in times.tiers
    ]
    if rows:
        total = (times.approved, times.median_seconds, times.p90_seconds, times.open)
        rows.append(("all", "", *total, times.overdue, None))
    return Table(columns, rows)


GAP_NAMES = {
    Gap.MISSING_KNOWLEDGE: "Missing knowledge",
    Gap.MISAPPLIED_POLICY: "Misapplied policy",
    Gap.MISSING_TOOL: "Missing tool",
    Gap.NONE: "Rightly a human's",
}


def _gaps(figures: LearningFigures) -> Table:
    columns = (
        Column("from", "From", Cell.STEP),
        *(Column(gap.value, GAP_NAMES[gap]) for gap in Gap),
    )
    return Table(
        columns,
        [(point.start, *(point.counts.get(gap, 0) for gap in Gap)) for point in figures.gaps],
    )


_EFFECT = (
    Column("since", "In force since", Cell.MOMENT),
    Column("release", "Release"),
    Column("cases_before", "Cases before"),
    Column("needed_a_human_before", "of them with a human"),
    Column("rate_before", "Rate before", Cell.SHARE),
    Column("cases_after", "Cases after"),
    Column("needed_a_human_after", "of them with a human"),
    Column("rate_after", "Rate after", Cell.SHARE),
    Column("not_settled", "Not settled yet"),
    Column("prevented", "Prevented"),
    Column("prevented_settled", "Prevented, settled"),
    Column("conclusion", "What it tells", Cell.TEXT),
)


def _effect_by_item(figures: LearningFigures) -> Table:
    columns = (Column("item_id", "Item", Cell.TEXT), Column("title", "Title", Cell.TEXT), *_EFFECT)
    return Table(
        columns,
        [
            (
                *(str(e.item_id), e.title, e.since, e.release, e.before, e.before_human),
                *(e.rate_before, e.after.total, e.after.needed_a_human, e.rate_after),
                *(e.after.unsettled, e.prevented, e.prevented_settled),
                e.direction.value.replace("_", " "),
            )
            for e in figures.effect_by_item
        ],
    )


def _effect_by_proposal(figures: LearningFigures) -> Table:
    columns = (
        Column("proposal_id", "Proposal", Cell.TEXT),
        Column("title", "Title", Cell.TEXT),
        *_EFFECT,
        Column("predicted", "Predicted by the replay"),
    )
    return Table(
        columns,
        [
            (
                *(str(e.proposal_id), e.title, e.since, e.release, e.before, e.before_human),
                *(e.rate_before, e.after.total, e.after.needed_a_human, e.rate_after),
                *(e.after.unsettled, e.prevented, e.prevented_settled),
                *(e.direction.value.replace("_", " "), e.predicted),
            )
            for e in figures.effect_by_proposal
        ],
    )


def _acceptance(figures: LearningFigures) -> Table:
    columns = (
        Column("analyst", "Analyst", Cell.TEXT),
        Column("version", "Prompt version", Cell.TEXT),
        Column("model", "Model", Cell.TEXT),
        Column("decided", "Decided"),
        Column("approved_as_drafted", "Approved as drafted"),
        Column("approved_after_an_edit", "Approved after an edit"),
        Column("rejected", "Rejected"),
        Column("accepted_unedited_rate", "Accepted without edits", Cell.SHARE),
    )
    return Table(
        columns,
        [
            (
                *(a.analyst, a.version, a.model, a.decided, a.as_drafted, a.edited, a.rejected),
                a.accepted_unedited,
            )
            for a in figures.acceptance
        ],
    )


def _rejections(figures: LearningFigures) -> Table:
    columns = (Column("reason", "Reason", Cell.TEXT), Column("count", "Rejected"))
    return Table(
        columns,
        [(r.reason.value if r.reason else "none named", r.count) for r in figures.rejections],
    )


def _load(figures: LearningFigures) -> Table:
    columns = (
        Column("person", "Person", Cell.TEXT),
        Column("decisions", "Decisions"),
        Column("approvals", "Approvals"),
        Column("rejections", "Rejections"),
        Column("change_requests", "Changes requested"),
        Column("median_seconds", "Half within", Cell.SECONDS),
        Column("assigned_now", "Assigned now"),
        Column("overdue_now", "Overdue now"),
    )
    return Table(
        columns,
        [
            (
                *(one.person, one.decisions, one.approvals, one.rejections, one.change_requests),
                *(one.median_seconds, one.assigned, one.overdue),
            )
            for one in figures.load or ()
        ],
    )


_TABLES: dict[Figure, Callable[[LearningFigures], Table]] = {
    Figure.RATES: _rates,
    Figure.LEARNING: _learning,
    Figure.APPROVAL_TIMES: _approval_times,
    Figure.GAPS: _gaps,
    Figure.EFFECT_BY_ITEM: _effect_by_item,
    Figure.EFFECT_BY_PROPOSAL: _effect_by_proposal,
    Figure.ACCEPTANCE: _acceptance,
    Figure.REJECTIONS: _rejections,
    Figure.LOAD: _load,
}


def table_of(figure: Figure, figures: LearningFigures) -> Table:
    """Return the numbers of one figure."""
    return _TABLES[figure](figures)


def as_csv(table: Table) -> str:
    """Return a table as RFC 4180 has it, with its columns' names in the first line.

    Texts that a spreadsheet would take for a formula begin with an apostrophe:
    owasp.org/www-community/attacks/CSV_Injection.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([[_written(value) for value in row] for row in table.rows])
    return out.getvalue()


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _written(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
