"""Likeness of texts and items, by the sentence embedder."""

import re
from collections.abc import Sequence

import numpy as np

from analysis.statements import statements_of
from analysis.text import numbers, stems
from domain.cases import KnownItem
from domain.knowledge import ArticleContent, Item, PolicyContent
from gateways.embeddings import Embedder

_NOT = re.compile(r"\b(?:not?|never|nobody|none|without|cannot|\w+n't)\b", re.IGNORECASE)


class Similarity:
    """Compares texts by the cosine of their sentence embeddings."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def best(self, text: str, others: Sequence[str]) -> float:
        """Return the highest cosine of `text` with any of `others`; 0 if there are none."""
        return max(self.each(text, others), default=0.0)

    def each(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the cosine of `text` with each of `others`, none below 0."""
        kept = [other or " " for other in others]
        if not text.strip() or not kept:
            return [0.0 for _ in kept]
        vectors = self._embedder.embed([text, *kept])
        cosines = np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)
        # Rounded, because the batch that a text is embedded in moves its vector a little.
        return [round(float(value), 4) for value in cosines]

    def says(self, item: Item, sentence: str) -> bool:
        """Return whether an item states what `sentence` states, its numbers included."""
        statements = statements_of(item)
        wanted = numbers(sentence)
        marks = stems(sentence)
        for statement, score in zip(statements, self.each(sentence, statements), strict=True):
            shared = len(marks & stems(statement)) / max(1, len(marks))
            alike = (score >= 0.85 and shared >= 0.5) or (score >= 0.6 and shared >= 0.8)
            # Texts that differ by a number or a "not" alone are near, and say different things.
            same_sense = bool(_NOT.search(sentence)) == bool(_NOT.search(statement))
            if alike and same_sense and wanted <= numbers(statement):
                return True
        return False

    def nearest(self, text: str, items: Sequence[KnownItem]) -> tuple[KnownItem | None, float]:
        """Return the item whose title, question or statement is nearest to `text`."""
        scored = [(self.best(text, texts_of(known.item)), known) for known in items]
        if not scored:
            return None, 0.0
        score, known = max(scored, key=lambda pair: (pair[0], str(pair[1].item.id)))
        return known, score


def texts_of(item: Item) -> list[str]:
    """Return the texts by which an item is found."""
    content = item.content
    if isinstance(content, ArticleContent):
        return [content.title, content.question, content.answer]
    if isinstance(content, PolicyContent):
        found = [content.title, content.applies_when, content.rule, content.search_text()]
        return [text for text in found if text]
    return [content.name, content.purpose]
