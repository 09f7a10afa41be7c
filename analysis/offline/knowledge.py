"""Missing knowledge: what the human told the customer that no known item says."""

import re
from collections.abc import Sequence

from analysis.offline.insight import Insight
from analysis.offline.quoting import ask_quote, distinct, last_agent_quote, quote_sentence
from analysis.offline.reusable import generalise, reusable_sentences, without_courtesy
from analysis.offline.similarity import Similarity
from analysis.text import (
    PLACEHOLDER,
    fold,
    sentence_case,
    sentences,
    shorten,
    stems,
    word_set,
    words,
)
from analysis.wordings import is_order
from domain.cases import Case, KnownItem
from domain.conversation import Role
from domain.findings import Finding, Gap, Quote
from domain.knowledge import ArticleContent, Change, ItemKind, Operation

_SAME_QUESTION = 0.80
_NEAR_ENOUGH = 0.35
_ON_TOPIC = 0.28
_TELLS = 5
_PROMISE = re.compile(
    r"\b(?:colleagues?|team|some(?:one|body)|specialist|manager|supervisor|department|agent"
    r"|representative)\b.*\b(?:will|shall|is going to|has been)\b"
    r"|\bwill (?:be|get) (?:back|in touch)\b|\bplease (?:check|see|find|wait|hold|bear)\b",
    re.IGNORECASE,
)
_NO_IDEA = re.compile(
    r"\b(?:no (?:information|item)|(?:don't|do not|doesn't) (?:know|have|say)|not (?:sure|covered)"
    r"|can't (?:see|tell|find)|cannot (?:see|tell|find)|nothing (?:known|found)|unclear|unknown"
    r"|no (?:article|policy|document)\w*)\b",
    re.IGNORECASE,
)
# "My card never came" and "I don't remember the code" tell; "Never ask for it" orders.
_TOLD = (
    r"(?:\w+(?:ed|en|wn|ught|ld)|been|came|did|gave|got|had|heard|knew|made|paid|put|saw|sent|took"
    r"|used|went|will|would|can|could|is|was)\b"
)
_ORDERS = re.compile(
    r"\b(?:ignore|from now on|you must|new rule|system notice|add this)\b"
    r"|(?:^|[.!?;:,\"\u201c(*\u2022]|(?:^|\s)[-\u2013]"
    r"|\b(?:and|then|please|kindly|just|should|must|may|agents?)\b)\s*"
    rf"(?:(?:always|never)\s+(?!{_TOLD})|(?:remember|approve)\b)"
    rf"|\byou\s+(?:always|never)\s+(?!{_TOLD})"
    r"|\b(?:previous|prior|above|new|these|those|all|any)\s+(?:\w+\s+)?instructions?\b"
    r"|\binstructions?:"
    r"|\b(?:change|update|rewrite|override|forget|follow|edit|set|modify|replace|delete|remove|amend"
    r"|disregard|extend)\s+your\s+(?:\w+\s+)?"
    r"(?:rules?|polic(?:y|ies)|prompt|knowledge|instructions?)\b"
    r"|\b(?:add|put|write|save|enter|note|record|store)\b[^.?!\n]{0,80}\bin(?:to)?\s+your\s",
    re.IGNORECASE | re.MULTILINE,
)
_OPENING = re.compile(
    r"^(?:\W+|(?:and|but|so|ok|okay|well|also|oh|yes|no|yeah)\b[\s,]*)+", re.IGNORECASE
)
_PERSONAL = re.compile(r"\b(?:i|i'm|i've|my|me|we|our|us)\b", re.IGNORECASE)
_LEANS = re.compile(r"\b(?:it|that|this|there|they|them|those|one)\b", re.IGNORECASE)
_QUESTION_START = re.compile(
    r"^(?:how|what|when|where|why|which|who|is|are|do|does|did|can|could|may|will|would|should|must"
    r"|shall|am|have|has)\b",
    re.IGNORECASE,
)

