"""What signs are worth, by how past queries ended."""

import math
import random
from collections.abc import Sequence

import pytest

from agent.weighing import learn, standard_of
from domain.answering import LEAST_JUDGED, LEAST_LEARNED_FROM, LENIENCE, Judged, Signs

_NOTHING = Signs(*[0.0] * len(Signs._fields))


def past(count: int, *, certainty_tells: float, fit_tells: float) -> list[Judged]:
    """Return queries: certainty and the sign `fit` go with being right so much of the time."""
    chance = random.Random(7)
    found: list[Judged] = []
    for _ in range(count):
        right = chance.random() < 0.8
        certain = right if chance.random() < certainty_tells else chance.random() < 0.5
        fits = right if chance.random() < fit_tells else chance.random() < 0.5
        certainty = (0.5 if certain else 0.0) + chance.random() / 2
        found.append(Judged(certainty, right, _NOTHING._replace(odds=certainty, fit=float(fits))))
    return found


def answered(judged: Sequence[Judged], budget: float) -> list[Judged]:
    """Return which of the queries would be answered by what they teach."""
    standard = standard_of(judged, budget)
    assert standard is not None
    return [q for q in judged if standard.sureness(q.certainty, q.signs) >= standard.bar]


def test_a_sign_that_goes_with_being_right_counts() -> None:
    weights = learn(past(1_000, certainty_tells=0, fit_tells=0.9))

    assert weights is not None
    assert weights.chance(_NOTHING._replace(fit=1.0)) > 0.95
    assert weights.chance(_NOTHING) < 0.5


def test_the_chance_is_a_probability() -> None:
    judged = past(2_000, certainty_tells=0, fit_tells=0.5)
    weights = learn(judged)

    assert weights is not None
    for fit in (0.0, 1.0):
        alike = [query for query in judged if query.signs is not None and query.signs.fit == fit]
        chances = [weights.chance(query.signs) for query in alike if query.signs is not None]
        share = sum(query.right for query in alike) / len(alike)
        assert sum(chances) / len(alike) == pytest.approx(share, abs=0.01)


def test_signs_let_more_be_answered_within_the_same_budget() -> None:
    judged = past(1_000, certainty_tells=0.7, fit_tells=0.9)
    plain = [query._replace(signs=None) for query in judged]

    more, fewer = answered(judged, 0.08), answered(plain, 0.08)
    assert len(more) > len(fewer) + 20 > 20
    assert sum(not query.right for query in more) <= 0.08 * len(more)


def test_nothing_is_sure_that_is_far_from_certain() -> None:
    judged = past(1_000, certainty_tells=0.9, fit_tells=0.95)
    standard = standard_of(judged, 0.03)
    by_certainty = standard_of([query._replace(signs=None) for query in judged], 0.03 * LENIENCE)

    assert standard is not None
    assert by_certainty is not None
    surest = _NOTHING._replace(fit=1.0)
    assert standard.sureness(by_certainty.bar, surest) >= standard.bar
    assert standard.sureness(math.nextafter(by_certainty.bar, 0), surest) == 0


@pytest.mark.parametrize("with_signs", [0, LEAST_LEARNED_FROM - 1])
def test_by_few_queries_with_signs_certainty_decides(with_signs: int) -> None:
    judged = past(LEAST_LEARNED_FROM, certainty_tells=0.9, fit_tells=0.9)
    judged = [
        query if place < with_signs else query._replace(signs=None)
        for place, query in enumerate(judged)
    ]
    standard = standard_of(judged, 0.05)

    assert standard is not None
    assert standard.sureness(0.7, None) == 0.7
    assert standard.sureness(0.7, judged[0].signs) == 0.7


def test_by_very_few_queries_nothing_is_known() -> None:
    judged = past(LEAST_JUDGED - 1, certainty_tells=1, fit_tells=1)

    assert standard_of(judged, 0.05) is None


def test_what_all_ended_alike_teaches_nothing() -> None:
    judged = [query._replace(right=True) for query in past(500, certainty_tells=1, fit_tells=1)]

    assert learn(judged) is None
    assert standard_of(judged, 0.05) is not None


def test_an_item_without_signs_is_not_sure_where_they_count() -> None:
    standard = standard_of(past(500, certainty_tells=0.9, fit_tells=0.95), 0.05)

    assert standard is not None
    assert standard.sureness(1.0, None) == 0
