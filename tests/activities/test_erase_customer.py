import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.analyze_intervention import AnalyzeIntervention
from activities.draft_proposals import DraftInput, DraftProposals
from activities.erase_customer import EraseCustomer, EraseInput, EraseResult
from activities.redraft_proposal import RedraftInput, RedraftProposal
from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.cases import Case, Draft, Reading
from domain.conversation import Submission
from domain.erasure import ERASED
from domain.erasure_requests import Erasure, ErasureStatus, NewErasure
from domain.findings import Finding
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.outcomes import HandledBy
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Verdict
from store import erasures, interventions, knowledge, outcomes, proposals, reviews
from tests.activities.world import World, failure, run
from tests.api.fakes import WordEmbedder
from tests.domain.builders import submission
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer, article, policy

REF = "c-7719-okafor"
ASK = "Where is the turquoise zither that my uncle Balthasar shipped to Trondheim?"
QUOTE = "the turquoise zither that my uncle Balthasar shipped"
SECRETS = ("zither", "balthasar", "trondheim", REF, "balthasar@example.com")


def of_customer(ask: str = ASK, ref: str = REF, **fields: Any) -> Submission:
    """Return an intervention of the customer who will be erased, or of another one."""
    return submission(
        external_id=uuid4().hex,
        customer_ref=ref,
        conversation=[
            {"role": "customer", "text": ask},
            {"role": "agent", "text": f'I do not know of "{ask}"'},
        ],
        resolution={"by": "dana", "reply": "The warehouse knows."},
        metadata={"email": "balthasar@example.com"} if ref == REF else {},
        **fields,
    )


async def asked(world: World, reference: str = REF) -> Erasure:
    """Store the request of an erasure."""
    new = NewErasure(id=uuid4(), customer_ref=reference, requested_by="ada", reason=f"of {REF}")
    async with world.database.transaction(world.workspace) as connection:
        return await erasures.insert_erasure(connection, world.workspace, new)


async def erase(world: World, erasure: Erasure | None = None) -> EraseResult:
    """Carry out an erasure, by default of the customer."""
    erasure = erasure or await asked(world)
    task = EraseInput(workspace=world.workspace, erasure_id=erasure.id)
    return await run(EraseCustomer(world.kit).erase_customer, task)


async def record(world: World) -> str:
    """Return all rows of the workspace in all tables, in small letters."""
    tables = await world.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'workspace' AND table_name NOT LIKE 'visible_%%'"
    )
    found: list[Any] = []
    for table in {row["table_name"] for row in tables}:
        found += await world.execute(
            f"SELECT to_jsonb(t) AS row FROM {table} t WHERE workspace = %s", world.workspace
        )
    return json.dumps(found, ensure_ascii=False).lower()


def held(text: str, secrets: Sequence[str] = SECRETS) -> list[str]:
    """Return the secrets that a text holds."""
    return [secret for secret in secrets if secret in text]


async def proposal_of(world: World, posted: Submission, change: Change | None = None) -> Proposal:
    """Return the verified proposal of an intervention, which waits for people."""
    if change is not None:
        world.analyst.change = lambda _: change
    drafted = await world.draft(await world.analyzed(posted))
    proposal = await world.read(drafted.own[0].proposal_id)
    verification = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(VerifyProposal(world.kit).verify_proposal, verification)
    await world.open(proposal)
    return await world.read(proposal.id)


async def applied(world: World, proposal: Proposal) -> Proposal:
    """Let two people approve a proposal, and apply it."""
    for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
        await world.settle(await world.write(proposal, by, role))
    await world.apply(proposal)
    return await world.read(proposal.id)


async def test_nothing_of_the_customer_is_left_in_any_row(world: World) -> None:
    first = await applied(world, await proposal_of(world, of_customer()))
    # Another's case is verified by the customer's query, and a later revision keeps its words.
    other = of_customer("Is there a lost and found office in Bergen?", "c-2")
    change = first.change.model_copy(
        update={
            "operation": "revise",
            "item_id": (await items(world))[0],
            "base_revision": 1,
            "content": first.change.content.model_copy(update={"title": "A lost zither"}),
        }
    )
    await applied(world, await proposal_of(world, other, Change.model_validate(dict(change))))
    waiting = await proposal_of(world, of_customer(f"{ASK} Again!"), article(f"He asks: {QUOTE}."))
    await world.write(
        waiting, verdict=Verdict.REQUEST_CHANGES, comment=f"Do not say “{QUOTE}”, please."
    )
    async with world.database.transaction(world.workspace) as connection:
        await reviews.add_comment(
            connection, world.workspace, waiting.id, by="rae", body=f"{QUOTE}: mail {SECRETS[-1]}"
        )
        await outcomes.record_outcome(
            connection, world.workspace, text=ASK, handled_by=HandledBy.HUMAN
        )
    assert held(await record(world)) == list(SECRETS)

    await erase(world)

    left = await record(world)
    assert held(left) == []
    kept = ["lost and found office in bergen", "the warehouse knows."]
    assert held(left, kept) == kept


