"""What the pages of interventions say of one that waits."""

from uuid import UUID

from domain.conversation import InterventionStatus
from domain.model_calls import BUDGET_USED_UP
from store.interventions import set_intervention_status
from tests.api.browser import Person, text_of
from tests.api.rows import Rows, a_finding


async def stopped(rows: Rows, status: InterventionStatus, code: str | None = None) -> UUID:
    intervention_id = await rows.intervention()
    async with rows.database.transaction(rows.workspace) as connection:
        await set_intervention_status(
            connection, rows.workspace, intervention_id, status, error_code=code
        )
    return intervention_id


async def test_one_that_waits_for_tokens_says_so_in_plain_words(
    reviewer: Person, rows: Rows
) -> None:
    waiting = await stopped(rows, InterventionStatus.RECEIVED, BUDGET_USED_UP)
    said = text_of(await reviewer.get(f"/interventions/{waiting}"))
    assert "It waits for tomorrow's tokens." in said
    assert "budget used up" not in said
    assert "✕" not in said
    assert "waits for tomorrow's tokens" in text_of(await reviewer.get("/interventions"))


async def test_one_that_has_failed_does_not_wait(reviewer: Person, rows: Rows) -> None:
    failed = await stopped(rows, InterventionStatus.FAILED, BUDGET_USED_UP)
    said = text_of(await reviewer.get(f"/interventions/{failed}"))
    assert "✕ budget used up" in said
    assert "waits" not in said


async def test_the_list_says_what_was_asked(reviewer: Person, rows: Rows) -> None:
    read = await rows.intervention()
    await rows.analysis(read, a_finding())
    assert "Where is my refund?" in text_of(await reviewer.get("/interventions"))


async def test_one_of_which_nothing_was_proposed_says_why(reviewer: Person, rows: Rows) -> None:
    read = await stopped(rows, InterventionStatus.NO_GAP)
    await rows.analysis(read, a_finding())
    said = text_of(await reviewer.get(f"/interventions/{read}"))
    assert "Nothing: this was rightly a human's case." in said
    assert "What a customer says is never taken for a fact." in said


async def test_one_that_is_being_read_promises_nothing(reviewer: Person, rows: Rows) -> None:
    reading = await stopped(rows, InterventionStatus.ANALYZING)
    assert "Nothing yet: it is being read." in text_of(
        await reviewer.get(f"/interventions/{reading}")
    )
