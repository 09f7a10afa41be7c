"""All that a case holds, piece by piece, each piece with who said it and where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from analysis.statements import statements_of
from analysis.text import fold, humanise, sentences, stems, words
from domain.base import JsonValue, canonical_json
from domain.cases import Case
from domain.claims import SUPPORTING, ClaimSource
from domain.conversation import Role
from domain.knowledge import Item, ToolConnectionContent

REVIEW = "review"
"""Where a claim stands that a reviewer made."""

_MAX_RESULT_CHARACTERS = 20_000

_ORDER = (
    ClaimSource.HUMAN,
    ClaimSource.TOOL_RESULT,
    ClaimSource.ITEM,
    ClaimSource.AGENT,
    ClaimSource.CUSTOMER,
)
"""Of pieces that say the same, the best witness comes first."""

_SOURCE_OF_ROLE = {
    Role.CUSTOMER: ClaimSource.CUSTOMER,
    Role.AGENT: ClaimSource.AGENT,
    Role.HUMAN: ClaimSource.HUMAN,
    Role.TOOL: ClaimSource.TOOL_RESULT,
    Role.SYSTEM: ClaimSource.TOOL_RESULT,
}


@dataclass(frozen=True)
class Piece:
    """A sentence, a tool's result or an action; `turn` is -1 for the resolution's."""

    source: ClaimSource
    text: str
    turn: int | None = None
    where: str = ""
    is_joined: bool = False
    """Whether it is several sentences, of which each may deny or affirm."""

    @cached_property
    def folded(self) -> str:
        """The text as sentences are compared."""
        return fold(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words."""
        return stems(self.text)

    @property
    def is_supporting(self) -> bool:
        """Whether knowledge may rest on it."""
        return self.source in SUPPORTING


def pieces_of(case: Case, *, remark: str = "") -> list[Piece]:
    """Return the pieces of a case, the best witness first: people, systems, items, then the rest.

    `remark` is what a reviewer asked of a draft. What repeats the customer word for word is the
    customer's, whichever tool gives it back and whoever quotes it in a remark.
    """
    told = list(_turns(case))
    theirs = {piece.folded for piece in told if piece.source is ClaimSource.CUSTOMER}
    echoed = {text for text in theirs if len(text.split()) >= 4}
    found = [
        *_of_text(ClaimSource.HUMAN, remark, where=REVIEW),
        *_resolution(case),
        *told,
        *(piece for known in case.known_items for piece in _item(known.item)),
    ]
    kept = [piece for piece in found if not _echoes(piece, echoed)]
    return sorted(kept, key=lambda piece: _ORDER.index(piece.source))


def _echoes(piece: Piece, theirs: set[str]) -> bool:
    """Return whether a result, a person's note or a remark hands the customer's words on."""
    is_echo = piece.source is ClaimSource.TOOL_RESULT or piece.where == REVIEW
    return is_echo and any(text in piece.folded for text in theirs)


def _of_text(
    source: ClaimSource, text: str, turn: int | None = None, where: str = ""
) -> Iterator[Piece]:
    """Yield the sentences of a text and each pair of neighbours, which paraphrases join."""
    said = sentences(text)
    for sentence in said:
        yield Piece(source, sentence, turn, where)
    if source in SUPPORTING:
        for first, second in pairwise(said):
            yield Piece(source, f"{first} {second}", turn, where, is_joined=True)


def _turns(case: Case) -> Iterator[Piece]:
    for number, turn in enumerate(case.turns):
        source = _SOURCE_OF_ROLE[turn.role]
        if turn.role is Role.TOOL:
            where = turn.tool_name or ""
            yield Piece(source, _spoken(turn.text), number, where)
            continue
        yield from _of_text(source, turn.text, number)
        for call in turn.tool_calls:
            yield Piece(ClaimSource.AGENT, _spoken([call.name, call.arguments]), number, call.name)
            if call.result is not None:
                result = ClaimSource.TOOL_RESULT
                yield Piece(result, _spoken(call.result), number, call.name)
    yield from _of_text(ClaimSource.CUSTOMER, case.ask)
    yield from _of_text(ClaimSource.AGENT, case.agent.handoff_reason)


def _resolution(case: Case) -> Iterator[Piece]:
    for text in case.resolution_texts():
        yield from _of_text(ClaimSource.HUMAN, text, -1)
    for action in case.resolution.actions:
        spoken = _spoken([action.system, action.name, action.arguments])
        yield Piece(ClaimSource.HUMAN, spoken, -1, action.name)
        if action.result is not None:
            yield Piece(ClaimSource.TOOL_RESULT, _spoken(action.result), -1, action.name)


def _item(item: Item) -> Iterator[Piece]:
    content = item.content
    said = statements_of(item)
    if isinstance(content, ToolConnectionContent):
        said = [_spoken([tool.name, tool.description]) for tool in content.tools]
    for text in (*said, content.search_text()):
        joined = len(sentences(text)) > 1
        yield Piece(ClaimSource.ITEM, text, where=content.title, is_joined=joined)


def _spoken(value: JsonValue) -> str:
    """Return a JSON value as words, its names taken apart: `get_order` as "get_order get order"."""
    text = value if isinstance(value, str) else canonical_json(value)
    text = text[:_MAX_RESULT_CHARACTERS]
    apart = [name for name in text.replace('"', " ").split() if "_" in name]
    return " ".join([text, *(humanise(name) for name in apart)])


def words_of(pieces: Sequence[Piece]) -> frozenset[str]:
    """Return the lower-case words of all pieces."""
    return frozenset(word for piece in pieces for word in words(piece.text))
