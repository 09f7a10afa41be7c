"""Builds the redacted case that an analyst sees from a stored intervention. Not an activity."""

import asyncio
import json
from collections.abc import Sequence
from uuid import UUID

from activities.kit import Kit
from analysis.offline.actions import acts_text
from analysis.redaction import (
    KnownValue,
    PersonalDataKind,
    Redactor,
    contains_personal_data,
    known_from_texts,
    strip_invisible,
)
from analysis.redaction import known_from_value as known_from_json
from domain.base import MAX_JSON_DEPTH, JsonValue, storable_text
from domain.cases import Case, KnownItem
from domain.conversation import Action, AgentContext, Resolution, Role, Submission, ToolCall, Turn
from domain.knowledge import Item, ItemStatus, ToolConnectionContent
from store import knowledge as stored
from store import search
from store.database import Connection
from store.interventions import StoredIntervention

_NEAREST = 8
_MAX_CONNECTIONS = 20
_EMBEDDED_CHARACTERS = 2_000


async def build_case(kit: Kit, workspace: str, intervention: StoredIntervention) -> Case:
    """Return the intervention without personal data, with the knowledge that bears on it."""
    case = redact_submission(intervention.id, intervention.submission)
    used_ids = [used for used in map(_as_uuid, case.agent.items_used) if used]
    # Embedded before a connection is held: a provider may take its time.
    texts = _texts_at_stake(case)
    vectors = await asyncio.to_thread(kit.embedder.embed, texts)
    async with kit.database.transaction(workspace) as connection:
        # A draft on what is retired would bring it back, which nobody has asked for.
        used = [
            item
            for item in await stored.get_items(connection, workspace, used_ids)
            if item.status is ItemStatus.ACTIVE
        ]
        asked = list(zip(texts, vectors.tolist(), strict=True))
        near = await _near_items(connection, workspace, kit.embedder.name, asked)
        connections = await stored.list_tools(connection, workspace)
    known = {item.id: KnownItem(item=item, score=1.0, used_by_agent=True) for item in used}
    for candidate in near:
        known.setdefault(candidate.item.id, candidate)
    # A system that is connected already is revised, not added: so the analyst sees them all.
    for item in connections[:_MAX_CONNECTIONS]:
        known.setdefault(item.id, KnownItem(item=item, score=0.0))
    return case.model_copy(
        update={
            "known_items": tuple(known.values()),
            "agent_tools": agent_tools(case, connections),
        }
    )


def redact_submission(intervention_id: UUID, submission: Submission) -> Case:
    """Return the submission as a case without personal data, and without knowledge yet."""
    redactor = Redactor(known_values(submission))
    turns = tuple(_redact_turn(redactor, turn) for turn in submission.conversation)
    agent = submission.agent
    return Case(
        intervention_id=intervention_id,
        language=submission.language,
        ask=redactor.redact(submission.ask()),
        turns=turns,
        agent=AgentContext(
            name=agent.name,
            model=agent.model,
            handoff_reason=redactor.redact(agent.handoff_reason),
            items_used=agent.items_used,
            tools_available=agent.tools_available,
        ),
        resolution=_redact_resolution(redactor, submission.resolution),
    )


def redact_remark(submission: Submission, remark: str) -> str:
    """Return a reviewer's remark without the personal data of the conversation that it is about.

    What the conversation does not hold, such as the address of a help desk, stays.
    """
    said = strip_invisible(submission.model_dump_json())
    remark = strip_invisible(remark)
    found = {(m.kind, remark[m.start : m.end]) for m in contains_personal_data(remark)}
    repeated = [KnownValue(kind, value) for kind, value in sorted(found) if value in said]
    return Redactor([*known_values(submission), *repeated]).redact_known(remark)


def known_values(submission: Submission) -> list[KnownValue]:
    """Return the personal values that the conversation's own fields give away."""
    people = {turn.author for turn in submission.conversation if turn.author}
    if submission.resolution.by:
        people.add(submission.resolution.by)
    values = [KnownValue(PersonalDataKind.NAME, name) for name in sorted(people)]
    if submission.customer_ref:
        values.append(KnownValue(PersonalDataKind.ID, submission.customer_ref))
    for turn in submission.conversation:
        for call in turn.tool_calls:
            values += known_from_json(unfolded([call.arguments, call.result]))
        if turn.role is Role.TOOL:
            values += known_from_json(unfolded(turn.text))
    for action in submission.resolution.actions:
        values += known_from_json(unfolded([action.arguments, action.result]))
    texts = [turn.text for turn in submission.conversation if turn.text]
    return [*values, *known_from_texts([*texts, submission.resolution.reply])]


