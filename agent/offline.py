"""The offline reference agent: answers from the nearest item when it is sure, else hands off.

No model and no network: it trusts the search's score only as far as words and margin support it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.offline_tools import ToolMatch, describe_call, match_tool
from agent.offline_words import asks_to_act, content_words, covered_share, moves_money
from domain.answering import Standard
from domain.cases import OFFLINE, AskResult, Knowledge, UsedItem
from domain.knowledge import (
    ArticleContent,
    Hit,
    Item,
    ItemKind,
    PolicyContent,
    ToolConnectionContent,
)

SURE = 0.67
"""Confidence from which the agent answers.

Set with the weights below on 70 made-up queries to the demo's company, of which 37 have an answer:
27 are answered rightly, one wrongly. A lower bar answers more, and more of them wrongly.
"""

_LEAST_CERTAIN = 0.28
"""Certainty (`agent.certainty`) below which nothing is told where no outcomes have set a bar.

On the demo's queries right answers have 0.29 or more; what is rightly handed off has 0.31 or less
and is far from sure by its words.
"""

_FLOOR = 0.40
"""A score below which nothing else can make an item the answer."""

_DOUBTED = 0.6
"""Confidence of a text that is not certain enough to be told; short of `SURE`."""

_COMPANION_GAP = 0.12
"""How far below the best an item may score and still be named beside it."""


@dataclass(frozen=True)
class Candidate:
    """A hit with the confidence that it answers the query."""

    hit: Hit
    confidence: float


@dataclass(frozen=True)
class Measure:
    """The candidates, surest first, and the confidence from which one is the answer.

    `is_learned` tells that both go by how past queries ended.
    """

    candidates: Sequence[Candidate]
    sure: float
    is_learned: bool

    @property
    def texts(self) -> list[Candidate]:
        """The candidates that are told as they are: all but tool connections."""
        return [c for c in self.candidates if c.hit.item.kind is not ItemKind.TOOL_CONNECTION]


class OfflineAnswerer:
    """Answers with an article's answer, a policy's rule, or the tool call that it would make."""

    name = OFFLINE
    is_deterministic = True

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Return an answer with the items used, or a hand-off with its reason.

        Where the workspace's outcomes tell how sure an answer must be, that decides; elsewhere
        the agent's own rule does.
        """
        hits = await knowledge.search(query, k=8)
        if not hits:
            return _hand_off("No item in the knowledge bears on this.", 0.0)
        standard = await knowledge.standard(self.name)
        if standard is None:
            measure = Measure(rank(query, hits), SURE, is_learned=False)
        else:
            measure = Measure(by_standard(hits, standard), standard.bar, is_learned=True)
        wants_action = asks_to_act(query)
        connections = [hit.item for hit in hits if hit.item.kind is ItemKind.TOOL_CONNECTION]
        if wants_action:
            connections = await _with_more_connections(query, knowledge, connections)
        tool = match_tool(query, connections, wants_action=wants_action)
        result = _decide(query, measure, tool, wants_action=wants_action)
        return _with_guess(result, hits)


