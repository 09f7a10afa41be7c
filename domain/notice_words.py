"""What a notice says: what it is about, why now, how long is left. Nothing of a conversation."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.base import Line, Model
from domain.escalation import ReviewClock, StepKind, next_step
from domain.knowledge import ItemKind, Operation
from domain.notifications import Occasion

_KINDS = {
    ItemKind.ARTICLE: "article",
    ItemKind.POLICY: "policy",
    ItemKind.TOOL_CONNECTION: "tool connection",
}
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class About(Model):
    """The facts that a notice of one proposal is made from, as they are when it is sent."""

    workspace: Line
    proposal_id: UUID
    title: Line | None
    """None where it may hold personal data: then people see it on the page only."""
    kind: ItemKind
    operation: Operation
    support: int
    fixes: int | None
    """None before past queries were replayed."""
    breaks: int | None
    draft: int
    content_hash: str
    clock: ReviewClock | None
    by: Line | None = None
    """Who mentioned, assigned or rejected."""
    approved_by: tuple[Line, ...] = ()
    release: int | None = None
    reason: Line | None = None
    """Why it was rejected, by name."""
    address: str


class Notice(Model):
    """One message about one proposal, in words that every channel shows."""

    workspace: Line
    proposal_id: UUID
    occasion: Occasion
    kind: ItemKind
    title: Line
    headline: Line
    """What is asked of the reader, or what has happened."""
    effect: Line
    proof: Line
    why_now: Line
    time_left: Line | None
    address: str
    draft: int
    content_hash: str
    can_decide: bool
    """Whether it waits for a decision now."""
    can_approve_here: bool
    """Whether a button in a chat may approve it."""


def write_notice(about: About, occasion: Occasion, now: datetime, zone: ZoneInfo) -> Notice:
    """Return the message; times are in UTC, and in `zone` where that is another."""
    kind = _KINDS[about.kind]
    waits = about.clock is not None and not about.clock.parked
    return Notice(
        workspace=about.workspace,
        proposal_id=about.proposal_id,
        occasion=occasion,
        kind=about.kind,
        title=about.title or f"A proposal on {'an' if kind == 'article' else 'a'} {kind}",
        headline=_HEADLINES[occasion],
        effect=_effect(about, kind),
        proof=_proof(about),
        why_now=_why_now(about, occasion),
        time_left=_time_left(about.clock, now, zone) if waits and occasion.asks else _after(about),
        address=about.address,
        draft=about.draft,
        content_hash=about.content_hash,
        can_decide=waits and occasion.asks,
        can_approve_here=waits
        and occasion.asks
        and about.title is not None
        and may_approve_from_chat(about.kind, about.fixes, about.breaks),
    )


_HEADLINES = {
    Occasion.OPENED: "A proposal waits for your decision",
    Occasion.REMINDER: "Reminder: a proposal waits for your decision",
    Occasion.ESCALATED: "A proposal has come to you, since nobody decided before",
    Occasion.PARKED: "A proposal was parked, since nobody decided",
    Occasion.CAME_BACK: "A proposal is back with a new draft",
    Occasion.MENTIONED: "You were mentioned on a proposal",
    Occasion.ASSIGNED: "A proposal was given to you",
    Occasion.APPLIED: "A proposal is live",
    Occasion.REJECTED: "A proposal was rejected",
    Occasion.DIGEST: "What waits for you",
}


def _effect(about: About, kind: str) -> str:
    match about.operation:
        case Operation.ADD:
            return f"It would give the agent a new {kind}."
        case Operation.REVISE:
            article = "an" if kind == "article" else "a"
            return f"It would change {article} {kind} that the agent uses."
        case Operation.RETIRE:
            article = "an" if kind == "article" else "a"
            return f"It would take {article} {kind} away from the agent."


def _proof(about: About) -> str:
    cases = f"{about.support} case shows" if about.support == 1 else f"{about.support} cases show"
    if about.fixes is None or about.breaks is None:
        return f"{cases} the need. No past query was replayed."
    breaks = "breaks no" if about.breaks == 0 else f"breaks {about.breaks}"
    queries = "past query" if about.breaks == 1 else "past queries"
    return f"{cases} the need. In the replay it {breaks} {queries} and fixes {about.fixes}."


def _why_now(about: About, occasion: Occasion) -> str:
    match occasion:
        case Occasion.OPENED:
            return "It has just been put before people."
        case Occasion.REMINDER:
            return _why_reminded(about.clock)
        case Occasion.ESCALATED:
            return _why_escalated(about.clock)
        case Occasion.PARKED:
            return "Nobody decided in the last tier. It was not approved."
        case Occasion.CAME_BACK:
            return f"Draft {about.draft} replaces the one that was looked at before."
        case _:
            return _what_somebody_did(about, occasion)


def _what_somebody_did(about: About, occasion: Occasion) -> str:
    by = about.by or "Somebody"
    if occasion is Occasion.MENTIONED:
        return f"{by} has named you in a comment."
    if occasion is Occasion.ASSIGNED:
        return f"{by} has given it to you."
    if occasion is Occasion.REJECTED:
        reason = f" ({about.reason})" if about.reason else ""
        return f"{by} rejected it{reason}. The page says why."
    people = " and ".join(about.approved_by) or "people"
    return f"Approved by {people}; live in release {about.release}."


def _why_reminded(clock: ReviewClock | None) -> str:
    if clock is None or clock.reminders_sent == 0:
        return "Nobody has decided yet."
    reminders = clock.policy.tiers[clock.tier].remind
    waited = _long(reminders[min(clock.reminders_sent, len(reminders)) - 1])
    count = f"reminder {clock.reminders_sent} of {len(reminders)}"
    return f"It has waited for {waited} and nobody has decided ({count})."


def _why_escalated(clock: ReviewClock | None) -> str:
    if clock is None or clock.tier == 0:
        return "Nobody decided in time."
    before = clock.policy.tiers[clock.tier - 1]
    place = _PLACES[clock.tier - 1]
    return (
        f"Nobody decided in the {place} tier ({before.group}s, {_long(before.due)}), "
        f"so it is with the {clock.group}s now."
    )


def _time_left(clock: ReviewClock | None, now: datetime, zone: ZoneInfo) -> str | None:
    if clock is None or (step := next_step(clock, now)) is None:
        return None
    left = clock.due_at - now
    when = f"Due in {_long(left)}" if left > timedelta(minutes=1) else "Due now"
    return f"{when}, at {_clock(clock.due_at, zone)}; then {_then(clock, step.kind)}."


def _then(clock: ReviewClock, next_kind: StepKind) -> str:
    is_last = clock.tier + 1 == len(clock.policy.tiers)
    if is_last or next_kind is StepKind.PARK:
        return "it is parked, not approved"
    return f"it goes to the {clock.policy.tiers[clock.tier + 1].group}s"


def _after(about: About) -> str | None:
    if about.clock is not None and about.clock.parked and about.release is None:
        return "No deadline any more; a lead can reopen it."
    return None


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    in_utc, local = moment.astimezone(UTC), moment.astimezone(zone)
    said = f"{in_utc:%H:%M} UTC on {in_utc.day} {in_utc:%B}"
    if local.utcoffset() == timedelta(0):
        return said
    return f"{said} ({local:%H:%M} {zone.key})"


def _long(span: timedelta) -> str:
    """Return a span in the largest unit that tells it well: `4 hours`, `2 days`."""
    minutes = max(1, round(span.total_seconds() / 60))
    for size, name in ((24 * 60, "day"), (60, "hour")):
        if minutes >= size * (2 if name == "day" else 1):
            count = round(minutes / size)
            return f"{count} {name}" + ("" if count == 1 else "s")
    return f"{minutes} minute" + ("" if minutes == 1 else "s")


class DigestLine(Model):
    """One proposal in a digest."""

    title: Line
    note: Line
    address: str


class Digest(Model):
    """One person's day: empty where there is nothing to say."""

    waiting: tuple[DigestLine, ...] = ()
    more_waiting: int = 0
    overdue: tuple[DigestLine, ...] = ()
    went_live: tuple[DigestLine, ...] = ()
    mentions: tuple[DigestLine, ...] = ()
    address: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.waiting or self.overdue or self.went_live or self.mentions)

    @property
    def headline(self) -> str:
        """What it comes to, in one line."""
        count = len(self.waiting) + self.more_waiting
        said = [f"{count} waiting for you"] if count else []
        said += [f"{len(self.overdue)} overdue"] if self.overdue else []
        said += [f"{len(self.went_live)} went live"] if self.went_live else []
        said += [f"{len(self.mentions)} unread mentions"] if self.mentions else []
        return "Learning Loop today: " + (", ".join(said) or "nothing new")

    @property
    def parts(self) -> tuple[tuple[str, tuple[DigestLine, ...]], ...]:
        """The headings with their lines, without those that are empty."""
        found = (
            ("Waits for you, most useful first", self.waiting),
            ("Overdue: nobody decided in the first tier", self.overdue),
            ("Went live since yesterday", self.went_live),
            ("Mentions that you have not read", self.mentions),
        )
        return tuple(part for part in found if part[1])


def may_approve_from_chat(kind: ItemKind, fixes: int | None, breaks: int | None) -> bool:
    """Return whether a button in a chat may approve.

    Policies and tool connections, and what a replay has not shown to break nothing, are approved
    on their page only: there the proof is seen.
    """
    return kind is ItemKind.ARTICLE and fixes is not None and breaks == 0
