"""Long texts that stay the same are shortened around what does not."""

from hypothesis import given
from hypothesis import strategies as st

from api.diffs import Edit, FieldDiff, Segment, diff_texts
from api.pages.diff_view import shortened

_WORDS = st.lists(st.sampled_from(["a", "longer", "words\n", "word,"]), max_size=400).map(" ".join)


def _field(before: str, after: str) -> FieldDiff:
    return FieldDiff(field="answer", changed=True, segments=diff_texts(before, after))


def _said(segments: list[Segment], edit: Edit) -> list[str]:
    return [segment.text for segment in segments if segment.edit is edit]


@given(_WORDS, _WORDS)
def test_what_changed_is_shown_whole(before: str, after: str) -> None:
    field = _field(before, after)

    (short,) = shortened([field])

    for edit in (Edit.INSERT, Edit.DELETE):
        assert _said(short.segments, edit) == _said(field.segments, edit)
    assert all(len(text) < 340 for text in _said(short.segments, Edit.KEEP))


def test_both_sides_of_a_gap_end_at_words() -> None:
    same = "word " * 200
    (short,) = shortened([_field(f"old {same}old", f"new {same}new")])

    (kept,) = _said(short.segments, Edit.KEEP)
    assert kept.startswith(" word word")
    assert kept.endswith("word word ")
    assert "word […] word" in kept


def test_what_is_not_changed_or_short_is_left_as_it_is() -> None:
    same = FieldDiff(field="answer", changed=False, segments=diff_texts("x " * 500, "x " * 500))
    short = _field("within 30 days", "within 40 days")

    assert shortened([same, short]) == [same, short]
