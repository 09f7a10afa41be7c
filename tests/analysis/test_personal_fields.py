"""Which texts of a change hold personal data."""

from uuid import uuid4

import pytest

from analysis.personal_fields import personal_data_in
from analysis.redaction import PersonalDataKind
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemKind,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)

CLEAN = "Refunds take five days."


def article(**texts: object) -> Change:
    content = {"title": "Refunds", "question": "How long?", "answer": CLEAN, **texts}
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.ADD,
        content=ArticleContent.model_validate(content),
    )


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        (article(title="Refund for Maria Keller"), "content.title", "Maria Keller"),
        (
            article(answer="Write to jane.roe@example.com."),
            "content.answer",
            "jane.roe@example.com",
        ),
        (article(tags=("vip", "Maria Keller")), "content.tags[1]", "Maria Keller"),
        (
            article().model_copy(update={"phrasings": ("a", "i am priya raman")}),
            "phrasings[1]",
            "priya raman",
        ),
        (
            Change(
                kind=ItemKind.POLICY,
                operation=Operation.ADD,
                content=PolicyContent(title="Goodwill", rule=CLEAN, exceptions="Not Maria Keller."),
            ),
            "content.exceptions",
            "Maria Keller",
        ),
        (
            Change(
                kind=ItemKind.TOOL_CONNECTION,
                operation=Operation.ADD,
                content=ToolConnectionContent(
                    name="Orders",
                    system="shop",
                    purpose="Look up orders.",
                    tools=(
                        ToolSpec(
                            name="get",
                            description="Reads one.",
                            input_schema={"type": "object", "examples": ["jane.roe@example.com"]},
                            access=Access.READ,
                        ),
                    ),
                ),
            ),
            "content.tools[0].input_schema.examples[0]",
            "jane.roe@example.com",
        ),
    ],
    ids=["title", "answer", "tag", "wording", "exceptions", "schema"],
)
def test_every_text_of_a_change_is_looked_at(change: Change, field: str, text: str) -> None:
    assert [(part.field, part.text) for part in personal_data_in(change)] == [(field, text)]


def test_a_change_without_personal_data_holds_none() -> None:
    assert personal_data_in(article()) == []


def test_a_number_that_shows_the_form_is_nobodys() -> None:
    assert personal_data_in(article(answer="Ask for the number, such as R-48213.")) == []
    assert personal_data_in(article(answer="Refund rental R-48213."))


def test_what_is_public_is_nobodys() -> None:
    change = article(answer="Write to Dock Road 7, 12345 Hull or jane.roe@example.com.")
    (part,) = personal_data_in(change, ["write to  dock road 7", "DOCK ROAD 7, 12345 Hull"])
    assert (part.kind, part.text) == (PersonalDataKind.EMAIL, "jane.roe@example.com")


def test_a_public_text_hides_nothing_that_goes_beyond_it() -> None:
    change = article(answer="Ask for Maria Keller.")
    assert personal_data_in(change, ["Maria", "Keller", ""])


def test_a_retirement_publishes_nothing() -> None:
    found = article(answer="Ask for Maria Keller.")
    update = {"operation": Operation.RETIRE, "item_id": uuid4(), "base_revision": 1}
    assert personal_data_in(found.model_copy(update=update)) == []
