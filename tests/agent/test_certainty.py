"""How certain it is that an item answers, by the wordings near to a query."""

from uuid import UUID

import numpy as np
import pytest

from agent.certainty import NearWording, assess

ONE, OTHER, THIRD = (UUID(int=number) for number in (1, 2, 3))


def wording(item_id: UUID, angle: float, lexical: float = 0.0) -> NearWording:
    """Return a text whose vector stands at this angle, in degrees, to the query's."""
    radians = np.radians(angle)
    vector = np.array([np.cos(radians), np.sin(radians)], np.float32)
    return NearWording(item_id, float(np.cos(radians)), lexical, vector)


def certainties(wordings: list[NearWording]) -> dict[UUID, float]:
    """Return how certain each item is, surest first."""
    return {item_id: found.certainty for item_id, found in assess(wordings).items()}


def test_nothing_near_means_nothing_certain() -> None:
    assert certainties([]) == {}


def test_one_item_is_the_surer_the_nearer_it_is() -> None:
    near, far = (certainties([wording(ONE, angle)])[ONE] for angle in (10, 60))

    assert 0.9 < near <= 1
    assert far < 0.2


def test_the_surest_comes_first() -> None:
    sure = certainties([wording(OTHER, 40), wording(ONE, 10), wording(ONE, 15)])

    assert list(sure) == [ONE, OTHER]


def test_a_rival_as_near_halves_the_certainty() -> None:
    sure = certainties([wording(ONE, 20), wording(OTHER, -20)])

    assert sure[ONE] == pytest.approx(sure[OTHER], abs=0.02)
    assert sure[ONE] < 0.5


def test_wordings_on_the_same_side_tell_near_items_apart() -> None:
    mine = [wording(ONE, angle) for angle in (8, 12, 16, 20)]
    theirs = [wording(OTHER, angle) for angle in (-14, -20, -26, -32)]

    sure = certainties([*mine, *theirs])

    assert sure[ONE] > 3 * sure[OTHER]


def test_shared_words_count() -> None:
    sure = certainties([wording(ONE, 30, lexical=0.5), wording(OTHER, 30)])

    assert sure[ONE] > sure[OTHER]


def test_items_far_behind_are_left_out() -> None:
    others = [wording(UUID(int=number), 10 + 3 * number) for number in range(4, 14)]

    assert len(certainties([wording(ONE, 5), *others])) == 6


def test_what_speaks_for_an_item_is_told_with_its_certainty() -> None:
    far = [wording(OTHER, angle, lexical=0.5) for angle in (-30, -40)]
    found = assess([wording(ONE, 10, lexical=0.1), *far])
    one, other = found[ONE].signs, found[OTHER].signs

    assert one.nearest == pytest.approx(np.cos(np.radians(10)))
    assert one.nearest_lead == pytest.approx(one.nearest - other.nearest) == -other.nearest_lead
    assert other.five_nearest == pytest.approx(np.cos(np.radians([30, 40])).mean())
    assert (one.wordings, other.wordings) == (0, pytest.approx(np.log(2)))
    assert (one.words, other.words) == (0.1, 0.5)
    assert one.nearness == other.nearness
    assert found[ONE].certainty == pytest.approx(one.share * one.fit)
    assert one.share_lead == pytest.approx(one.share - other.share) == -other.share_lead
    assert one.fit_lead > 0 > other.fit_lead
    assert one.odds > 0 > other.odds


def test_the_only_item_leads_by_all_that_it_has() -> None:
    signs = assess([wording(ONE, 10)])[ONE].signs

    assert (signs.share_lead, signs.fit, signs.fit_lead) == (signs.share, 1, 1)
    assert signs.nearest_lead == signs.nearest
