"""Which change brings an item back, and when there is nothing to bring back."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BaseMovedError, NotFoundError, NothingToChangeError
from domain.knowledge import Change, Item, ItemKind, ItemStatus, Operation, Revision
from domain.outcomes import Span
from domain.rollback import (
    changes_nothing,
    check_edit,
    restore,
    retire,
    roll_back_to_release,
    roll_back_to_revision,
    since_release,
    since_revision,
)
from tests.domain.builders import content

ITEM = UUID(int=7)
GONE = None


def history(*texts: str | None) -> list[Revision]:
    """Return an item's revisions, one a release from 10 on; None is a retirement."""
    revisions: list[Revision] = []
    said = ""
    for place, text in enumerate(texts):
        said = text or said
        operation = Operation.RETIRE if text is GONE else Operation.REVISE
        revisions.append(
            Revision(
                item_id=ITEM,
                number=place + 1,
                parent=place or None,
                kind=ItemKind.ARTICLE,
                operation=operation if place else Operation.ADD,
                content=content(text=said),
                content_hash="h",
                release=10 * (place + 1),
                proposal_id=None,
                intervention_id=None,
                approved_by=("ana",),
                created_at=datetime(2026, 3, 31, tzinfo=UTC),
            )
        )
    return revisions


def change(operation: Operation, base: int, text: str) -> Change:
    return Change(
        kind=ItemKind.ARTICLE,
        operation=operation,
        item_id=ITEM,
        base_revision=base,
        content=content(text=text),
    )


def test_a_rollback_is_a_revision_of_the_head_with_the_old_content() -> None:
    back = roll_back_to_revision(history("one", "two", "three"), 1)
    assert back == change(Operation.REVISE, 3, "one")


def test_a_rollback_to_where_the_item_was_retired_retires_it() -> None:
    back = roll_back_to_revision(history("one", GONE, "three"), 2)
    assert back == change(Operation.RETIRE, 3, "three")


def test_a_rollback_of_a_retired_item_brings_it_back() -> None:
    back = roll_back_to_revision(history("one", "two", GONE), 1)
    assert back == change(Operation.REVISE, 3, "one")


@pytest.mark.parametrize(
    ("texts", "number"),
    [(("one", "two"), 2), (("one", "two", "one"), 1), (("one", GONE), 2)],
    ids=["the head", "the same words", "retired"],
)
def test_a_rollback_to_what_is_said_already_is_refused(texts: tuple[str], number: int) -> None:
    with pytest.raises(NothingToChangeError):
        roll_back_to_revision(history(*texts), number)


@pytest.mark.parametrize("number", [0, 3])
def test_a_revision_that_never_was_is_not_found(number: int) -> None:
    with pytest.raises(NotFoundError):
        roll_back_to_revision(history("one", "two"), number)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (9, change(Operation.RETIRE, 2, "two")),
        (10, change(Operation.REVISE, 2, "one")),
        (19, change(Operation.REVISE, 2, "one")),
        (20, None),
        (21, None),
    ],
)
def test_a_release_brings_back_what_was_said_then(release: int, expected: Change | None) -> None:
    assert roll_back_to_release(history("one", "two"), release) == expected


def test_an_item_that_was_retired_before_and_after_stays_as_it_is() -> None:
    assert roll_back_to_release(history("one", GONE, "three", GONE), 20) is None


@given(
    texts=st.lists(st.sampled_from(["one", "two", GONE]), max_size=6).map(lambda t: ["one", *t]),
    release=st.integers(5, 80),
)
def test_after_a_rollback_the_item_is_what_it_was(texts: list[str | None], release: int) -> None:
    revisions = history(*texts)
    back = roll_back_to_release(revisions, release)
    then = [revision for revision in revisions if revision.release <= release]

    def seen(revision: Revision | None) -> object:
        return (
            None if revision is None or revision.operation is Operation.RETIRE else revision.content
        )

    if back is None:
        assert seen(revisions[-1]) == seen(then[-1] if then else None)
        return
    after = back.content if back.operation is Operation.REVISE else None
    assert after == seen(then[-1] if then else None)
    assert back.base_revision == len(revisions)


def test_a_retirement_keeps_what_it_retires() -> None:
    assert retire(history("one", "two")) == change(Operation.RETIRE, 2, "two")
    with pytest.raises(NothingToChangeError):
        retire(history("one", GONE))


def test_a_restored_item_says_what_it_said_last() -> None:
    assert restore(history("one", "two", GONE)) == change(Operation.REVISE, 3, "two")
    with pytest.raises(NothingToChangeError):
        restore(history("one"))


def test_what_a_rollback_takes_back_are_the_later_revisions() -> None:
    revisions = history("one", "two", "three")
    assert since_revision(revisions, 1) == Span(ITEM, 2, 3)
    assert since_release(revisions, 25) == Span(ITEM, 3, 3)
    assert since_release(revisions, 9) == Span(ITEM, 1, 3)


def head(text: str = "two", status: ItemStatus = ItemStatus.ACTIVE) -> Item:
    return Item(
        id=ITEM, kind=ItemKind.ARTICLE, status=status, revision=2, content=content(text=text)
    )


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (change(Operation.REVISE, 1, "new"), BaseMovedError),
        (change(Operation.REVISE, 3, "new"), BaseMovedError),
        (change(Operation.REVISE, 2, "two"), NothingToChangeError),
    ],
    ids=["an older base", "a base to come", "the same words"],
)
def test_an_edit_is_of_the_head_and_changes_it(edit: Change, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_edit(edit, head())
    check_edit(change(Operation.REVISE, 2, "new"), head())


def test_an_edit_of_another_kind_of_item_finds_nothing() -> None:
    policy = Change(
        kind=ItemKind.POLICY,
        operation=Operation.REVISE,
        item_id=ITEM,
        base_revision=2,
        content=content(ItemKind.POLICY),
    )
    with pytest.raises(NotFoundError):
        check_edit(policy, head())


def test_the_same_words_bring_a_retired_item_back() -> None:
    same = change(Operation.REVISE, 2, "two")
    assert not changes_nothing(same, head(status=ItemStatus.RETIRED))
    assert changes_nothing(same, head())
    assert changes_nothing(change(Operation.RETIRE, 2, "two"), head(status=ItemStatus.RETIRED))


def test_wordings_are_a_change_of_what_says_the_same() -> None:
    same = change(Operation.REVISE, 2, "two")
    found_anew = same.model_copy(update={"phrasings": ("When is it?",)})
    assert not changes_nothing(found_anew, head())
