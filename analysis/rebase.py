"""Moves a change onto a newer revision of its item: a three-way merge, field by field."""

from typing import Any

from diff_match_patch import diff_match_patch

from domain.knowledge import Change, Item, ItemContent, parse_content


def rebase_change(change: Change, *, base: ItemContent, head: Item) -> Change:
    """Return the change as it would read against `head`, keeping what others changed since `base`.

    A field that only one side changed is taken from that side. Of a text that both changed, the
    change's edits are patched into the head's text; where they do not fit, and for lists, the
    change's own value stands: a person reads the result against the head before it counts. Its
    wordings are those of customers, whatever the item says by now.
    """
    old = base.model_dump(mode="json")
    ours = change.content.model_dump(mode="json")
    theirs = head.content.model_dump(mode="json")
    merged = {name: _merge(old.get(name), ours[name], theirs.get(name)) for name in ours}
    return Change(
        kind=change.kind,
        operation=change.operation,
        item_id=head.id,
        base_revision=head.revision,
        content=parse_content(change.kind, merged),
        phrasings=change.phrasings,
    )


def _merge(old: Any, ours: Any, theirs: Any) -> Any:
    if ours == old:
        return theirs
    if theirs in (old, ours):
        return ours
    if isinstance(old, str) and isinstance(ours, str) and isinstance(theirs, str):
        return _merge_text(old, ours, theirs)
    return ours


def _merge_text(old: str, ours: str, theirs: str) -> str:
    engine: Any = diff_match_patch()
    engine.Diff_Timeout = 0.25
    merged, fitted = engine.patch_apply(engine.patch_make(old, ours), theirs)
    return str(merged) if all(fitted) else ours
