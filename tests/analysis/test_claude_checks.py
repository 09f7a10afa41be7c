"""The checks on what Claude writes, without Claude."""

import json
from uuid import UUID

import pytest
from pydantic import ValidationError

from analysis.claude_case import known_by_reference
from analysis.claude_checks import PLACEHOLDER, draft_from, kind_for, unfound_item
from analysis.claude_outputs import RedraftOutput
from domain.errors import AnalystOutputError
from domain.findings import Finding
from domain.knowledge import ItemKind
from tests.analysis.claude_case import (
    ARTICLE,
    CASE,
    FINDING,
    NO_ITEM,
    NO_TOOL,
    POLICY_ID,
    TOOLS_ID,
    Output,
    article_output,
    connection_output,
    policy_output,
    redraft_output,
    tool_output,
)

KNOWN = known_by_reference(CASE)
SAME = ARTICLE.model_dump(mode="json")


@pytest.mark.parametrize(
    ("finding", "kind"),
    [
        (FINDING, ItemKind.POLICY),
        (FINDING.model_copy(update={"item_id": UUID(int=1)}), ItemKind.ARTICLE),
        (FINDING.model_copy(update={"item_id": UUID(int=99)}), ItemKind.POLICY),
        (NO_ITEM, ItemKind.ARTICLE),
        (NO_ITEM.model_copy(update={"item_id": POLICY_ID}), ItemKind.POLICY),
        (NO_TOOL, ItemKind.TOOL_CONNECTION),
        (NO_TOOL.model_copy(update={"item_id": POLICY_ID}), ItemKind.TOOL_CONNECTION),
        (NO_TOOL.model_copy(update={"item_id": TOOLS_ID}), ItemKind.TOOL_CONNECTION),
    ],
)
def test_the_kind_is_that_of_the_item_at_fault_or_the_gap(finding: Finding, kind: ItemKind) -> None:
    assert kind_for(finding, KNOWN) is kind


@pytest.mark.parametrize(
    ("output", "kind", "reason"),
    [
        (redraft_output(), ItemKind.POLICY, "exactly one content"),
        (
            redraft_output(policy=policy_output(), article=article_output()),
            ItemKind.POLICY,
            "exactly one content",
        ),
        (redraft_output("revise", "K9", policy=policy_output()), ItemKind.POLICY, "not known"),
        (redraft_output("revise", "", policy=policy_output()), ItemKind.POLICY, "not known"),
        (redraft_output("retire", ""), ItemKind.POLICY, "not known"),
        (
            redraft_output("revise", "K1", policy=policy_output()),
            ItemKind.POLICY,
            "its item's kind",
        ),
        (
            redraft_output(policy=policy_output(rule="Refund within 24 hours.")),
            ItemKind.POLICY,
            "changes nothing",
        ),
        (redraft_output("add", "", article=article_output()), ItemKind.POLICY, "not asked for"),
        (redraft_output("add", "", policy=policy_output()), ItemKind.ARTICLE, "not asked for"),
        (
            redraft_output("add", "", article=article_output()),
            ItemKind.TOOL_CONNECTION,
            "not asked for",
        ),
        (
            redraft_output("add", "", article=article_output(answer="Ask [NAME].")),
            ItemKind.ARTICLE,
            "placeholder",
        ),
        (
            redraft_output("add", "", article=article_output(), title="For [EMAIL_2]"),
            ItemKind.ARTICLE,
            "placeholder",
        ),
        (
            redraft_output("add", "", article=article_output(title="")),
            ItemKind.ARTICLE,
            "at least 1",
        ),
        (
            redraft_output("add", "", article=article_output(), rationale=""),
            ItemKind.ARTICLE,
            "at least 1",
        ),
        (
            redraft_output("add", "", tool_connection=connection_output()),
            ItemKind.TOOL_CONNECTION,
            "at least 1",
        ),
        (
            redraft_output(
                "add",
                "",
                tool_connection=connection_output(
                    tool_output(parameters=tool_output()["parameters"][:1] * 2)
                ),
            ),
            ItemKind.TOOL_CONNECTION,
            "two inputs of one name",
        ),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused(
    output: Output, kind: ItemKind, reason: str
) -> None:
    with pytest.raises((AnalystOutputError, ValidationError), match=reason):
        draft_from(RedraftOutput.model_validate_json(json.dumps(output)), KNOWN, kinds={kind})


@pytest.mark.parametrize(
    ("finding", "number"),
    [
        (NO_ITEM, None),
        (NO_ITEM.model_copy(update={"item_id": UUID(int=1)}), 1),
        (NO_ITEM.model_copy(update={"item_id": POLICY_ID}), None),
        (NO_ITEM.model_copy(update={"item_id": TOOLS_ID}), None),
        (NO_ITEM.model_copy(update={"item_id": UUID(int=99)}), None),
        (FINDING.model_copy(update={"item_id": UUID(int=1)}), None),
    ],
)
def test_an_item_was_not_found_if_knowledge_was_missed_that_the_agent_did_not_use(
    finding: Finding, number: int | None
) -> None:
    assert unfound_item(finding, KNOWN) == (None if number is None else UUID(int=number))


def test_only_the_item_that_was_not_found_may_stay_as_it_is() -> None:
    same = redraft_output("revise", "K1", article=SAME)
    output = RedraftOutput.model_validate_json(json.dumps(same))
    kinds = {ItemKind.ARTICLE}
    draft = draft_from(output, KNOWN, kinds=kinds, unfound=UUID(int=1))
    assert (draft.change.item_id, draft.change.content) == (UUID(int=1), ARTICLE)
    with pytest.raises(AnalystOutputError, match="changes nothing"):
        draft_from(output, KNOWN, kinds=kinds, unfound=POLICY_ID)


@pytest.mark.parametrize("text", ["[NAME]", "[DATE_OF_BIRTH_12]", "Dear [NAME_2],"])
def test_the_redaction_s_placeholders_are_known(text: str) -> None:
    assert PLACEHOLDER.search(text)


@pytest.mark.parametrize("text", ["[ORDER NUMBER]", "[1]", "[NOTE]"])
def test_other_brackets_are_none(text: str) -> None:
    assert not PLACEHOLDER.search(text)
