import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mentions import MOST_LOOKED_AT, mentioned, split_mentions

PEOPLE = ("Dana", "Dana Lee", "dana.smith", "ana@example.org", "Zoë O'Hara")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("@Dana, look.", ("Dana",)),
        ("Ask @dana lee about it", ("Dana Lee",)),
        ("Ask @DANA  LEE.", ("Dana Lee",)),
        ("@dana leeds it", ("Dana",)),
        ("@dana.smith and @Dana.", ("dana.smith", "Dana")),
        ("@ana@example.org?", ("ana@example.org",)),
        ("@zoe\u0308 o'hara's case", ("Zoë O'Hara",)),
        ("(@Dana)\n@Dana", ("Dana",)),
        ("@Da\u200bna", ("Dana",)),
    ],
)
def test_an_at_names_the_longest_name_that_stands_there(body: str, named: tuple[str, ...]) -> None:
    assert mentioned(body, PEOPLE) == named


@pytest.mark.parametrize(
    "body",
    [
        "Dana",
        "@ Dana",
        "mail dana@Dana",
        "@Danae",
        "@Dana-Marie",
        "@dana.org",
        "@dana@elsewhere.org",
        "@@Dana",
        "@",
        "@<b>Dana</b>",
    ],
)
def test_what_only_looks_like_a_name_names_nobody(body: str) -> None:
    assert mentioned(body, PEOPLE) == ()


def test_nobody_known_is_nobody_named() -> None:
    assert mentioned("@Dana", ()) == ()


@given(st.text(alphabet="@ danlesmith.-_\n\u200b", max_size=60))
def test_the_pieces_are_the_comment(body: str) -> None:
    assert "".join(piece.text for piece in split_mentions(body, PEOPLE)) == body


def test_a_flood_of_ats_is_not_looked_through() -> None:
    body = "@x " * MOST_LOOKED_AT + "@Dana"

    assert mentioned(body, PEOPLE) == ()
