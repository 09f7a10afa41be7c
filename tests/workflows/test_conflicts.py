"""An item that moves while a change of it waits: rebase, verify again, ask again."""

from itertools import cycle
from uuid import UUID

from domain.cases import Reading
from domain.conversation import InterventionStatus
from domain.findings import Gap
from domain.imports import KnowledgeEntry
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.proposals import ProposalStatus
from domain.reviews import DecisionEffect
from store import imports, knowledge, reviews
from tests.workflows.harness import Loop, submission
from tests.workflows.scripted import article, find, policy
from workflows.intervention import InterventionWorkflow

BASE = ArticleContent(
    title="Lost parcels",
    question="Where is my lost parcel?",
    answer="Ask the warehouse. It opens at nine.",
)


async def _import(loop: Loop) -> UUID:
    entry = KnowledgeEntry(kind=ItemKind.ARTICLE, content=BASE)
    async with loop.database.transaction(loop.workspace) as connection:
        import_id = await imports.stage_import(
            connection, loop.workspace, by="ada", entries=[entry]
        )
    await loop.delivery.import_items(loop.workspace, import_id)
    async with loop.database.transaction(loop.workspace) as connection:
        (line,) = await imports.list_import(connection, loop.workspace, import_id)
    assert line.item_id is not None
    return line.item_id


def _revision(item_id: UUID, operation: Operation = Operation.REVISE, **fields: str) -> Change:
    return Change(
        kind=ItemKind.ARTICLE,
        operation=operation,
        item_id=item_id,
        base_revision=1,
        content=BASE.model_copy(update=fields),
    )


async def test_two_approved_changes_of_one_item_do_not_overwrite_each_other(loop: Loop) -> None:
    item_id = await _import(loop)
    changes = iter(
        [
            _revision(item_id, answer="Ask the warehouse first. It opens at nine."),
            _revision(item_id, title="Parcels that got lost", question="My parcel is gone!"),
        ]
    )
    loop.analyst.change = lambda _: next(changes)
    first_id, first = await loop.reviewable(submission("Where is it?"))
    second_id, second = await loop.reviewable(submission("Parcel gone"))
    assert first.id != second.id
    await loop.decide(first_id, loop.decision(first))
    assert await loop.end(first_id) is InterventionStatus.LEARNED

    approved = await loop.decide(second_id, loop.decision(second))
    assert approved.effect is DecisionEffect.APPROVED
    rebased = await loop.proposal_in(second_id, ProposalStatus.IN_REVIEW, draft=2)
    assert rebased.change.base_revision == 2
    assert rebased.verification is not None
    assert rebased.verification.content_hash == rebased.content_hash
    async with loop.database.transaction(loop.workspace) as connection:
        head = await knowledge.get_item(connection, loop.workspace, item_id)
        assert head.revision == 2
        standing = await reviews.list_approvals(
            connection, loop.workspace, second.id, rebased.content_hash
        )
    assert standing == []

    await loop.decide(second_id, loop.decision(rebased))
    assert await loop.end(second_id) is InterventionStatus.LEARNED
    async with loop.database.transaction(loop.workspace) as connection:
        head = await knowledge.get_item(connection, loop.workspace, item_id)
    assert head.revision == 3
    assert head.content == BASE.model_copy(
        update={
            "title": "Parcels that got lost",
            "question": "My parcel is gone!",
            "answer": "Ask the warehouse first. It opens at nine.",
        }
    )


async def test_a_change_of_an_item_that_was_retired_is_superseded(loop: Loop) -> None:
    item_id = await _import(loop)
    changes = iter([_revision(item_id, Operation.RETIRE), _revision(item_id, answer="Ask me.")])
    loop.analyst.change = lambda _: next(changes)
    first_id, first = await loop.reviewable(submission("Where is it?"))
    second_id, second = await loop.reviewable(submission("Parcel gone"))
    await loop.decide(first_id, loop.decision(first))
    await loop.end(first_id)
    await loop.decide(second_id, loop.decision(second))
    assert await loop.end(second_id) is InterventionStatus.DECLINED
    await loop.proposal_in(second_id, ProposalStatus.SUPERSEDED)


async def test_findings_of_one_gap_become_one_proposal_with_more_support(loop: Loop) -> None:
    loop.analyst.change = lambda _: article()
    first_id, first = await loop.reviewable(submission("Where is my parcel?"))
    second_id = await loop.post(submission("My parcel is gone, where is it?"))
    assert await loop.end(second_id) is InterventionStatus.MERGED
    merged = await loop.proposal_in(first_id, ProposalStatus.IN_REVIEW)
    assert merged.support == 2
    assert merged.change.content == first.change.content
    assert merged.change.phrasings == ("Where is my parcel?", "My parcel is gone, where is it?")

    async def verified() -> str | None:
        """Return the hash of what was verified: the draft with the new wording, too."""
        await loop.set_others_aside()
        await loop.delivery.drain()
        verification = (await loop.proposal_in(first_id, ProposalStatus.IN_REVIEW)).verification
        return verification.content_hash if verification else None

    assert await loop.until(first_id, verified) == merged.content_hash


async def test_one_intervention_may_support_two_proposals_of_another(loop: Loop) -> None:
    """And what supported them before their reviews opened is not counted again."""
    changes = cycle([article(), policy()])
    loop.analyst.change = lambda _: next(changes)
    one = find(Gap.MISSING_KNOWLEDGE)
    loop.analyst.reading = lambda case: Reading(findings=one(case).findings * 2)
    first_id, _ = await loop.reviewable()
    second_id = await loop.post()
    assert await loop.end(second_id) is InterventionStatus.MERGED

    async def support() -> list[int] | None:
        await loop.set_others_aside()
        await loop.delivery.drain()
        status = await loop.handle(first_id).query(InterventionWorkflow.status)
        found = [review.support for review in status.reviews]
        return found if found.count(1) == 0 else None

    assert await loop.until(first_id, support) == [2, 2]


async def test_importing_the_same_content_twice_adds_it_once(loop: Loop) -> None:
    assert await _import(loop) == await _import(loop)
