"""What a proposal does to the airline's other trials; skipped where the data is absent."""

from uuid import UUID

import pytest

from bench.airline_data import data_folder, load_trials
from bench.airline_replay import Policies, Recorded, Replayed, Share, record, replay_trials
from bench.airline_report import ProposalFigures, proof_of
from client.models import ProposalDetail
from domain.findings import Gap
from domain.knowledge import Change, ItemKind, Operation, PolicyContent
from domain.proposals import ReplayEffect
from tests.analysis.offline_cases import WordEmbedder

needs_data = pytest.mark.skipif(
    not (data_folder() / "airline_cases.jsonl").exists(),
    reason="the airline's cases are not here: set LEARNING_LOOP_DATA or put them in ../shared/data",
)

NOT_INSURED = (
    "When the cabin is basic economy and there is no insurance, do not cancel the reservation "
    "(`cancel_reservation`)."
)


def figures(own: ReplayEffect | None, *, by_answer: ReplayEffect, failed: Share) -> ProposalFigures:
    replayed = Replayed(own_by_answer=by_answer, own_by_actions=own, own=own, own_is_whole=True)
    replayed.trials.same_task_failed = failed
    return ProposalFigures(
        title="A rule",
        gap=Gap.MISAPPLIED_POLICY,
        kind="policy",
        operation="add",
        support=1,
        confidence=0.5,
        cases=(),
        replayed=replayed,
    )


def test_the_proof_counts_each_proposal_and_each_pair_once() -> None:
    fixed, same = ReplayEffect.FIXED, ReplayEffect.SAME
    proof = proof_of(
        [
            figures(fixed, by_answer=fixed, failed=Share(of=3, fixed=2, whole=1)),
            figures(fixed, by_answer=same, failed=Share(of=3, fixed=1, broken=1)),
            figures(same, by_answer=fixed, failed=Share()),
        ]
    )
    own = proof.own
    assert (own.of, own.by_answer, own.by_actions, own.whole, own.either) == (3, 2, 2, 2, 3)
    assert proof.same_task_failed == Share(of=6, fixed=3, whole=1, broken=1)


async def test_policies_are_searched_with_the_change_laid_over_them() -> None:
    old, new = PolicyContent(title="Bags", rule="Old."), PolicyContent(title="Stays", rule="New.")
    change = Change(
        kind=ItemKind.POLICY,
        operation=Operation.REVISE,
        item_id=UUID(int=1),
        base_revision=1,
        content=new,
    )
    known = {UUID(int=1): old, UUID(int=2): old}
    shelf = Policies(known, change, UUID(int=1), WordEmbedder())
    found = await shelf.search("stays", k=1)
    assert [hit.item.content for hit in found] == [new]


@needs_data
def test_every_row_is_a_trial_and_most_tasks_have_four() -> None:
    trials = load_trials()
    assert len(trials) == 100
    assert sum(trial.ended_right for trial in trials) == 53
    assert len({trial.task_id for trial in trials}) == 25


@needs_data
@pytest.mark.parametrize(
    ("rule", "failed", "right"),
    [
        (NOT_INSURED, "fixed", None),
        (NOT_INSURED.replace("do not cancel", "cancel"), None, None),
        ("Do not cancel the reservation (`cancel_reservation`).", "fixed", "broken"),
        ("Do not book the reservation (`book_reservation`).", None, None),
    ],
)
async def test_a_rule_fixes_what_failed_and_breaks_what_was_right(
    rule: str, failed: str | None, right: str | None
) -> None:
    content = PolicyContent(title="Cancel or book a reservation", rule=rule)
    change = Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=content)
    proposal = ProposalDetail.model_construct(id=UUID(int=9), change=change, verification=None)
    wanted = {"airline-41-0", "airline-41-3", "airline-26-0", "airline-31-2"}
    trials: list[Recorded] = record([t for t in load_trials() if t.name in wanted])
    done = await replay_trials(proposal, "airline-41-3", trials, {}, WordEmbedder())
    assert done.trials.same_task_failed.fixed == (failed == "fixed")
    assert done.trials.other_tasks_right.broken == (right == "broken")