def unfolded(value: JsonValue, depth: int = 0) -> JsonValue:
    """Return the value with the JSON that tools wrote as text, however deep, as JSON."""
    if depth > MAX_JSON_DEPTH:
        return None
    if isinstance(value, str):
        parsed = _parsed(value)
        return value if parsed is value else unfolded(parsed, depth + 1)
    if isinstance(value, list):
        return [unfolded(entry, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {key: unfolded(entry, depth + 1) for key, entry in value.items()}
    return value


def _parsed(value: str) -> JsonValue:
    """Return the JSON that a text is, or the same text."""
    if value.lstrip()[:1] not in {"{", "[", '"'}:
        return value
    try:
        parsed: JsonValue = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return parsed


def _spelled_out(value: JsonValue) -> JsonValue:
    """Return the value whose inner JSON has letters for escapes, which would hide names."""
    if isinstance(value, list):
        return [_spelled_out(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _spelled_out(entry) for key, entry in value.items()}
    if not isinstance(value, str) or "\\u" not in value:
        return value
    parsed = _parsed(value)
    if parsed is value:
        return value
    try:
        return storable_text(json.dumps(_spelled_out(parsed), ensure_ascii=False))
    except (ValueError, RecursionError):
        return value


def _redact_turn(redactor: Redactor, turn: Turn) -> Turn:
    return Turn(
        role=turn.role,
        text=redactor.redact(str(_spelled_out(turn.text))),
        at=turn.at,
        tool_name=turn.tool_name,
        tool_calls=tuple(
            ToolCall.model_validate(
                {
                    "name": call.name,
                    "arguments": redactor.redact_value(_spelled_out(call.arguments)),
                    "result": redactor.redact_value(_spelled_out(call.result)),
                }
            )
            for call in turn.tool_calls
        ),
    )


def _redact_resolution(redactor: Redactor, resolution: Resolution) -> Resolution:
    return Resolution(
        reply=redactor.redact(resolution.reply),
        decision=redactor.redact(resolution.decision),
        information_used=tuple(redactor.redact(text) for text in resolution.information_used),
        actions=tuple(
            Action.model_validate(
                {
                    "system": action.system,
                    "name": action.name,
                    "arguments": redactor.redact_value(_spelled_out(action.arguments)),
                    "result": redactor.redact_value(_spelled_out(action.result)),
                }
            )
            for action in resolution.actions
        ),
    )


def _texts_at_stake(case: Case) -> list[str]:
    """Return the ask, what the human said and what was done, as far as there is any of it."""
    # What was done tells which rules were at stake where nobody named them.
    said = [case.ask, case.resolution.reply, case.resolution.decision]
    return [text[:_EMBEDDED_CHARACTERS] for text in [*said, acts_text(case)] if text]


async def _near_items(
    connection: Connection,
    workspace: str,
    model: str,
    asked: Sequence[tuple[str, Sequence[float]]],
) -> list[KnownItem]:
    """Return the items nearest to any of the texts, each with its vector; best first."""
    best: dict[UUID, KnownItem] = {}
    for text, vector in asked:
        hits = await search.search(
            connection,
            workspace,
            text=text,
            embedding=vector,
            model=model,
            k=_NEAREST,
        )
        for hit in hits:
            known = best.get(hit.item.id)
            if known is None or known.score < hit.similarity:
                best[hit.item.id] = KnownItem(item=hit.item, score=hit.similarity)
    return sorted(best.values(), key=lambda known: known.score, reverse=True)


def agent_tools(case: Case, connections: Sequence[Item]) -> frozenset[str]:
    """Return the names of all tools that the agent had: reported, called, or connected."""
    return tools_of(case.agent, case.turns, connections)


def tools_of(
    agent: AgentContext, turns: Sequence[Turn], connections: Sequence[Item]
) -> frozenset[str]:
    """Return the names of the tools that an agent had in a conversation.

    What the source reports is taken at its word where it reports anything; the workspace's
    connections count only where it does not.
    """
    called = {call.name for turn in turns for call in turn.tool_calls}
    if agent.tools_available is not None:
        return frozenset(called | set(agent.tools_available))
    connected = {
        tool.name
        for item in connections
        if isinstance(item.content, ToolConnectionContent)
        for tool in item.content.tools
    }
    return frozenset(called | connected)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
