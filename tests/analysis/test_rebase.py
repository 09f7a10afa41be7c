"""A change laid onto a newer revision of its item."""

from uuid import UUID

from analysis.rebase import rebase_change
from domain.knowledge import Change, Item, ItemKind, ItemStatus, Operation
from tests.domain.builders import content


def test_the_wordings_come_along() -> None:
    change = Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.REVISE,
        item_id=UUID(int=1),
        base_revision=1,
        content=content(),
        phrasings=("send it back",),
    )
    head = Item(
        id=UUID(int=1),
        kind=ItemKind.ARTICLE,
        status=ItemStatus.ACTIVE,
        revision=4,
        content=content(text="Within 14 days."),
    )
    rebased = rebase_change(change, base=content(), head=head)
    assert (rebased.base_revision, rebased.content) == (4, head.content)
    assert rebased.phrasings == ("send it back",)
