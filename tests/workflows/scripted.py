"""An analyst and an agent that say what a test tells them to: the boundary to a paid service."""

from collections.abc import Callable

from domain.cases import AskResult, Case, Draft, Knowledge, Reading, UsedItem
from domain.findings import AnalystInfo, Finding, Gap, Quote
from domain.knowledge import ArticleContent, Change, ItemKind, Operation, PolicyContent


def find(gap: Gap) -> Callable[[Case], Reading]:
    """Return an analysis with one finding that quotes the first turn."""

    def read(case: Case) -> Reading:
        finding = Finding(
            gap=gap,
            summary="The agent did not know.",
            agent_did="It handed over.",
            human_did="" if gap is Gap.NONE else "They answered.",
            quotes=(Quote(turn=0, text=case.turns[0].text[:20]),),
            confidence=0.9,
        )
        return Reading(findings=(finding,))

    return read


def article(answer: str = "Ask the warehouse.") -> Change:
    """Return the addition of an article."""
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.ADD,
        content=ArticleContent(
            title="Lost parcels", question="Where is my lost parcel?", answer=answer
        ),
    )


def policy() -> Change:
    """Return the addition of a policy."""
    return Change(
        kind=ItemKind.POLICY,
        operation=Operation.ADD,
        content=PolicyContent(title="Lost parcels", rule="Send a replacement after ten days."),
    )


class ScriptedAnalyst:
    """Reads `reading` into each case, drafts `change`, and redrafts with the comment in it."""

    info = AnalystInfo(name="scripted", version="1")

    def __init__(self) -> None:
        """Say of each case that an article is missing."""
        self.reading: Callable[[Case], Reading] = find(Gap.MISSING_KNOWLEDGE)
        self.change: Callable[[Case], Change] = lambda case: article(f"About {case.ask}")
        self.redrafts = 0

    async def analyze(self, case: Case) -> Reading:
        """Return what the test has set."""
        return self.reading(case)

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Return what the test has set."""
        change = self.change(case)
        return Draft(change=change, title=change.content.title, rationale=finding.summary)

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return the previous change with the comment as its answer."""
        self.redrafts += 1
        content = previous.content.model_copy(
            update={"answer": comment} if previous.kind is ItemKind.ARTICLE else {"rule": comment}
        )
        change = previous.model_copy(update={"content": content})
        return Draft(change=change, title=content.title, rationale=comment)


class SureAnswerer:
    """Answers with the nearest article, whatever it is."""

    name = "sure"
    is_deterministic = True

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Return the nearest item's title, or a hand-off if there is none."""
        hits = await knowledge.search(query, k=1)
        if not hits:
            return AskResult(answered=False, handoff_reason="nothing known", confidence=0)
        item = hits[0].item
        used = UsedItem(
            item_id=item.id,
            revision=item.revision,
            kind=item.kind,
            title=item.content.title,
            score=hits[0].similarity,
        )
        return AskResult(answered=True, answer=item.content.title, items_used=(used,), confidence=1)
