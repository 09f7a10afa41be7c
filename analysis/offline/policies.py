"""Misapplied policies: the agent had the rule and the tool, and did otherwise than the human."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.offline.actions import Act, Deviation, Difference, agent_acts, is_hand_over
from analysis.offline.explain import explain, telling_arguments
from analysis.offline.habits import read_habit
from analysis.offline.insight import Insight
from analysis.offline.knowledge import customer_texts, general_question
from analysis.offline.lessons import Lesson, lesson_of
from analysis.offline.quoting import (
    Source,
    ask_quote,
    distinct,
    last_agent_quote,
    quote_from,
    quote_sentence,
    sources_of,
)
from analysis.offline.reusable import generalise
from analysis.offline.similarity import Similarity
from analysis.statements import statements_of
from analysis.text import humanise, sentence_case, sentences, shorten, stems
from domain.cases import Case, KnownItem
from domain.findings import Finding, Gap, Quote
from domain.knowledge import (
    ArticleContent,
    Change,
    ItemContent,
    ItemKind,
    Operation,
    PolicyContent,
)

_GOVERNS = 0.42
"""Likeness from which a policy is taken to be the one that the case turns on."""

_SPOKE_OF = 0.5


@dataclass(frozen=True)
class Governing:
    """The item that the case turns on, if there is one, and how sure that is."""

    known: KnownItem | None
    score: float

    @property
    def content(self) -> ItemContent | None:
        """The item's content."""
        return self.known.item.content if self.known else None


def read_differences(
    case: Case, found: Sequence[Difference], novel: Sequence[str], similarity: Similarity
) -> list[Insight]:
    """Return one insight for each kind of difference on one action, at most three."""
    groups: dict[tuple[Deviation, str], list[Difference]] = {}
    for difference in found:
        groups.setdefault((difference.kind, difference.name), []).append(difference)
    insights = [_read_group(case, group, novel, similarity) for group in groups.values()]
    explained = [insight for insight in insights if insight.change is not None]
    if not explained:
        return insights[:1]
    merged: dict[object, Insight] = {}
    for insight in explained:
        # What the human said explains all that they did: one proposal of it is enough.
        key = insight.finding.item_id if novel else (insight.title, insight.finding.item_id)
        if key not in merged or insight.finding.confidence > merged[key].finding.confidence:
            merged[key] = insight
    return sorted(merged.values(), key=lambda i: -i.finding.confidence)[:3]


def _read_group(
    case: Case, group: Sequence[Difference], novel: Sequence[str], similarity: Similarity
) -> Insight:
    told = " ".join([case.resolution.decision, *novel])
    explained = explain(case, group, told, similarity)
    if novel:
        governing = governing_policy(case, told, similarity)
    elif explained.decisive:
        governing = Governing(explained.known, explained.score)
    elif habit := read_habit(case, group, similarity):
        found = Governing(habit.known, habit.score)
        return _insight(case, group, found, habit.lesson, (), similarity)
    else:
        used = explained.known is not None and explained.known.used_by_agent
        if not used or explained.score < _GOVERNS:
            return _unexplained(case, group)
        governing = Governing(explained.known, explained.score)
    text = governing.content.search_text() if governing.content else ""
    telling = telling_arguments(case, group[0], text)
    when = explained.conditions if explained.decisive and not novel else ()
    lesson = lesson_of(case, group, when, telling, text)
    return _insight(case, group, governing, lesson, novel, similarity)


def _insight(
    case: Case,
    group: Sequence[Difference],
    governing: Governing,
    lesson: Lesson,
    novel: Sequence[str],
    similarity: Similarity,
) -> Insight:
    finding = Finding(
        gap=Gap.MISAPPLIED_POLICY,
        summary=shorten(_summary(governing, lesson), 900),
        agent_did=shorten(lesson.agent_did, 900),
        human_did=shorten(lesson.human_did, 900),
        quotes=_quotes(case, group, novel, lesson.said),
        item_id=governing.known.item.id if governing.known else None,
        confidence=_confidence(governing, lesson, novel),
    )
    return Insight(finding, *_draft(case, governing, lesson, novel, similarity))


def _unexplained(case: Case, group: Sequence[Difference]) -> Insight:
    """Return that the two did differently and that nothing known says why: nothing to propose."""
    lesson = lesson_of(case, group, ())
    return Insight(
        Finding(
            gap=Gap.NONE,
            summary="The human acted otherwise than the agent, and no known item says when: it "
            "turns on this customer's wishes or on a slip, which no item would mend.",
            agent_did=shorten(lesson.agent_did, 900),
            human_did=shorten(lesson.human_did, 900),
            quotes=_quotes(case, group, ()),
            confidence=0.5,
        )
    )


def governing_policy(case: Case, told: str, similarity: Similarity) -> Governing:
    """Return the policy nearest to what the human said; those that the agent used come first."""
    best = Governing(None, 0.0)
    for known in case.known_items:
        if known.item.kind is not ItemKind.POLICY:
            continue
        texts = [known.item.content.search_text(), *statements_of(known.item)]
        score = round(similarity.best(told, texts) + 0.2 * known.used_by_agent, 4)
        if score > best.score:
            best = Governing(known, score)
    return best if best.score >= _GOVERNS else Governing(None, best.score)


