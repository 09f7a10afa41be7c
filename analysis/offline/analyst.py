"""The offline analyst: compares what the agent did and had with what the human did.

Deterministic, and without a network. The parts that read each gap are beside this module.
"""

import asyncio

from analysis.offline.actions import agent_acts, differences, is_hand_over
from analysis.offline.insight import Insight
from analysis.offline.knowledge import novel_sentences, read_missing_knowledge
from analysis.offline.policies import read_contradiction, read_differences
from analysis.offline.quoting import ask_quote, distinct, last_agent_quote, quote_from
from analysis.offline.redraft import carry_out
from analysis.offline.rewording import word_as_asked
from analysis.offline.signals import HumanCase, human_case
from analysis.offline.similarity import Similarity
from analysis.offline.tools import read_missing_tools
from analysis.offline.unfound import read_unfound
from analysis.text import shorten
from domain.cases import Case, Draft, Reading
from domain.findings import AnalystInfo, Finding, Gap, check_quotes
from domain.knowledge import Change
from domain.sending_back import OPENING as SENT_BACK
from gateways.embeddings import Embedder

_BESIDE_A_TOOL = 0.55
"""How near to the ask an unknown sentence must be to be a gap of its own beside a missing tool."""

_RIGHTLY_HANDED_OVER = (
    "Rightly a person's case: the agent handed it over, and the human did nothing in a system that "
    "the agent could have done and told nothing that its items do not say."
)
_NOTHING_LACKED = (
    "The human did nothing that the agent lacked a tool or knowledge for: the same actions, and "
    "nothing told that its items do not say."
)


class OfflineAnalyst:
    """An analyst without a model: the embedder compares texts, the rest is comparison of calls."""

    info = AnalystInfo(name="offline", version="2")

    def __init__(self, embedder: Embedder) -> None:
        self._similarity = Similarity(embedder)

    async def analyze(self, case: Case) -> Reading:
        """Return the findings, in order of weight; one of gap `none` if there is no gap."""
        insights = await asyncio.to_thread(self.read, case)
        return Reading(findings=tuple(insight.finding for insight in insights))

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Return the change that closes the finding's gap; None if none should be made."""
        if finding.gap is Gap.NONE:
            return None
        insight = _nearest(await asyncio.to_thread(self.read, case), finding)
        if insight is None or insight.change is None:
            return None
        return Draft(change=insight.change, title=insight.title, rationale=insight.rationale)

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return the previous change with what the comment asks for, word for word.

        A draft that a replay sends back is put as the customer asked.
        """
        is_sent_back = comment.startswith(SENT_BACK)
        edit = word_as_asked(previous, case) if is_sent_back else carry_out(previous, comment)
        drafted = await self.draft(case, finding)
        return Draft(
            change=edit.change,
            title=drafted.title if drafted else shorten(edit.change.content.title, 200),
            rationale=f"{edit.done} {drafted.rationale if drafted else ''}".strip(),
        )

    def read(self, case: Case) -> list[Insight]:
        """Return the findings of a case with the change that each leads to, weightiest first."""
        if reason := human_case(case):
            return [_human_case(case, reason)]
        insights = self._read_gaps(case)
        for insight in insights:
            check_quotes(insight.finding, case.turns, case.resolution_texts())
        return insights or [_no_gap(case)]

    def _read_gaps(self, case: Case) -> list[Insight]:
        missing = read_missing_tools(case)
        novel = novel_sentences(case, self._similarity)
        different = differences(case)
        if missing:
            about = [s for s in novel if self._similarity.best(s, [case.ask]) >= _BESIDE_A_TOOL]
            beside = [read_missing_knowledge(case, about, self._similarity)] if about else []
            return [*missing, *beside]
        if different:
            return read_differences(case, different, novel, self._similarity)
        if not novel:
            unfound = read_unfound(case, self._similarity)
            return [unfound] if unfound else []
        contradiction = read_contradiction(case, novel, self._similarity)
        return [contradiction or read_missing_knowledge(case, novel, self._similarity)]


def _nearest(insights: list[Insight], finding: Finding) -> Insight | None:
    """Return the insight of this finding, or of its gap where knowledge has changed since."""
    read = finding.model_copy(update={"claims": ()})
    for insight in insights:
        if insight.finding == read:
            return insight
    return next((i for i in insights if i.finding.gap is finding.gap), None)


def _human_case(case: Case, reason: HumanCase) -> Insight:
    words = next(
        (line for line in reason.source.text.splitlines() if reason.words in line), reason.words
    )
    quote = quote_from(reason.source, words) or quote_from(reason.source, reason.words)
    agent = last_agent_quote(case)
    finding = Finding(
        gap=Gap.NONE,
        summary=f"Rightly a person's case: {reason.reason}.",
        agent_did=agent.text if agent else "",
        human_did=shorten(case.resolution.decision or case.resolution.reply, 900),
        quotes=distinct([quote, ask_quote(case)]),
        confidence=reason.weight,
    )
    check_quotes(finding, case.turns, case.resolution_texts())
    return Insight(finding)


def _no_gap(case: Case) -> Insight:
    agent = last_agent_quote(case)
    handed = any(is_hand_over(act.name) for act in agent_acts(case))
    finding = Finding(
        gap=Gap.NONE,
        summary=_RIGHTLY_HANDED_OVER if handed else _NOTHING_LACKED,
        agent_did=agent.text if agent else "",
        human_did=shorten(case.resolution.decision or case.resolution.reply, 900),
        quotes=distinct([ask_quote(case), agent]),
        confidence=0.6,
    )
    return Insight(finding)
