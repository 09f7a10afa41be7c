"""The reading of the airline's real cases; skipped where the data is absent."""

import json

import pytest

from bench.airline_data import data_folder, load_policies, load_submissions, policy_clock
from bench.airline_offline import describe, items_of, run_offline
from domain.conversation import Role, Submission

pytestmark = pytest.mark.skipif(
    not (data_folder() / "airline_cases.jsonl").exists(),
    reason="the airline's cases are not here: set LEARNING_LOOP_DATA or put them in ../shared/data",
)


def test_every_failed_or_transferred_case_becomes_an_intervention():
    submissions = load_submissions()
    assert len(submissions) == 76
    assert len({s.external_id for s in submissions}) == 76
    for submission in submissions:
        assert Submission.model_validate(json.loads(submission.model_dump_json())) == submission


def test_conversations_are_dated_by_the_policys_clock_and_end_without_markers():
    for submission in load_submissions():
        assert submission.occurred_at == policy_clock()
        assert all(turn.at == policy_clock() for turn in submission.conversation)
        assert not any("###STOP" in turn.text for turn in submission.conversation)
        assert submission.conversation[0].role is Role.CUSTOMER


def test_the_resolution_states_only_what_the_data_holds():
    for submission in load_submissions():
        resolution = submission.resolution
        if not resolution.actions:
            assert "changed nothing" in resolution.decision.lower()
        for fact in resolution.information_used:
            assert fact.rsplit(": ", 1)[1] in resolution.reply


def test_each_rule_of_the_policy_becomes_one_policy():
    policies = load_policies()
    titles = [policy.title for policy in policies]
    assert "Modify flight: Change cabin" in titles
    assert len({item.id for item in items_of(policies)}) == len(policies) >= 20
    assert not any("current time" in policy.rule for policy in policies)


def test_a_misapplied_rule_is_proposed_with_its_conditions():
    wanted = {"airline-39-1", "airline-39-3"}
    submissions = [s for s in load_submissions() if s.external_id in wanted]
    report = run_offline(submissions, load_policies())
    assert [sorted(merged.cases) for merged in report.proposals] == [sorted(wanted)]
    text = describe(report, 1)
    assert "cabin is basic economy" in text
    assert "do not cancel the reservation (`cancel_reservation`)" in text
