"""Whether a history of changes to hot items is one that could be: each applied once, in a line.

Pure: what clients were told and what the record holds go in, sentences about what cannot be come
out. `bench/hot_items.py` makes such histories.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from pydantic import BaseModel


class Acknowledged(BaseModel):
    """A change that a client was told is applied: its mark, and the release that it was told."""

    proposal_id: UUID
    item_id: UUID
    base_revision: int
    mark: str
    release: int


class RecordedRevision(BaseModel):
    """A revision as it is stored, with the approved change that it came from, if it had one."""

    item_id: UUID
    number: int
    parent: int | None
    release: int
    proposal_id: UUID | None
    base_revision: int | None
    approvals: int
    text: str


class History(BaseModel):
    """All that is known after the run. `refused` are proposals whose base had moved."""

    acknowledged: list[Acknowledged]
    refused: list[UUID]
    revisions: list[RecordedRevision]
    releases: list[int]


def violations(history: History) -> list[str]:
    """Return what is wrong, one sentence each; nothing for a history that could be."""
    return [
        *_acknowledgements(history),
        *_lines(history.revisions),
        *_causes(history),
        *_lost_updates(history),
        *_numbers(history.releases, history.revisions),
    ]


def _acknowledgements(history: History) -> Iterator[str]:
    """Every acknowledged apply is there exactly once, as it was told."""
    by_proposal: defaultdict[UUID, list[RecordedRevision]] = defaultdict(list)
    for revision in history.revisions:
        if revision.proposal_id is not None:
            by_proposal[revision.proposal_id].append(revision)
    told = Counter(ack.proposal_id for ack in history.acknowledged)
    for ack in history.acknowledged:
        found = by_proposal.get(ack.proposal_id, [])
        if told[ack.proposal_id] > 1:
            yield f"proposal {ack.proposal_id} was acknowledged {told[ack.proposal_id]} times"
        if len(found) != 1:
            yield f"proposal {ack.proposal_id} was acknowledged and is there {len(found)} times"
        elif (found[0].item_id, found[0].release) != (ack.item_id, ack.release):
            yield f"proposal {ack.proposal_id} is in release {found[0].release}, not {ack.release}"
        elif ack.mark not in found[0].text.splitlines():
            yield f"proposal {ack.proposal_id} was applied without its text"
    yield from (f"proposal {p} is there {len(r)} times" for p, r in by_proposal.items() if r[1:])


def _lines(revisions: Sequence[RecordedRevision]) -> Iterator[str]:
    """Each revision's parent is the one before it, and its change was made for that one."""
    for item_id, line in _by_item(revisions):
        for place, revision in enumerate(line, start=1):
            name = f"revision {revision.number} of item {item_id}"
            if revision.number != place:
                yield f"{name} stands in place {place}"
            if (revision.parent or 0) != revision.number - 1:
                yield f"the parent of {name} is {revision.parent}"
            if revision.base_revision is not None and revision.base_revision != revision.parent:
                yield f"{name} was made for revision {revision.base_revision}, a stale base"
        releases = [revision.release for revision in line]
        if releases != sorted(set(releases)):
            yield f"the releases of item {item_id} do not rise: {releases}"


def _causes(history: History) -> Iterator[str]:
    """Nothing came in without an approval, and nothing that was refused came in."""
    refused = set(history.refused)
    for revision in history.revisions:
        if revision.proposal_id is None:
            continue
        if revision.approvals < 1:
            yield f"proposal {revision.proposal_id} was applied without an approval of its content"
        if revision.proposal_id in refused:
            yield f"proposal {revision.proposal_id} was refused and is there"


def _lost_updates(history: History) -> Iterator[str]:
    """Each text holds the marks of all that was applied before it, in that order."""
    marks = {ack.proposal_id: ack.mark for ack in history.acknowledged}
    for item_id, line in _by_item(history.revisions):
        so_far: list[str] = []
        for revision in line:
            mark = marks.get(revision.proposal_id) if revision.proposal_id else None
            so_far += [mark] if mark else []
            known = [text for text in revision.text.splitlines() if text in so_far]
            if known != so_far:
                yield f"revision {revision.number} of item {item_id} has lost an earlier change"


def _numbers(releases: Sequence[int], revisions: Sequence[RecordedRevision]) -> Iterator[str]:
    """Releases are numbered without a gap, and each is one revision."""
    if sorted(releases) != list(range(1, len(releases) + 1)):
        yield "the releases have a gap, or a number twice"
    if sorted(releases) != sorted(revision.release for revision in revisions):
        yield "releases and revisions do not match one to one"


def _by_item(
    revisions: Iterable[RecordedRevision],
) -> Iterator[tuple[UUID, list[RecordedRevision]]]:
    items: defaultdict[UUID, list[RecordedRevision]] = defaultdict(list)
    for revision in revisions:
        items[revision.item_id].append(revision)
    for item_id, line in items.items():
        yield item_id, sorted(line, key=lambda revision: revision.number)
