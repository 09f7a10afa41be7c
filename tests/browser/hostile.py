"""A workspace in which every word that somebody outside, or a colleague, can choose is markup."""

import re
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from playwright.async_api import Page

from domain.base import JsonObject, JsonValue
from domain.conversation import Submission
from domain.findings import Finding, Gap, Quote
from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation, PolicyContent
from domain.outcomes import HandledBy
from store import reviews
from store.database import Database
from store.keys import create_key
from tests.api.rows import Rows
from tests.browser.house import ARTICLE, House, first_of

FOREIGN = "evil.invalid"
_HOUND = """() => {
    const bad = [...document.querySelectorAll("*")].filter((element) =>
        [...element.attributes].some(({name, value}) =>
            name.startsWith("on") || /^javascript:/i.test(value))
        || element.matches(`[src*="//evil"], body :is(script, style, iframe, object, base)`));
    const fields = [...document.querySelectorAll("input, textarea")].map((field) => field.value);
    const said = [document.title, document.body.textContent, ...fields].join(" ");
    const hacked = "hacked" in window;
    return {bad: bad.map((element) => element.outerHTML.slice(0, 200)), said, hacked};
}"""
_NAMED = re.compile(rf"//{re.escape(FOREIGN)}/([\w.]+) onerror")

STRANGER = "stranger"
"""By this name the tests know the lead whose name is markup."""


def evil(field: str) -> str:
    """Return a field's text: it asks a foreign server by the field's name wherever it is markup."""
    return (
        f"{field} \"'></textarea></title></script><img src=//{FOREIGN}/{field} onerror=hacked=1>"
        f"<script>hacked=1</script><a href=javascript:hacked=1>{{{{7*7}}}}"
    )


def short_evil(field: str) -> str:
    """Return one for fields that hold little."""
    return f'"><img src=//{FOREIGN}/{field} onerror=hacked=1>'


class _Same(dict[str, str]):
    """Stands for itself, whatever it is."""

    def __missing__(self, key: str) -> str:
        return key


