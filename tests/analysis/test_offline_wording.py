"""How acts and values read."""

import pytest

from analysis.offline.wording import spoken_setting, spoken_value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("reason", "fee reversed", "the reason fee reversed"),
        ("nonfree_baggages", "0", "0 nonfree baggages"),
        ("amount_gbp", "24", "the amount 24 GBP"),
        ("amountUSD", "9.50", "the amount 9.50 USD"),
        ("amount_gbp", "£10", "the amount £10"),
        ("amount_eur", "10 euros", "the amount 10 euros"),
        ("amount_gbp", "-10", "the amount -10 GBP"),
        ("amount_usd", "10 USD", "the amount 10 USD"),
        ("include_eur", "yes", "the include eur yes"),
        ("gbp", "10", "the gbp 10"),
    ],
)
def test_an_amount_has_its_currency_once(name: str, value: str, said: str) -> None:
    assert spoken_setting(name, value) == said


def test_a_condition_has_its_currency_too() -> None:
    assert spoken_value("price chf", "12") == "the price is 12 CHF"
    assert spoken_value("cabin", "economy") == "the cabin is economy"
