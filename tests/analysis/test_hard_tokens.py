import pytest

from analysis.hard_tokens import addresses, figures, names, tools


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 or 1000.00 or a thousand", {"1000"}),
        ("ten days, 10 days", {"10"}),
        ("£60.00", {"60"}),
        ("at 9:00", {"9"}),
        ("no number", set[str]()),
    ],
)
def test_a_number_has_one_spelling(text: str, found: set[str]) -> None:
    assert figures(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example/x?y=1.",
        "![x](//evil.example/pixel)",
        "[click](javascript:alert(1))",
        "DATA:text/html;base64,AAAA",
        "write to boss@evil.example",
        "on evil.com/now",
    ],
)
def test_an_address_is_found_in_whatever_form(text: str) -> None:
    assert addresses(text)


@pytest.mark.parametrize("text", ["Refunds take 3 days. No fee.", "e.g. this", "and/or"])
def test_plain_words_are_no_address(text: str) -> None:
    assert not addresses(text)


def test_tools_and_names_are_found() -> None:
    assert tools("Call `refund` or get_order.") == {"refund", "get_order"}
    assert names("Ask for Ms Xu in Leeds. Then wait.", "en-GB") == {"ms", "xu", "leeds"}
    assert names("Bitte den Kunden fragen.", "de") == frozenset()
