"""The learning curve's reviewer, who approves only what is right, its queries, and its figures."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from bench.errors import BenchError
from bench.learning_data import Answers, DataSet, Query, answers_of, stream
from bench.learning_report import curve_of, rates_of
from bench.learning_reviewer import Reviewer, allowance
from bench.learning_stream import Ended, Point, intervention
from client.api import LearningLoop
from client.models import AskAnswer, ListedProposal, ProposalDetail
from domain.base import JsonObject
from domain.conversation import Submission
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.proposals import ProposalStatus
from domain.reviews import Verdict

ITEM = UUID(int=7)
ANSWERS = Answers({"late": "Wait 5 days, page 1.", "lost": "Call us, page 2."})
LABELS: dict[str, set[str | None]] = {
    "where is it?": {"late"},
    "my card is gone": {"lost"},
    "tell a joke": {None},
}


def change(answer: str, *phrasings: str, item_id: UUID | None = None) -> Change:
    content = ArticleContent(title="T", question="Q?", answer=answer)
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.REVISE if item_id else Operation.ADD,
        item_id=item_id,
        base_revision=1 if item_id else None,
        content=content,
        phrasings=phrasings,
    )


class Inbox(LearningLoop):
    """An inbox without a server: what is decided on is settled at once."""

    def __init__(self, *changes: tuple[Change, int]) -> None:
        """Hold changes, each with its support."""
        self.changes = {uuid4(): entry for entry in changes}
        self.decided: list[tuple[Verdict, JsonObject | None]] = []

    async def proposals(self, **_: Any) -> AsyncGenerator[ListedProposal]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Yield what waits."""
        for proposal_id, (proposed, support) in self.changes.items():
            yield ListedProposal.model_construct(id=proposal_id, change=proposed, support=support)

    async def proposal(self, proposal_id: UUID) -> ProposalDetail:
        """Return one, settled if it was decided on."""
        proposed, support = self.changes[proposal_id]
        return ProposalDetail.model_construct(
            id=proposal_id,
            change=proposed,
            support=support,
            content_hash=proposed.content_hash(),
            status=ProposalStatus.APPLIED if self.decided else ProposalStatus.IN_REVIEW,
        )

    async def decide(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        proposal_id: UUID,
        verdict: Verdict,
        content_hash: str,
        comment: str = "",
        *,
        edit: JsonObject | None = None,
    ) -> None:
        """Note the decision."""
        self.decided.append((verdict, edit))


async def decided(*changes: tuple[Change, int], allowed: int = 9) -> tuple[Inbox, Reviewer]:
    """Return the inbox after one session."""
    inbox = Inbox(*changes)
    reviewer = Reviewer(inbox, ANSWERS, LABELS)
    await reviewer.session(allowed)
    return inbox, reviewer


async def test_what_is_right_is_approved_as_it_is() -> None:
    inbox, reviewer = await decided((change("Wait 5 days, page 1.", "Where is  it?"), 1))
    assert inbox.decided == [(Verdict.APPROVE, None)]
    assert (reviewer.spent.approved, reviewer.spent.decisions) == (1, 1)


async def test_wrong_wordings_are_edited_out() -> None:
    wrong = change("Wait 5 days, page 1.", "Where is it?", "My card is gone", "Tell a joke")
    inbox, reviewer = await decided((wrong, 1))
    right = change("Wait 5 days, page 1.", "Where is it?")
    assert inbox.decided == [(Verdict.APPROVE, right.model_dump(mode="json"))]
    assert (reviewer.spent.edited, reviewer.spent.decisions) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        change("Nobody said this.", "Where is it?"),
        change("Wait 5 days, page 1. Call us, page 2.", "Where is it?"),
        change("Wait 5 days, page 1.", "My card is gone", item_id=ITEM),
    ],
)
async def test_what_is_not_right_is_rejected(wrong: Change) -> None:
    inbox, reviewer = await decided((wrong, 3))
    assert [verdict for verdict, _ in inbox.decided] == [Verdict.REJECT]
    assert (reviewer.spent.rejected, reviewer.spent.decisions) == (1, 1)


async def test_no_more_is_decided_than_is_allowed() -> None:
    inbox, reviewer = await decided(*[(change("Wait 5 days, page 1."), 1)] * 5, allowed=2)
    assert len(inbox.decided) == reviewer.spent.decisions == 2


async def test_a_revision_waits_for_cases_enough() -> None:
    few = change("Wait 5 days, page 1.", "Where is it?", item_id=ITEM)
    inbox, _ = await decided((few, 2))
    assert inbox.decided == []


def test_the_allowance_grows_to_the_whole() -> None:
    grown = [allowance(n, count=100, decisions=40, haste=0.6) for n in (1, 25, 50, 100, 200)]
    assert grown == [2, 17, 26, 40, 40]


def test_a_share_of_all_and_of_the_answered() -> None:
    right, wrong, handed = (
        Ended(True, True, True),
        Ended(True, False, True),
        Ended(False, False, True),
    )
    stray = Ended(True, False, False)
    rates = rates_of([right, right, wrong, handed, stray])
    assert (rates.autonomy, rates.answered, rates.wrong) == (0.4, 0.8, 0.5)
    assert (rates.out_of_scope, rates.out_of_scope_answered) == (1, 1.0)
    assert rates_of([]).wrong == 0


def test_the_curve_has_the_rates_of_each_part_and_all_decisions_so_far() -> None:
    right, handed = Ended(True, True, True), Ended(False, False, True)
    curve = curve_of([handed] * 500 + [right] * 250, [Point(100, 3), Point(500, 8), Point(750, 9)])
    assert [(p.asked, p.autonomy, p.decisions) for p in curve] == [(500, 0.0, 8), (750, 1.0, 9)]


def test_a_human_replies_what_the_label_says_and_names_the_query() -> None:
    outcome = uuid4()
    answer = AskAnswer(answered=False, handoff_reason="No.", confidence=0, outcome_id=outcome)
    posted = _posted(Query("Where is it?", "late"), answer)
    assert (posted.resolution.reply, posted.agent.outcome_id) == ("Wait 5 days, page 1.", outcome)
    stray = _posted(Query("Tell a joke", None), answer)
    assert ANSWERS.label_of(stray.resolution.reply) is None


def _posted(query: Query, answer: AskAnswer) -> Submission:
    return Submission.model_validate(intervention("s", query, answer, ANSWERS))


@pytest.mark.parametrize("data", list(DataSet))
def test_every_label_has_a_reply_that_is_no_others(data: DataSet) -> None:
    answers = answers_of(data)
    assert all(answers.label_of(reply) == label for label, reply in answers.by_label.items())


def _write(folder: Path, name: str, column: str, rows: list[tuple[str, str]]) -> None:
    lines = [f"text,{column}", *(f"{text},{label}" for text, label in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


def test_a_stream_has_its_share_of_strays_and_an_order_for_each_seed(tmp_path: Path) -> None:
    _write(tmp_path, "banking77_train.csv", "category", [(f"q{n}", "late") for n in range(600)])
    _write(tmp_path, "clinc150_train.csv", "intent", [(f"s{n}", "oos") for n in range(200)])
    streams = [stream(DataSet.BANKING77, tmp_path, seed=seed, count=500) for seed in (1, 1, 2)]
    assert streams[0] == streams[1] != streams[2]
    assert sum(query.label is None for query in streams[0]) == 10
    with pytest.raises(BenchError, match="only 600"):
        stream(DataSet.BANKING77, tmp_path, seed=1, count=5_000)
