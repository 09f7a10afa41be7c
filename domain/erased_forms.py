"""What is left of a submission, a finding, a change or a verification after an erasure."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeVar, cast
from uuid import UUID

from domain.base import JsonValue
from domain.cases import AskResult
from domain.conversation import Action, AgentContext, Resolution, Role, Submission, ToolCall, Turn
from domain.erasure import ERASED, Eraser
from domain.findings import Finding, Quote
from domain.knowledge import (
    ArticleContent,
    Change,
    ItemContent,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)
from domain.proposals import ReplayCase, Verification
from domain.tool_checks import ToolCheck

ContentT = TypeVar("ContentT", bound=ItemContent)

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
# A schema's own words, such as "string", stay what they are whoever has used them.
_FIXED = frozenset({"type", "format", "$schema", "$ref"})
_KEYWORDS = _FIXED | frozenset(
    [
        "properties",
        "required",
        "items",
        "enum",
        "const",
        "default",
        "title",
        "description",
        "examples",
        "additionalProperties",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
        "$defs",
        "uniqueItems",
    ]
)


class ErasedContent(NamedTuple):
    """A revision's content before and after."""

    item_id: UUID
    before: ItemContent
    after: ItemContent

    def passages(self) -> list[tuple[str, str]]:
        """Return each text that search may no longer find the item by, and what replaces it."""
        bodies, fresh = self.before.passages(), self.after.passages()
        gone = [body for body in dict.fromkeys(bodies) if body not in fresh]
        new = [body for body in dict.fromkeys(fresh) if body not in bodies] or [ERASED]
        # Less text may be cut into fewer passages: then the last stands for those that follow.
        return [(body, new[min(place, len(new) - 1)]) for place, body in enumerate(gone)]

    def tags(self) -> list[str]:
        """Return the tags that search may no longer find the item by."""
        if isinstance(self.before, ArticleContent) and isinstance(self.after, ArticleContent):
            return [tag for tag in self.before.tags if tag not in self.after.tags]
        return []


