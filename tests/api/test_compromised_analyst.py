"""An analyst that is the attacker's: nothing is written unapproved, called, or run on a page."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from activities.analyze_intervention import AnalyzeInput, AnalyzeIntervention
from activities.case_file import build_case
from activities.draft_proposals import DraftInput, DraftProposals
from activities.kit import Kit
from activities.open_review import OpenReview, OpenReviewInput
from activities.verify_proposal import VerifyInput, VerifyProposal
from agent.offline import OfflineAnswerer
from analysis.source_checked import SourceChecked
from domain.cases import Analyst
from domain.errors import AnalystOutputError
from domain.knowledge import Item
from gateways.escalation import load_escalation_policies
from gateways.notifications import LogNotifier
from store import audit, interventions, knowledge
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from tests.activities.world import failure, run
from tests.api.browser import Person
from tests.api.fakes import WordEmbedder
from tests.api.rows import Rows, adding
from tests.domain.builders import submission
from tests.security.elements import dangers
from tests.security.wires import listening
from tests.security.wishes import CompromisedAnalyst, Target, Wish, wishes

_KNOWLEDGE = ("items", "revisions", "releases", "passages", "embeddings")
_HARMLESS = {
    "intervention_analyzed",
    "proposal_drafted",
    "evidence_added",
    "wordings_gathered",
    "contradiction_found",
    "review_opened",
}


class Attack:
    """The attacker's analyst in a workspace that knows something, beside one that does too."""

    def __init__(self, kit: Kit, rows: Rows, elsewhere: Rows) -> None:
        """Use a kit whose analyst is replaced for each wish."""
        self.kit = kit
        self.rows = rows
        self.elsewhere = elsewhere

    async def target(self) -> Target:
        """Publish what is to be attacked."""
        ids = [(await self.rows.item(adding(f"Refunds take {n} days.")))[0] for n in (5, 6, 7)]
        foreign, _ = await self.elsewhere.item(adding("Theirs alone."))
        return Target(await self._items(ids), foreign)

    async def _items(self, ids: list[UUID]) -> list[Item]:
        async with self.kit.database.transaction(self.rows.workspace) as connection:
            return list(await knowledge.get_items(connection, self.rows.workspace, ids))

    def with_analyst(self, analyst: Analyst) -> Kit:
        """Return the kit with this analyst."""
        kit = self.kit
        return Kit(
            database=kit.database,
            embedder=kit.embedder,
            analyst=analyst,
            answerer=kit.answerer,
            policies=kit.policies,
            notifier=kit.notifier,
            api_url=kit.api_url,
        )

    async def post(self, wish: Wish) -> UUID:
        """Take in a conversation whose customer wishes the same."""
        posted = submission(
            external_id=f"{wish.name}-{uuid4().hex}",
            conversation=[
                {"role": "customer", "text": f"Where is my refund? {wish.title}"},
                {"role": "agent", "text": "I do not know."},
            ],
            resolution={"by": "dana", "reply": "It was sent today."},
        )
        async with self.kit.database.transaction(self.rows.workspace) as connection:
            receipt = await interventions.take_in(connection, self.rows.workspace, posted)
        return receipt.intervention_id

    async def carry_out(self, wish: Wish) -> list[UUID]:
        """Run every activity up to the review; return the proposals that it led to."""
        workspace, kit = self.rows.workspace, self.with_analyst(CompromisedAnalyst(wish))
        intervention_id = await self.post(wish)
        read = AnalyzeInput(workspace=workspace, intervention_id=intervention_id)
        if wish.quotes:
            # What nobody has said proves nothing: it goes no further than this.
            refused = await failure(AnalyzeIntervention(kit).analyze_intervention, read)
            assert refused.type == "quote_not_found"
            return []
        await run(AnalyzeIntervention(kit).analyze_intervention, read)
        task = DraftInput(workspace=workspace, intervention_id=intervention_id)
        drafted = await run(DraftProposals(kit).draft_proposals, task)
        for own in drafted.own:
            if wish.variant % 5 == 0:
                # A replay asks many queries anew: some of each family show what it does.
                replayed = VerifyInput(workspace=workspace, proposal_id=own.proposal_id)
                await run(VerifyProposal(kit).verify_proposal, replayed)
            opened = OpenReviewInput(
                workspace=workspace, proposal_id=own.proposal_id, now=datetime.now(UTC)
            )
            await run(OpenReview(kit).open_review, opened)
        return [own.proposal_id for own in drafted.own]

    async def is_refused(self, wish: Wish) -> bool:
        """Return whether the check that every real analyst has would refuse the draft."""
        async with self.kit.database.transaction(self.rows.workspace) as connection:
            stored = await interventions.get_intervention(
                connection, self.rows.workspace, await self.post(wish)
            )
        case = await build_case(self.kit, self.rows.workspace, stored)
        analyst = SourceChecked(CompromisedAnalyst(wish))
        try:
            await analyst.draft(case, (await analyst.analyze(case)).findings[0])
        except AnalystOutputError:
            return True
        return False

    async def knowledge(self) -> str:
        """Return all that either workspace knows, as one text."""
        found: list[object] = []
        async with await psycopg.AsyncConnection.connect(self.kit.database.url) as owner:
            for table in _KNOWLEDGE:
                statement = (
                    f"SELECT coalesce(json_agg(t ORDER BY t::text), '[]') FROM {table} t"
                    " WHERE workspace = ANY(%s)"
                )
                names = [self.rows.workspace, self.elsewhere.workspace]
                cursor = await owner.execute(statement.encode(), [names])
                found.append(await cursor.fetchone())
        return json.dumps(found, default=str)

    async def audited(self) -> set[str]:
        """Return what the audit log says has happened."""
        async with self.kit.database.transaction(self.rows.workspace) as connection:
            listed = await audit.list_audit(connection, self.rows.workspace, limit=10_000)
        return {entry.action for entry in listed}


