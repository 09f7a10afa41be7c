"""What a rule would change in a recorded case, told by what was done in systems."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from analysis.rules import replay_actions, speaks_of_actions
from analysis.rules.replay import NOT_FOUND
from domain.cases import Case
from domain.conversation import Action, ToolCall
from domain.knowledge import ArticleContent, Change, ItemKind, Operation, PolicyContent
from domain.proposals import ActionReplay, ReplayEffect
from tests.analysis.offline_cases import action, agent, call, case, customer

STAY = {"stay_id": "S1", "guest_id": "G1", "board": "half_board", "nights": 3, "insured": "no"}
GUEST = {"guest_id": "G1", "level": "gold", "cards": ["C7"]}
TOOLS = ["cancel_stay", "move_stay", "give_voucher", "get_stay", "get_guest", "transfer_to_human"]
READ = (call("get_stay", STAY, stay_id="S1"), call("get_guest", GUEST, guest_id="G1"))
NOT_HALF = "When the board is half board, do not cancel the stay (`cancel_stay`); decline instead."


def policy(rule: str, *, applies_when: str = "") -> Change:
    content = PolicyContent(title="Stays", rule=rule, applies_when=applies_when)
    return Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=content)


def did(
    *calls: ToolCall,
    human: Sequence[Action] = (),
    said: str = "Please cancel my stay S1.",
    read: Sequence[ToolCall] = READ,
    reply: str = "We looked at it.",
) -> Case:
    turns = [agent("I look it up.", each) for each in read]
    turns += [agent("I do that now.", each) for each in calls]
    looked = [action("desk", "get_stay", stay_id="S1")]
    return case(customer(said), *turns, reply=reply, actions=[*looked, *human], tools=TOOLS)


def replay(change: Change, built: Case, **known: Any) -> ActionReplay:
    found = replay_actions(change, built, base=None, **known)
    assert found is not None
    return found


CANCEL = call("cancel_stay", "ok", stay_id="S1")
CANCELLED = action("desk", "cancel_stay", stay_id="S1")


def test_a_call_that_only_the_agent_made_is_fixed_by_a_rule_that_forbids_it():
    found = replay(policy(NOT_HALF), did(CANCEL))
    assert found.effect is ReplayEffect.FIXED
    assert found.is_whole
    assert found.before == "The agent called `cancel_stay`, which the person did not."
    assert found.after == "The agent would not call `cancel_stay`. That is what the person did."


def test_a_rule_that_forbids_what_the_human_did_too_breaks_the_case():
    found = replay(policy(NOT_HALF), did(CANCEL, human=[CANCELLED]))
    assert found.effect is ReplayEffect.BROKEN
    assert not found.is_whole
    assert found.after == "The agent would not call `cancel_stay`. That is not what the person did."


def test_a_rule_of_opposite_sense_fixes_nothing_and_breaks_what_was_right():
    opposite = policy("When the board is half board, cancel the stay (`cancel_stay`).")
    assert replay(opposite, did(CANCEL)).effect is ReplayEffect.SAME
    assert replay(opposite, did()).effect is ReplayEffect.BROKEN


@pytest.mark.parametrize(
    "rule",
    [
        "When the board is half board, do not move the stay (`move_stay`).",
        "When the board is full board, do not cancel the stay (`cancel_stay`).",
        "Do not cancel the stay (`cancel_stay`) unless the board is half board.",
        "When the level is silver, do not cancel the stay (`cancel_stay`).",
        "When the nights are more than 3, do not cancel the stay (`cancel_stay`).",
        "When there is a pet, do not cancel the stay (`cancel_stay`).",
        "When the customer asks for a refund, do not cancel the stay (`cancel_stay`).",
    ],
)
def test_a_rule_about_another_tool_or_another_case_changes_nothing(rule: str):
    found = replay(policy(rule), did(CANCEL))
    assert found.effect is ReplayEffect.SAME
    assert found.after.startswith("The rule ")


@pytest.mark.parametrize(
    "rule",
    [
        "`cancel_stay` must not be called when the board is half board.",
        "Never call `cancel_stay` if the level is silver or the board is full board or half board.",
        "Do not cancel the stay unless there is insured.",
        "When the nights are at least 3, do not cancel the stay.",
        "When the customer asks to cancel a stay, do not cancel the stay (`cancel_stay`).",
        "When it is not insured and the level is gold, you must not call `cancel_stay`.",
    ],
)
def test_a_rule_is_read_however_its_conditions_stand(rule: str):
    assert replay(policy(rule), did(CANCEL)).effect is ReplayEffect.FIXED


def test_what_a_customer_says_of_a_record_is_no_fact():
    said = "Cancel my stay S1, the board is half board."
    found = replay(policy(NOT_HALF), did(CANCEL, said=said, read=()))
    assert found.effect is ReplayEffect.SAME
    assert "nothing tells whether this holds: the board is half board" in found.after


def test_what_was_read_only_after_a_call_does_not_stop_it():
    late = did(CANCEL, *READ, read=())
    assert replay(policy(NOT_HALF), late).effect is ReplayEffect.SAME


VOUCHER = action("desk", "give_voucher", guest_id="G1", amount=40)


def test_a_call_that_the_rule_asks_for_is_made_with_the_rules_values():
    rule = policy("When the level is gold, give the voucher (`give_voucher`) with the amount $40.")
    found = replay(rule, did(human=[VOUCHER]))
    assert found.effect is ReplayEffect.FIXED
    assert "All values of `give_voucher` stood in" in found.after


def test_a_call_whose_values_nothing_tells_is_not_proved():
    rule = policy("When the level is gold, give the voucher (`give_voucher`).")
    # What the human said of it came after what the agent could have done.
    found = replay(rule, did(human=[VOUCHER], reply="Here is a voucher of 40."))
    assert found.effect is ReplayEffect.CHANGED
    assert "How `give_voucher` would then go, the case does not show." in found.after


def test_a_call_with_another_value_than_the_humans_is_not_fixed():
    rule = policy("When the level is gold, give the voucher (`give_voucher`) with the amount $90.")
    assert replay(rule, did(human=[VOUCHER])).effect is not ReplayEffect.FIXED


def test_a_call_that_nobody_made_is_needless():
    rule = policy("When the level is gold, give the voucher (`give_voucher`) with the amount $40.")
    assert replay(rule, did()).effect is ReplayEffect.BROKEN


@pytest.mark.parametrize(
    ("agents", "humans", "effect"),
    [
        (25, 40, ReplayEffect.FIXED),
        (40, 40, ReplayEffect.SAME),
        (25, 25, ReplayEffect.BROKEN),
        (25, 30, ReplayEffect.CHANGED),
    ],
)
def test_a_value_that_the_rule_sets_is_held_against_the_humans(
    agents: int, humans: int, effect: ReplayEffect
):
    rule = policy(
        "When the level is gold, give the voucher (`give_voucher`) with the amount $40 (not $25)."
    )
    human = action("desk", "give_voucher", guest_id="G1", amount=humans)
    built = did(call("give_voucher", "ok", guest_id="G1", amount=agents), human=[human])
    assert replay(rule, built).effect is effect


def test_what_else_differs_is_told_and_the_case_is_not_whole():
    moved = call("move_stay", "ok", stay_id="S1", room="A")
    found = replay(policy(NOT_HALF), did(CANCEL, moved))
    assert found.effect is ReplayEffect.FIXED
    assert not found.is_whole
    assert "What still differs: The agent called `move_stay`" in found.after


def test_looking_first_proves_nothing_of_what_comes_then():
    rule = policy("Before you cancel the stay (`cancel_stay`), look it up (`get_stay`).")
    found = replay(rule, did(CANCEL, read=()))
    assert found.effect is ReplayEffect.CHANGED
    assert "How `cancel_stay` would then go, the case does not show." in found.after
    assert replay(rule, did(CANCEL)).effect is ReplayEffect.SAME


def test_reading_every_one_that_a_record_lists_proves_nothing_of_what_comes_then():
    rule = policy("When the level is gold, first read every stay that is listed (`get_stay`).")
    guest = {**GUEST, "stays": ["S1", "S2"]}
    built = did(read=(READ[0], call("get_guest", guest, guest_id="G1")))
    assert replay(rule, built).effect is ReplayEffect.CHANGED
    assert replay(rule, did()).effect is ReplayEffect.SAME


def test_a_call_before_the_steps_that_it_comes_after_is_stopped():
    rule = policy("Give the voucher (`give_voucher`) only after checking it and moving the stay.")
    voucher = call("give_voucher", "ok", guest_id="G1", amount=40)
    assert replay(rule, did(voucher)).effect is ReplayEffect.FIXED
    moved = call("move_stay", "ok", stay_id="S1")
    assert replay(rule, did(moved, voucher)).effect is ReplayEffect.SAME


def test_a_hand_over_in_place_of_a_stopped_call_is_held_against_the_human():
    rule = policy(
        "When the board is half board, do not cancel the stay (`cancel_stay`); hand the case over "
        "(`transfer_to_human`) instead."
    )
    handed = action("desk", "transfer_to_human", summary="Half board.")
    assert replay(rule, did(CANCEL, human=[handed])).effect is ReplayEffect.FIXED
    assert replay(rule, did(CANCEL)).effect is ReplayEffect.BROKEN
    assert replay(rule, did()).effect is ReplayEffect.SAME


def test_not_to_hand_over_is_not_yet_to_do_it():
    rule = policy(
        "Do not hand a case over for what you can do yourself: when a customer wants you to cancel "
        "the stay (`cancel_stay`), check it, then do it or decline."
    )
    handed = call("transfer_to_human", "ok", summary="A cancellation.")
    assert replay(rule, did(handed, human=[CANCELLED])).effect is ReplayEffect.CHANGED
    theirs = action("desk", "transfer_to_human", summary="Half board.")
    assert replay(rule, did(handed, human=[theirs])).effect is ReplayEffect.BROKEN


def test_what_the_item_said_before_proves_nothing_for_the_change():
    base = PolicyContent(title="Stays", rule=NOT_HALF)
    change = Change(
        kind=ItemKind.POLICY,
        operation=Operation.REVISE,
        item_id=UUID(int=5),
        base_revision=1,
        content=PolicyContent(title="Stays", rule=f"{NOT_HALF}\nBe kind."),
    )
    assert replay_actions(change, did(CANCEL), base=base) is None


def test_what_names_no_action_is_not_told_by_actions():
    article = Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.ADD,
        content=ArticleContent(title="Stays", question="Can I cancel?", answer="`cancel_stay`."),
    )
    assert not speaks_of_actions(article, TOOLS, None)
    for rule in ("Be kind.", "The agent may give a voucher (`give_voucher`).", "Use `other_tool`."):
        assert not speaks_of_actions(policy(rule), TOOLS, None)


def test_a_rule_that_is_not_found_changes_nothing():
    found = replay(policy(NOT_HALF), did(CANCEL), found=False)
    assert (found.effect, found.after) == (ReplayEffect.SAME, NOT_FOUND)


def test_what_else_in_the_rule_allows_a_call_is_looked_up():
    rule = (
        "Gold guests can always cancel.\nWhen the board is half board, and nothing else in this "
        "rule allows it, do not cancel the stay (`cancel_stay`)."
    )
    assert replay(policy(rule), did(CANCEL)).effect is ReplayEffect.SAME
    silver = (READ[0], call("get_guest", {**GUEST, "level": "silver"}, guest_id="G1"))
    assert replay(policy(rule), did(CANCEL, read=silver)).effect is ReplayEffect.FIXED


def test_the_words_hold_no_values():
    other = action("desk", "give_voucher", guest_id="G1", amount=40)
    built = did(CANCEL, call("give_voucher", "ok", guest_id="G1", amount=25), human=[other])
    found = replay(policy(NOT_HALF), built)
    assert not any(value in f"{found.before} {found.after}" for value in ("S1", "G1", "25", "40"))
