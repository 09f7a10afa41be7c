"""Knowledge bases made of intents, one article each, and the searches in them.

Half of the questions have an article; the others are of intents that have none, of another
company's customers, or of no intent at all, so that confidence must also tell when to say no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.calibration_data import Question, Source
from bench.calibration_fit import Trials
from bench.calibration_words import Words, read_words
from domain.knowledge import ArticleContent
from domain.ranking import LEXICAL_WEIGHT, PHRASING_OFFSET, RIVALS
from gateways.embeddings import Embedder

SIZES = (1, 3, 10, 30, 1000)
"""Items in a knowledge base; at most four fifths of the intents that there are."""

_SEARCHES = 200
_BASES = {1: 8, 3: 4, 10: 2}
"""How many small knowledge bases share the searches of their kind."""

_SEED = 20261122

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Value = TypeVar("Value", bound=np.generic)


class Half(IntEnum):
    """The constants are fitted to one half of the intents and measured on the other."""

    FITTED = 0
    HELD_OUT = 1


class Density(StrEnum):
    """How many customers' phrasings each article has."""

    NONE = "0"
    ONE = "1"
    FEW = "5"
    MANY = "20"
    MIXED = "0 to 20"


_PHRASINGS = {
    Density.NONE: (0,),
    Density.ONE: (1,),
    Density.FEW: (5,),
    Density.MANY: (20,),
    Density.MIXED: (0, 1, 5, 20),
}


@dataclass(frozen=True)
class World:
    """Searches in knowledge bases of one kind."""

    density: Density
    trials: Trials


@dataclass(frozen=True)
class Corpus:
    """Questions, then the passages of an article for each intent; a row of `vectors` each."""

    questions: Sequence[Question]
    articles: dict[str, Rows]
    vectors: NDArray[np.float32]
    words: Words


@dataclass(frozen=True)
class _Passages:
    rows: Rows
    items: Rows
    are_phrasings: NDArray[np.bool_]


async def build_corpus(questions: Sequence[Question], embedder: Embedder, url: str) -> Corpus:
    """Return the questions and their articles, embedded, and cut into words at `url`."""
    texts = [question.text for question in questions]
    articles: dict[str, Rows] = {}
    for intent in sorted({q.intent for q in questions if q.source is not Source.NONE}):
        passages = article_of(intent).passages()
        articles[intent] = np.arange(len(texts), len(texts) + len(passages))
        texts += passages
    return Corpus(questions, articles, embedder.embed(texts), await read_words(url, texts))


def article_of(intent: str) -> ArticleContent:
    """Return the least that an article of this intent would say."""
    name = " ".join(intent.replace("_", " ").split()).rstrip("?")
    return ArticleContent(
        title=name.capitalize(), question=f"What about {name}?", answer=f"This is about {name}."
    )


def worlds(corpus: Corpus, half: Half) -> list[World]:
    """Return searches in knowledge bases of all kinds, made of one half of the intents."""
    chooser = np.random.default_rng([_SEED, half])
    builder = _Builder(corpus, half, chooser)
    own, other = (Source.BANKING,), (Source.CLINC,)
    return [
        World(density, builder.searches(sources, size, density))
        for sources in (own, other, own + other)
        for size in SIZES
        for density in Density
    ]


def half_of(values: NDArray[Value], half: Half) -> NDArray[Value]:
    """Return one half of the values, drawn by lot; the other half has all others."""
    return np.random.default_rng(_SEED).permutation(values)[half::2]


class _Builder:
    def __init__(self, corpus: Corpus, half: Half, chooser: np.random.Generator) -> None:
        self._corpus = corpus
        self._chooser = chooser
        self._intents = np.array([question.intent for question in corpus.questions])
        self._by_source = {source: self._half_of(source, half) for source in Source}

    def _half_of(self, source: Source, half: Half) -> Rows:
        """Return the rows of the source's questions in this half: of half of the intents."""
        rows = np.array([i for i, q in enumerate(self._corpus.questions) if q.source is source])
        if source is Source.NONE:
            return half_of(rows, half)
        return rows[np.isin(self._intents[rows], half_of(np.unique(self._intents[rows]), half))]

    def searches(self, sources: Sequence[Source], size: int, density: Density) -> Trials:
        """Return the searches in knowledge bases of `size` intents of the sources."""
        bases = _BASES.get(size, 1)
        made = [self._base(sources, size, density, _SEARCHES // bases) for _ in range(bases)]
        return concatenated(made)

    def _base(self, sources: Sequence[Source], size: int, density: Density, count: int) -> Trials:
        rows = np.concatenate([self._by_source[source] for source in sources])
        known = np.unique(self._intents[rows])
        size = min(size, len(known) * 4 // 5)
        kept = self._chooser.permutation(known)[:size]
        passages = self._passages(kept, rows, density)
        free = np.setdiff1d(rows, passages.rows)
        is_kept = np.isin(self._intents[free], kept)
        elsewhere = [s for s in (Source.BANKING, Source.CLINC) if s not in sources]
        asked = [
            self._some(free[is_kept], count // 2),
            self._some(free[~is_kept], count // 4),
            *(self._some(self._by_source[source], count // 8) for source in elsewhere),
            self._some(self._by_source[Source.NONE], count // 8),
        ]
        return self._searched(np.concatenate(asked), passages, kept)

    def _some(self, rows: Rows, count: int) -> Rows:
        return self._chooser.permutation(rows)[:count]

    def _passages(self, kept: NDArray[np.str_], rows: Rows, density: Density) -> _Passages:
        found, items, phrased = list[Rows](), list[Rows](), list[NDArray[np.bool_]]()
        for item, intent in enumerate(kept):
            own = self._corpus.articles[str(intent)]
            count = int(self._chooser.choice(_PHRASINGS[density]))
            phrasings = self._some(rows[self._intents[rows] == intent], count)
            found += [own, phrasings]
            items.append(np.full(len(own) + len(phrasings), item))
            phrased.append(np.arange(len(own) + len(phrasings)) >= len(own))
        return _Passages(np.concatenate(found), np.concatenate(items), np.concatenate(phrased))

    def _searched(self, asked: Rows, passages: _Passages, kept: NDArray[np.str_]) -> Trials:
        vectors, words = self._corpus.vectors, self._corpus.words
        ranks = (
            (vectors[asked] @ vectors[passages.rows].T).astype(np.float64)
            + LEXICAL_WEIGHT * words.rank(asked, passages.rows)
            + PHRASING_OFFSET * passages.are_phrasings
        )
        best = np.stack(
            [ranks[:, passages.items == item].max(axis=1) for item in range(len(kept))], axis=1
        )
        return trials_of(best, self._intents[asked][:, None] == kept[None, :])


def trials_of(ranks: Floats, right: NDArray[np.bool_]) -> Trials:
    """Return searches, a row each, from the rank of every item and whether it is right."""
    width = RIVALS + 1
    order = np.argsort(-ranks, axis=1, kind="stable")[:, :width]
    missing = ((0, 0), (0, width - order.shape[1]))
    kept = [np.take_along_axis(each.astype(np.float64), order, axis=1) for each in (ranks, right)]
    return Trials(*(np.pad(each, missing, constant_values=np.nan) for each in kept))


def concatenated(trials: Sequence[Trials]) -> Trials:
    """Return all searches as one."""
    return Trials(
        np.concatenate([each.ranks for each in trials]),
        np.concatenate([each.right for each in trials]),
    )
