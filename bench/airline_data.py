"""The airline's cases and policy as the product takes them: submissions and policies.

Real conversations of an AI agent, from tau-bench (Sierra, MIT), which lie outside the repository;
`$LEARNING_LOOP_DATA` or `../shared/data` is where they are looked for.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from domain.base import JsonObject
from domain.conversation import Action, AgentContext, Resolution, Role, Submission, ToolCall, Turn
from domain.knowledge import PolicyContent

SYSTEM = "airline"
"""The data names no systems; all of its actions are in the airline's booking system."""

_READ = re.compile(r"^(?:get|search|list|calculate|think)\b|^(?:get|search|list)_")
_STOP = re.compile(r"\s*#{2,}\s*(?:STOP|TRANSFER)\s*#{2,}\s*")
_CLOCK = re.compile(r"current time is (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_RULE = re.compile(
    r"\b(?:can|cannot|can't|must|should|need|needs|at most|only|do not|free|will|not)\b",
    re.IGNORECASE,
)


class AirlineAction(BaseModel):
    """One call in the airline's systems."""

    name: str
    arguments: JsonObject = {}


class AirlineTurn(BaseModel):
    """One message of a conversation in the data."""

    role: Role
    text: str = ""
    tool_name: str | None = None
    tool_calls: tuple[AirlineAction, ...] = ()


class CorrectResolution(BaseModel):
    """What should have been done; used as what the human did."""

    actions: tuple[AirlineAction, ...] = ()
    facts_to_tell_customer: tuple[str, ...] = ()


class AirlineCase(BaseModel):
    """One line of the data."""

    case_id: str
    task_id: int
    trial: int
    agent_model: str
    agent_succeeded: bool
    agent_transferred_to_human: bool
    turns: tuple[AirlineTurn, ...]
    correct_resolution: CorrectResolution


