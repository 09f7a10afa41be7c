"""The offline analyst on how the agent worked: what it did too early, by half, or not at all."""

import pytest

from analysis.offline import OfflineAnalyst
from analysis.offline.actions import Act, differing, identity_of
from analysis.offline.insight import Insight
from domain.cases import Case
from domain.findings import Gap
from domain.knowledge import Operation, PolicyContent
from tests.analysis.offline_cases import (
    WordEmbedder,
    action,
    agent,
    call,
    case,
    customer,
    item,
    known,
)

ANALYST = OfflineAnalyst(WordEmbedder())

VOUCHER = PolicyContent(
    title="Voucher",
    rule="If the guest complains about late shuttles, the desk can give a voucher after checking "
    "the facts and moving the stay.",
)
BOARD = PolicyContent(title="Board", rule="All guests of a stay must have the same board.")
LATE_FEE = PolicyContent(
    title="Late fee", rule="If the guest is a member, 2 late hours are free. Each further costs 5."
)
CARDS = PolicyContent(title="Cards", rule="A card must stand in the guest record already.")


def rule_of(built: Case) -> str:
    insights = ANALYST.read(built)
    assert len(insights) == 1, [insight.title for insight in insights]
    assert insights[0].finding.gap is Gap.MISAPPLIED_POLICY
    return _content(insights[0]).rule.splitlines()[-1]


def _content(insight: Insight) -> PolicyContent:
    assert insight.change is not None
    assert isinstance(insight.change.content, PolicyContent)
    return insight.change.content


def test_an_act_that_a_policy_wants_after_others_is_not_done_before_them():
    built = case(
        customer("The shuttles were late again and I missed my train."),
        agent("Here is a voucher.", call("give_voucher", "ok", guest_id="[ID]", amount=20)),
        reply="We changed nothing.",
        items=[known(VOUCHER)],
        tools=["give_voucher", "move_stay", "get_stay"],
    )
    assert rule_of(built) == (
        "When the customer complains about late shuttles, give the voucher (`give_voucher`) only "
        "after checking the facts and moving the stay; as long as that has not been done, decline "
        "it."
    )


def test_an_act_after_the_others_is_not_too_early():
    built = case(
        customer("The shuttles were late again and I missed my train."),
        agent("Moved.", call("move_stay", "ok", stay_id="[ID_2]")),
        agent("Here is a voucher.", call("give_voucher", "ok", guest_id="[ID]", amount=20)),
        actions=[action("desk", "move_stay", stay_id="[ID_2]")],
        items=[known(VOUCHER)],
        tools=["give_voucher", "move_stay", "get_stay"],
    )
    assert ANALYST.read(built)[0].finding.gap is Gap.NONE


@pytest.mark.parametrize("said", ["only one guest", "just [NAME_2]"])
def test_what_must_be_the_same_for_all_is_not_changed_for_some(said: str):
    stay = {
        "stay_id": "[ID]",
        "board": "half",
        "guests": [{"name": "[NAME]"}, {"name": "[NAME_2]"}],
    }
    built = case(
        customer("Please give me full board."),
        agent("I look.", call("get_stay", stay, stay_id="[ID]")),
        agent(f"Full board for {said} costs 40 euros."),
        agent("", call("update_stay", {"status": "ok"}, stay_id="[ID]", board="full")),
        reply="We changed nothing.",
        items=[known(BOARD)],
        tools=["get_stay", "update_stay"],
    )
    assert rule_of(built) == (
        "The board must be the same for all guests: when a customer wants another board for some "
        "of the guests only, do not update the stay (`update_stay`); decline instead."
    )


def test_a_figure_that_depends_on_what_was_not_read_wants_it_looked_up():
    built = case(
        customer("I leave late. Please note it."),
        agent("Done.", call("set_departure", "ok", stay_id="[ID]", late_hours=2, free_hours=0)),
        actions=[action("desk", "set_departure", stay_id="[ID]", late_hours=2, free_hours=2)],
        items=[known(LATE_FEE)],
        tools=["set_departure", "get_guest_details"],
    )
    assert rule_of(built).startswith(
        "Before you set the free hours in `set_departure`, look up the guest (`get_guest_details`)"
    )


def test_an_identifier_at_hand_is_not_the_one_that_the_customer_names():
    built = case(
        customer("Please extend my stay and charge my other card."),
        agent(
            "I look.", call("get_stay", {"stay_id": "[ID]", "card_id": "[ID_2]"}, stay_id="[ID]")
        ),
        agent("Done.", call("extend_stay", "ok", stay_id="[ID]", card_id="[ID_2]")),
        actions=[action("desk", "extend_stay", stay_id="[ID]", card_id="[ID_3]")],
        items=[known(CARDS)],
        tools=["get_stay", "extend_stay", "get_guest_details"],
    )
    assert rule_of(built).startswith(
        "Before you extend the stay (`extend_stay`), look up the card that the customer names "
        "(`get_guest_details`)"
    )