def _spoiled(value: JsonValue, name: str) -> JsonValue:
    if isinstance(value, dict):
        return {key: _spoiled(inner, f"{name}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_spoiled(inner, name) for inner in value]
    return f"{value} {evil(name)}" if isinstance(value, str) else value


def hostile_intervention() -> JsonObject:
    """Return one of the demo's, each free text of which goes on with markup."""
    row = first_of(ARTICLE)
    turns = cast(list[JsonObject], row["conversation"])
    free = {"text", "author"}
    spoiled = [
        {key: _spoiled(text, f"turn.{key}") if key in free else text for key, text in turn.items()}
        for turn in turns
    ]
    call: JsonObject = {
        "name": evil("call.name"),
        "arguments": {evil("call.key"): evil("call.argument")},
        "result": {evil("call.result.key"): evil("call.result")},
    }
    spoiled[1]["tool_calls"] = [call]
    spoiled.append({"role": "tool", "text": evil("tool.text"), "tool_name": evil("tool.name")})
    action = {"system": evil("action.system"), "name": evil("action.name")}
    resolution = cast(JsonObject, _spoiled(row["resolution"], "resolution"))
    resolution["actions"] = [{**action, "arguments": {evil("action.key"): evil("action.argument")}}]
    agent: JsonObject = {**cast(JsonObject, row["agent"]), "items_used": ["an item"]}
    ends = ("source", "external_id", "channel", "customer_ref", "query")
    return {
        **row,
        **{name: _spoiled(row[name], name) for name in ends},
        "agent": {name: _spoiled(value, f"agent.{name}") for name, value in agent.items()},
        "conversation": cast(list[JsonValue], spoiled),
        "resolution": resolution,
        "metadata": {**cast(JsonObject, row["metadata"]), evil("metadata.key"): evil("metadata")},
    }


def article() -> ArticleContent:
    """Return an article that is markup."""
    return ArticleContent(
        title=evil("article.title"),
        question=evil("article.question"),
        answer=evil("article.answer"),
        tags=(evil("article.tag"),),
    )


def policy() -> PolicyContent:
    """Return a policy that is markup."""
    return PolicyContent(
        title=evil("policy.title"),
        rule=evil("policy.rule"),
        applies_when=evil("policy.applies_when"),
        exceptions=evil("policy.exceptions"),
        rationale=evil("policy.rationale"),
    )


async def harmless(page: Page) -> set[str]:
    """Return the fields whose markup the page shows as text, having looked for what is no text."""
    found = await page.evaluate(_HOUND)
    assert found["bad"] == [], page.url
    assert not found["hacked"], page.url
    return set(_NAMED.findall(found["said"]))


@dataclass(frozen=True)
class HostileHouse:
    """A house, what its pages are about by the names that sample addresses have, and one to ask."""

    house: House
    ids: dict[str, str]
    waiting: UUID
    """A proposal with a workflow, which the stranger has asked for."""


async def fill(house: House) -> HostileHouse:
    """Write markup wherever somebody can: over HTTP as they would, and as an analyst's words."""
    people = house.people
    row = hostile_intervention()
    (posted,) = await house.read([row], _Same())
    async with Database(house.database_url) as database:
        rows = Rows(database, house.workspace)
        async with database.transaction(house.workspace) as connection:
            _, house.keys[STRANGER] = await create_key(
                connection, house.workspace, principal=evil("person"), role=ApiRole.LEAD
            )
        learned = await _learned(rows, row)
        item_id, _ = await rows.item(_added(article()))
        await rows.item(_added(policy()))
    asked = await house.post(
        STRANGER,
        "/v1/proposals",
        {"change": _added(article()).model_dump(mode="json"), "reason": evil("reason")},
    )
    waiting = UUID(cast(list[dict[str, str]], asked["proposals"])[0]["id"])
    for proposal in (waiting, learned["policy"]):
        await house.post(STRANGER, f"/v1/proposals/{proposal}/comments", {"body": evil("comment")})
    await people.admin.import_golden([{"query": evil("golden"), "expects": "handoff"}])
    await people.agent.ask(evil("asked"))
    await house.post(
        "agent",
        "/v1/outcomes",
        {
            "query": evil("outcome"),
            "handled_by": HandledBy.HUMAN.value,
            "handoff_reason": evil("outcome.reason"),
            "items_used": [str(item_id)],
        },
    )
    ids = {**learned, "intervention": str(posted), "item": str(item_id)}
    return HostileHouse(house, ids, waiting)


def _added(content: ArticleContent | PolicyContent) -> Change:
    kind = ItemKind.ARTICLE if isinstance(content, ArticleContent) else ItemKind.POLICY
    return Change(kind=kind, operation=Operation.ADD, content=content)


async def _learned(rows: Rows, row: JsonObject) -> dict[str, str]:
    """Store what an analyst has made of it; return the proposals' ids."""
    finding = Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary=f"`{evil('summary')}` {evil('summary.rest')}",
        agent_did=evil("agent_did"),
        human_did=evil("human_did"),
        quotes=(Quote(turn=0, text=evil("quote")),),
        confidence=0.5,
    )
    made: dict[str, str] = {}
    for name, content in {"policy": policy(), "tool": article(), "applied": article()}.items():
        posted = Submission.model_validate({**row, "external_id": f"{name} {evil('external_id')}"})
        proposal = await rows.proposal(
            _added(content),
            posted=posted,
            title=evil("title"),
            finding=finding,
            author=evil("author"),
        )
        made[name] = str(proposal.id)
        if name == "applied":
            await rows.suppression(
                proposal, by=evil("rejected.by"), reason=evil("rejected.because")
            )
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.add_comment(
            connection, rows.workspace, UUID(made["tool"]), by=evil("comment.by"), body="Hello."
        )
    return made
