"""What a known item says already is no new item."""

import json

import pytest

from analysis.claude_case import known_by_reference
from analysis.claude_checks import draft_from
from analysis.claude_outputs import RedraftOutput
from analysis.repeats import repeats_known
from domain.errors import AnalystOutputError
from domain.knowledge import ArticleContent, Change, ItemKind, Operation, PolicyContent
from tests.analysis.claude_case import CASE, article_output, redraft_output
from tests.analysis.offline_cases import item

KNOWN = [
    item(
        ArticleContent(
            title="Repairs",
            question="What of repairs?",
            answer="A lamp is repaired free of charge within 10 days. Cables are not repaired.",
        )
    ),
    item(PolicyContent(title="Returns", rule="A customer may return a lamp within 30 days.")),
]


def adding(answer: str) -> Change:
    content = ArticleContent(title="Lamps", question="What of lamps?", answer=answer)
    return Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)


@pytest.mark.parametrize(
    "answer",
    [
        "Lamps are repaired free of charge within ten days.",
        "Cables are not repaired. Customers may return a lamp within 30 days.",
    ],
)
def test_all_that_is_known_is_a_repeat(answer: str) -> None:
    assert repeats_known(adding(answer), KNOWN)


@pytest.mark.parametrize(
    "answer",
    [
        "Lamps are repaired free of charge within 12 days.",
        "Lamps are not repaired free of charge within 10 days.",
        "Cables are repaired.",
        "Cables are not repaired. Shades cost 5 euros.",
    ],
)
def test_what_says_more_or_otherwise_is_new(answer: str) -> None:
    assert not repeats_known(adding(answer), KNOWN)


def test_claudes_addition_of_what_is_known_is_refused() -> None:
    output = redraft_output("add", "", article=article_output(answer="Within 30 days."))
    with pytest.raises(AnalystOutputError, match="what a known item says"):
        draft_from(
            RedraftOutput.model_validate_json(json.dumps(output)),
            known_by_reference(CASE),
            kinds={ItemKind.ARTICLE},
        )
