"""The cases, how drafts are counted, and that a fresh clone prints something true."""

from pathlib import Path

import pytest

from domain.cases import Case, Draft, Reading
from domain.findings import AnalystInfo, Finding, Gap
from domain.knowledge import ArticleContent, Change
from evals.__main__ import score_all
from evals.cases import EvalCase, ReviewerVerdict, load_cases, write_cases
from evals.recorded_claude import FOLDER, RecordedClaude
from evals.report import Results, load_results, save_results, table
from evals.run import Score, score_analyst, score_reviewers
from gateways.embeddings import load_embedder
from gateways.settings import Settings

CASES = {case.id: case for case in load_cases()}
EDITED = CASES["demo-48102"]
AS_IS = CASES["demo-48199"]
REJECTED = CASES["demo-conv-77840"]


class Repeating:
    """Drafts one change, whatever the case."""

    info = AnalystInfo(name="repeating", version="1")

    def __init__(self, gap: Gap, change: Change | None) -> None:
        self._gap, self._change = gap, change

    async def analyze(self, case: Case) -> Reading:
        quote = {"turn": 0, "text": case.turns[0].text[:20]}
        fields = {"gap": self._gap, "summary": "-", "human_did": "-", "confidence": 1}
        return Reading(findings=(Finding.model_validate({**fields, "quotes": [quote]}),))

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        change = self._change
        return change and Draft(change=change, title="-", rationale="-")

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        raise NotImplementedError


async def score(case: EvalCase, change: Change | None, gap: Gap | None = None) -> Score:
    analyst = Repeating(gap or case.decided.gap, change)
    return await score_analyst(analyst, [case], load_embedder(), source="test")


def approved(case: EvalCase) -> Change:
    assert case.decided.approved is not None
    return case.decided.approved


def counts(score: Score) -> dict[str, int]:
    dumped = score.model_dump(exclude={"analyst", "source", "at"})
    return {name: count for name, count in dumped.items() if count}


async def test_what_was_approved_needs_no_edits() -> None:
    for case in (EDITED, AS_IS):
        assert counts(await score(case, approved(case))) == {
            **{"cases": 1, "accepted": 1, "same_gap": 1, "exact": 1}
        }


async def test_what_a_reviewer_had_edited_would_be_edited_again() -> None:
    found = await score(EDITED, EDITED.decided.draft)
    assert (found.edits, found.without_edits) == (1, 0)


async def test_other_words_for_the_same_need_no_edits() -> None:
    change = approved(EDITED)
    assert isinstance(change.content, ArticleContent)
    answer = change.content.answer.replace("We post you", "We send you by post")
    content = change.content.model_copy(update={"answer": answer})
    assert (await score(EDITED, change.model_copy(update={"content": content}))).alike == 1


async def test_another_item_another_gap_or_nothing_is_missed() -> None:
    assert (await score(EDITED, approved(AS_IS))).missed == 1
    assert (await score(EDITED, approved(EDITED), Gap.MISAPPLIED_POLICY)).missed == 1
    assert (await score(EDITED, None)).missed == 1


async def test_a_rejected_draft_that_is_made_again_is_counted() -> None:
    assert counts(await score(REJECTED, REJECTED.decided.draft)) == {"cases": 1, "repeats": 1}
    assert counts(await score(REJECTED, None)) == {"cases": 1}


def test_the_reviewers_own_decisions_are_counted_by_who_drafted() -> None:
    [found] = score_reviewers(list(CASES.values()))
    assert found.analyst.name == "offline"
    verdicts = [case.decided.verdict for case in CASES.values()]
    assert found.exact == verdicts.count(ReviewerVerdict.AS_IS)
    assert found.edits == verdicts.count(ReviewerVerdict.EDITED)
    assert found.repeats == found.rejected == verdicts.count(ReviewerVerdict.REJECTED)


def test_a_new_prompt_version_stands_beside_the_old_one(tmp_path: Path) -> None:
    [old] = score_reviewers(list(CASES.values()))
    new = old.model_copy(update={"analyst": AnalystInfo(name="offline", version="2")})
    file = tmp_path / "evals.json"
    save_results(Results().with_scores([old]), file)
    save_results(load_results(file).with_scores([new, new]), file)
    kept = load_results(file)
    assert [kept_score.analyst.version for kept_score in kept.scores] == ["1", "2"]
    assert "5 of 11 (45%)" in table(kept.scores)


def test_cases_can_be_written_and_read(tmp_path: Path) -> None:
    assert write_cases(CASES.values(), tmp_path / "own.jsonl") == len(CASES)
    assert load_cases(tmp_path) == list(CASES.values())


async def test_without_a_key_it_runs_the_offline_analyst_and_recorded_replies_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    said: list[str] = []
    chosen = [EDITED, AS_IS, REJECTED, CASES["demo-48231"]]
    settings = Settings.model_validate({"database_url": "postgresql:///"})
    _, offline, recorded = await score_all(chosen, settings, said.append)
    assert (offline.source, recorded.source) == ("offline", "recorded")
    assert any("No ANTHROPIC_API_KEY" in line for line in said)
    assert offline.cases == recorded.cases == 4
    # One recorded reply quotes what nobody said: the check refuses it.
    assert recorded.failed == 1
    assert recorded.same_gap == 2


def test_every_recorded_reply_belongs_to_a_case() -> None:
    recorded = RecordedClaude()
    assert {case.id for case in CASES.values() if recorded.knows(case)} == {
        file.stem for file in FOLDER.glob("*.json")
    }
