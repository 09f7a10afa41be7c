"""The history checker finds each way in which a history cannot be."""

from collections.abc import Callable
from uuid import UUID

import pytest

from bench.hot_history import Acknowledged, History, RecordedRevision, violations

ITEMS = [UUID(int=n) for n in (1, 2)]


def history() -> History:
    """Two items, each added by an import and then changed three times."""
    revisions: list[RecordedRevision] = []
    acknowledged: list[Acknowledged] = []
    for item_id in ITEMS:
        text = "Opening hours"
        for number in range(1, 5):
            proposal_id = UUID(int=item_id.int * 100 + number) if number > 1 else None
            release = len(revisions) + 1
            if proposal_id:
                mark = f"mark {item_id.int}-{number}"
                text += f"\n{mark}"
                acknowledged.append(
                    Acknowledged(
                        proposal_id=proposal_id,
                        item_id=item_id,
                        base_revision=number - 1,
                        mark=mark,
                        release=release,
                    )
                )
            revisions.append(
                RecordedRevision(
                    item_id=item_id,
                    number=number,
                    parent=number - 1 or None,
                    release=release,
                    proposal_id=proposal_id,
                    base_revision=number - 1 if proposal_id else None,
                    approvals=1 if proposal_id else 0,
                    text=text,
                )
            )
    releases = [revision.release for revision in revisions]
    refused = [UUID(int=999)]
    return History(
        acknowledged=acknowledged, refused=refused, revisions=revisions, releases=releases
    )


def test_a_history_that_could_be_has_no_violation() -> None:
    assert violations(history()) == []


def lost(given: History) -> None:
    del given.revisions[3]
    del given.releases[3]


def applied_twice(given: History) -> None:
    again = given.revisions[-1].model_copy(update={"number": 5, "parent": 4, "release": 9})
    given.revisions.append(again)
    given.releases.append(9)


def told_twice(given: History) -> None:
    given.acknowledged.append(given.acknowledged[0])


def another_release(given: History) -> None:
    given.acknowledged[0].release = 5


def wrong_parent(given: History) -> None:
    given.revisions[2].parent = 1


def stale_base(given: History) -> None:
    given.revisions[2].base_revision = 1


def overwritten(given: History) -> None:
    given.revisions[3].text = "Opening hours\nmark 1-4"


def reordered(given: History) -> None:
    given.revisions[3].text = "Opening hours\nmark 1-3\nmark 1-2\nmark 1-4"


def text_of_another(given: History) -> None:
    given.revisions[1].text = "Opening hours"


def unapproved(given: History) -> None:
    given.revisions[1].approvals = 0


def refused_and_there(given: History) -> None:
    given.refused.append(given.acknowledged[0].proposal_id)


def gap(given: History) -> None:
    given.releases[-1] = 12
    given.revisions[-1].release = 12
    given.acknowledged[-1].release = 12


def falling_releases(given: History) -> None:
    one, other = given.revisions[1], given.revisions[2]
    one.release, other.release = other.release, one.release
    given.acknowledged[0].release, given.acknowledged[1].release = one.release, other.release


def orphan_release(given: History) -> None:
    given.releases.append(9)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lost, "is there 0 times"),
        (applied_twice, "is there 2 times"),
        (told_twice, "acknowledged 2 times"),
        (another_release, "not 5"),
        (wrong_parent, "the parent of revision 3"),
        (stale_base, "a stale base"),
        (overwritten, "has lost an earlier change"),
        (reordered, "has lost an earlier change"),
        (text_of_another, "without its text"),
        (unapproved, "without an approval"),
        (refused_and_there, "was refused and is there"),
        (gap, "a gap"),
        (falling_releases, "do not rise"),
        (orphan_release, "one to one"),
    ],
)
def test_a_history_that_cannot_be_is_told(break_it: Callable[[History], None], words: str) -> None:
    given = history()
    break_it(given)
    assert any(words in sentence for sentence in violations(given)), violations(given)
