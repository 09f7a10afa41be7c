"""Why an answer is what it is: each item that was looked at, how sure of it, and what it lacked."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from agent.offline import SURE, by_standard, rank
from domain.answering import Standard
from domain.base import Model
from domain.cases import OFFLINE, AskResult, Knowledge
from domain.knowledge import Hit, ItemKind


class Standing(StrEnum):
    """What became of an item that an answer was looked for in."""

    TOLD = "told"
    SURE_BUT_ACT_WANTED = "sure_but_act_wanted"
    OUTDONE = "outdone"
    UNSURE = "unsure"
    UNCERTAIN = "uncertain"
    NO_TOOL_FITS = "no_tool_fits"
    READ_ONLY = "read_only"


class Considered(Model):
    """An item that was found, how sure the agent was of it, and what became of it.

    `sureness` is what the agent compares with `Explained.needed`; None where a language model
    decides by reading, the item is a tool connection, or it is too uncertain to be weighed.
    """

    hit: Hit
    sureness: float | None = Field(default=None, ge=0, le=1)
    standing: Standing


class Explained(Model):
    """An answer or a hand-off, with the items that it was looked for in, the surest first.

    `needed` is the sureness from which a text is told: above 1 where nothing may be told, None for
    a language model whose answers have not shown it yet. `is_learned` tells that it was set by how
    past answers fared.
    """

    result: AskResult
    considered: tuple[Considered, ...]
    needed: float | None
    is_learned: bool


class WatchedKnowledge:
    """Knowledge that remembers what the agent found in it first."""

    def __init__(self, base: Knowledge) -> None:
        """Watch what is searched in `base`."""
        self._base = base
        self.hits: Sequence[Hit] = ()

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return what `base` finds."""
        found = await self._base.search(query, k=k, kinds=kinds)
        if not kinds and not self.hits:
            self.hits = found
        return found

    async def standard(self, agent: str) -> Standard | None:
        """Return how sure an answer must be."""
        return await self._base.standard(agent)


def explain(
    query: str, result: AskResult, hits: Sequence[Hit], standard: Standard | None
) -> Explained:
    """Return why the agent that gave `result` did so, having found `hits` with this standard."""
    if result.agent != OFFLINE:
        return _of_a_model(result, hits, standard)
    ranked = rank(query, hits) if standard is None else by_standard(hits, standard)
    sure = {each.hit.item.id: each.confidence for each in ranked}
    needed = SURE if standard is None else standard.bar
    told = {used.item_id for used in result.items_used}
    standings = {
        hit.item.id: _standing(hit, told, standard, sure[hit.item.id] >= needed, result)
        for hit in hits
    }
    considered = [
        Considered(
            hit=hit,
            sureness=None if _has_no_measure(hit, standings[hit.item.id]) else sure[hit.item.id],
            standing=standings[hit.item.id],
        )
        for hit in hits
    ]
    order = {each.hit.item.id: place for place, each in enumerate(ranked)}
    considered.sort(key=lambda each: (each.hit.item.id not in told, order[each.hit.item.id]))
    return Explained(
        result=result,
        considered=tuple(considered),
        needed=needed,
        is_learned=standard is not None,
    )


def _is_tool(hit: Hit) -> bool:
    return hit.item.kind is ItemKind.TOOL_CONNECTION


def _has_no_measure(hit: Hit, standing: Standing) -> bool:
    return _is_tool(hit) or standing is Standing.UNCERTAIN


def _standing(
    hit: Hit, told: set[UUID], standard: Standard | None, is_sure: bool, result: AskResult
) -> Standing:
    if hit.item.id in told:
        return Standing.TOLD
    if _is_tool(hit):
        return Standing.NO_TOOL_FITS
    if standard is not None and not standard.weighs(hit.certainty or 0.0, hit.signs):
        return Standing.UNCERTAIN
    if not is_sure:
        return Standing.UNSURE
    return Standing.OUTDONE if result.answered else Standing.SURE_BUT_ACT_WANTED


def _of_a_model(result: AskResult, hits: Sequence[Hit], standard: Standard | None) -> Explained:
    told = {used.item_id for used in result.items_used}

    def standing(hit: Hit) -> Standing:
        if hit.item.id in told:
            return Standing.TOLD
        had_in_mind = hit.item.id == result.guess and not result.answered
        return Standing.UNSURE if had_in_mind else Standing.READ_ONLY

    considered = [
        Considered(hit=hit, standing=standing(hit))
        for hit in sorted(hits, key=lambda hit: hit.item.id not in told)
    ]
    return Explained(
        result=result,
        considered=tuple(considered),
        needed=None if standard is None else standard.bar,
        is_learned=standard is not None,
    )