def rank(query: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Return the hits with their confidence, surest first."""
    words = content_words(query)
    stems = [content_words(f"{hit.item.content.search_text()}\n{hit.matched}") for hit in hits]
    shares = [covered_share(words, own, stems) for own in stems]
    candidates: list[Candidate] = []
    for index, hit in enumerate(hits):
        others = [h.similarity for i, h in enumerate(hits) if i != index]
        margin = hit.similarity - max(others, default=0.0)
        confidence = _confidence(hit.similarity, shares[index], margin)
        if hit.certainty is not None and hit.certainty < _LEAST_CERTAIN:
            confidence = min(confidence, _DOUBTED)
        candidates.append(Candidate(hit, confidence))
    return sorted(candidates, key=lambda c: (-c.confidence, -c.hit.similarity, str(c.hit.item.id)))


def _confidence(score: float, share: float, margin: float) -> float:
    if score < _FLOOR:
        return min(score, 0.3)
    lifted = score + 0.45 * (share - 0.6) + 0.7 * max(-0.1, min(margin, 0.2))
    return max(0.0, min(1.0, lifted))


def by_standard(hits: Sequence[Hit], standard: Standard) -> list[Candidate]:
    """Return the hits with how sure they are by what was learned, the most certain first.

    No text is surer than one that is more certain: what was learned is about the most certain text.
    """
    candidates: list[Candidate] = []
    most = 1.0
    for hit in sorted(hits, key=lambda h: (-(h.certainty or 0.0), -h.similarity, str(h.item.id))):
        sure = standard.sureness(hit.certainty or 0.0, hit.signs)
        if hit.item.kind is not ItemKind.TOOL_CONNECTION:
            sure = most = min(most, sure)
        candidates.append(Candidate(hit, sure))
    return candidates


def _with_guess(result: AskResult, hits: Sequence[Hit]) -> AskResult:
    """Return the result with the item that was told, or the likeliest if nothing was.

    None where a tool alone is the answer: how certain a text was tells nothing about that.
    """
    texts = [h for h in hits if h.item.kind is not ItemKind.TOOL_CONNECTION and h.certainty]
    if result.answered:
        used = {item.item_id for item in result.items_used}
        texts = [hit for hit in texts if hit.item.id in used]
    guess = max(texts, key=lambda hit: hit.certainty or 0.0, default=None)
    if guess is None:
        return result
    return result.model_copy(
        update={"guess": guess.item.id, "certainty": guess.certainty, "signs": guess.signs}
    )


def _decide(
    query: str, measure: Measure, tool: ToolMatch | None, *, wants_action: bool
) -> AskResult:
    candidates, texts = measure.candidates, measure.texts
    best = texts[0] if texts else None
    sure = best is not None and best.confidence >= measure.sure
    if tool is not None and (wants_action or not sure):
        return _answer_with_tool(query, tool, candidates, best if sure else None)
    if best is None or not sure:
        return _hand_off(_why_unsure(candidates), candidates[0].confidence if candidates else 0.0)
    if wants_action and _needs_an_act(query, best, measure):
        title = best.hit.item.content.title
        return _hand_off(
            f"'{title}' bears on this, but there is no tool to do what is asked.", best.confidence
        )
    return _answer_with_text(best, measure)


def _needs_an_act(query: str, best: Candidate, measure: Measure) -> bool:
    """Return whether a text is no answer to what the query asks to be done.

    An article that people gave as the answer to such queries is one, even where money is asked for.
    """
    if best.hit.item.kind is ItemKind.POLICY:
        return True
    return moves_money(query) and not measure.is_learned


def _answer_with_text(best: Candidate, measure: Measure) -> AskResult:
    used = [best, *_companions(best, measure)]
    parts = [_text_of(candidate.hit.item) for candidate in used]
    return AskResult(
        answered=True,
        answer="\n\n".join(parts),
        items_used=tuple(_used(candidate) for candidate in used),
        confidence=best.confidence,
    )


def _companions(best: Candidate, measure: Measure) -> list[Candidate]:
    """Return the one item of the other kind that is as sure: a rule beside its article."""
    others = [
        candidate
        for candidate in measure.texts
        if candidate.hit.item.kind is not best.hit.item.kind
        and candidate.confidence >= max(measure.sure, best.confidence - _COMPANION_GAP)
    ]
    return others[:1]


def _answer_with_tool(
    query: str, tool: ToolMatch, candidates: Sequence[Candidate], rule: Candidate | None
) -> AskResult:
    scores = {c.hit.item.id: c for c in candidates}
    own = scores.get(tool.item.id)
    parts = [describe_call(query, tool)]
    used = [_used(own) if own else _used_item(tool.item, tool.fit)]
    if rule is not None:
        parts.insert(0, _text_of(rule.hit.item))
        used.insert(0, _used(rule))
    surest = max(tool.fit, rule.confidence if rule else 0.0)
    return AskResult(
        answered=True,
        answer="\n\n".join(parts),
        items_used=tuple(used),
        confidence=max(SURE, min(1.0, surest)),
    )


def _text_of(item: Item) -> str:
    content = item.content
    if isinstance(content, ArticleContent):
        return content.answer
    if isinstance(content, PolicyContent):
        except_for = content.exceptions.strip()
        has_exceptions = except_for and except_for.rstrip(".").lower() not in {"none", "no"}
        return f"{content.rule}\nExceptions: {except_for}" if has_exceptions else content.rule
    return content.purpose


def _why_unsure(candidates: Sequence[Candidate]) -> str:
    if not candidates or candidates[0].hit.similarity < _FLOOR:
        return "No item in the knowledge bears on this."
    nearest = candidates[0].hit.item.content.title
    return f"The nearest item, '{nearest}', is not near enough to answer this for sure."


def _used(candidate: Candidate) -> UsedItem:
    return _used_item(candidate.hit.item, candidate.hit.similarity)


def _used_item(item: Item, score: float) -> UsedItem:
    return UsedItem(
        item_id=item.id,
        revision=item.revision,
        kind=item.kind,
        title=item.content.title,
        score=score,
    )


def _hand_off(reason: str, confidence: float) -> AskResult:
    return AskResult(answered=False, handoff_reason=reason, confidence=confidence)


async def _with_more_connections(query: str, knowledge: Knowledge, found: list[Item]) -> list[Item]:
    """Return the connections that the search found, and the nearest others.

    An act is often asked for in the words of a policy, which crowd the connection out.
    """
    known = {item.id for item in found}
    more = await knowledge.search(query, k=5, kinds=(ItemKind.TOOL_CONNECTION,))
    added = [hit.item for hit in more if hit.item.id not in known]
    return [item for item in (*found, *added) if isinstance(item.content, ToolConnectionContent)]
