"""What must not get through the pages of knowledge: hostile texts, forged forms, other people's."""

from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from domain.change_requests import ChangeRequestKind, ChangeRequestMode, NewChangeRequest, Target
from domain.identity import ApiRole
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemContent,
    ItemKind,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)
from domain.reviews import Decision, DecisionEffect, Ruling, Verdict
from store import change_requests, publishing, reviews
from tests.api.browser import HTML, Person, Tags, signed_in
from tests.api.conftest import Keys, make_keys
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows
from tests.api.stories import a_story
from tests.security.elements import foreign_scripts

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
_TOOL = ToolSpec(
    name="get_order",
    description=EVIL,
    input_schema={"type": "object", EVIL: EVIL},
    access=Access.READ,
)
CONTENTS: dict[ItemKind, ItemContent] = {
    ItemKind.ARTICLE: ArticleContent(title=EVIL, question=EVIL, answer=EVIL, tags=(EVIL,)),
    ItemKind.POLICY: PolicyContent(
        title=EVIL, rule=EVIL, applies_when=EVIL, exceptions=EVIL, rationale=EVIL
    ),
    ItemKind.TOOL_CONNECTION: ToolConnectionContent(
        name=EVIL, system=EVIL, server=EVIL, purpose=EVIL, tools=(_TOOL,)
    ),
}


def _changed(content: ItemContent) -> ItemContent:
    """Return a content each field of which has a word more, so that a difference shows all."""
    update = {
        name: f"{value} more"
        for name, value in content.model_dump().items()
        if isinstance(value, str)
    }
    if isinstance(content, ArticleContent):
        return content.model_copy(update={**update, "tags": (*content.tags, "more")})
    if isinstance(content, ToolConnectionContent):
        tool = content.tools[0].model_copy(update={"description": f"{EVIL} more"})
        other = content.tools[0].model_copy(update={"name": "other"})
        return content.model_copy(update={**update, "tools": (tool, other)})
    return content.model_copy(update=update)


async def _publish(rows: Rows, change: Change, provenance: publishing.Provenance) -> UUID:
    embed = WordEmbedder().embed
    texts = change.content.passages()
    passages = [
        publishing.Passage(
            text, embed([text])[0].tolist(), "phrasing" if text == EVIL else "content"
        )
        for text in texts
    ]
    async with rows.database.transaction(rows.workspace) as connection:
        item_id, _ = await publishing.publish(
            connection,
            rows.workspace,
            change,
            passages=passages,
            model=WordEmbedder.name,
            provenance=provenance,
        )
    return item_id