def test_an_identifier_that_the_customer_lacks_is_looked_up():
    built = case(
        customer("Please cancel my stay. I don't have the stay number with me."),
        agent("I need the stay number to go on."),
        actions=[action("desk", "cancel_stay", stay_number="[ID]")],
        tools=["cancel_stay", "find_stay"],
    )
    assert rule_of(built) == (
        "When a customer does not have the stay number, look the stay up from what they can give "
        "with `find_stay`, instead of asking for it again or ending the case."
    )


def test_an_identifier_that_the_customer_can_give_is_not_missing():
    built = case(
        customer("Please cancel my stay. I don't have the mail, but I have the stay number."),
        agent("One moment."),
        actions=[action("desk", "cancel_stay", stay_number="[ID]")],
        tools=["cancel_stay", "find_stay"],
    )
    assert ANALYST.read(built)[0].finding.gap is Gap.NONE


def test_a_list_is_read_to_its_end_before_acting_on_all_of_it():
    stays = ["[ID_1]", "[ID_2]", "[ID_3]"]
    built = case(
        customer("Please cancel all my stays."),
        agent("", call("get_guest", {"guest_id": "[ID]", "stays": stays}, guest_id="[ID]")),
        agent("", call("get_stay", {"stay_id": "[ID_1]"}, stay_id="[ID_1]")),
        agent("Done.", call("cancel_stay", {"status": "ok"}, stay_id="[ID_1]")),
        actions=[action("desk", "cancel_stay", stay_id=stay) for stay in stays],
        tools=["get_guest", "get_stay", "cancel_stay"],
    )
    assert rule_of(built) == (
        "When a customer asks to cancel the stay (`cancel_stay`) for all of their stays, first "
        "read every stay that their record lists (`get_stay`), then do it for each that qualifies, "
        "and compare the number done with the number found before you close."
    )


def test_a_second_change_that_the_agent_only_spoke_of_is_a_step_of_its_own():
    built = case(
        customer("Please extend my stay and add a cot."),
        agent("", call("extend_stay", {"status": "ok"}, stay_id="[ID]")),
        agent("Your stay is extended and a cot has been added."),
        actions=[
            action("desk", "extend_stay", stay_id="[ID]"),
            action("desk", "add_stay_cot", stay_id="[ID]"),
        ],
        tools=["extend_stay", "add_stay_cot"],
    )
    insight = ANALYST.read(built)[0]
    assert insight.change is not None
    assert insight.change.operation is Operation.ADD
    assert "`extend_stay` makes only the first" in rule_of(built)
    assert "a cot has been added" in insight.finding.agent_did


def test_what_the_agent_has_tools_for_is_no_reason_to_hand_over():
    built = case(
        customer("Please extend my stay by a night."),
        agent("A colleague will help.", call("transfer_to_human", "ok", summary="Wants a night.")),
        actions=[action("desk", "extend_stay", stay_id="[ID]")],
        tools=["extend_stay", "transfer_to_human"],
    )
    assert "extend the stay (`extend_stay`)" in rule_of(built)
    assert "Do not hand a case over for what you can do yourself" in rule_of(built)


def test_a_case_that_was_rightly_handed_over_says_so():
    built = case(
        customer("Please move my whole party to another hotel."),
        agent("A colleague will help.", call("transfer_to_human", "ok", summary="Wants to move.")),
        actions=[action("desk", "transfer_to_human", summary="Moved on to the group desk.")],
        tools=["extend_stay", "transfer_to_human"],
    )
    (insight,) = ANALYST.read(built)
    assert insight.finding.gap is Gap.NONE
    assert insight.finding.summary.startswith("Rightly a person's case")


@pytest.mark.parametrize("order", [("stay_id", "card_id"), ("card_id", "stay_id")])
def test_what_an_act_is_on_does_not_depend_on_the_order_of_its_arguments(order: tuple[str, str]):
    values = {"stay_id": "S", "card_id": "C"}
    assert identity_of(Act("extend_stay", {name: values[name] for name in order})) == "S"
    assert differing(dict.fromkeys(order, 1), {}) == ["card_id", "stay_id"]


def test_a_rule_gives_amounts_the_unit_of_its_policy():
    policy = PolicyContent(
        title="Delays",
        rule="If a gold guest with insurance was delayed, the desk can give a voucher of $50.",
    )
    guest = {"guest_id": "[ID]", "level": "gold", "insurance": "yes"}
    built = case(
        customer("My shuttle was delayed."),
        agent("I look.", call("get_guest", guest, guest_id="[ID]")),
        agent("I am sorry."),
        actions=[action("desk", "give_voucher", guest_id="[ID]", amount=50)],
        items=[known(policy)],
        tools=["get_guest", "give_voucher"],
    )
    insight = ANALYST.read(built)[0]
    assert insight.finding.item_id == item(policy).id
    assert _content(insight).rule.splitlines()[-1] == (
        "When the level is gold and there is insurance, and the rest of this rule is met, give the "
        "voucher (`give_voucher`) with the amount $50, rather than leave the request unmet."
    )
