"""A request to erase a customer, as the record holds it."""

import hashlib
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Line, Model, OptionalText


class ErasureStatus(StrEnum):
    """Where an erasure stands."""

    REQUESTED = "requested"
    RUNNING = "running"
    DONE = "done"


class NewErasure(Model):
    """Whose text is to go, who asks for it, and why."""

    id: UUID
    customer_ref: Line
    requested_by: Line
    reason: OptionalText = ""

    def customer_hash(self) -> str:
        """Return what the record keeps of the reference, as 64 hexadecimal digits.

        It tells whether a reference that one knows was erased. Each guess costs scrypt's 16 MB
        and some 50 ms, and each erasure has a salt of its own.
        """
        digest = hashlib.scrypt(
            self.customer_ref.encode(), salt=self.id.bytes, n=2**14, r=8, p=1, dklen=32
        )
        return digest.hex()


class Erasure(Model):
    """An erasure; the reference itself is gone once it is done.

    `counts` says how many rows of each kind have lost text.
    """

    id: UUID
    customer_hash: str
    customer_ref: str | None
    requested_by: str
    reason: str
    status: ErasureStatus
    counts: dict[str, int]
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
