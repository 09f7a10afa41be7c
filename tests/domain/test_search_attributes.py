"""The search attributes fit into what SQL visibility allows."""

from collections import Counter

from domain.search_attributes import SEARCH_ATTRIBUTES


def test_sql_visibility_has_room_for_all() -> None:
    counts = Counter(SEARCH_ATTRIBUTES.values())
    assert counts.pop("Keyword") <= 10
    assert all(count <= 3 for count in counts.values())


def test_every_name_is_plainly_ours() -> None:
    assert all(name.startswith("LearningLoop") for name in SEARCH_ATTRIBUTES)
