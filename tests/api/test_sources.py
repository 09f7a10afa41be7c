"""A reviewer sees who said each sentence that a proposal adds."""

import pytest

from domain.claims import Claim, ClaimSource
from tests.api.browser import Person, text_of
from tests.api.rows import Rows, a_finding, adding
from tests.domain.builders import submission


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ({"source": ClaimSource.HUMAN, "turn": -1}, "said by the human"),
        (
            {"source": ClaimSource.HUMAN, "turn": -1, "where": "refund"},
            "what the human did: refund",
        ),
        ({"source": ClaimSource.HUMAN, "where": "review"}, "asked for in review"),
        (
            {"source": ClaimSource.TOOL_RESULT, "turn": 0, "where": "get_order"},
            "the tool get_order",
        ),
        ({"source": ClaimSource.TOOL_RESULT, "turn": 0}, "from the system"),
        ({"source": ClaimSource.ITEM, "where": "Returns"}, "from the item 'Returns'"),
        ({"source": ClaimSource.CUSTOMER, "turn": 0}, "only the customer says it"),
        ({"source": ClaimSource.AGENT, "turn": 0}, "only the agent says it"),
        ({}, "nobody in this case says it"),
    ],
)
async def test_the_page_names_each_source(
    reviewer: Person, rows: Rows, claim: dict[str, object], said: str
) -> None:
    text = "Refunds take 5 days."
    finding = a_finding().model_copy(
        update={"claims": (Claim.model_validate({"text": text, **claim}),)}
    )
    proposal = await rows.proposal(adding(text), finding=finding)

    page = await reviewer.get(f"/proposals/{proposal.id}")

    assert "Where each sentence comes from" in text_of(page)
    assert said in text_of(page)
    is_flagged = "check it" in text_of(page)
    assert is_flagged is not finding.claims[0].is_supported


async def test_what_no_evidence_knows_is_looked_for_in_the_conversation(
    reviewer: Person, rows: Rows
) -> None:
    posted = submission(
        external_id="traced", resolution={"reply": "Refunds take 5 days after the return."}
    )
    proposal = await rows.proposal(adding("Refunds take 5 days."), posted=posted)

    page = await reviewer.get(f"/proposals/{proposal.id}")

    assert "(said by the human, the resolution )" in text_of(page)
    # The quote of the finding is the first note of the page.
    assert '<span class="spot" id="said-2"></span><mark>Refunds take 5 days' in page.text
    assert 'href="#note-2"' in page.text
