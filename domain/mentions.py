"""Whom a comment names with an @: pure rules. Who there is to name comes from the caller."""

from collections.abc import Iterator, Sequence

from domain.base import Model
from domain.identity import person_key

MOST_LOOKED_AT = 100
"""How many @ of a comment may name somebody; those after are text."""

_SLACK = 8
"""How many characters more than the longest name are looked at: blanks, and what is invisible."""


class CommentPiece(Model):
    """A run of a comment's text. `person` is whom it names, as the list of people has the name."""

    text: str
    person: str | None = None


def split_mentions(body: str, names: Sequence[str]) -> list[CommentPiece]:
    """Return the comment in pieces; joined they are the comment.

    An @ at the start of a word names whoever of `names` stands behind it; of two that do, the
    longer one. Case and blanks do not count, as nowhere in names.
    """
    known = {key: name for name in names if (key := person_key(name))}
    if not known or "@" not in body:
        return [CommentPiece(text=body)]
    pieces: list[CommentPiece] = []
    done = 0
    for start in _starts(body):
        if start < done:
            continue
        end = _end_of_name(body, start + 1, known)
        if end is None:
            continue
        if done < start:
            pieces.append(CommentPiece(text=body[done:start]))
        person = known[person_key(body[start + 1 : end])]
        pieces.append(CommentPiece(text=body[start:end], person=person))
        done = end
    if done < len(body):
        pieces.append(CommentPiece(text=body[done:]))
    return pieces


def mentioned(body: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of `names` that the comment names, each once, in the order of the comment."""
    pieces = split_mentions(body, names)
    return tuple(dict.fromkeys(piece.person for piece in pieces if piece.person))


def _starts(body: str) -> Iterator[int]:
    """Yield the places of each @ that does not stand within a word, as in an address."""
    at, left = body.find("@"), MOST_LOOKED_AT
    while at >= 0 and left:
        if at == 0 or not (body[at - 1].isalnum() or body[at - 1] in "_@"):
            left -= 1
            yield at
        at = body.find("@", at + 1)


def _end_of_name(body: str, begin: int, known: dict[str, str]) -> int | None:
    """Return where the longest known name ends that begins here; None if there is none."""
    if begin >= len(body) or body[begin].isspace():
        return None
    longest = max(map(len, known)) + _SLACK
    for end in range(min(len(body), begin + longest), begin, -1):
        if _is_end(body, end) and person_key(body[begin:end]) in known:
            return end
    return None


def _is_end(body: str, end: int) -> bool:
    """Return whether a name may end here: not within a word, nor before `-lee` or `.org`."""
    if body[end - 1].isspace():
        return False
    if end == len(body):
        return True
    if body[end].isalnum() or body[end] == "_":
        return False
    joins = body[end] in ".-@" and end + 1 < len(body)
    return not (joins and body[end + 1].isalnum())