async def _evil_item(rows: Rows, kind: ItemKind) -> UUID:
    """Publish an item by a reviewed proposal, and change it by a forced request."""
    change = Change(kind=kind, operation=Operation.ADD, content=CONTENTS[kind])
    proposal = await rows.proposal(change, title=EVIL)
    decision = Decision(
        id=uuid4(),
        proposal_id=proposal.id,
        verdict=Verdict.APPROVE,
        content_hash=proposal.content_hash,
        comment=EVIL,
        by=EVIL,
        role=ApiRole.LEAD,
        created_at=proposal.created_at,
    )
    approved = Ruling(effect=DecisionEffect.APPROVED)
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_refused_decision(connection, rows.workspace, decision, approved)
    origin = publishing.Provenance((EVIL,), proposal.id, proposal.intervention_id)
    item_id = await _publish(rows, change, origin)
    request = NewChangeRequest(
        id=uuid4(),
        kind=ChangeRequestKind.ROLLBACK_REVISION,
        mode=ChangeRequestMode.FORCED,
        requested_by=EVIL,
        role=ApiRole.ADMIN,
        reason=EVIL,
        target=Target(item_id=item_id, to_revision=1),
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await change_requests.insert_request(connection, rows.workspace, request, [])
    revised = Change(
        kind=kind,
        operation=Operation.REVISE,
        item_id=item_id,
        base_revision=1,
        content=_changed(CONTENTS[kind]),
    )
    await _publish(rows, revised, publishing.Provenance((EVIL,), request_id=request.id))
    return item_id


def _check(page: Response, status: int = 200) -> None:
    where = str(page.url)
    assert page.status_code == status, where
    assert "alert(1)" in page.text, where
    assert "{{7*7}}" in page.text, where
    tags = Tags.of(page)
    assert foreign_scripts(page) == [], where
    assert tags.names.count("img") == 1, where
    assert not [name for name in tags.attributes if name.startswith("on")], where
    assert "style" not in tags.attributes, where


@pytest.mark.parametrize("kind", list(ItemKind))
async def test_hostile_texts_are_shown_and_never_run(
    reviewer: Person, rows: Rows, kind: ItemKind
) -> None:
    item_id = await _evil_item(rows, kind)
    item = f"/knowledge/{item_id}"

    for path in (
        "/knowledge",
        "/knowledge?as_of=1",
        item,
        f"{item}?as_of=1",
        f"{item}/compare?from=1&to=2",
        f"{item}/compare?from=2&to=1",
        "/releases",
        "/releases/compare?from=0&to=1",
        "/releases/compare?from=1&to=2",
        "/releases/compare?from=2&to=0",
    ):
        _check(await reviewer.get(path))


async def test_hostile_queries_and_reasons_are_shown_again_and_never_run(
    reviewer: Person, rows: Rows
) -> None:
    item_id = await _evil_item(rows, ItemKind.ARTICLE)
    page = await reviewer.get("/knowledge")

    _check(await reviewer.post("/knowledge/search", page, query=EVIL, tag=EVIL))
    _check(await reviewer.post("/knowledge/search", page, query=" ", tag=EVIL, as_of=EVIL), 422)
    _check(await reviewer.get(f"/knowledge?tag={EVIL.replace('&', '%26')}&as_of={EVIL[:60]}"), 422)
    rolled = {"to_revision": "2", "form": "rollback", "reason": EVIL}
    _check(await reviewer.post(f"/knowledge/{item_id}/rollback", page, **rolled), 409)


async def test_what_people_search_for_is_in_no_address_and_no_log(
    reviewer: Person, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_story(rows)
    page = await reviewer.get("/knowledge")

    answer = await reviewer.post("/knowledge/search", page, query="my secret illness")

    assert answer.status_code == 200
    assert "illness" not in str(answer.url)
    said = capsys.readouterr()
    assert "illness" not in said.out + said.err


FORMS = ["retire", "restore", "rollback"]


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_without_its_token_does_nothing(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery, form: str
) -> None:
    item_id = await a_story(rows)
    fields = {"to_revision": "1", "to_release": "1", "reason": "x"}

    answers = [
        await reviewer.client.post(path, data={**fields, **token}, headers=HTML)
        for path in (f"/knowledge/{item_id}/{form}", "/releases/rollback")
        for token in ({}, {"form_token": "forged"})
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert delivery.started == []


async def test_another_workspaces_history_is_unknown(
    client: AsyncClient, keys: Keys, rows: Rows, database_url: str
) -> None:
    item_id = await a_story(rows)
    other = await make_keys(database_url, f"w-{uuid4().hex[:12]}")
    person = await signed_in(client, other.of[ApiRole.ADMIN])
    page = await person.get("/knowledge")

    item = f"/knowledge/{item_id}"
    answers = [
        await person.get(item),
        await person.get(f"{item}?as_of=0"),
        await person.get(f"{item}/compare?from=1&to=2"),
        *[await person.post(f"{item}/{form}", page, to_revision="1", reason="x") for form in FORMS],
    ]
    listed = [await person.get(path) for path in ("/releases", "/knowledge?status=all")]
    found = await person.post("/knowledge/search", page, query="refunds take days")
    compared = await person.get("/releases/compare?from=0&to=1")

    assert [answer.status_code for answer in answers] == [404] * 6
    assert not [page for page in (*listed, found) if "Refunds" in page.text]
    assert compared.status_code == 422


@pytest.mark.parametrize(
    "path",
    ["/knowledge", f"/knowledge/{UUID(int=1)}", "/releases", "/releases/compare?from=0&to=1"],
)
async def test_who_has_not_signed_in_is_led_to_the_form(client: AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=HTML)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
