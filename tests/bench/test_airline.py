"""The reading of the airline's real cases; skipped where the data is absent."""

import json
from pathlib import Path

import pytest

from bench.airline import main
from bench.airline_data import data_folder, load_policies, load_submissions, policy_clock
from bench.airline_offline import describe, items_of, run_offline
from bench.airline_report import times_of
from domain.conversation import Role, Submission

needs_data = pytest.mark.skipif(
    not (data_folder() / "airline_cases.jsonl").exists(),
    reason="the airline's cases are not here: set LEARNING_LOOP_DATA or put them in ../shared/data",
)


@needs_data
def test_every_failed_or_transferred_case_becomes_an_intervention():
    submissions = load_submissions()
    assert len(submissions) == 76
    assert len({s.external_id for s in submissions}) == 76
    for submission in submissions:
        assert Submission.model_validate(json.loads(submission.model_dump_json())) == submission


@needs_data
def test_conversations_are_dated_by_the_policys_clock_and_end_without_markers():
    for submission in load_submissions():
        assert submission.occurred_at == policy_clock()
        assert all(turn.at == policy_clock() for turn in submission.conversation)
        assert not any("###STOP" in turn.text for turn in submission.conversation)
        assert submission.conversation[0].role is Role.CUSTOMER


@needs_data
def test_the_resolution_states_only_what_the_data_holds():
    for submission in load_submissions():
        resolution = submission.resolution
        if not resolution.actions:
            assert "changed nothing" in resolution.decision.lower()
        for fact in resolution.information_used:
            assert fact.rsplit(": ", 1)[1] in resolution.reply


@needs_data
def test_each_rule_of_the_policy_becomes_one_policy():
    policies = load_policies()
    titles = [policy.title for policy in policies]
    assert "Modify flight: Change cabin" in titles
    assert len({item.id for item in items_of(policies)}) == len(policies) >= 20
    assert not any("current time" in policy.rule for policy in policies)


@needs_data
def test_a_misapplied_rule_is_proposed_with_its_conditions():
    wanted = {"airline-39-1", "airline-39-3"}
    submissions = [s for s in load_submissions() if s.external_id in wanted]
    report = run_offline(submissions, load_policies())
    assert [sorted(merged.cases) for merged in report.proposals] == [sorted(wanted)]
    text = describe(report, 1)
    assert "cabin is basic economy" in text
    assert "do not cancel the reservation (`cancel_reservation`)" in text


@pytest.mark.parametrize("arguments", [[], ["--offline"]])
def test_without_the_data_it_says_that_it_was_skipped(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("LEARNING_LOOP_DATA", str(tmp_path))
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("Skipped: there is no airline_cases.jsonl in ")


def test_times_are_the_median_and_the_ninetieth_percentile():
    seconds = [float(n) for n in range(1, 11)]
    times = times_of(seconds, total=20, at_once=2)
    assert (times.median_seconds, times.p90_seconds, times.per_second) == (5.5, 9.0, 0.5)
