"""What the offline analyst makes of a reviewer's comment, field by field."""

import pytest

from analysis.offline.redraft import carry_out
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemKind,
    Operation,
    ToolConnectionContent,
    ToolSpec,
)

CONTENT = ArticleContent(
    title="Guitars", question="Do you have guitars?", answer="Yes.", tags=("guitar",)
)
ADDED = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=CONTENT)


@pytest.mark.parametrize(
    ("comment", "changed"),
    [
        ("Title: Left-handed guitars", {"title": "Left-handed guitars"}),
        ('title: "Left-handed guitars"', {"title": "Left-handed guitars"}),
        ("Answer: Yes: in two sizes.", {"answer": "Yes: in two sizes."}),
        ("Tags: guitar, left-handed", {"tags": ("guitar", "left-handed")}),
        (
            "Please\nTitle: Guitars we rent\nTags: rent",
            {"title": "Guitars we rent", "tags": ("rent",)},
        ),
    ],
)
def test_a_line_that_names_a_field_sets_it(comment: str, changed: dict[str, object]) -> None:
    assert carry_out(ADDED, comment).change.content == CONTENT.model_copy(update=changed)


def test_a_field_goes_on_to_the_next_or_to_an_empty_line() -> None:
    comment = "Answer: Yes.\nIn two sizes.\nTags: size\n\nThank you."

    content = carry_out(ADDED, comment).change.content

    changed = {"answer": "Yes.\nIn two sizes.", "tags": ("size",)}
    assert content == CONTENT.model_copy(update=changed)


def test_other_words_of_the_comment_are_carried_out_too() -> None:
    edit = carry_out(ADDED, 'Title: Our guitars\n\nReplace "Yes" with "No"')

    changed = {"title": "Our guitars", "answer": "No."}
    assert edit.change.content == CONTENT.model_copy(update=changed)


def test_what_a_field_says_already_is_no_change() -> None:
    assert "left the draft as it was" in carry_out(ADDED, "Title: Guitars\nTags: ,").done


def test_a_colon_in_a_sentence_names_no_field() -> None:
    edit = carry_out(ADDED, "One thing: it is too long.")

    assert edit.change == ADDED
    assert "left the draft as it was" in edit.done


def test_what_the_content_cannot_be_is_said_and_left() -> None:
    edit = carry_out(ADDED, f"Title: {'x' * 1_000}")

    assert edit.change == ADDED
    assert edit.done.startswith("The title cannot be what the comment says")


def test_where_a_connection_leads_is_no_words() -> None:
    tool = ToolSpec(
        name="get", description="Gets.", input_schema={"type": "object"}, access=Access.READ
    )
    content = ToolConnectionContent(
        name="Ledger", system="ledger", server="https://a.example", tools=(tool,), purpose="Reads."
    )
    change = Change(kind=ItemKind.TOOL_CONNECTION, operation=Operation.ADD, content=content)

    assert carry_out(change, "Server: https://evil.example").change == change