def texts_in(value: JsonValue) -> Iterator[str]:
    """Yield every text of a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from texts_in(entry)


def erased_submission(submission: Submission) -> Submission:
    """Return who spoke when and which tools were called, without a word or value of it."""
    return Submission(
        source=submission.source,
        external_id=submission.external_id,
        conversation=tuple(_erased_turn(turn) for turn in submission.conversation),
        resolution=_erased_resolution(submission.resolution),
        occurred_at=submission.occurred_at,
        channel=submission.channel,
        language=submission.language,
        agent=AgentContext(
            name=submission.agent.name,
            model=submission.agent.model,
            handoff_reason=_mark(submission.agent.handoff_reason),
            items_used=submission.agent.items_used,
            tools_available=submission.agent.tools_available,
        ),
    )


def _mark(text: str) -> str:
    return ERASED if text else ""


def _erased_turn(turn: Turn) -> Turn:
    return Turn(
        role=turn.role,
        text=_mark(turn.text),
        at=turn.at,
        # An employee's name stays: who resolved a case may not be the only one to approve.
        author=turn.author if turn.role is Role.HUMAN else None,
        tool_name=turn.tool_name,
        tool_calls=tuple(ToolCall(name=call.name) for call in turn.tool_calls),
    )


def _erased_resolution(resolution: Resolution) -> Resolution:
    return Resolution(
        by=resolution.by,
        reply=_mark(resolution.reply),
        decision=_mark(resolution.decision),
        actions=tuple(
            Action(system=action.system, name=action.name) for action in resolution.actions
        ),
    )


def erased_finding(finding: Finding) -> Finding:
    """Return which gap was found where, without what was said."""
    return finding.model_copy(
        update={
            "summary": ERASED,
            "agent_did": _mark(finding.agent_did),
            "human_did": _mark(finding.human_did),
            "quotes": tuple(Quote(turn=quote.turn, text=ERASED) for quote in finding.quotes),
            "claims": (),
        }
    )


def erase_change(change: Change, eraser: Eraser, asks: Collection[str] = ()) -> Change:
    """Return the change with what is the customer's taken out of its content.

    Their wordings go as a whole: those that stand in `asks`, and those that hold their words.
    """
    return change.model_copy(
        update={
            "content": erase_content(change.content, eraser),
            "phrasings": tuple(
                text
                for text in change.phrasings
                if text not in asks and not eraser.is_said(text) and eraser.erase(text) == text
            ),
        }
    )


def erase_content(content: ItemContent, eraser: Eraser) -> ItemContent:
    """Return an item's content without what is the customer's; a tag of it goes as a whole."""
    erase = eraser.erase
    match content:
        case ArticleContent():
            return ArticleContent(
                title=erase(content.title),
                question=erase(content.question),
                answer=erase(content.answer),
                tags=tuple(tag for tag in content.tags if erase(tag) == tag),
            )
        case PolicyContent():
            return PolicyContent(
                title=erase(content.title),
                rule=erase(content.rule),
                applies_when=erase(content.applies_when),
                exceptions=erase(content.exceptions),
                rationale=erase(content.rationale),
            )
        case ToolConnectionContent():
            return ToolConnectionContent(
                name=erase(content.name),
                system=erase(content.system),
                server=erase(content.server),
                tools=tuple(_erase_tool(tool, eraser) for tool in content.tools),
                purpose=erase(content.purpose),
            )


def _erase_tool(tool: ToolSpec, eraser: Eraser) -> ToolSpec:
    name = eraser.erase(tool.name)
    return ToolSpec(
        name=name if name == tool.name else _NOT_IN_A_NAME.sub("", name),
        description=eraser.erase(tool.description),
        input_schema=cast(dict[str, JsonValue], _erase_schema(tool.input_schema, eraser)),
        access=tool.access,
    )


def _erase_schema(value: JsonValue, eraser: Eraser) -> JsonValue:
    if isinstance(value, str):
        return eraser.erase(value)
    if isinstance(value, list):
        return [_erase_schema(entry, eraser) for entry in value]
    if isinstance(value, dict):
        return {
            key if key in _KEYWORDS else eraser.erase(key): entry
            if key in _FIXED
            else _erase_schema(entry, eraser)
            for key, entry in value.items()
        }
    return value


def erase_verification(
    verification: Verification, eraser: Eraser, interventions: Collection[UUID]
) -> Verification:
    """Return the replay without what is the customer's; their own queries are erased whole."""
    sent_back = verification.sent_back
    return verification.model_copy(
        update={
            "cases": tuple(_erase_case(c, eraser, interventions) for c in verification.cases),
            "sent_back": sent_back
            and sent_back.model_copy(update={"reason": eraser.erase(sent_back.reason)}),
            "tool_checks": tuple(_erase_check(c, eraser) for c in verification.tool_checks),
        }
    )


def _erase_case(case: ReplayCase, eraser: Eraser, interventions: Collection[UUID]) -> ReplayCase:
    is_theirs = case.intervention_id in interventions or eraser.is_said(case.query)
    expected = case.expected
    return case.model_copy(
        update={
            "query": ERASED if is_theirs else eraser.erase(case.query),
            "expected": expected
            and expected.model_copy(
                update={"must_contain": tuple(map(eraser.erase, expected.must_contain))}
            ),
            "before": _erase_answer(case.before, eraser),
            "after": _erase_answer(case.after, eraser),
        }
    )


def _erase_check(check: ToolCheck, eraser: Eraser) -> ToolCheck:
    problems = (
        problem.model_copy(update={"argument": eraser.erase(problem.argument)})
        for problem in check.problems
    )
    return check.model_copy(update={"problems": tuple(problems)})


def _erase_answer(answer: AskResult, eraser: Eraser) -> AskResult:
    return answer.model_copy(
        update={
            "answer": eraser.erase(answer.answer),
            "handoff_reason": eraser.erase(answer.handoff_reason),
            "items_used": tuple(
                used.model_copy(update={"title": eraser.erase(used.title)})
                for used in answer.items_used
            ),
        }
    )
