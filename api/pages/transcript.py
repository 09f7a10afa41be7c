"""A conversation as people may see it: without personal data, the words of notes marked."""

import asyncio
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, JsonValue

from activities.case_file import redact_submission
from api.pages.marks import Note, NoteKind, Piece, Span, cut_at, find_spans
from domain.cases import Case
from domain.conversation import Role, ToolCall
from domain.findings import Finding
from store.interventions import StoredIntervention

RESOLUTION = -1


class ShownTurn(BaseModel):
    """One turn, in pieces that are quoted or not.

    `notes` are those that lead here, but whose words are not in its text.
    """

    number: int
    role: Role
    pieces: list[Piece]
    notes: list[int] = []
    tool_name: str | None
    tool_calls: list[ToolCall]


class ShownAction(BaseModel):
    """What the human did in another system."""

    system: str
    name: str
    arguments: dict[str, JsonValue]


class Transcript(BaseModel):
    """One intervention's conversation and its resolution.

    `notes` are those of the resolution whose words are not in it; `placed` all that have a place.
    """

    turns: list[ShownTurn]
    reply: list[Piece]
    decision: list[Piece]
    information: list[list[Piece]]
    actions: list[ShownAction]
    notes: list[int] = []
    placed: set[int] = set()
    reply_was_shown: bool
    """Whether a turn of the human says the same, so that it need not be shown twice."""


def quote_notes(findings: Sequence[Finding], first: int = 1) -> list[list[Note]]:
    """Return the quotes of each finding as notes, numbered through from `first`."""
    found: list[list[Note]] = []
    number = first
    for finding in findings:
        notes: list[Note] = []
        for quote in finding.quotes:
            notes.append(Note(number=number, kind=NoteKind.QUOTE, turn=quote.turn, text=quote.text))
            number += 1
        found.append(notes)
    return found


async def show_transcript(intervention: StoredIntervention, notes: Sequence[Note]) -> Transcript:
    """Return the conversation without personal data, and the words of the notes marked."""
    # In a thread: the longest conversations take a while to redact.
    return await asyncio.to_thread(_show, intervention, notes)


class _Marking:
    """Which notes still look for their place; each is marked once, so that links are clear."""

    def __init__(self, notes: Sequence[Note], reply_turn: int | None) -> None:
        """Look for these; what the resolution's reply says is looked for in `reply_turn`."""
        self._left = {note.number: note for note in notes}
        self._reply_turn = reply_turn
        self.placed: set[int] = set()

    def mark(self, text: str, turn: int) -> list[Piece]:
        """Return a text of a turn in pieces, with the notes that find their words in it."""
        at = [n for n in self._left.values() if self._leads_to(n, turn)]
        spans: list[Span] = find_spans(text, at)
        self._place(span.number for span in spans)
        return cut_at(text, spans)

    def rest(self, turn: int) -> list[int]:
        """Return the notes of a turn that have found no words in it."""
        left = [n.number for n in self._left.values() if n.turn == turn]
        self._place(left)
        return left

    def _leads_to(self, note: Note, turn: int) -> bool:
        return note.turn == turn or (note.turn == RESOLUTION and turn == self._reply_turn)

    def _place(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.placed.add(number)
            self._left.pop(number, None)


def _show(intervention: StoredIntervention, notes: Sequence[Note]) -> Transcript:
    case = redact_submission(intervention.id, intervention.submission)
    reply_turn = _turn_of_reply(case)
    marking = _Marking(notes, reply_turn)
    turns = [
        ShownTurn(
            number=number,
            role=turn.role,
            pieces=marking.mark(turn.text, number),
            notes=marking.rest(number),
            tool_name=turn.tool_name,
            tool_calls=list(turn.tool_calls),
        )
        for number, turn in enumerate(case.turns)
    ]
    resolution = case.resolution
    reply = marking.mark(resolution.reply, RESOLUTION)
    decision = marking.mark(resolution.decision, RESOLUTION)
    information = [marking.mark(text, RESOLUTION) for text in resolution.information_used]
    return Transcript(
        turns=turns,
        reply=reply,
        decision=decision,
        information=information,
        actions=[
            ShownAction(system=action.system, name=action.name, arguments=action.arguments)
            for action in resolution.actions
        ],
        notes=marking.rest(RESOLUTION),
        placed=marking.placed,
        reply_was_shown=reply_turn is not None and not any(piece.quoted for piece in reply),
    )


def _turn_of_reply(case: Case) -> int | None:
    """Return the turn in which the human says what the resolution gives as the reply."""
    reply = " ".join(case.resolution.reply.split())
    return next(
        (
            number
            for number, turn in enumerate(case.turns)
            if turn.role is Role.HUMAN and " ".join(turn.text.split()) == reply
        ),
        None,
    )
