"""Which wordings are gathered, when they make a new draft, and what is hashed with them."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.knowledge import Change, ItemKind, Operation
from domain.merging import merge_key
from domain.wordings import (
    gathered,
    is_phrasing_revision,
    is_without_effect,
    is_worth_a_draft,
    title_of_phrasing_revision,
)
from tests.domain.builders import change, content

ITEM = UUID(int=7)


def revision(*phrasings: str, text: str = "Within 30 days.") -> Change:
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.REVISE,
        item_id=ITEM,
        base_revision=1,
        content=content(text=text),
        phrasings=phrasings,
    )


def test_a_change_without_wordings_is_dumped_and_hashed_as_before_there_were_any():
    assert "phrasings" not in change().model_dump(mode="json")
    assert "phrasings" not in change().model_dump_json()
    assert change().content_hash() == (
        "50e65380f528294d73aff946d86adc38c660acae9616f3e49b0e2253274fcdc9"
    )


def test_wordings_are_part_of_what_is_approved():
    one, other = revision("send it back?"), revision("send it back?", "return it")
    assert len({revision().content_hash(), one.content_hash(), other.content_hash()}) == 3
    assert Change.model_validate_json(other.model_dump_json()) == other


@pytest.mark.parametrize("phrasings", [("x" * 501,), ("",), ("  ",), ("a\x00b",), ("a",) * 41])
def test_too_long_too_many_or_empty_wordings_are_refused(phrasings: tuple[str, ...]):
    with pytest.raises(ValidationError):
        revision(*phrasings)


def test_neither_tools_nor_retirements_have_wordings():
    tool = change(ItemKind.TOOL_CONNECTION)
    retirement = revision().model_copy(update={"operation": Operation.RETIRE})
    for other in (tool, retirement):
        with pytest.raises(ValidationError, match="phrasings go with"):
            Change.model_validate({**other.model_dump(), "phrasings": ("back?",)})


def test_a_phrasing_revision_says_what_its_base_says_and_has_wordings():
    base = content()
    assert is_phrasing_revision(revision("back?"), base)
    assert not is_phrasing_revision(revision(), base)
    assert not is_phrasing_revision(revision("back?", text="Within 14 days."), base)
    assert not is_phrasing_revision(revision("back?"), None)


def test_a_revision_without_wordings_and_other_content_is_without_effect():
    base = content()
    assert is_without_effect(revision(), base)
    assert not is_without_effect(revision("back?"), base)
    assert not is_without_effect(revision(text="Within 14 days."), base)
    assert not is_without_effect(revision(), None)
    assert not is_without_effect(change(), None)


def test_phrasing_revisions_of_an_item_have_one_key_of_their_own():
    base = content()
    key = merge_key(revision("back?"), base)
    assert key == merge_key(revision("return it"), base) == f"phrasing/article/{ITEM}"
    assert merge_key(revision("back?", text="Other.")) == merge_key(revision())


def test_a_wording_is_gathered_once_whatever_its_case():
    assert gathered(("Back?", "Return"), ["BACK?", "return  ", "  Refund", "x" * 501, ""]) == (
        "Back?",
        "Return",
        "Refund",
    )


def test_no_more_wordings_are_gathered_than_a_change_may_have():
    shown = tuple(f"wording {n}" for n in range(39))
    assert gathered(shown, ["one more", "too many"]) == (*shown, "one more")


@pytest.mark.parametrize(
    ("shown", "now", "worth"),
    [
        (0, 1, True),
        (1, 1, False),
        (1, 2, True),
        (4, 5, True),
        (5, 6, False),
        (5, 7, True),
        (20, 24, False),
        (32, 39, False),
        (32, 40, True),
        (40, 40, False),
    ],
)
def test_a_new_draft_is_made_when_a_quarter_more_are_there(shown: int, now: int, worth: bool):
    assert is_worth_a_draft(shown, now) is worth


def test_the_title_counts_the_wordings():
    assert title_of_phrasing_revision(revision("a")) == "Find 'Returns' by another wording"
    assert title_of_phrasing_revision(revision("a", "b")) == "Find 'Returns' by 2 more wordings"
