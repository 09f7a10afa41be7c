"""The card of a proposal's change: exactly what would be stored, and word by word what differs."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel

from api.diffs import (
    ContentDiff,
    FieldDiff,
    Patience,
    ToolDiff,
    ToolEffect,
    compare,
    diff_contents,
    diff_lines,
    field_text,
)
from api.services.proposal_view import ProposalDetail
from domain.knowledge import Change, ItemContent, Operation, ToolConnectionContent, ToolSpec

_SECONDS = 1.0
"""How long the texts of one card are compared for at most."""

_TOOLS = frozenset({"tools"})


class DiffView(StrEnum):
    """How a difference is shown: in one text, or the old words beside the new ones."""

    INLINE = "inline"
    SIDES = "sides"


class StoredField(BaseModel):
    """A field as it would be stored."""

    name: str
    text: str


class ChangeCard(BaseModel):
    """What a change would do.

    `stored` is all that an addition would store, or a retirement would take away; `diff` is what a
    revision changes, without what stays. `previous` is how the draft before differs.
    """

    view: DiffView
    operation: Operation
    stored: list[StoredField] = []
    tools: list[ToolSpec] = []
    diff: ContentDiff = ContentDiff(fields=[])
    kept: list[FieldDiff] = []
    kept_tools: list[str] = []
    phrasings: tuple[str, ...] = ()
    previous: list[FieldDiff] = []

    @property
    def changed_tools(self) -> list[ToolDiff]:
        """The tools that a revision adds, changes and takes away."""
        return self.diff.tools


async def card_of(detail: ProposalDetail, view: DiffView = DiffView.INLINE) -> ChangeCard:
    """Return the card of a proposal as it stands."""
    # In a thread: hostile texts may take as long as the differ's time limit.
    return await asyncio.to_thread(_card, detail, view)


def _card(detail: ProposalDetail, view: DiffView) -> ChangeCard:
    patience = Patience(_SECONDS)
    card = laid_out(detail.change, detail.base_content, view, patience)
    if len(detail.drafts) < 2:
        return card
    before, after = detail.drafts[-2:]
    return card.model_copy(
        update={"previous": changed_fields(before.change, after.change, patience)}
    )


def laid_out(
    change: Change, base: ItemContent | None, view: DiffView, patience: Patience
) -> ChangeCard:
    """Return the card of a change that is based on `base`; it may take its time."""
    card = ChangeCard(view=view, operation=change.operation, phrasings=change.phrasings)
    if change.operation is not Operation.REVISE or base is None:
        content = change.content
        tools = content.tools if isinstance(content, ToolConnectionContent) else ()
        return card.model_copy(update={"stored": _stored(content), "tools": list(tools)})
    whole = compare(base, change.content, patience)
    return card.model_copy(
        update={
            "diff": whole.only_changes(),
            "kept": [f for f in whole.fields if not f.changed and f.segments],
            "kept_tools": [t.name for t in whole.tools if t.effect is ToolEffect.KEPT],
        }
    )


def changed_fields(
    before: Change, after: Change, patience: Patience | None = None
) -> list[FieldDiff]:
    """Return the fields in which two drafts differ; wordings are one of them."""
    fields = diff_contents(before.content, after.content, patience)
    wordings = diff_lines("wordings", before.phrasings, after.phrasings)
    return [field for field in [*fields, wordings] if field.changed]


def _stored(content: ItemContent) -> Sequence[StoredField]:
    values = content.model_dump(mode="json", exclude=set(_TOOLS))
    return [StoredField(name=name, text=field_text(value)) for name, value in values.items()]