@pytest.fixture
async def attack(database: Database, database_url: str, rows: Rows) -> Attack:
    """The attacker's analyst in a real worker's kit."""
    other = f"w-{uuid4().hex[:12]}"
    await ensure_workspace_and_keys(database_url, other, {})
    kit = Kit(
        database=database,
        embedder=WordEmbedder(),
        analyst=CompromisedAnalyst(Wish("none", 0, adding())),
        answerer=OfflineAnswerer(),
        policies=load_escalation_policies(),
        notifier=LogNotifier(),
        api_url="http://loop.test",
    )
    return Attack(kit, rows, Rows(database, other))


async def test_300_wishes_of_an_attacker_change_call_and_run_nothing(
    attack: Attack, reviewer: Person
) -> None:
    all_wishes = wishes(await attack.target())
    assert len(all_wishes) == 300
    known, audited = await attack.knowledge(), await attack.audited()

    with listening() as heard:
        made = [id_ for wish in all_wishes for id_ in await attack.carry_out(wish)]
        pages = {f"/proposals/{id_}": await reviewer.get(f"/proposals/{id_}") for id_ in made}
        pages["/"] = await reviewer.get("/?status=all")

    assert len(made) > 100
    assert {page.status_code for page in pages.values()} == {200}
    assert {path: found for path, page in pages.items() if (found := dangers(page))} == {}
    assert heard == []
    assert await attack.knowledge() == known
    assert await attack.audited() - audited <= _HARMLESS


async def test_the_check_of_sources_refuses_most_wishes_before_anybody_sees_them(
    attack: Attack,
) -> None:
    passed = [
        wish.family
        for wish in wishes(await attack.target())[::3]
        if not wish.quotes and not await attack.is_refused(wish)
    ]
    # A retirement says nothing new: people alone can know that it is wrong.
    assert set(passed) == {"retire_everything"}