async def items(world: World) -> list[UUID]:
    """Return the ids of the workspace's items."""
    async with world.database.transaction(world.workspace) as connection:
        return [item.id for item in await knowledge.list_items(connection, world.workspace)]


async def test_no_vector_of_the_customer_s_texts_is_left(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    said = await world.execute(
        "SELECT ask AS text FROM analyses WHERE workspace = %s"
        " UNION SELECT body FROM passages WHERE workspace = %s AND body ~ 'zither'",
        *[world.workspace] * 2,
    )
    theirs = {vector_of(world, row["text"]) for row in said}
    assert len(theirs) >= 2
    assert theirs <= await all_vectors(world)

    await erase(world)

    assert theirs.isdisjoint(await all_vectors(world))


def vector_of(world: World, text: str) -> str:
    """Return a text's vector, as the tests compare it."""
    return rounded(world.kit.embedder.embed([text])[0].tolist())


def rounded(values: Sequence[float]) -> str:
    """Return a vector to three digits."""
    return ",".join(f"{value:.3f}" for value in values)


async def all_vectors(world: World) -> set[str]:
    """Return every vector of the workspace."""
    rows = await world.execute(
        "SELECT embedding::text AS v FROM embeddings WHERE workspace = %s"
        " UNION ALL SELECT embedding::text FROM proposals WHERE workspace = %s"
        " UNION ALL SELECT ask_embedding::text FROM analyses WHERE workspace = %s",
        *[world.workspace] * 3,
    )
    return {rounded(json.loads(row["v"])) for row in rows if row["v"]}


async def test_what_is_left_of_many_items_is_embedded_at_once(world: World) -> None:
    """Nothing can be published meanwhile, so a call for each passage would be long."""
    for number in range(3):
        change = article(f"He asks, {number} times: {QUOTE}, {number} times.")
        await applied(world, await proposal_of(world, of_customer(f"{ASK} {number}!"), change))
    calls = list[int]()

    class Counting(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Any:
            """Note how many texts come at once."""
            calls.append(len(texts))
            return super().embed(texts)

    object.__setattr__(world.kit, "embedder", Counting())

    await erase(world)

    assert len(calls) == 2
    assert calls[0] >= 3


async def test_what_is_left_is_read_and_found_as_ever(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    [item_id] = await items(world)

    await erase(world)

    async with world.database.transaction(world.workspace) as connection:
        [revision] = await knowledge.list_revisions(connection, world.workspace, item_id)
        item = await knowledge.get_item(connection, world.workspace, item_id)
        bodies = await world.execute("SELECT body FROM passages WHERE item_id = %s", item_id)
    assert revision.erased_at is not None
    assert item.erased_at == revision.erased_at
    assert {row["body"] for row in bodies} == set(revision.content.passages())
    assert revision.content_hash != article(f"About {ERASED}").content_hash()


async def test_the_company_s_own_article_stays(world: World) -> None:
    own = article("Where is the turquoise zither that my uncle Balthasar shipped? On the shelf.")
    await applied(world, await proposal_of(world, of_customer("A question?", "c-2"), own))
    await world.analyzed(of_customer())

    await erase(world)

    [item_id] = await items(world)
    async with world.database.transaction(world.workspace) as connection:
        [revision] = await knowledge.list_revisions(connection, world.workspace, item_id)
    assert revision.content == own.content
    assert revision.erased_at is None


async def test_another_s_words_stay_where_both_said_them(world: World) -> None:
    same = "How long do I have to return a pair of shoes?"
    theirs = await proposal_of(world, of_customer(same, "c-2"), article(f"{same} 30 days."))
    await world.analyzed(of_customer(same))

    await erase(world)

    assert (await world.read(theirs.id)).change == theirs.change


async def test_the_audit_names_the_erasure_and_no_customer(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    erasure = await asked(world)

    await erase(world, erasure)

    rows = await world.execute(
        "SELECT action, subject, details FROM audit WHERE workspace = %s ORDER BY seq DESC LIMIT 2",
        world.workspace,
    )
    assert [row["action"] for row in rows] == ["customer_erased", "revision_erased"]
    assert rows[0]["subject"] == f"erasure/{erasure.id}"
    assert rows[0]["details"]["customer_hash"] == erasure.customer_hash
    assert rows[0]["details"]["counts"]["revisions"] == 1


async def test_an_erasure_that_is_done_names_nobody_and_does_nothing_more(world: World) -> None:
    await world.analyzed(of_customer())
    erasure = await asked(world)
    assert await erase(world, erasure) == EraseResult(interventions=1)
    count = await world.count("audit")

    assert await erase(world, erasure) == EraseResult(interventions=1)

    assert await world.count("audit") == count
    async with world.database.transaction(world.workspace) as connection:
        done = await erasures.get_erasure(connection, world.workspace, erasure.id)
    assert (done.status, done.customer_ref, done.reason) == (
        ErasureStatus.DONE,
        None,
        f"of {ERASED}",
    )


async def test_one_that_breaks_off_leaves_all_as_it_was_and_begins_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    erasure = await asked(world)
    with monkeypatch.context() as patch:
        patch.setattr(erasures, "finish_erasure", None)
        task = EraseInput(workspace=world.workspace, erasure_id=erasure.id)
        await failure(EraseCustomer(world.kit).erase_customer, task)
    assert held(await record(world)) == list(SECRETS)

    await erase(world, erasure)

    assert held(await record(world)) == []


async def test_once_it_has_begun_no_step_reads_or_writes_the_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read in between could be written down when all else is gone."""
    intervention_id = await world.post(of_customer())
    erasure = await asked(world)
    monkeypatch.setattr(erasures, "finish_erasure", None)
    task = EraseInput(workspace=world.workspace, erasure_id=erasure.id)
    await failure(EraseCustomer(world.kit).erase_customer, task)

    analysis = world.analysis_of(intervention_id)
    result = await run(AnalyzeIntervention(world.kit).analyze_intervention, analysis)

    assert result.gaps == ()
    async with world.database.transaction(world.workspace) as connection:
        found = await interventions.get_intervention(connection, world.workspace, intervention_id)
    assert held(found.submission.model_dump_json().lower()) == []


async def test_an_unknown_customer_is_erased_with_no_row_changed(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))

    assert await erase(world, await asked(world, "nobody")) == EraseResult(interventions=0)

    assert held(await record(world)) == list(SECRETS)


async def test_what_came_in_after_the_request_stays(world: World) -> None:
    erasure = await asked(world)
    posted = await world.post(of_customer())

    await erase(world, erasure)

    async with world.database.transaction(world.workspace) as connection:
        found = await interventions.get_intervention(connection, world.workspace, posted)
    assert found.submission.customer_ref == REF


async def test_an_open_proposal_goes_on_with_what_is_left_of_it(world: World) -> None:
    proposal = await proposal_of(world, of_customer())
    late = await world.write(proposal, "rae", ApiRole.REVIEWER)

    await erase(world)

    assert (await world.settle(late)).reason == "stale_content"
    left = await world.read(proposal.id)
    assert (left.status, left.draft) == (ProposalStatus.IN_REVIEW, 2)
    assert left.content_hash == left.change.content_hash() != proposal.content_hash
    async with world.database.transaction(world.workspace) as connection:
        counted = await reviews.list_approvals(
            connection, world.workspace, proposal.id, left.content_hash
        )
        drafts = await proposals.list_drafts(connection, world.workspace, proposal.id)
    assert counted == []
    assert [draft.content_hash for draft in drafts] == [proposal.content_hash, left.content_hash]
    assert (await applied(world, left)).status is ProposalStatus.APPLIED


async def test_an_approved_proposal_is_put_before_people_again(world: World) -> None:
    proposal = await proposal_of(world, of_customer())
    for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
        await world.settle(await world.write(proposal, by, role))

    await erase(world)

    assert (await world.apply(proposal)).status is ProposalStatus.CONFLICTED
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(RedraftProposal(world.kit).redraft_proposal, task)
    await world.open(proposal)
    assert (await world.read(proposal.id)).status is ProposalStatus.IN_REVIEW


async def test_a_pending_edit_with_their_words_has_no_effect(world: World) -> None:
    proposal = await proposal_of(world, of_customer(), article("Ask the warehouse."))
    edit = article(f"Ask for {QUOTE}.")
    decision = await world.write(proposal, edit=edit)

    await erase(world)
    settled = await world.settle(decision)

    assert settled.reason == "stale_content"
    assert (await world.read(proposal.id)).status is ProposalStatus.IN_REVIEW


async def test_posted_again_an_erased_intervention_is_known_and_stays_erased(world: World) -> None:
    posted = of_customer()
    intervention_id = await world.analyzed(posted)
    await erase(world)

    for again in (posted, posted.model_copy(update={"query": "What else?"})):
        async with world.database.transaction(world.workspace) as connection:
            receipt = await interventions.take_in(connection, world.workspace, again)
        assert (receipt.intervention_id, receipt.created) == (intervention_id, False)
        assert receipt.erased
    assert held(await record(world)) == []


class Meanwhile(ScriptedAnalyst):
    """An analyst that takes so long that the customer is erased meanwhile."""

    def __init__(self, world: World) -> None:
        """Erase in `world` on the first call."""
        super().__init__()
        self._world = world

    async def analyze(self, case: Case) -> Reading:
        """Erase, then answer from what was read before."""
        await erase(self._world)
        return await super().analyze(case)

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Erase, then answer from what was read before."""
        await erase(self._world)
        return await super().draft(case, finding)

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Erase, then answer from what was read before."""
        await erase(self._world)
        return await super().redraft(case, finding, previous, case.turns[0].text)


@pytest.fixture
async def slow(world: World) -> AsyncGenerator[World]:
    """A world whose analyst is overtaken by the erasure."""
    analyst = world.kit.analyst
    object.__setattr__(world.kit, "analyst", Meanwhile(world))
    yield world
    object.__setattr__(world.kit, "analyst", analyst)


async def test_an_analysis_under_way_writes_nothing_down(slow: World) -> None:
    intervention_id = await slow.post(of_customer())
    task = slow.analysis_of(intervention_id)

    result = await run(AnalyzeIntervention(slow.kit).analyze_intervention, task)

    assert result.gaps == ()
    assert held(await record(slow)) == []
    assert await slow.count("analyses") == 0
    assert slow.kit.cases.take(slow.workspace, intervention_id) is None


async def test_an_erased_intervention_is_not_read(world: World) -> None:
    intervention_id = await world.post(of_customer())
    await erase(world)

    task = world.analysis_of(intervention_id)
    result = await run(AnalyzeIntervention(world.kit).analyze_intervention, task)

    assert result.gaps == ()
    assert await world.count("analyses") == 0


async def test_a_draft_under_way_is_not_written_down(world: World) -> None:
    intervention_id = await world.analyzed(of_customer())
    object.__setattr__(world.kit, "analyst", Meanwhile(world))
    task = DraftInput(workspace=world.workspace, intervention_id=intervention_id)

    drafted = await run(DraftProposals(world.kit).draft_proposals, task)

    assert drafted.own == ()
    assert await world.count("proposals") == 0
    assert held(await record(world)) == []


async def test_a_redraft_under_way_is_not_written_down(world: World) -> None:
    proposal = await proposal_of(world, of_customer(), article("Ask the warehouse."))
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    object.__setattr__(world.kit, "analyst", Meanwhile(world))
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)

    failed = await failure(RedraftProposal(world.kit).redraft_proposal, task)

    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert (await world.read(proposal.id)).status is ProposalStatus.CHANGES_REQUESTED
    assert held(await record(world)) == []


async def test_a_verification_under_way_leaves_their_query_out(world: World) -> None:
    await proposal_of(world, of_customer())
    world.analyst.change = lambda _: policy()
    other = await world.draft(await world.analyzed(of_customer("Where is my lost drum?", "c-2")))
    task = VerifyInput(workspace=world.workspace, proposal_id=other.own[0].proposal_id)

    class Overtaken(SureAnswerer):
        async def answer(self, query: str, knowledge: Any) -> Any:
            """Erase, then answer."""
            await erase(world)
            return await super().answer(query, knowledge)

    object.__setattr__(world.kit, "answerer", Overtaken())

    failed = await failure(VerifyProposal(world.kit).verify_proposal, task)
    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert held(await record(world)) == []
    object.__setattr__(world.kit, "answerer", SureAnswerer())
    await run(VerifyProposal(world.kit).verify_proposal, task)

    verification = (await world.read(task.proposal_id)).verification
    assert verification is not None
    assert [case.query for case in verification.cases] == ["Where is my lost drum?"]
    assert held(await record(world)) == []


async def test_a_wording_is_not_published_after_the_erasure(world: World) -> None:
    proposal = await proposal_of(world, of_customer(), article("Ask the warehouse."))
    for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
        await world.settle(await world.write(proposal, by, role))

    class Overtaken(WordEmbedder):
        async def erase(self) -> None:
            """Erase, as another worker would."""
            await erase(world)

        def embed(self, texts: Sequence[str]) -> Any:
            """Erase first."""
            object.__setattr__(world.kit, "embedder", WordEmbedder())
            asyncio.run_coroutine_threadsafe(self.erase(), loop).result()
            return super().embed(texts)

    loop = asyncio.get_running_loop()
    object.__setattr__(world.kit, "embedder", Overtaken())

    assert (await world.apply(proposal)).status is ProposalStatus.APPLIED

    assert (
        await world.execute("SELECT FROM passages WHERE source = 'phrasing' AND body = %s", ASK)
        == []
    )
    assert held(await record(world)) == []
