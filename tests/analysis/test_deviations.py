"""Where a human did otherwise than a policy says; conditions and exceptions are left alone."""

import pytest

from analysis.deviations import answers_otherwise, find_deviations
from domain.cases import Case
from domain.conversation import Action
from domain.knowledge import PolicyContent
from tests.analysis.offline_cases import action, agent, case, customer, known

RETURNS = PolicyContent(title="Returns", rule="An item can be returned within 30 days.")
DEPOSITS = PolicyContent(title="Deposits", rule="Deposits are not refunded.")
SALVAGE = PolicyContent(title="Salvage", rule="Never refund a salvage order.")


def told(reply: str, policy: PolicyContent, *actions: Action) -> Case:
    return case(
        customer("I want to return my lamp."),
        agent("That is too late."),
        reply=reply,
        actions=actions,
        items=[known(policy)],
    )


@pytest.mark.parametrize(
    ("deviating", "signature"),
    [
        (told("I have accepted an item returned in 45 days.", RETURNS), "day: 30 -> 45"),
        (told("We will accept an item returned within forty days.", RETURNS), "day: 30 -> 40"),
        (told("I have refunded your deposits.", DEPOSITS), "against: Deposits are not refunded."),
        (
            told("Done.", SALVAGE, action("shop", "refund_salvage_order", amount=5)),
            "does: refund salvage order",
        ),
    ],
)
def test_a_deviation_is_found_with_how_it_was_done(deviating: Case, signature: str) -> None:
    [deviation] = find_deviations(deviating)
    assert deviation.signature == signature
    assert deviation.policy_id == deviating.known_items[0].item.id


@pytest.mark.parametrize(
    "case_",
    [
        told("I have accepted that the item is returned after 30 days.", RETURNS),
        told("An item can be returned within 45 days.", RETURNS),
        told("I have given you a credit of 45 days of rent.", RETURNS),
        told("Can I accept that an item is returned within 45 days?", RETURNS),
        told("Deposits are not refunded.", DEPOSITS),
        told("If it breaks, I will refund your deposits.", DEPOSITS),
        told("Done.", SALVAGE, action("shop", "refund_order", amount=5)),
        told("Done.", SALVAGE, action("shop", "get_salvage_order")),
        told(
            "Done.",
            SALVAGE.model_copy(update={"rule": "Never refund a salvage order unless broken."}),
            action("shop", "refund_salvage_order"),
        ),
        told(
            "I have accepted that the item is returned after 45 days.",
            RETURNS.model_copy(update={"exceptions": "An item returned from abroad: 45 days."}),
        ),
    ],
)
def test_what_the_policy_bears_is_no_deviation(case_: Case) -> None:
    assert find_deviations(case_) == []


def test_the_revised_rule_says_what_people_do_and_not_what_they_said() -> None:
    [deviation] = find_deviations(told("I have accepted an item returned in 45 days.", RETURNS))
    assert deviation.revised_rule == "An item can be returned within 45 days."
    assert deviation.summary == "It says 30 days, the human gave 45 days."


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("A lamp is repaired in 5 days.", "Your lamp is repaired in 9 days.", True),
        ("Lamps can be returned used.", "Lamps cannot be returned used.", True),
        ("A lamp is repaired in 5 days.", "Your lamp is repaired in five days.", False),
        ("A lamp is repaired in 5 days.", "The parcel comes in 9 days.", False),
    ],
)
def test_two_people_answer_otherwise_if_their_amounts_or_denials_differ(
    one: str, other: str, *, differ: bool
) -> None:
    assert answers_otherwise(one, other) is differ
