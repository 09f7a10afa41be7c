"""Differences as pages show them: what stays the same is shortened around what does not."""

from collections.abc import Sequence

from api.diffs import Edit, FieldDiff, Segment

_AROUND = 160
"""How many characters of unchanged text stand on each side of a change."""

_GAP = "[…]"


def shortened(fields: Sequence[FieldDiff]) -> list[FieldDiff]:
    """Return the fields with long unchanged runs cut at words, `[…]` in their place."""
    return [
        field.model_copy(update={"segments": _shorten(field.segments)}) if field.changed else field
        for field in fields
    ]


def _shorten(segments: Sequence[Segment]) -> list[Segment]:
    last = len(segments) - 1
    return [
        segment
        if segment.edit is not Edit.KEEP
        else Segment(edit=Edit.KEEP, text=_cut(segment.text, index > 0, index < last))
        for index, segment in enumerate(segments)
    ]


def _cut(text: str, follows: bool, leads: bool) -> str:
    """Return the begin of a text that follows a change, and the end of one that leads to one."""
    if len(text) <= _AROUND * (follows + leads) + 2 * len(_GAP):
        return text
    head = text[:_AROUND].rpartition(" ")[0] if follows else ""
    tail = text[-_AROUND:].partition(" ")[2] if leads else ""
    return " ".join(part for part in (head, _GAP, tail) if part)
