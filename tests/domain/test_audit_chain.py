"""The chain's rules, without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.audit_chain import (
    GENESIS,
    MAX_FLAWS,
    ChainCheck,
    ChainedEntry,
    ChainFlaw,
    ChainHead,
    ChainLink,
    ChainVerdict,
    KeptHead,
    chained_time,
    link_hash,
)


def chain(count: int) -> list[ChainLink]:
    """Return a chain of this many links."""
    links: list[ChainLink] = []
    before = GENESIS
    for position in range(1, count + 1):
        entry = ChainedEntry("w", 10 * position, "ana", f"a{position}", "x", "{}", "2026")
        before = link_hash(before, position, entry)
        links.append(ChainLink(position, entry.seq, before, entry))
    return links


def verdict(links: list[ChainLink], *kept: KeptHead, head: ChainHead | None = None) -> ChainVerdict:
    """Return what the check says of these links; the head is the last one's unless given."""
    check = ChainCheck("w", kept)
    for link in links:
        check.take(link)
    if head is None and links:
        head = head_of(links[-1])
    return check.close(head)


def head_of(link: ChainLink) -> ChainHead:
    return ChainHead(workspace="w", position=link.position, hash=link.hash.hex())


def kept(position: int, digest: bytes, workspace: str = "w") -> KeptHead:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return KeptHead(workspace=workspace, position=position, hash=digest.hex(), at=at)


def test_a_field_cannot_run_into_the_next() -> None:
    one = ChainedEntry("w", 1, "ana", "x", "", "{}", "2026")
    other = replace(one, actor="an", action="ax")
    assert link_hash(GENESIS, 1, one) != link_hash(GENESIS, 1, other)


def test_a_missing_value_is_not_an_empty_one() -> None:
    one = ChainedEntry("w", 1, "", "x", "y", "{}", "2026")
    assert link_hash(GENESIS, 1, one) != link_hash(GENESIS, 1, replace(one, actor=None))


def test_an_edited_hash_blames_no_link_behind_it() -> None:
    links = chain(5)
    links[2] = replace(links[2], hash=b"\0" * 32)
    assert [(f.flaw, f.position) for f in verdict(links).flaws] == [(ChainFlaw.ALTERED, 3)]


def test_a_run_of_missing_links_is_one_flaw_with_both_ends() -> None:
    links = chain(6)
    (found,) = verdict([links[0], *links[4:]]).flaws
    assert (found.flaw, found.position, found.until) == (ChainFlaw.LINKS_GONE, 2, 4)


def test_a_second_link_at_one_position_is_found() -> None:
    links = chain(3)
    found = verdict([*links[:2], links[1], links[2]]).flaws
    assert (found[0].flaw, found[0].position) == (ChainFlaw.ALTERED, 2)


def test_a_chain_that_was_rewritten_names_only_the_first_flaws() -> None:
    links = [replace(link, hash=b"\0" * 32) for link in chain(MAX_FLAWS + 5)]
    assert len(verdict(links).flaws) == MAX_FLAWS


def test_a_kept_head_of_another_workspace_says_nothing() -> None:
    assert verdict(chain(3), kept(2, b"\0" * 32, "other")).holds


def test_every_kept_head_is_compared() -> None:
    links = chain(3)
    heads = [kept(n, links[n - 1].hash) for n in (1, 3)]
    assert verdict(links, *heads, kept(0, GENESIS)).holds
    found = verdict(links, *heads, kept(2, b"\0" * 32), kept(9, b"\0" * 32)).flaws
    assert [(f.flaw, f.position) for f in found] == [
        (ChainFlaw.KEPT_HEAD_DIFFERS, 2),
        (ChainFlaw.KEPT_HEAD_DIFFERS, 9),
    ]


def test_two_kept_heads_that_contradict_each_other_cannot_both_hold() -> None:
    links = chain(2)
    assert not verdict(links, kept(1, links[0].hash), kept(1, b"\0" * 32)).holds


@pytest.mark.parametrize(
    ("microseconds", "expected"),
    [
        ("0", "1970-01-01T00:00:00.000000Z"),
        ("1774948320000001", "2026-03-31T09:12:00.000001Z"),
        ("-1", "1969-12-31T23:59:59.999999Z"),
        ("-62135596800000000", "0001-01-01T00:00:00.000000Z"),
        ("Infinity", None),
        ("-Infinity", None),
        ("1e30", None),
    ],
)
def test_a_time_is_written_as_the_chain_covers_it(microseconds: str, expected: str | None) -> None:
    assert chained_time(Decimal(microseconds)) == expected