_NAMELESS = frozenset(
    stem
    for word in word_set(
        "another other others same still also just only need needs needed want wants take taken"
        " have much many long know make made give given hand handed able allow allowed person"
        " people good better right wrong please thank thanks instead already again before after"
    )
    for stem in stems(word)
)
"""Words that say nothing of what a text is about: no tags."""


def customer_texts(case: Case) -> list[str]:
    """Return what the customer wrote."""
    return [turn.text for turn in case.turns if turn.role is Role.CUSTOMER]


def human_reply(case: Case) -> str:
    """Return what the human told the customer: the reply, else their turns."""
    turns = [turn.text for turn in case.turns if turn.role is Role.HUMAN and turn.text]
    return case.resolution.reply or "\n".join(turns)


def novel_sentences(case: Case, similarity: Similarity) -> list[str]:
    """Return the human's reusable sentences that bear on the ask and that no known item says."""
    said = reusable_sentences(human_reply(case), customer_texts(case))
    return [
        sentence
        for sentence in _on_topic(case, said, similarity)
        if not any(similarity.says(known.item, sentence) for known in case.known_items)
    ]


def _on_topic(case: Case, said: Sequence[str], similarity: Similarity) -> Sequence[str]:
    """Return the sentences that bear on the ask.

    Where none has its words, the only sentence of a reply, its courtesies left out, is the answer
    nevertheless: if it tells enough, and the human did nothing else.
    """
    about = [case.ask, case.resolution.decision, *case.resolution.information_used]
    topics = [text for text in about if text]
    near = [sentence for sentence in said if similarity.best(sentence, topics) >= _ON_TOPIC]
    if near or len(said) != 1 or case.resolution.actions:
        return near
    if len(without_courtesy(human_reply(case))) > 1:
        return []
    tells = len(stems(said[0])) >= _TELLS and not _PROMISE.search(said[0])
    return said if tells else []


def read_missing_knowledge(case: Case, novel: Sequence[str], similarity: Similarity) -> Insight:
    """Return the insight that no item has the `novel` sentences, and the article with them."""
    existing = article_about(case, novel, similarity)
    agent_words = last_agent_quote(case)
    finding = Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary=f"No item says: {shorten(' '.join(novel), 400)}",
        agent_did=shorten(agent_words.text if agent_words else case.agent.handoff_reason, 600),
        human_did=f"Told the customer: {shorten(' '.join(novel), 800)}",
        quotes=distinct(
            [
                ask_quote(case),
                agent_words,
                *(quote_of(case, sentence) for sentence in novel[:3]),
            ]
        ),
        item_id=existing.item.id if existing else None,
        confidence=_confidence(case, novel, similarity),
    )
    return Insight(finding, *_draft(case, novel, existing, similarity))


def orders_about(text: str) -> bool:
    """Return whether a customer's text tells the agent how to behave."""
    return bool(_ORDERS.search(text)) or is_order(text)


def quote_of(case: Case, sentence: str) -> Quote | None:
    """Return a quote of what the human wrote where they told a reusable sentence."""
    if exact := quote_sentence(case, sentence, human=True):
        return exact
    for original in sentences(human_reply(case)):
        if generalise(original) == sentence:
            return quote_sentence(case, original, human=True)
    return None


def _confidence(case: Case, novel: Sequence[str], similarity: Similarity) -> float:
    gave_up = _NO_IDEA.search(case.agent.handoff_reason) or any(
        _NO_IDEA.search(turn.text.replace("\u2019", "'"))
        for turn in case.turns
        if turn.role is Role.AGENT
    )
    backed = similarity.best(" ".join(novel), list(case.resolution.information_used))
    return round(min(0.95, 0.5 + 0.2 * bool(gave_up) + 0.25 * backed), 2)


def article_about(case: Case, novel: Sequence[str], similarity: Similarity) -> KnownItem | None:
    """Return the article that already answers this question, if one does.

    Its question must be the customer's in other words; a mere neighbour would grow into a page
    about everything.
    """
    question = general_question(case, novel, similarity)
    best: tuple[float, KnownItem] | None = None
    for known in case.known_items:
        content = known.item.content
        if not isinstance(content, ArticleContent):
            continue
        asked = max(similarity.each(question, [content.question, content.title]))
        told = similarity.best(" ".join(novel), [content.answer])
        if asked >= _SAME_QUESTION or (asked >= 0.6 and told >= 0.72):
            score = asked + told
            best = (score, known) if best is None or score > best[0] else best
    return best[1] if best else None


