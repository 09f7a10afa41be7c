"""Knowledge that was there and not found: an item says all that the human told the customer."""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.offline.actions import agent_acts, human_acts, is_hand_over, is_read
from analysis.offline.insight import Insight
from analysis.offline.knowledge import customer_texts, human_reply, orders_about, quote_of
from analysis.offline.quoting import ask_quote, distinct, last_agent_quote
from analysis.offline.reusable import generalise, reusable_sentences
from analysis.offline.similarity import Similarity
from analysis.text import sentences, shorten
from analysis.wordings import can_be_wording
from domain.cases import Case, KnownItem
from domain.conversation import Role
from domain.findings import Finding, Gap
from domain.knowledge import (
    MAX_PHRASING_CHARACTERS,
    Change,
    ItemContent,
    Operation,
    PolicyContent,
    ToolConnectionContent,
)
from domain.wordings import RATIONALE, same_wording, title_of_phrasing_revision

_UNSAID = 5
"""Of so many sentences one may be missing from the item."""

_SAME_STATEMENT = 0.85


class _Match(NamedTuple):
    """How much of what the human told an item says, and how exactly; both from 0 to 1."""

    share: float
    likeness: float
    known: KnownItem


def read_unfound(case: Case, similarity: Similarity) -> Insight | None:
    """Return the insight that an item answers the ask and was not found by its wording, if so.

    The item must say (nearly) all that the human told, and the agent must not have used it. A case
    in which somebody acted is none: its answer was not all that was wanted.
    """
    told = reusable_sentences(human_reply(case), customer_texts(case))
    if not told or not _can_be_a_wording(case) or _somebody_acted(case):
        return None
    match = _best_match(case, told, similarity)
    if match is None or match.known.used_by_agent or _agent_told(case, told, similarity):
        return None
    if any(same_wording(case.ask, text) for text in match.known.item.content.passages()):
        return None
    return _insight(case, told, match)


def _can_be_a_wording(case: Case) -> bool:
    """Return whether the ask may find an item: short, nobody's in particular, and no order."""
    if len(case.ask) > MAX_PHRASING_CHARACTERS or not generalise(case.ask):
        return False
    if not can_be_wording(case.ask):
        return False
    return not any(map(orders_about, [case.ask, *customer_texts(case)]))


def _somebody_acted(case: Case) -> bool:
    acts = [*agent_acts(case), *human_acts(case.resolution.actions)]
    return any(not is_read(act.name) and not is_hand_over(act.name) for act in acts)


def _best_match(case: Case, told: Sequence[str], similarity: Similarity) -> _Match | None:
    matches: list[_Match] = []
    for known in case.known_items:
        if isinstance(known.item.content, ToolConnectionContent):
            continue
        said = sum(similarity.says(known.item, sentence) for sentence in told)
        if len(told) - said <= len(told) // _UNSAID and said:
            likeness = similarity.best(" ".join(told), [_statement(known.item.content)])
            matches.append(_Match(said / len(told), likeness, known))
    return max(
        matches,
        key=lambda m: (m.share, m.likeness, m.known.score, str(m.known.item.id)),
        default=None,
    )


def _statement(content: ItemContent) -> str:
    if isinstance(content, PolicyContent):
        return content.rule
    return "" if isinstance(content, ToolConnectionContent) else content.answer


def _agent_told(case: Case, told: Sequence[str], similarity: Similarity) -> bool:
    """Return whether the agent had told the customer the same already."""
    turns = [turn.text for turn in case.turns if turn.role is Role.AGENT]
    own = [sentence for text in turns for sentence in sentences(text)]
    return all(similarity.best(sentence, own) >= _SAME_STATEMENT for sentence in told)


def _insight(case: Case, told: Sequence[str], match: _Match) -> Insight:
    item = match.known.item
    agent = last_agent_quote(case)
    finding = Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary=f"The {item.kind} '{item.content.title}' answers this, but was not found by the "
        "customer's wording.",
        agent_did=shorten(agent.text if agent else case.agent.handoff_reason, 600),
        human_did=f"Told the customer: {shorten(' '.join(told), 800)}",
        quotes=distinct(
            [ask_quote(case), agent, *(quote_of(case, sentence) for sentence in told[:3])]
        ),
        item_id=item.id,
        confidence=round(min(0.95, 0.6 + 0.35 * match.likeness), 2),
    )
    change = Change(
        kind=item.kind,
        operation=Operation.REVISE,
        item_id=item.id,
        base_revision=item.revision,
        content=item.content,
        phrasings=(case.ask,),
    )
    return Insight(finding, change, title_of_phrasing_revision(change), RATIONALE)
