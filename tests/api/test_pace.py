"""How often one person may ask, and what is kept of answers that were asked again."""

from uuid import uuid4

from api.asked_again import AskedAgain, AskedAt
from api.pace import Pace
from tests.domain.builders import asked


class Clock:
    """Tells the seconds that a test says."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.now = 0.0

    def __call__(self) -> float:
        """Return now."""
        return self.now


def test_each_person_has_a_pace_of_their_own() -> None:
    pace = Pace(2, 60, clock=Clock())
    assert [pace.seconds_to_wait(who) for who in ("ana", "ana", "ana", "bo")] == [0, 0, 60, 0]


def test_who_has_waited_may_ask_again() -> None:
    clock = Clock()
    pace = Pace(1, 60, clock=clock)
    pace.seconds_to_wait("ana")
    clock.now = 20
    assert pace.seconds_to_wait("ana") == 40
    clock.now = 60
    assert pace.seconds_to_wait("ana") == 0


def test_an_answer_holds_for_one_release_and_until_an_erasure() -> None:
    kept = AskedAgain()
    moment = AskedAt("w", uuid4(), release=3, erasures=0)
    kept.put(moment, asked("Yes."))
    assert kept.get(moment) == asked("Yes.")
    assert kept.get(moment._replace(release=4)) is None
    assert kept.get(moment._replace(erasures=1)) is None


def test_the_answer_that_was_used_longest_ago_goes_first() -> None:
    kept = AskedAgain(most=2)
    first, second, third = (AskedAt("w", uuid4(), 1, 0) for _ in range(3))
    kept.put(first, asked("1"))
    kept.put(second, asked("2"))
    kept.get(first)
    kept.put(third, asked("3"))
    assert [kept.get(moment) is None for moment in (first, second, third)] == [False, True, False]
