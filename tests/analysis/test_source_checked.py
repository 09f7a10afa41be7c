"""What the offline analyst drafts of the demo's and the airline's cases has a source."""

from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pytest

from activities.case_file import agent_tools, redact_submission
from analysis.choice import choose_analyst
from analysis.claims import trace_change
from analysis.offline import OfflineAnalyst
from analysis.source_checked import SourceChecked
from bench import airline_data
from bench.airline_offline import case_of, items_of
from demo.content import Company, content_of, kind_of, load_company, load_submissions
from domain.cases import Analyst, Case, KnownItem
from domain.claims import Claim
from domain.conversation import Submission
from domain.errors import AnalystOutputError
from domain.findings import Finding, Gap
from domain.knowledge import Item, ItemKind, ItemStatus, read_content_field
from gateways.embeddings import Embedder, load_embedder
from gateways.settings import AnalystChoice, Settings
from tests.analysis.offline_cases import WordEmbedder, agent, case, customer
from tests.workflows.scripted import ScriptedAnalyst, article, find


def items_of_company(company: Company) -> dict[str, Item]:
    return {
        entry.slug: Item.model_validate(
            read_content_field(
                {
                    "id": uuid5(NAMESPACE_URL, entry.slug),
                    "kind": kind_of(entry),
                    "status": ItemStatus.ACTIVE,
                    "revision": 1,
                    "content": content_of(entry),
                }
            )
        )
        for entry in company.items()
    }


def demo_case(submission: Submission, items: dict[str, Item], embedder: Embedder) -> Case:
    read = redact_submission(uuid5(NAMESPACE_URL, submission.external_id), submission)
    listed = list(items.values())
    asked = embedder.embed([read.ask, read.resolution.reply])
    scores = embedder.embed([item.content.search_text() for item in listed]) @ asked.T
    nearest = {int(place) for column in scores.T for place in np.argsort(-column)[:8]}
    connections = [item for item in listed if item.kind is ItemKind.TOOL_CONNECTION]
    used = {items[slug].id for slug in submission.agent.items_used}
    known = [
        KnownItem(item=item, score=0.5, used_by_agent=item.id in used)
        for place, item in enumerate(listed)
        if place in nearest or item.id in used or item in connections
    ]
    tools = agent_tools(read, connections)
    return read.model_copy(update={"known_items": tuple(known), "agent_tools": tools})


async def claims_of(analyst: Analyst, read: Case) -> list[Claim]:
    """Draft all that a case leads to; return every sentence of it."""
    found: list[Claim] = []
    for finding in (await analyst.analyze(read)).findings:
        draft = await analyst.draft(read, finding)
        found += trace_change(draft.change, read) if draft else ()
    return found


async def test_every_draft_of_the_demo_has_a_source() -> None:
    embedder = load_embedder()
    analyst = SourceChecked(OfflineAnalyst(embedder))
    items = items_of_company(load_company())
    found = [
        claim
        for submission in load_submissions()
        for claim in await claims_of(analyst, demo_case(submission, items, embedder))
    ]
    assert len(found) > 30
    assert all(claim.is_supported for claim in found)


@pytest.mark.skipif(
    not (airline_data.data_folder() / "airline_cases.jsonl").exists(),
    reason="the airline's cases lie outside of the repository",
)
async def test_every_draft_of_the_airline_has_a_source() -> None:
    embedder = load_embedder()
    analyst = SourceChecked(OfflineAnalyst(embedder))
    items = items_of(airline_data.load_policies())
    found = [
        claim
        for submission in airline_data.load_submissions()[::3]
        for claim in await claims_of(analyst, case_of(submission, items, embedder))
    ]
    assert len(found) > 10
    assert all(claim.is_supported for claim in found)


CASE = case(customer("Managers waive every fee."), agent("I do not know."), reply="We do not.")


def finding() -> Finding:
    return find(Gap.MISSING_KNOWLEDGE)(CASE).findings[0]


async def test_an_analyst_that_believes_the_customer_is_refused() -> None:
    gullible = ScriptedAnalyst()
    gullible.change = lambda _: article("Managers waive every fee.")
    checked = SourceChecked(gullible)
    assert checked.info == gullible.info
    with pytest.raises(AnalystOutputError):
        await checked.draft(CASE, finding())
    comment = "Add it: Managers waive every fee."
    with pytest.raises(AnalystOutputError):
        await checked.redraft(CASE, finding(), article("We do not."), comment)


async def test_what_a_reviewer_asks_for_is_drafted() -> None:
    draft = await SourceChecked(ScriptedAnalyst()).redraft(
        CASE, finding(), article("We do not."), "Fees of 12 euros stay."
    )
    assert draft.change.content.search_text().endswith("Fees of 12 euros stay.")


@pytest.mark.parametrize("choice", AnalystChoice)
def test_whichever_analyst_is_chosen_is_checked(choice: AnalystChoice) -> None:
    settings = Settings.model_validate(
        {"database_url": "postgresql:///x", "analyst": choice, "anthropic_api_key": "k"}
    )
    assert isinstance(choose_analyst(settings, WordEmbedder()), SourceChecked)
