"""Marking the words that a text and a query share."""

from api.pages.word_marks import mark_words


def shown(text: str, query: str, limit: int = 220) -> str:
    """Return the text with its shared words in brackets."""
    pieces = mark_words(text, query, limit=limit)
    return "".join(f"[{piece.text}]" if piece.quoted else piece.text for piece in pieces)


def test_shared_stems_are_marked_and_nothing_is_lost() -> None:
    text = "Refunds take\n5 days; we refunded <b>all</b>."

    assert shown(text, "How long does a refund take?") == (
        "[Refunds] [take] 5 days; we [refunded] <b>all</b>."
    )


def test_small_words_are_not_marked() -> None:
    assert shown("What is it?", "What is this?") == "What is it?"


def test_a_long_text_is_cut_around_the_first_shared_word() -> None:
    text = f"{'before ' * 60}refund {'after ' * 60}"

    seen = shown(text, "refund", limit=100)

    assert seen.startswith("… before")
    assert seen.endswith("after …")
    assert "[refund]" in seen
    assert len(seen) < 115


def test_a_long_text_without_a_shared_word_is_shown_from_its_begin() -> None:
    assert shown("one two three four five", "refund", limit=12) == "one two …"


def test_a_long_word_is_cut() -> None:
    assert shown("x" * 50, "refund", limit=20) == f"{'x' * 10} …"
