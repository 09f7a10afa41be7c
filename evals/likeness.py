"""How near a draft comes to the one that reviewers approved, by the rules by which drafts merge."""

import re
from enum import StrEnum

from domain.base import canonical_json
from domain.cases import Case
from domain.knowledge import Change, ItemContent, ItemKind
from domain.merging import (
    NEAR_TEXT,
    Likeness,
    are_at_odds,
    is_same_gap,
    merge_key,
    sentences_to_compare,
    text_to_compare,
)
from gateways.embeddings import Embedder

_SPACES = re.compile(r"\s+")


class Nearness(StrEnum):
    """What a reviewer who has approved one draft would say to another."""

    EXACT = "exact"
    """The same, but for white space and case."""
    ALIKE = "alike"
    """Says the same in other words: it would have joined the other as one proposal."""
    EDITS = "edits"
    """Aims at the same item, but says something else."""
    OTHER = "other"


def nearness(case: Case, draft: Change, other: Change, embedder: Embedder) -> Nearness:
    """Return how near `draft` comes to `other`; both were made for the case."""
    if _folded(draft) == _folded(other):
        return Nearness.EXACT
    if merge_key(draft) != merge_key(other):
        same_kind = draft.kind is other.kind and draft.item_id == other.item_id
        return Nearness.EDITS if same_kind else Nearness.OTHER
    likeness = _likeness(case, draft, other, embedder)
    alike = is_same_gap(draft, other_key=merge_key(other), likeness=likeness)
    return Nearness.ALIKE if alike else Nearness.EDITS


def is_nearer(draft: Change, one: Change, other: Change, embedder: Embedder) -> bool:
    """Return whether a draft, as a whole, is nearer in meaning to one change than to another."""
    texts = [change.content.search_text() for change in (draft, one, other)]
    mine, first, second = embedder.embed(texts)
    return bool(mine @ first > mine @ second)


def _likeness(case: Case, draft: Change, other: Change, embedder: Embedder) -> Likeness:
    base, base_of_other = _base(case, draft), _base(case, other)
    one, two = embedder.embed([text_to_compare(draft, base), text_to_compare(other, base_of_other)])
    similarity = float(one @ two)
    mine, theirs = sentences_to_compare(draft, base), sentences_to_compare(other, base_of_other)
    if draft.kind is ItemKind.POLICY and are_at_odds(" ".join(mine), " ".join(theirs)):
        return Likeness(similarity=similarity, at_odds=True)
    if similarity < NEAR_TEXT:
        return Likeness(similarity=similarity)
    vectors = embedder.embed([*mine, *theirs])
    pairs = vectors[: len(mine)] @ vectors[len(mine) :].T
    nearest = pairs.max(axis=1) if len(mine) <= len(theirs) else pairs.max(axis=0)
    return Likeness(similarity=similarity, overlap=float(nearest.mean()))


def _base(case: Case, change: Change) -> ItemContent | None:
    found = [known.item.content for known in case.known_items if known.item.id == change.item_id]
    return found[0] if found else None


def _folded(change: Change) -> str:
    content = canonical_json(change.content.model_dump(mode="json"))
    target = f"{change.kind}/{change.operation}/{change.item_id}"
    return target + _SPACES.sub(" ", content).casefold()
