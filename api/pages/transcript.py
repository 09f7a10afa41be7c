"""A conversation as people may see it: without personal data, the findings' quotes marked."""

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel, JsonValue

from activities.case_file import redact_submission
from api.pages.marks import Piece, mark_quotes
from domain.conversation import Resolution, Role, ToolCall
from domain.findings import Finding
from store.interventions import StoredIntervention


class ShownTurn(BaseModel):
    """One turn, in pieces that are quoted or not."""

    number: int
    role: Role
    pieces: list[Piece]
    tool_name: str | None
    tool_calls: list[ToolCall]


class ShownAction(BaseModel):
    """What the human did in another system."""

    system: str
    name: str
    arguments: dict[str, JsonValue]


class Transcript(BaseModel):
    """One intervention's conversation and its resolution."""

    turns: list[ShownTurn]
    reply: list[Piece]
    decision: list[Piece]
    information: list[list[Piece]]
    actions: list[ShownAction]
    reply_was_shown: bool
    """Whether a turn of the human says the same, so that it need not be shown twice."""


async def show_transcript(
    intervention: StoredIntervention, findings: Sequence[Finding]
) -> Transcript:
    """Return the conversation without personal data, and the words that findings quote marked."""
    # In a thread: the longest conversations take a while to redact.
    return await asyncio.to_thread(_show, intervention, findings)


def _show(intervention: StoredIntervention, findings: Sequence[Finding]) -> Transcript:
    case = redact_submission(intervention.id, intervention.submission)
    quotes: dict[int, list[str]] = {}
    for finding in findings:
        for quote in finding.quotes:
            quotes.setdefault(quote.turn, []).append(quote.text)
    turns = [
        ShownTurn(
            number=number,
            role=turn.role,
            pieces=mark_quotes(turn.text, quotes.get(number, ())),
            tool_name=turn.tool_name,
            tool_calls=list(turn.tool_calls),
        )
        for number, turn in enumerate(case.turns)
    ]
    resolution = case.resolution
    of_resolution = quotes.get(-1, ())
    reply = mark_quotes(resolution.reply, of_resolution)
    said = {" ".join(turn.text.split()) for turn in case.turns if turn.role is Role.HUMAN}
    repeats = " ".join(resolution.reply.split()) in said
    return Transcript(
        turns=turns,
        reply=reply,
        decision=mark_quotes(resolution.decision, of_resolution),
        information=[mark_quotes(text, of_resolution) for text in resolution.information_used],
        actions=_actions(resolution),
        reply_was_shown=repeats and not any(piece.quoted for piece in reply),
    )


def _actions(resolution: Resolution) -> list[ShownAction]:
    return [
        ShownAction(system=action.system, name=action.name, arguments=action.arguments)
        for action in resolution.actions
    ]
