"""Roles, what each may do, and when two names are one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import PERMISSIONS, ApiRole, Permission, Principal, has_rank, same_person
from domain.reviews import may_decide
from tests.domain.strategies import OTHERS, REVIEWING, words

names = words.filter(lambda text: same_person(text, text))
spaces = st.text(" \t\n\u00a0\u2003\u200b\ufeff", max_size=3)


@given(names, spaces, spaces)
def test_case_and_space_around_a_name_do_not_count(name: str, before: str, after: str) -> None:
    assert same_person(name, before + name + after)
    assert same_person(name.upper(), name.upper().casefold())


@given(words, words, words)
def test_same_person_is_symmetric_and_transitive(a: str, b: str, c: str) -> None:
    assert same_person(a, b) is same_person(b, a)
    if same_person(a, b) and same_person(b, c):
        assert same_person(a, c)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dana Smith", "dana  smith"),
        ("dana smith", "Dana\tSmith\n"),
        ("José", "Jose\u0301"),
        ("Dana", "Da\u200bna"),
        ("Dana", "\u202eDana"),
        ("Dana", "\uff24\uff41\uff4e\uff41"),
        ("Weiß", "WEISS"),
        ("dana@example.com", "Dana@Example.com"),
    ],
)
def test_one_person_in_two_spellings(one: str, other: str) -> None:
    assert same_person(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana", "dan"),
        ("dana smith", "danasmith"),
        ("dana", None),
        (None, None),
        ("", ""),
        (" ", " "),
        ("\u200b", "\u200b"),
        ("", None),
    ],
)
def test_two_people_or_nobody(one: str | None, other: str | None) -> None:
    assert not same_person(one, other)


def test_every_role_has_permissions() -> None:
    assert set(PERMISSIONS) == set(ApiRole)
    assert set().union(*PERMISSIONS.values()) == set(Permission)


def test_each_rank_may_all_that_the_one_below_may() -> None:
    reviewer, lead, admin = (PERMISSIONS[role] for role in REVIEWING)
    assert reviewer < lead < admin == frozenset(Permission)


@pytest.mark.parametrize("role", OTHERS)
def test_a_machine_neither_decides_nor_administers(role: ApiRole) -> None:
    human = {Permission.DECIDE, Permission.ASSIGN, Permission.REOPEN, Permission.ADMINISTER}
    assert not PERMISSIONS[role] & human
    assert not may_decide(role)
    assert not any(has_rank(role, rank) for rank in REVIEWING)


@pytest.mark.parametrize("role", REVIEWING)
def test_who_reviews_decides(role: ApiRole) -> None:
    assert may_decide(role)
    assert has_rank(role, ApiRole.REVIEWER)
    assert has_rank(ApiRole.ADMIN, role)


@given(st.sampled_from(ApiRole), st.sampled_from(Permission))
def test_a_principal_may_what_its_role_may(role: ApiRole, permission: Permission) -> None:
    principal = Principal(workspace="acme", name="dana", role=role)
    assert principal.may(permission) is (permission in PERMISSIONS[role])
