"""What an administrator sets for a whole workspace, and what holds where nobody has."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.base import Line, Model

MAX_PUBLIC_TEXTS = 1_000

WebhookAddress = Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s@\\]+$")]


class Quarantine(StrEnum):
    """Whether an item whose answers keep failing is taken out of use before a person has looked."""

    OFF = "off"
    FAILING_ARTICLES = "failing_articles"


class WorkspaceSettings(Model):
    """The settings, each with what holds by default."""

    wrong_answer_budget: Annotated[
        float,
        Field(
            gt=0,
            le=0.5,
            description="The share of its answers that the reference agent may get wrong. How sure "
            "it must be before it answers follows from this and from how its answers fared.",
        ),
    ] = 0.02
    settles_after_hours: Annotated[
        float,
        Field(
            ge=0,
            le=10_000,
            description="After how long an answer that nobody has objected to counts as right.",
        ),
    ] = 72
    replays_per_case: Annotated[
        int,
        Field(ge=1, le=10, description="How often a past query is replayed with a language model."),
    ] = 3
    similar_queries: Annotated[
        int,
        Field(
            ge=0,
            le=50,
            description="How many past queries of each source a proposal is replayed on, beside "
            "its own: the nearest interventions, outcomes and golden queries, and more evidence.",
        ),
    ] = 8
    suppression_lifts_after: Annotated[
        int,
        Field(
            ge=1,
            le=1_000,
            description="How many new cases bring a rejected suggestion before people again.",
        ),
    ] = 5
    daily_tokens: Annotated[
        int | None,
        Field(
            ge=0,
            description="Tokens of language models that may be used in one day (UTC); null for no "
            "bound.",
        ),
    ] = None
    unused_after_days: Annotated[
        int,
        Field(ge=1, le=3_650, description="After how long without use an item is questioned."),
    ] = 180
    quarantine: Annotated[
        Quarantine,
        Field(
            description="Whether articles whose answers keep being followed by an intervention are "
            "taken out of use at once; a person decides afterwards."
        ),
    ] = Quarantine.OFF
    slack_channel: Annotated[
        str | None,
        Field(
            pattern=r"^[CG][A-Z0-9]{2,30}$",
            description="The id of the Slack channel that hears of every review; null for none.",
        ),
    ] = None
    notice_webhooks: Annotated[
        tuple[WebhookAddress, ...],
        Field(
            max_length=5,
            description="Addresses that hear of every review, signed as Standard Webhooks has it. "
            "Put no secret into them: whoever may read the knowledge may read these settings.",
        ),
    ] = ()
    public_texts: Annotated[
        tuple[Line, ...],
        Field(
            max_length=MAX_PUBLIC_TEXTS,
            description="Texts that look like personal data and are nobody's, such as the "
            "company's own address. Who approves a change adds what it confirms in "
            "`not_personal`.",
        ),
    ] = ()
