"""A first draft that does not fix its own case goes back to the analyst before people see it."""

from temporalio.testing import WorkflowEnvironment

from domain.proposals import KeptDraft, ProposalStatus, Verification
from domain.reviews import Verdict
from domain.sending_back import OPENING
from store.database import Database
from tests.activities.test_sending_back import Picky
from tests.workflows.conftest import running_loop
from tests.workflows.harness import Loop
from tests.workflows.scripted import ScriptedAnalyst


def kept(verification: Verification | None) -> KeptDraft | None:
    sent_back = verification.sent_back if verification else None
    return sent_back.kept if sent_back else None


async def test_people_see_the_second_draft_that_fixes_its_case(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    async with running_loop(
        environment, database, workspace, scripted=ScriptedAnalyst(), answerer=Picky(OPENING)
    ) as loop:
        _, proposal = await loop.reviewable()
    assert (proposal.draft, kept(proposal.verification)) == (2, KeptDraft.SECOND)
    assert proposal.verification
    assert proposal.verification.fixes_original


async def test_a_comment_is_not_followed_by_another_draft_of_the_machines(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    async with running_loop(
        environment, database, workspace, scripted=ScriptedAnalyst(), answerer=Picky("nobody")
    ) as loop:
        intervention_id, first = await loop.reviewable()
        assert (first.draft, kept(first.verification)) == (1, KeptDraft.FIRST)
        await loop.decide(intervention_id, loop.decision(first, Verdict.REQUEST_CHANGES))
        again = await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW, draft=2)
        assert kept(again.verification) is None
        assert loop.analyst.redrafts == 2


async def test_a_draft_that_fixes_its_case_costs_no_further_event(loop: Loop) -> None:
    intervention_id, _ = await loop.reviewable()
    history = (await loop.handle(intervention_id).fetch_history()).to_json()
    assert loop.analyst.redrafts == 0
    assert "redraft_proposal" not in history
