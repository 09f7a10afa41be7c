"""Of two articles that say the same one goes: what found it finds the other, once approved."""

from uuid import UUID

import pytest

from domain.checkups import DriftCause, DriftHandling
from domain.proposals import Proposal, ProposalStatus
from store import wordings
from tests.activities.drifting import Drift, article
from tests.api.rows import revising

SAID = "Refunds take 5 days to arrive on your account."
ASKED = "How long do my refunds take?"
WORDING = "money back when"


class Merge:
    """Two articles that say the same, and the proposals that make one of them."""

    def __init__(self, drift: Drift, stays: UUID, goes: UUID) -> None:
        """Use a workspace that has both."""
        self.drift = drift
        self.stays = stays
        self.goes = goes

    async def phrase(self, intervention_id: UUID | None = None) -> None:
        """Let a customer's wording find the one that goes."""
        world = self.drift.world
        await world.execute(
            "INSERT INTO passages (workspace, item_id, kind, source, body, from_release, language,"
            " intervention_id)"
            " SELECT workspace, item_id, kind, 'phrasing', %s, from_release, language, %s"
            " FROM passages WHERE item_id = %s LIMIT 1",
            WORDING,
            intervention_id,
            self.goes,
        )

    async def proposals(self) -> tuple[Proposal, Proposal]:
        """Return what brings the wordings over, and the retirement."""
        await self.drift.check()
        wording, retirement = await self.drift.proposals()
        return wording, retirement

    async def finding(self) -> list[str]:
        """Return by which wordings the one that stays is found."""
        world = self.drift.world
        async with world.database.transaction(world.workspace) as connection:
            return await wordings.list_phrasings(connection, world.workspace, self.stays)


@pytest.fixture
async def merge(drift: Drift) -> Merge:
    """Two articles that say the same, of which one was used."""
    stays = await drift.item(article(SAID, title="Refunds", asked="How long do refunds take?"))
    goes = await drift.item(article(SAID, title="Refunds", asked=ASKED))
    await drift.answers(stays, 2, correct=True)
    return Merge(drift, stays, goes)


async def test_the_less_used_one_goes_and_leaves_its_wordings(merge: Merge) -> None:
    await merge.phrase()
    wording, retirement = await merge.proposals()
    found = (merge.goes, DriftCause.DUPLICATE, DriftHandling.PROPOSED)
    assert await merge.drift.found() == [found]
    assert wording.change.item_id == merge.stays
    assert wording.change.phrasings == (ASKED, WORDING)
    assert retirement.change.item_id == merge.goes
    assert '"Refunds" says the same' in retirement.rationale


async def test_once_approved_its_question_and_wordings_find_the_other(merge: Merge) -> None:
    await merge.phrase()
    wording, retirement = await merge.proposals()
    # The wordings are no longer in use when the other takes them over.
    assert (await merge.drift.approve(retirement)).status is ProposalStatus.APPLIED
    assert (await merge.drift.approve(wording)).status is ProposalStatus.APPLIED
    assert await merge.finding() == [ASKED, WORDING]


async def test_a_wording_stays_that_of_the_intervention_in_which_it_was_used(
    merge: Merge,
) -> None:
    world = merge.drift.world
    intervention_id = await world.post()
    await merge.phrase(intervention_id)
    wording, _ = await merge.proposals()
    await merge.drift.approve(wording)
    rows = await world.execute(
        "SELECT intervention_id FROM passages WHERE item_id = %s AND body = %s",
        merge.stays,
        WORDING,
    )
    assert rows == [{"intervention_id": intervention_id}]


async def test_a_wording_that_was_erased_meanwhile_is_not_taken_over(merge: Merge) -> None:
    await merge.phrase()
    wording, _ = await merge.proposals()
    await merge.drift.world.execute(
        "DELETE FROM passages WHERE item_id = %s AND source = 'phrasing'", merge.goes
    )
    await merge.drift.approve(wording)
    assert await merge.finding() == [ASKED]


async def test_the_wordings_of_a_third_item_are_not_taken_over(merge: Merge) -> None:
    wording, _ = await merge.proposals()
    third = await merge.drift.item()
    await merge.drift.world.execute(
        "UPDATE change_requests SET target = jsonb_build_object('item_id', %s::text) WHERE id = %s",
        str(third),
        wording.request_id,
    )
    await merge.drift.approve(wording)
    assert await merge.finding() == []


async def test_they_are_taken_over_also_where_the_other_was_revised_meanwhile(
    merge: Merge,
) -> None:
    wording, _ = await merge.proposals()
    await merge.drift.rows.item(revising(merge.stays, "Refunds take 5 working days."))
    assert (await merge.drift.approve(wording)).status is ProposalStatus.CONFLICTED
    again = await merge.drift.redraft(wording)
    assert (again.status, again.change.phrasings) == (ProposalStatus.CONFLICTED, (ASKED,))
    await merge.drift.approve(again)
    assert await merge.finding() == [ASKED]
