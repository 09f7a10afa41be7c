"""What the dashboard says in sentences: its cards, what each chart shows, and how it is counted."""

from datetime import UTC, datetime
from typing import NamedTuple

from api.pages.rejection_words import REASON_WORDS
from api.services.figure_tables import GAP_NAMES
from domain.findings import Gap
from domain.metrics import (
    FEW,
    Acceptance,
    Direction,
    Effect,
    Ends,
    Figure,
    LearningFigures,
    LearningPoint,
    TierTimes,
)
from domain.metrics_periods import MetricStep
from domain.reviews import RejectionReason

STEP_NAMES = {
    MetricStep.TEN_SECONDS: "10 seconds",
    MetricStep.MINUTE: "minute",
    MetricStep.TEN_MINUTES: "10 minutes",
    MetricStep.HOUR: "hour",
    MetricStep.DAY: "day",
    MetricStep.WEEK: "week",
    MetricStep.MONTH: "month",
}

TITLES = {
    Figure.RATES: "How queries end",
    Figure.LEARNING: "Does what was learned pay?",
    Figure.APPROVAL_TIMES: "How long approvals take, and what waits",
    Figure.GAPS: "Where it hurts: gaps by kind",
    Figure.EFFECT_BY_ITEM: "Interventions prevented, by item",
    Figure.EFFECT_BY_PROPOSAL: "Interventions prevented, by proposal",
    Figure.ACCEPTANCE: "Proposals accepted without edits",
    Figure.REJECTIONS: "Why proposals are rejected",
    Figure.LOAD: "Who reviews how much",
}

NO_REASON = "No reason named"
_NOTHING = "\N{EN DASH}"

CONCLUSIONS = {
    Direction.FEWER: "Fewer interventions, beyond chance",
    Direction.MORE: "More interventions, beyond chance",
    Direction.UNCLEAR: "May be chance",
    Direction.TOO_FEW: "Too few cases to tell",
    Direction.UNUSED: "Nobody has asked since",
}


def percent(share: float | None) -> str:
    """Return a share as people read it; a dash for none, and never 0% or 100% by rounding."""
    if share is None:
        return _NOTHING
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def duration(seconds: float | None) -> str:
    """Return a length of time in its two greatest units at most; a dash for none."""
    if seconds is None:
        return _NOTHING
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, left = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {left} min" if left and hours < 10 else f"{hours} h"
    days, left = divmod(round(minutes / 60), 24)
    return f"{days} d {left} h" if left and days < 10 else f"{days} d"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun; `many` is for nouns that take no s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


class Card(NamedTuple):
    """One figure on top of the page: its value, and what it means in words."""

    label: str
    value: str
    words: str
    href: str
    tone: str = ""


def cards_of(figures: LearningFigures) -> list[Card]:
    """Return the cards on top of the page."""
    times = figures.approval_times
    waiting_words = "Nothing waits for a person."
    if times.open:
        oldest = min(t.oldest_opened_at for t in times.tiers if t.oldest_opened_at)
        waited = duration((figures.taken_at - oldest).total_seconds())
        waiting_words = f"The oldest has waited {waited}."
    if times.parked:
        waiting_words += f" {times.parked:,} more parked."
    return [
        _autonomy_card(figures),
        _prevented_card(figures),
        Card("Waiting now", f"{times.open:,}", waiting_words, "/"),
        Card(
            "Overdue now",
            f"{times.overdue:,}",
            "A deadline has passed: somebody should look."
            if times.overdue
            else "No deadline has been missed.",
            "#approval_times",
            "bad" if times.overdue else "",
        ),
        Card(
            "Median time to approve",
            duration(times.median_seconds),
            f"{plural(times.approved, 'approval')}; 90% within {duration(times.p90_seconds)}."
            if times.approved
            else "Nothing was approved in this time.",
            "#approval_times",
        ),
    ]


def _autonomy_card(figures: LearningFigures) -> Card:
    ends = figures.ends
    label, href = "Autonomy", "#rates"
    if not ends.total:
        return Card(label, _NOTHING, "No query was reported in this time.", href)
    words, tone = _trend(figures)
    if ends.unsettled:
        least, most = percent(ends.settled_autonomy), percent(ends.autonomy)
        return Card(label, f"{least} to {most}", f"{words} {_unsettled(figures)}", href, tone)
    return Card(label, percent(ends.autonomy), words, href, tone)


