"""What the re-embedding workflow is started with, what it tells, and how it is found."""

from pydantic import AwareDatetime

from activities.reembed_passages import ReembedPlace, ReembedReach
from domain.base import Message


def workflow_id_of_model(model: str) -> str:
    """Return the id of the one workflow of a model."""
    return f"reembed/{model}"


class ReembedCarried(Message):
    """What a run hands to the run that continues it."""

    started_at: AwareDatetime
    total: int
    done: int
    stored: int
    stored_in_pass: int
    place: ReembedPlace | None


class ReembedInput(Message):
    """The model whose vectors are made, and of what; the rest is carried by continue-as-new."""

    model: str
    reach: ReembedReach = ReembedReach.PASSAGES
    carried: ReembedCarried | None = None


class ReembedResult(Message):
    """How many vectors were stored."""

    stored: int


class ReembedStatus(Message):
    """How far it is: `done` of `total` texts have a vector, `stored` of them by this workflow."""

    model: str
    reach: ReembedReach
    done: int
    total: int
    stored: int
    started_at: AwareDatetime
    per_second: float
