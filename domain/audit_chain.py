"""The chain that holds the audit together: how a link is made, and where a chain is broken.

Nothing of the database is trusted here but the rows; `store/audit_chain.py` reads them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.base import Model, Moment, Slug

GENESIS = hashlib.sha256(b"").digest()
"""What the first link of every chain follows from."""

MAX_FLAWS = 1_000
"""How many flaws of one chain are named: a rewritten chain has as many as it has entries."""

_NEARBY = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """One entry's fields as the chain covers them. None stands for a value that cannot be there."""

    workspace: str
    seq: int
    actor: str | None
    action: str | None
    subject: str | None
    details: str | None
    at: str | None


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One link, and the entry that it names; None if there is no such entry."""

    position: int
    seq: int
    hash: bytes
    entry: ChainedEntry | None


class ChainHead(Model):
    """Where a chain ends, as the database says. Position 0 is a chain without any link."""

    workspace: str
    position: int
    hash: str


class KeptHead(Model):
    """A head that was exported for safekeeping, and when."""

    workspace: Slug
    position: Annotated[int, Field(ge=0)]
    hash: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    at: Moment

    @classmethod
    def of(cls, workspace: str, head: ChainHead | None, at: datetime) -> "KeptHead":
        """Return a head as it is exported; raises ValidationError for one that none can be."""
        if head is None:
            return cls(workspace=workspace, position=0, hash=GENESIS.hex(), at=at)
        return cls(workspace=workspace, position=head.position, hash=head.hash, at=at)


class ChainFlaw(StrEnum):
    """In which way a chain does not hold."""

    ALTERED = "altered"
    ENTRY_GONE = "entry_gone"
    LINKS_GONE = "links_gone"
    UNCHAINED = "unchained"
    CUT = "cut"
    HEAD_DIFFERS = "head_differs"
    KEPT_HEAD_DIFFERS = "kept_head_differs"


class FlawFound(Model):
    """One place where a chain does not hold. `until` is the last position of several."""

    flaw: ChainFlaw
    workspace: str
    position: int | None = None
    until: int | None = None
    seq: int | None = None


class ChainVerdict(Model):
    """What a check found: how many links there are, the head, and the first MAX_FLAWS flaws."""

    workspace: str
    links: int
    head: ChainHead | None
    flaws: tuple[FlawFound, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, moved, added or cut."""
        return not self.flaws


def link_hash(before: bytes, position: int, entry: ChainedEntry) -> bytes:
    """Return the SHA-256 of the link before and of each field with its length in bytes before it.

    It must agree with `audit_link` of the migration that made the chain.
    """
    fields = (
        str(position),
        entry.workspace,
        str(entry.seq),
        entry.actor,
        entry.action,
        entry.subject,
        entry.details,
        entry.at,
    )
    return hashlib.sha256(before + b"".join(map(_field, fields))).digest()


def _field(value: str | None) -> bytes:
    if value is None:
        # No field begins like this, so that none equals it.
        return b"-"
    encoded = value.encode()
    return b"%d:%b" % (len(encoded), encoded)


def chained_time(microseconds: Decimal | None) -> str | None:
    """Return a time, in microseconds since 1970 (UTC), as the chain covers it.

    None for one that no clock can have told.
    """
    if microseconds is None or not microseconds.is_finite():
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=int(microseconds))
    except OverflowError:
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class ChainCheck:
    """Follows one workspace's chain link by link, in the order of their positions."""

    def __init__(self, workspace: str, kept: Iterable[KeptHead] = ()) -> None:
        """Hold the chain against the `kept` heads that are of this workspace."""
        self.workspace = workspace
        self._links = 0
        self._position = 0
        self._flaws: list[FlawFound] = []
        # What the next link may follow from. Behind a flaw that is the hash which stands there or
        # the one that should, so that only the links which were tampered with are named. Empty
        # when the link before is gone.
        self._before: tuple[bytes, ...] = (GENESIS,)
        self._kept: dict[int, set[str]] = {}
        for head in kept:
            if head.workspace == workspace:
                self._kept.setdefault(head.position, set()).add(head.hash)
        self._compare_kept(0, GENESIS, None)

    def take(self, link: ChainLink) -> None:
        """Check the next link."""
        if link.position != self._position + 1:
            self._find_jump(link)
        self._compare_kept(link.position, link.hash, link.seq)
        should: list[bytes] = []
        if link.entry is None:
            self._find(ChainFlaw.ENTRY_GONE, link.position, seq=link.seq)
        else:
            should = [link_hash(before, link.position, link.entry) for before in self._before]
            if should and link.hash not in should:
                self._find(ChainFlaw.ALTERED, link.position, seq=link.seq)
        if link.hash in should:
            self._before = (link.hash,)
        else:
            self._before = (link.hash, *should, *self._before)[:_NEARBY]
        self._links += 1
        self._position = max(self._position, link.position)

    def find_unchained(self, seq: int) -> None:
        """Note an entry that no link names."""
        self._find(ChainFlaw.UNCHAINED, seq=seq)

    def close(self, head: ChainHead | None) -> ChainVerdict:
        """Return the verdict, after the last link; `head` is what the database says it is."""
        last = self._position
        if head is None:
            if last:
                self._find(ChainFlaw.HEAD_DIFFERS, last)
        elif head.position > last:
            self._find(ChainFlaw.CUT, last + 1, until=head.position)
        elif head.position < last or head.hash not in {before.hex() for before in self._before}:
            self._find(ChainFlaw.HEAD_DIFFERS, head.position)
        for position in sorted(self._kept):
            self._find(ChainFlaw.KEPT_HEAD_DIFFERS, position)
        return ChainVerdict(
            workspace=self.workspace, links=self._links, head=head, flaws=tuple(self._flaws)
        )

    def _find_jump(self, link: ChainLink) -> None:
        if link.position > self._position:
            self._find(ChainFlaw.LINKS_GONE, self._position + 1, until=link.position - 1)
        else:
            self._find(ChainFlaw.ALTERED, link.position, seq=link.seq)
        self._before = ()

    def _compare_kept(self, position: int, there: bytes, seq: int | None) -> None:
        """Hold what stands at a position against the kept heads; those left over were cut off."""
        if self._kept.pop(position, {there.hex()}) != {there.hex()}:
            self._find(ChainFlaw.KEPT_HEAD_DIFFERS, position, seq=seq)

    def _find(
        self,
        flaw: ChainFlaw,
        position: int | None = None,
        *,
        until: int | None = None,
        seq: int | None = None,
    ) -> None:
        if len(self._flaws) < MAX_FLAWS:
            self._flaws.append(
                FlawFound(
                    flaw=flaw, workspace=self.workspace, position=position, until=until, seq=seq
                )
            )