def _unsettled(figures: LearningFigures) -> str:
    count = plural(figures.ends.unsettled, "answer")
    hours = f"{figures.freshness.settles_after_hours:g} hours"
    are = "is" if figures.ends.unsettled == 1 else "are"
    return f"{count} {are} not settled yet: one counts as right after {hours} without objection."


def _trend(figures: LearningFigures) -> tuple[str, str]:
    """Return how autonomy has changed, in words: against the time before, else within the time."""
    now, before, what, then = figures.ends, figures.before, "in the time before", ""
    if not before.total:
        before, now = halves(figures)
        what = "in the first half of the queries"
        then = f" to {percent(now.autonomy)} in the second"
    if not before.total or not now.total:
        return "There is nothing yet to compare it with.", ""
    old, new = before.autonomy or 0, now.autonomy or 0
    if min(before.total, now.total) < FEW:
        return f"It was {percent(old)} {what}; so few queries tell little.", ""
    points = round((new - old) * 100)
    if abs(points) < 1:
        return f"As {what}.", ""
    way, tone = ("Up", "good") if points > 0 else ("Down", "bad")
    return f"{way} from {percent(old)} {what}{then}.", tone


def halves(figures: LearningFigures) -> tuple[Ends, Ends]:
    """Return how the earlier and the later half of the queries ended, cut between two steps."""
    early, late, seen = Ends(), Ends(), 0
    for point in figures.rates:
        if seen + point.ends.total / 2 <= figures.ends.total / 2:
            early = early.plus(point.ends)
        else:
            late = late.plus(point.ends)
        seen += point.ends.total
    return early, late


def _prevented_card(figures: LearningFigures) -> Card:
    effects = [effect for effect in figures.effect_by_item if effect.prevented is not None]
    label, href = "Interventions prevented", "#effect_by_item"
    if not effects:
        return Card(label, _NOTHING, "No query met something that was learned, so far.", href)
    total = sum(effect.prevented or 0 for effect in effects)
    settled = sum(effect.prevented_settled or 0 for effect in effects)
    words = f"By {plural(len(effects), 'learned item')}, against the time before each."
    if total > settled:
        words += f" {total - settled:,} of them may still turn out otherwise."
    more = "+" if any(effect.is_capped for effect in effects) else ""
    return Card(label, f"{total:,}{more}", words, href, "good" if total else "")


def message_of(figure: Figure, figures: LearningFigures) -> str:
    """Return in words what a figure shows; empty where there is nothing to show."""
    return _MESSAGES[figure](figures)


def _rates(figures: LearningFigures) -> str:
    ends = figures.ends
    if not ends.total:
        return ""
    said = (
        f"Of {plural(ends.total, 'query', 'queries')}, {percent(ends.autonomy)} were resolved by "
        f"the agent alone, {percent(ends.share(ends.handed_off))} were handed to a human and "
        f"{percent(ends.share(ends.wrong))} were answered wrongly."
    )
    if ends.unsettled:
        said += f" {_unsettled(figures)}"
    return said


def _learning(figures: LearningFigures) -> str:
    if len(figures.learning) < 2:
        return ""
    first, last = figures.learning[0], figures.learning[-1]
    return (
        f"With {plural(first.changes, 'approved change')}, {_needed(first)} of 100 queries needed "
        f"a human or were answered wrongly ({first.ends.total:,} asked); with "
        f"{last.changes:,}, it was {_needed(last)} of 100 ({last.ends.total:,} asked)."
    )


def _needed(point: LearningPoint) -> str:
    return f"{100 * (point.ends.share(point.ends.needed_a_human) or 0):.0f}"


def _approval_times(figures: LearningFigures) -> str:
    times = figures.approval_times
    if not times.tiers:
        return ""
    said: list[str] = []
    if times.approved:
        said.append(
            f"Half of {plural(times.approved, 'approval')} came within "
            f"{duration(times.median_seconds)}, 90% within {duration(times.p90_seconds)}."
        )
    else:
        said.append("Nothing was approved in this time.")
    said.append(f"Now {times.open:,} wait and {times.overdue:,} of them are overdue.")
    return " ".join(said)


