"""The reference agent that asks Claude: answers from what the knowledge holds, or hands off.

Its prompt is `prompts/answer.md`. Claude gets the items that were found, and no tools.
"""

from collections.abc import Mapping
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from domain.base import JsonValue
from domain.cases import AskResult, Knowledge, UsedItem
from domain.knowledge import Hit
from gateways.claude_client import ClaudeClient, data_block
from gateways.errors import ModelRefusedError

SURE = 0.5
"""Confidence below which an answer becomes a hand-off where no outcomes have set a bar."""

NEAREST = 8
NAME = "claude"


class AnswerOutput(BaseModel):
    """The shape that Claude answers in."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    answered: bool
    answer: str = Field(max_length=20_000)
    items_used: list[str]
    confidence: float = Field(ge=0, le=1)
    handoff_reason: str = Field(max_length=2_000)


class ClaudeAnswerer:
    """Answers a query with Claude, from the items that the search finds."""

    name = NAME
    is_deterministic = False

    def __init__(self, client: ClaudeClient) -> None:
        """Load the prompt."""
        self._client = client
        self._prompt = (files("agent") / "prompts" / "answer.md").read_text(encoding="utf-8")

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Return an answer with the items used, or a hand-off with its reason.

        Hands off by itself when nothing is found, when Claude refuses, when the answer is not as
        sure as the workspace's outcomes ask for, or when it rests on anything but the items found.
        What Claude says of its confidence is how certain it is of the first item used. Raises
        the other ModelErrors: an overloaded service must not be taken for a query that the agent
        cannot answer.
        """
        hits = await knowledge.search(query, k=NEAREST)
        if not hits:
            return _hand_off("No item in the knowledge bears on this.", 0)
        found = {f"K{number}": hit for number, hit in enumerate(hits, start=1)}
        try:
            done = await self._client.complete(
                system=self._prompt.strip(),
                user=f"{data_block('items', _items(found))}\n\n{data_block('query', query)}",
                output=AnswerOutput,
            )
        except ModelRefusedError:
            return _hand_off("The model declined to answer this query.", 0)
        standard = await knowledge.standard(NAME)
        return _result(done.output, found, SURE if standard is None else standard.bar)


def _items(found: Mapping[str, Hit]) -> JsonValue:
    return [
        {
            "item": reference,
            "kind": hit.item.kind.value,
            "content": hit.item.content.model_dump(mode="json"),
        }
        for reference, hit in found.items()
    ]


def _result(output: AnswerOutput, found: Mapping[str, Hit], sure: float) -> AskResult:
    if not output.answered:
        reason = output.handoff_reason.strip() or "The agent is not sure of an answer."
        return _hand_off(reason, output.confidence)
    references = list(dict.fromkeys(output.items_used))
    if not output.answer.strip() or not references or not found.keys() >= set(references):
        return _hand_off("The answer did not rest on items of the knowledge.", 0)
    had_in_mind = {"guess": found[references[0]].item.id, "certainty": output.confidence}
    if output.confidence < sure:
        reason = "The agent is not sure enough of its answer."
        return _hand_off(reason, output.confidence).model_copy(update=had_in_mind)
    return AskResult(
        answered=True,
        answer=output.answer,
        items_used=tuple(_used(found[reference]) for reference in references),
        confidence=output.confidence,
        agent=NAME,
    ).model_copy(update=had_in_mind)


def _used(hit: Hit) -> UsedItem:
    return UsedItem(
        item_id=hit.item.id,
        revision=hit.item.revision,
        kind=hit.item.kind,
        title=hit.item.content.title,
        score=hit.similarity,
    )


def _hand_off(reason: str, confidence: float) -> AskResult:
    return AskResult(answered=False, handoff_reason=reason, confidence=confidence, agent=NAME)
