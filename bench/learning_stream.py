"""A stream of queries through the real stack: asked, handed off, read, decided on, learned from.

Nothing is known at first. What the agent hands off, or answers wrongly, a human resolves; that is
posted as an intervention; a reviewer decides now and then; later queries find what was learned.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.errors import BenchError
from bench.learning_data import Answers, Query
from bench.learning_reviewer import Reviewer, allowance, folded
from client.api import LearningLoop
from client.errors import UnreachableError
from client.models import AskAnswer
from domain.base import JsonObject
from domain.conversation import InterventionStatus

_AT_ONCE = 6
_POLL_SECONDS = 0.2
_PATIENCE = 3_000
_SORRY = "I am sorry, that is nothing that we can help with."
T = TypeVar("T")
R = TypeVar("R")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """How often a reviewer comes, and how much they may decide."""

    session_every: int = 100
    decisions: int = 400
    haste: float = 0.6


@dataclass(frozen=True)
class Ended:
    """How one query ended. `right` of one without an answer is never true."""

    answered: bool
    right: bool
    in_scope: bool


@dataclass
class Point:
    """What had been decided when so many queries were asked."""

    asked: int
    decisions: int


@dataclass
class Stream:
    """One stream in one workspace."""

    callers: "Callers"
    answers: Answers
    name: str
    pace: Pace
    tell: Tell

    async def run(self, queries: Sequence[Query]) -> tuple[list[Ended], list[Point], Reviewer]:
        """Return how each query ended, how decisions grew, and what the reviewer has done."""
        labels: dict[str, set[str | None]] = {}
        for query in queries:
            labels.setdefault(folded(query.text), set()).add(query.label)
        reviewer = Reviewer(self.callers.reviewer, self.answers, labels)
        ended: list[Ended] = []
        points: list[Point] = []
        for start in range(0, len(queries), self.pace.session_every):
            asked = queries[start : start + self.pace.session_every]
            results = await few_at_once(self._ask, asked)
            # Those of the hundred before are read while these are asked.
            await self._until_read()
            done = start + len(asked)
            allowed = allowance(
                done,
                count=len(queries),
                decisions=self.pace.decisions,
                haste=self.pace.haste,
            )
            await reviewer.session(allowed - reviewer.spent.decisions)
            judged = [self._judge(query, answer) for query, answer in results]
            ended += judged
            wanted = [
                (start + place, query, answer)
                for place, ((query, answer), end) in enumerate(zip(results, judged, strict=True))
                if not end.right
            ]
            await few_at_once(self._hand_over, wanted)
            points.append(Point(done, reviewer.spent.decisions))
            self._report(ended, reviewer)
        return ended, points, reviewer

    async def _ask(self, query: Query) -> tuple[Query, AskAnswer]:
        return query, await patiently(lambda: self.callers.agent.ask(query.text))

    def _judge(self, query: Query, answer: AskAnswer) -> Ended:
        told = self.answers.label_of(answer.answer) if answer.answered else None
        return Ended(
            answered=answer.answered,
            right=answer.answered and told is not None and told == query.label,
            in_scope=query.label is not None,
        )

    async def _hand_over(self, case: tuple[int, Query, AskAnswer]) -> None:
        number, query, answer = case
        posted = intervention(f"{self.name}-{number}", query, answer, self.answers)
        await patiently(lambda: self.callers.integration.submit(posted))

    async def _until_read(self) -> None:
        for status in (InterventionStatus.RECEIVED, InterventionStatus.ANALYZING):
            for _ in range(_PATIENCE):
                waiting = [line async for line in self._listed(status)]
                if not waiting:
                    break
                await asyncio.sleep(_POLL_SECONDS)
            else:
                raise BenchError(f"interventions stay {status.value}")

    def _listed(self, status: InterventionStatus):
        return self.callers.integration.interventions(status, most=1)

    def _report(self, ended: Sequence[Ended], reviewer: Reviewer) -> None:
        last = ended[-1_000:]
        answered = [end for end in last if end.answered]
        wrong = sum(not end.right for end in answered)
        self.tell(
            f"{self.name}: {len(ended)} asked; of the last {len(last)} {len(answered)} answered, "
            f"{wrong} wrongly; {reviewer.spent.decisions} decisions"
        )


@dataclass(frozen=True)
class Callers:
    """A client for each role in the stream."""

    integration: LearningLoop
    agent: LearningLoop
    reviewer: LearningLoop


def intervention(name: str, query: Query, answer: AskAnswer, answers: Answers) -> JsonObject:
    """Return the case as a help desk would post it: what was asked, answered, and replied."""
    reply = answers.by_label[query.label] if query.label is not None else _SORRY
    said = answer.answer if answer.answered else "I do not know this. A colleague will answer."
    return {
        "source": "stream",
        "external_id": name,
        "query": query.text,
        "conversation": [
            {"role": "customer", "text": query.text},
            {"role": "agent", "text": said},
            {"role": "human", "text": reply, "author": "robin"},
        ],
        "agent": {
            "handoff_reason": answer.handoff_reason,
            "items_used": [str(used.item_id) for used in answer.items_used],
            "tools_available": [],
            "outcome_id": str(answer.outcome_id),
        },
        "resolution": {"by": "robin", "reply": reply},
    }


async def few_at_once(call: Callable[[T], Awaitable[R]], cases: Iterable[T]) -> list[R]:
    """Return the results in order."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(case: T) -> R:
        async with slots:
            return await call(case)

    return list(await asyncio.gather(*map(one, cases)))


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Return the call's result; a busy machine is asked again, as a client does."""
    for _ in range(_PATIENCE):
        try:
            return await call()
        except UnreachableError as error:
            await asyncio.sleep(error.retry_after or 1.0)
    raise BenchError("the API cannot be reached")