def tier_name(tier: TierTimes) -> str:
    """Return a tier as people know it."""
    return f"Tier {tier.tier + 1}, {tier.group}s"


def _gaps(figures: LearningFigures) -> str:
    totals = {gap: sum(p.counts.get(gap, 0) for p in figures.gaps) for gap in Gap}
    found = [(count, GAP_NAMES[gap].lower()) for gap, count in totals.items() if count]
    if not found:
        return ""
    told = ", ".join(f"{name} {count:,}" for count, name in sorted(found, reverse=True))
    return f"Findings by gap, most frequent first: {told}."


def _effect(effects: tuple[Effect, ...], what: str) -> str:
    if not effects:
        return ""
    used = [effect for effect in effects if effect.prevented is not None]
    if not used:
        return f"{plural(len(effects), what)}, none of them asked about since."
    best = used[0]
    return (
        f"Most by “{best.title}”: {best.prevented:,} prevented. Of similar cases "
        f"{percent(best.rate_before)} needed a human before ({best.before:,}) and "
        f"{percent(best.rate_after)} after ({best.after.total:,})."
    )


def _by_item(figures: LearningFigures) -> str:
    return _effect(figures.effect_by_item, "learned item")


def _by_proposal(figures: LearningFigures) -> str:
    return _effect(figures.effect_by_proposal, "approved proposal")


def analyst_name(one: Acceptance) -> str:
    """Return an analyst with its prompt's version, and its model where it has one."""
    return f"{one.analyst} {one.version}" + (f", {one.model}" if one.model else "")


def _acceptance(figures: LearningFigures) -> str:
    told = [
        f"{analyst_name(one)}: {one.as_drafted:,} of {one.decided:,} approved as drafted, "
        f"{one.edited:,} after an edit, {one.rejected:,} rejected"
        for one in figures.acceptance
    ]
    return f"{'; '.join(told)}." if told else ""


def reason_name(reason: RejectionReason | None) -> str:
    """Return why something was rejected, as the form says it."""
    return NO_REASON if reason is None else REASON_WORDS[reason]


def _rejections(figures: LearningFigures) -> str:
    told = [f"{reason_name(r.reason).lower()} {r.count:,}" for r in figures.rejections]
    return f"Rejections by reason: {', '.join(told)}." if told else ""


def _load(figures: LearningFigures) -> str:
    if not figures.load:
        return ""
    decided = sum(one.decisions for one in figures.load)
    assigned = sum(one.assigned for one in figures.load)
    busiest = figures.load[0]
    said = f"{plural(decided, 'decision')} by {plural(len(figures.load), 'person', 'people')}"
    if busiest.decisions:
        said += f", {busiest.decisions:,} of them by {busiest.person}"
    return f"{said}; {assigned:,} open reviews are assigned."


_MESSAGES = {
    Figure.RATES: _rates,
    Figure.LEARNING: _learning,
    Figure.APPROVAL_TIMES: _approval_times,
    Figure.GAPS: _gaps,
    Figure.EFFECT_BY_ITEM: _by_item,
    Figure.EFFECT_BY_PROPOSAL: _by_proposal,
    Figure.ACCEPTANCE: _acceptance,
    Figure.REJECTIONS: _rejections,
    Figure.LOAD: _load,
}


def freshness_of(figures: LearningFigures) -> str:
    """Return when outcomes were last heard of, and what to do if they have stopped."""
    fresh = figures.freshness
    if fresh.last_outcome_at is None:
        return ""
    age = (figures.taken_at - fresh.last_outcome_at).total_seconds()
    said = f"The last outcome was reported {_ago(age)}."
    last_case = fresh.last_intervention_at
    if age > 86_400 and last_case and last_case > fresh.last_outcome_at:
        said += (
            " Interventions have come in since then, so outcomes may have stopped being reported: "
            "rates can be out of date."
        )
    return said


def _ago(seconds: float) -> str:
    return "just now" if seconds < 60 else f"{duration(seconds)} ago"


def moment(value: datetime) -> str:
    """Return a time in short, in UTC."""
    return value.astimezone(UTC).strftime("%d %b %Y, %H:%M")
