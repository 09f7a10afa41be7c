"""What an item states, sentence by sentence. Knows nothing of analysts."""

from itertools import pairwise

from analysis.text import sentences, words
from domain.knowledge import ArticleContent, Item, PolicyContent


def statements_of(item: Item) -> list[str]:
    """Return what an item states, sentence by sentence, and in pairs of sentences."""
    content = item.content
    if isinstance(content, ArticleContent):
        said = sentences(content.answer)
    elif isinstance(content, PolicyContent):
        said = [*sentences(content.rule), *sentences(content.exceptions)]
    else:
        return []
    said = [sentence for sentence in said if len(words(sentence)) > 2]
    pairs = [f"{first} {second}" for first, second in pairwise(said)]
    return [*said, *pairs]
