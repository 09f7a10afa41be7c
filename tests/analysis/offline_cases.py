"""Cases and items for the offline analyst's tests, and an embedder that needs no weights."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from analysis.text import stems
from domain.cases import Case, KnownItem
from domain.conversation import Action, AgentContext, Resolution, Role, ToolCall, Turn
from domain.knowledge import (
    ArticleContent,
    Item,
    ItemContent,
    ItemKind,
    ItemStatus,
    PolicyContent,
    ToolConnectionContent,
)

_KIND_OF: dict[type, ItemKind] = {
    ArticleContent: ItemKind.ARTICLE,
    PolicyContent: ItemKind.POLICY,
    ToolConnectionContent: ItemKind.TOOL_CONNECTION,
}


class WordEmbedder:
    """Embeds a text as the bag of its stems: likeness is the share of words in common."""

    name = "words"
    dimension = 512

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in stems(text):
                digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
                rows[row, int.from_bytes(digest) % self.dimension] += 1.0
            norm = float(np.linalg.norm(rows[row]))
            rows[row] = rows[row] / norm if norm else rows[row]
        return rows


def item(content: ItemContent, revision: int = 1) -> Item:
    kind = _KIND_OF[type(content)]
    identity = uuid5(NAMESPACE_URL, f"{kind}/{content.title}")
    return Item(
        id=identity, kind=kind, status=ItemStatus.ACTIVE, revision=revision, content=content
    )


def known(content: ItemContent, *, used: bool = False, revision: int = 1) -> KnownItem:
    return KnownItem(item=item(content, revision), score=1.0 if used else 0.5, used_by_agent=used)


def customer(text: str) -> Turn:
    return Turn(role=Role.CUSTOMER, text=text)


def agent(text: str, *calls: ToolCall) -> Turn:
    return Turn(role=Role.AGENT, text=text, tool_calls=calls)


def call(name: str, result: Any = None, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=arguments, result=result)


def action(system: str, name: str, **arguments: Any) -> Action:
    return Action(system=system, name=name, arguments=arguments)


def case(
    *turns: Turn,
    reply: str = "",
    decision: str = "",
    information: Sequence[str] = (),
    actions: Sequence[Action] = (),
    items: Sequence[KnownItem] = (),
    tools: Sequence[str] = (),
) -> Case:
    asked = next(turn.text for turn in turns if turn.role is Role.CUSTOMER)
    called = {c.name for turn in turns for c in turn.tool_calls}
    spoken = (*turns, Turn(role=Role.HUMAN, text=reply)) if reply else turns
    return Case(
        intervention_id=UUID(int=1),
        language="en",
        ask=asked,
        turns=spoken,
        agent=AgentContext(tools_available=tuple(tools)),
        resolution=Resolution(
            reply=reply,
            decision=decision,
            information_used=tuple(information),
            actions=tuple(actions),
        ),
        known_items=tuple(items),
        agent_tools=frozenset({*tools, *called}),
    )
