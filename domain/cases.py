"""What an analyst sees and answers. Everything in a case is redacted already."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from pydantic import Field

from domain.answering import Signs, Standard
from domain.base import Line, Model, OptionalText, Text
from domain.conversation import AgentContext, Resolution, Turn
from domain.findings import AnalystInfo, Finding, ModelUsage
from domain.knowledge import Change, Hit, Item, ItemKind


class KnownItem(Model):
    """An item of the workspace that bears on the case."""

    item: Item
    score: float = Field(ge=0, le=1)
    used_by_agent: bool = False


class Case(Model):
    """A redacted intervention with the knowledge that the agent had or could have found.

    `known_items` are those the agent used, then the nearest to the ask and to the human's reply.
    `agent_tools` are the names of all tools that the agent had: those it reported, those it
    called, and those of the workspace's tool connections.
    """

    intervention_id: UUID
    language: str
    ask: Text
    turns: tuple[Turn, ...]
    agent: AgentContext
    resolution: Resolution
    known_items: tuple[KnownItem, ...] = ()
    agent_tools: frozenset[str] = frozenset()

    def resolution_texts(self) -> tuple[str, ...]:
        """Return what quotes with turn -1 may come from."""
        return (self.resolution.reply, self.resolution.decision, *self.resolution.information_used)


class Reading(Model):
    """An analyst's findings, and what they cost."""

    findings: tuple[Finding, ...]
    usage: ModelUsage | None = None


class Draft(Model):
    """An exact change that would have let the agent handle the query alone, and why."""

    change: Change
    title: Line
    rationale: Text
    usage: ModelUsage | None = None


class Analyst(Protocol):
    """Reads interventions and drafts changes. Knows nothing of databases or workflows.

    All three raise AnalystOutputError for output that breaks a rule, which a retry of the same
    call may mend.
    """

    info: AnalystInfo

    async def analyze(self, case: Case) -> Reading:
        """Return the findings, in order of weight; one of gap `none` if there is no gap."""
        ...

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Return the change that closes the finding's gap; None if none should be made."""
        ...

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return a new draft in answer to a reviewer's (or the verification's) comment."""
        ...


class UsedItem(Model):
    """An item, at the revision, that an answer rests on."""

    item_id: UUID
    revision: int
    kind: ItemKind
    title: str
    score: float = Field(ge=0, le=1)


OFFLINE = "offline"
"""The name of the agent that asks no model."""


class AskResult(Model):
    """The reference agent's answer, or its hand-off with a reason.

    `guess` is the item that it had in mind, answered or not, and `certainty` how sure it was of
    it: what later shows whether it may answer at that certainty. `signs` is what spoke for it.
    """

    answered: bool
    answer: OptionalText = ""
    handoff_reason: OptionalText = ""
    items_used: tuple[UsedItem, ...] = ()
    confidence: float = Field(ge=0, le=1)
    agent: Line = OFFLINE
    guess: UUID | None = None
    certainty: float | None = Field(default=None, ge=0, le=1)
    signs: Signs | None = Field(default=None, exclude=True)


class Knowledge(Protocol):
    """What an agent can search: the store's head, or the head with a change laid over it."""

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return the nearest items, best first."""
        ...

    async def standard(self, agent: str) -> Standard | None:
        """Return how sure the agent must be to answer here; None if that is not known yet."""
        ...


class Answerer(Protocol):
    """The reference agent: answers a query from the knowledge, or hands off."""

    name: str
    is_deterministic: bool
    """Whether one query gets one answer; a model's may differ from run to run."""

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Return an answer with the items used, or a hand-off with its reason."""
        ...
