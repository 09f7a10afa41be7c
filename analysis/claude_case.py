"""A case as Claude reads it: JSON without names of staff, ids or times, and cut to size."""

from collections.abc import Mapping

from domain.base import JsonObject, JsonValue, canonical_json
from domain.cases import Case, KnownItem
from domain.conversation import Action, ToolCall, Turn
from domain.findings import Finding
from domain.knowledge import Change

MAX_TURN_CHARACTERS = 12_000
MAX_RESULT_CHARACTERS = 2_000
CUT = " …[cut]"


def known_by_reference(case: Case) -> dict[str, KnownItem]:
    """Return the case's known items by the references that stand for them: K1, K2, …"""
    return {f"K{number}": known for number, known in enumerate(case.known_items, start=1)}


def case_as_data(case: Case) -> JsonObject:
    """Return the whole case: ask, turns, resolution, the agent's tools and the known items."""
    resolution = case.resolution
    return {
        "language": case.language,
        "ask": _short(case.ask, MAX_TURN_CHARACTERS),
        "turns": [_turn(number, turn) for number, turn in enumerate(case.turns)],
        "agent_handoff_reason": case.agent.handoff_reason,
        "agent_tools": _tools(case),
        "resolution": {
            "reply": _short(resolution.reply, MAX_TURN_CHARACTERS),
            "decision": resolution.decision,
            "information_used": list[JsonValue](resolution.information_used),
            "actions": [_action(action) for action in resolution.actions],
        },
        "known_items": [
            {
                "item": reference,
                "kind": known.item.kind.value,
                "used_by_agent": known.used_by_agent,
                "content": known.item.content.model_dump(mode="json"),
            }
            for reference, known in known_by_reference(case).items()
        ],
    }


def finding_as_data(finding: Finding, known: Mapping[str, KnownItem]) -> JsonObject:
    """Return a finding, its item by reference (empty if it has none that is known)."""
    references = [ref for ref, other in known.items() if other.item.id == finding.item_id]
    return {
        "gap": finding.gap.value,
        "summary": finding.summary,
        "agent_did": finding.agent_did,
        "human_did": finding.human_did,
        "quotes": [{"turn": quote.turn, "text": quote.text} for quote in finding.quotes],
        "item": references[0] if references else "",
    }


def change_as_data(change: Change, known: Mapping[str, KnownItem]) -> JsonObject:
    """Return a change, its item by reference."""
    references = [ref for ref, other in known.items() if other.item.id == change.item_id]
    return {
        "kind": change.kind.value,
        "operation": change.operation.value,
        "item": references[0] if references else "",
        "content": change.content.model_dump(mode="json"),
    }


def _turn(number: int, turn: Turn) -> JsonObject:
    data: JsonObject = {
        "turn": number,
        "role": turn.role.value,
        "text": _short(turn.text, MAX_TURN_CHARACTERS),
    }
    if turn.tool_name:
        data["tool_name"] = turn.tool_name
    if turn.tool_calls:
        data["tool_calls"] = [_call(call) for call in turn.tool_calls]
    return data


def _call(call: ToolCall) -> JsonObject:
    return {"name": call.name, "arguments": call.arguments, "result": _result(call.result)}


def _action(action: Action) -> JsonObject:
    return {
        "system": action.system,
        "name": action.name,
        "arguments": action.arguments,
        "result": _result(action.result),
    }


def _result(result: JsonValue) -> JsonValue:
    text = result if isinstance(result, str) else canonical_json(result)
    return _short(text, MAX_RESULT_CHARACTERS) if len(text) > MAX_RESULT_CHARACTERS else result


def _tools(case: Case) -> JsonValue:
    """Return the tools' names, or None where nobody knows which the agent had."""
    if not case.agent_tools and case.agent.tools_available is None:
        return None
    return list[JsonValue](sorted(case.agent_tools))


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT
