"""What an inbox can be narrowed to, as its page offers it: filters, their choices, saved views."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from api.pages.words import KIND_NAMES
from domain.findings import Gap
from domain.identity import ApiRole
from domain.inbox import (
    ALL,
    BUILT_IN_VIEWS,
    ME,
    NOBODY,
    AwaitedApproval,
    DueBy,
    InboxFilters,
    Snoozed,
)
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from store.saved_views import SavedView

MOST_TAGS = 30
MOST_PEOPLE = 50


class Choice(BaseModel):
    """One choice of a filter, and how many proposals it would show with the other filters."""

    value: str
    label: str
    count: int
    chosen: bool


class Filter(BaseModel):
    """One filter of the form; its first choice filters nothing."""

    name: str
    label: str
    choices: list[Choice]

    @property
    def is_used(self) -> bool:
        """Whether it narrows the inbox."""
        return not self.choices[0].chosen


class Chip(BaseModel):
    """A filter that narrows the inbox, in words, and the address without it."""

    label: str
    href: str


class ViewLink(BaseModel):
    """A view by name; `id` is that of one that was saved."""

    name: str
    href: str
    is_current: bool
    id: UUID | None = None
    is_shared: bool = False
    is_default: bool = False


class _Spec(NamedTuple):
    name: str
    label: str
    plain: tuple[str, str]
    """The choice that filters nothing: its value and label."""
    labels: Mapping[str, str]
    """The choices in their order; others that are counted come after them, by count."""


_SPECS = (
    _Spec("status", "Status", (ALL, "all"), {s: s.replace("_", " ") for s in ProposalStatus}),
    _Spec("kind", "Kind", ("", "any"), {k: KIND_NAMES[k] for k in ItemKind}),
    _Spec("gap", "Gap", ("", "any"), {g: g.replace("_", " ") for g in Gap}),
    _Spec(
        "due",
        "Due",
        ("", "any time"),
        {
            DueBy.OVERDUE: "overdue",
            DueBy.TODAY: "by the end of today",
            DueBy.THIS_WEEK: "within 7 days",
        },
    ),
    _Spec("assignee", "Assignee", ("", "anybody"), {ME: "me", NOBODY: "nobody"}),
    _Spec(
        "tier",
        "Waits for",
        ("", "any group"),
        {r: f"{r}s" for r in (ApiRole.REVIEWER, ApiRole.LEAD, ApiRole.ADMIN)},
    ),
    _Spec("tag", "Tag", ("", "any"), {}),
    _Spec("awaits", "Approvals", ("", "any"), {AwaitedApproval.SECOND: "needs my second one"}),
    _Spec(
        "snoozed",
        "Snoozed",
        (Snoozed.HIDDEN, "left out"),
        {Snoozed.ONLY: "only these", Snoozed.SHOWN: "shown, too"},
    ),
)
_UNCOUNTED = {Snoozed.SHOWN}
_MOST = {"tag": MOST_TAGS, "assignee": MOST_PEOPLE}


def filters_of(chosen: InboxFilters, counted: Mapping[str, Mapping[str, int]]) -> list[Filter]:
    """Return the filters with their choices and counts; what nothing has is left out."""
    return [_filter(spec, _value(chosen, spec), counted.get(spec.name, {})) for spec in _SPECS]


def _value(chosen: InboxFilters, spec: _Spec) -> str:
    return str(getattr(chosen, spec.name) or spec.plain[0])


def _filter(spec: _Spec, value: str, counts: Mapping[str, int]) -> Filter:
    plain, label = spec.plain
    others = sorted(set(counts) - set(spec.labels), key=lambda name: (-counts[name], name))
    labels = {**spec.labels, **{name: name for name in others[: _MOST.get(spec.name, 0)]}}
    labels.setdefault(value, value)
    labels.pop(plain, None)
    choices = [
        Choice(value=name, label=text, count=counts.get(name, 0), chosen=name == value)
        for name, text in labels.items()
        if counts.get(name) or name == value or name in _UNCOUNTED
    ]
    total = sum(counts.values()) if spec.name == "status" else 0
    return Filter(
        name=spec.name,
        label=spec.label,
        choices=[Choice(value=plain, label=label, count=total, chosen=value == plain), *choices],
    )


def chips_of(chosen: InboxFilters, filters: Sequence[Filter]) -> list[Chip]:
    """Return what narrows the inbox beside its status, each with the address without it."""
    chips = [
        Chip(
            label=f"{found.label}: {next(c.label for c in found.choices if c.chosen)}",
            href=f"/?{chosen.without(found.name).as_query()}",
        )
        for found in filters
        if found.is_used and found.name != "status"
    ]
    if chosen.q:
        chips.insert(0, Chip(label=f"“{chosen.q}”", href=f"/?{chosen.without('q').as_query()}"))
    return chips


def views_of(chosen: InboxFilters, saved: Sequence[SavedView]) -> list[ViewLink]:
    """Return the views that everybody has, then a person's own and everybody's saved ones."""
    current = chosen.as_query()
    built_in = [
        ViewLink(
            name=view.name,
            href=f"/?{view.filters.as_query()}",
            is_current=view.filters.as_query() == current,
        )
        for view in BUILT_IN_VIEWS
    ]
    return built_in + [
        ViewLink(
            name=view.name,
            href=f"/?{view.filters.as_query()}",
            is_current=view.filters.as_query() == current,
            id=view.id,
            is_shared=view.person is None,
            is_default=view.is_default,
        )
        for view in saved
    ]