def general_question(case: Case, novel: Sequence[str], similarity: Similarity) -> str:
    """Return the customer's ask as a question that anybody could put.

    Of their sentences it is the one nearest to the answer, questions before statements. Sentences
    that order the agent about are left out; where none is near, the question is made of the answer.
    """
    asked = sentences(case.ask)
    if len(asked) == 1 and asked[0].endswith("?") and _as_question(asked[0]):
        return _as_question(asked[0])
    written = [*asked, *(s for text in customer_texts(case)[:3] for s in sentences(text))]
    candidates = list(dict.fromkeys(text for s in written if (text := _as_question(s))))
    answer = " ".join(novel)
    scored = [
        (score + (0.15 if text.endswith("?") else 0.0) - 0.1 * _leans(text), text)
        for text, score in zip(candidates, similarity.each(answer, candidates), strict=True)
    ]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    if best[0] >= _NEAR_ENOUGH:
        return best[1]
    return f"What should a customer know about this: {shorten(novel[0], 160)}"


def _as_question(sentence: str) -> str:
    """Return a customer's sentence without what names them, or nothing if it cannot be a title."""
    text = sentence_case(_OPENING.sub("", generalise(sentence)))
    if not text.endswith("?") and _PERSONAL.search(text):
        return ""
    if orders_about(text) or not 3 < len(words(text)) < 40 or len(stems(text)) < 2:
        return ""
    return text


def _leans(text: str) -> bool:
    """Return whether a question makes no sense without the sentence before it."""
    return bool(_LEANS.search(text)) and len(stems(text)) < 7


def title_of(question: str, novel: Sequence[str]) -> str:
    """Return a short title for an article."""
    text = question.rstrip("?!. ")
    if _QUESTION_START.match(text) and len(text) <= 90:
        return f"{text}?"
    return shorten(novel[0].rstrip("."), 90)


def _draft(
    case: Case, novel: Sequence[str], existing: KnownItem | None, similarity: Similarity
) -> tuple[Change, str, str]:
    added = " ".join(novel)
    if existing is not None and isinstance(existing.item.content, ArticleContent):
        had = existing.item.content
        content = had.model_copy(update={"answer": f"{had.answer.rstrip()} {added}"})
        change = Change(
            kind=ItemKind.ARTICLE,
            operation=Operation.REVISE,
            item_id=existing.item.id,
            base_revision=existing.item.revision,
            content=content,
        )
        title = shorten(f"Add to '{had.title}': {novel[0]}", 200)
        return (
            change,
            title,
            _rationale(
                case, f"The article '{had.title}' answers this question but did not say it."
            ),
        )
    question = general_question(case, novel, similarity)
    content = ArticleContent(
        title=title_of(question, novel),
        question=question,
        answer=added,
        tags=_tags(novel, question),
    )
    change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
    return (
        change,
        shorten(f"Add article: {content.title}", 200),
        _rationale(case, "No item answers this question."),
    )


def _rationale(case: Case, why: str) -> str:
    sources = [s for s in case.resolution.information_used if not PLACEHOLDER.search(s)]
    told = f" They relied on: {'; '.join(sources)}." if sources else ""
    return (
        f"{why} The answer holds only sentences that the human wrote to the customer; greetings, "
        f"and what concerned this customer alone, are left out.{told}"
    )


def _tags(novel: Sequence[str], question: str) -> tuple[str, ...]:
    """Return up to three words that the question and the answer share and that name something."""
    answer = stems(" ".join(novel))
    shared: list[str] = []
    for word in map(fold, words(question)):
        if stems(word) & answer - _NAMELESS and len(word) > 3 and word not in shared:
            shared.append(word)
    return tuple(shared[:3])