def read_contradiction(case: Case, novel: Sequence[str], similarity: Similarity) -> Insight | None:
    """Return the insight that the agent applied a policy that the human read otherwise.

    Both must speak of one policy that the agent used, and the human must add to what it says.
    """
    told = " ".join([*novel, case.resolution.decision])
    used = [k for k in case.known_items if k.used_by_agent]
    near, score = similarity.nearest(told, used)
    if near is None or near.item.kind is not ItemKind.POLICY or score < _SPOKE_OF:
        return None
    stated = statements_of(near.item)
    agent = [s for source in sources_of(case, human=False) for s in sentences(source.text)]
    if not agent or max(similarity.best(s, stated) for s in agent) < 0.6:
        return None
    governing = Governing(near, score)
    lesson = Lesson(
        label="what it covers",
        agent_did=(quote.text if (quote := last_agent_quote(case)) else ""),
        human_did=f"Told the customer: {' '.join(novel)}",
        rule="",
        specific=True,
    )
    return _insight(case, (), governing, lesson, novel, similarity)


def _summary(governing: Governing, lesson: Lesson) -> str:
    if governing.known is None:
        return f"No policy says this: {lesson.rule}" if lesson.rule else "No policy covers this."
    title = governing.known.item.content.title
    return f"The agent misapplied '{title}': {lesson.rule or lesson.human_did}"


def _confidence(governing: Governing, lesson: Lesson, novel: Sequence[str]) -> float:
    score = 0.3 + 0.2 * (governing.known is not None) + 0.2 * lesson.specific + 0.2 * bool(novel)
    used = governing.known is not None and governing.known.used_by_agent
    return round(min(0.95, score + 0.1 * used), 2)


def _quotes(
    case: Case, group: Sequence[Difference], novel: Sequence[str], said: str = ""
) -> tuple[Quote, ...]:
    near = [_quote_near(case, d.agent) for d in group if d.agent is not None]
    shown = quote_sentence(case, said, human=False) if said else None
    agent = [quote for quote in (shown, *near) if quote is not None] or [last_agent_quote(case)]
    human = [quote_sentence(case, sentence, human=True) for sentence in novel[:2]]
    decision = case.resolution.decision
    quoted_decision = quote_from(Source(-1, decision), decision) if decision else None
    return distinct([ask_quote(case), *agent[:2], *human, quoted_decision])


def _quote_near(case: Case, act: Act) -> Quote | None:
    """Return what the agent said of an act: in its turn, or the nearest words before it."""
    wanted = stems(humanise(act.name))
    for index in range(act.turn, -1, -1):
        turn = case.turns[index]
        if turn.role.value != "agent" or not turn.text:
            continue
        said = sentences(turn.text)
        best = max(said, key=lambda s: (len(wanted & stems(s)), len(s)), default="")
        return quote_from(Source(index, turn.text), best)
    return None


def _draft(
    case: Case,
    governing: Governing,
    lesson: Lesson,
    novel: Sequence[str],
    similarity: Similarity,
) -> tuple[Change, str, str]:
    content = governing.content
    if governing.known is None or not isinstance(content, PolicyContent | ArticleContent):
        return _add_policy(case, lesson, novel, similarity)
    change = Change(
        kind=governing.known.item.kind,
        operation=Operation.REVISE,
        item_id=governing.known.item.id,
        base_revision=governing.known.item.revision,
        content=_revised(content, lesson, novel),
    )
    title = shorten(f"Clarify '{content.title}': {lesson.label}", 200)
    return change, title, _rationale(case, lesson, f"The agent had '{content.title}'")


def _revised(
    content: PolicyContent | ArticleContent, lesson: Lesson, novel: Sequence[str]
) -> PolicyContent | ArticleContent:
    """Return the content with what the human said as an exception, or the lesson in its rule."""
    if isinstance(content, ArticleContent):
        added = " ".join(novel) or lesson.rule
        return content.model_copy(update={"answer": f"{content.answer.rstrip()} {added}"})
    if novel:
        had = content.exceptions.strip()
        kept = "" if had.rstrip(".").casefold() in {"none", "no", "no exceptions"} else had
        return content.model_copy(update={"exceptions": f"{kept} {' '.join(novel)}".strip()})
    return content.model_copy(update={"rule": f"{content.rule.rstrip()}\n{lesson.rule}"})


def _add_policy(
    case: Case, lesson: Lesson, novel: Sequence[str], similarity: Similarity
) -> tuple[Change, str, str]:
    applies_when = lesson.applies_when
    if novel:
        question = general_question(case, novel, similarity)
        applies_when = f"A customer asks: {question}" if question.endswith("?") else ""
    content = PolicyContent(
        title=shorten(sentence_case(lesson.label), 120),
        rule=" ".join(novel) or lesson.rule,
        applies_when=applies_when,
    )
    change = Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=content)
    title = shorten(f"Add policy: {content.title}", 200)
    return change, title, _rationale(case, lesson, "No policy covers this. The agent had the tool")


def _rationale(case: Case, lesson: Lesson, had: str) -> str:
    handed = any(is_hand_over(act.name) for act in agent_acts(case))
    end = " and handed over" if handed and "handed" not in lesson.agent_did.casefold() else ""
    decision = generalise(case.resolution.decision)
    told = f" The human's decision: {shorten(decision, 400)}" if decision else ""
    theirs = customer_texts(case)
    doubt = (
        ""
        if lesson.specific
        else (" The case does not show which circumstance decided; say it before approving.")
    )
    changed = f"Nothing in the change is taken from the customer's {len(theirs)} messages."
    return (
        f"{had}; it did this{end}: {shorten(lesson.agent_did, 500) or 'nothing'} The human did "
        f"this: {shorten(lesson.human_did, 500)}{told}{doubt} {changed}"
    )