def data_folder() -> Path:
    """Return where the real data is looked for; it need not exist."""
    named = os.environ.get("LEARNING_LOOP_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"


def load_cases(folder: Path | None = None) -> list[AirlineCase]:
    """Return all cases of the data; raises FileNotFoundError where it is absent."""
    path = (folder or data_folder()) / "airline_cases.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [AirlineCase.model_validate_json(line) for line in lines if line.strip()]


def load_submissions(folder: Path | None = None) -> list[Submission]:
    """Return an intervention for each case that the agent failed or handed to a human."""
    cases = load_cases(folder)
    tools, clock = _tools(cases), policy_clock(folder)
    wrong = [c for c in cases if not c.agent_succeeded or c.agent_transferred_to_human]
    return [_submission(case, tools, clock) for case in wrong]


@dataclass(frozen=True)
class Trial:
    """One row of the data as a submission, with what is known of how it ended."""

    task_id: int
    ended_right: bool
    submission: Submission

    @property
    def name(self) -> str:
        """The row's own id."""
        return self.submission.external_id


def load_trials(folder: Path | None = None) -> list[Trial]:
    """Return every row, those too that ended right and never become an intervention."""
    cases = load_cases(folder)
    tools, clock = _tools(cases), policy_clock(folder)
    return [
        Trial(case.task_id, case.agent_succeeded, _submission(case, tools, clock)) for case in cases
    ]


def _tools(cases: Iterable[AirlineCase]) -> tuple[str, ...]:
    return tuple(sorted({call.name for c in cases for t in c.turns for call in t.tool_calls}))


def policy_clock(folder: Path | None = None) -> datetime:
    """Return the time at which all conversations take place, as the policy states it."""
    text = ((folder or data_folder()) / "airline_policy.md").read_text(encoding="utf-8")
    match = _CLOCK.search(text)
    if match is None:
        raise ValueError("airline_policy.md does not state the current time")
    return datetime.fromisoformat(match[1]).replace(tzinfo=UTC)


def _submission(case: AirlineCase, tools: tuple[str, ...], clock: datetime) -> Submission:
    conversation = tuple(_turns(case, clock))
    return Submission(
        source="airline",
        external_id=case.case_id,
        occurred_at=clock,
        channel="chat",
        query=_ask(conversation),
        conversation=conversation,
        agent=AgentContext(
            name="airline agent",
            model=case.agent_model,
            handoff_reason=_handoff_reason(case),
            tools_available=tools,
        ),
        resolution=_resolution(case.correct_resolution),
        metadata={"task_id": case.task_id, "trial": case.trial, "succeeded": case.agent_succeeded},
    )


def _turns(case: AirlineCase, clock: datetime) -> Iterator[Turn]:
    for turn in case.turns:
        text = _STOP.sub("", turn.text).strip()
        calls = tuple(ToolCall(name=c.name, arguments=c.arguments) for c in turn.tool_calls)
        if text or calls:
            yield Turn(
                role=turn.role, text=text, at=clock, tool_name=turn.tool_name, tool_calls=calls
            )


def _ask(turns: tuple[Turn, ...]) -> str:
    """Return the customer's first two messages; the first alone is often a mere greeting."""
    said = [turn.text for turn in turns if turn.role is Role.CUSTOMER]
    return " ".join(said[:2])[:600]


def _handoff_reason(case: AirlineCase) -> str:
    for turn in case.turns:
        for call in turn.tool_calls:
            if call.name.startswith("transfer"):
                return str(call.arguments.get("summary", ""))
    return ""


def _resolution(correct: CorrectResolution) -> Resolution:
    """Return the resolution, its words made of nothing but the data's actions and figures."""
    actions = tuple(
        Action(system=SYSTEM, name=a.name, arguments=a.arguments) for a in correct.actions
    )
    facts = correct.facts_to_tell_customer
    told = f"We told the customer these figures: {', '.join(facts)}." if facts else ""
    return Resolution(
        by="airline-desk",
        reply=told or ("" if actions else "We changed nothing in the airline's systems."),
        decision=_decision(correct),
        information_used=tuple(f"Figure told to the customer: {fact}" for fact in facts),
        actions=actions,
    )


def _decision(correct: CorrectResolution) -> str:
    names = list(dict.fromkeys(action.name for action in correct.actions))
    if any(name.startswith("transfer") for name in names):
        return "Passed the case to a human agent and changed nothing in the airline's systems."
    writes = [name for name in names if not _READ.match(name)]
    if writes:
        told = [_told(action) for action in correct.actions if action.name in writes]
        done = "; ".join(dict.fromkeys(told))
        return f"Did this in the airline's systems: {done}."
    if names:
        return "Looked the case up and changed nothing in the airline's systems."
    return "Changed nothing in the airline's systems."


def _told(action: AirlineAction) -> str:
    """Return an action by its name and those of its arguments, as words."""
    names = ", ".join(name.replace("_", " ") for name in action.arguments)
    return f"{action.name.replace('_', ' ')} ({names})"


def load_policies(folder: Path | None = None) -> list[PolicyContent]:
    """Return one policy for each paragraph or bullet of the airline's policy that is a rule."""
    text = ((folder or data_folder()) / "airline_policy.md").read_text(encoding="utf-8")
    policies: list[PolicyContent] = []
    section = ""
    for block in _blocks(text):
        if block.startswith("#"):
            section = block.lstrip("# ").strip() if block.startswith("##") else ""
        elif _RULE.search(block) and not _CLOCK.search(block):
            policies.append(_policy(section, block))
    return policies


def _blocks(text: str) -> list[str]:
    """Return headings, paragraphs and bullets; an indented bullet belongs to the one above."""
    blocks: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if line.startswith("  ") and blocks:
            blocks[-1] += " " + line.strip().lstrip("- ")
        else:
            blocks.append(line.strip().removeprefix("- "))
    return blocks


def _policy(section: str, block: str) -> PolicyContent:
    label = re.match(r"([A-Z][A-Za-z ]{3,40}):\s", block)
    topic = label[1] if label else " ".join(block.split()[:9]).rstrip(",.:") + "…"
    return PolicyContent(
        title=f"{section}: {topic}" if section else topic,
        rule=block[label.end() :] if label else block,
        applies_when=f"{section}: {label[1].lower()}" if section and label else section,
    )
