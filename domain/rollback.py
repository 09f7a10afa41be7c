"""Which change brings an item back: to a revision, to a release, out of sight, or into it again.

What is retired keeps its content, so an item is restored by a revision on the one that retired it.
"""

from collections.abc import Sequence

from domain.errors import BaseMovedError, NotFoundError, NothingToChangeError
from domain.knowledge import Change, Item, ItemStatus, Operation, Revision
from domain.outcomes import Span


def roll_back_to_revision(revisions: Sequence[Revision], number: int) -> Change:
    """Return the change that makes an item say again what it said at revision `number`.

    `revisions` are all of one item, oldest first. Raises NotFoundError for a revision that the
    item never had, NothingToChangeError if it says that already.
    """
    state = next((revision for revision in revisions if revision.number == number), None)
    if state is None:
        raise NotFoundError(f"the item has no revision {number}")
    change = _towards(revisions[-1], state)
    if change is None:
        raise NothingToChangeError("the item says already what it said at that revision")
    return change


def roll_back_to_release(revisions: Sequence[Revision], release: int) -> Change | None:
    """Return the change that makes an item what it was at a release; None if it is that already.

    An item that did not exist then is retired.
    """
    then = [revision for revision in revisions if revision.release <= release]
    return _towards(revisions[-1], then[-1] if then else None)


def retire(revisions: Sequence[Revision]) -> Change:
    """Return the change that retires an item; raises NothingToChangeError if it is retired."""
    change = _towards(revisions[-1], None)
    if change is None:
        raise NothingToChangeError("the item is retired already")
    return change


def restore(revisions: Sequence[Revision]) -> Change:
    """Return the change that lets agents see a retired item again, with its last content.

    Raises NothingToChangeError if it is not retired.
    """
    head = revisions[-1]
    if not _is_retirement(head):
        raise NothingToChangeError("the item is not retired")
    return _change(head, head, Operation.REVISE)


def since_revision(revisions: Sequence[Revision], number: int) -> Span:
    """Return the revisions that a rollback to revision `number` takes back."""
    return Span(revisions[-1].item_id, number + 1, revisions[-1].number)


def since_release(revisions: Sequence[Revision], release: int) -> Span:
    """Return the revisions that a rollback to a release takes back."""
    return since_revision(revisions, sum(revision.release <= release for revision in revisions))


def check_edit(change: Change, head: Item) -> None:
    """Raise unless a person's own change of an item would change its head.

    BaseMovedError if the change is based on another revision, NothingToChangeError if the item
    says it already.
    """
    if change.kind is not head.kind:
        raise NotFoundError(f"there is no {change.kind} of that id")
    if change.base_revision != head.revision:
        raise BaseMovedError(f"the item is at revision {head.revision}; read it and edit that")
    if changes_nothing(change, head):
        raise NothingToChangeError


def changes_nothing(change: Change, head: Item) -> bool:
    """Return whether an item would be after the change what it is before."""
    if change.operation is Operation.RETIRE:
        return head.status is ItemStatus.RETIRED
    # Wordings find it anew, whatever it says.
    is_said = change.content == head.content and not change.phrasings
    return head.status is ItemStatus.ACTIVE and is_said


def _towards(head: Revision, state: Revision | None) -> Change | None:
    """Return the change from `head` to what `state` was; None is an item that agents do not see."""
    is_gone = _is_retirement(head)
    if state is None or _is_retirement(state):
        return None if is_gone else _change(head, head, Operation.RETIRE)
    if not is_gone and head.content == state.content:
        return None
    return _change(head, state, Operation.REVISE)


def _is_retirement(revision: Revision) -> bool:
    return revision.operation is Operation.RETIRE


def _change(head: Revision, state: Revision, operation: Operation) -> Change:
    return Change(
        kind=head.kind,
        operation=operation,
        item_id=head.item_id,
        base_revision=head.number,
        content=state.content,
    )
