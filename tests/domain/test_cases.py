"""What an analyst sees of a resolution."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.cases import AskResult, Case
from domain.conversation import AgentContext
from domain.outcomes import HandledBy, Outcome
from tests.domain.builders import NOW, submission


def test_quotes_of_turn_minus_one_may_come_from_all_that_the_human_wrote() -> None:
    body = submission(
        resolution={"reply": "a", "decision": "b", "information_used": ["c", "d"], "actions": []}
    )
    case = Case(
        intervention_id=UUID(int=1),
        language="en",
        ask=body.ask(),
        turns=body.conversation,
        agent=AgentContext(),
        resolution=body.resolution,
    )
    assert case.resolution_texts() == ("a", "b", "c", "d")


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan"), float("inf")])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValidationError, match="confidence"):
        AskResult(answered=True, answer="a", confidence=confidence)
    with pytest.raises(ValidationError, match="confidence"):
        Outcome(
            id=UUID(int=1),
            query="q",
            handled_by=HandledBy.AGENT,
            confidence=confidence,
            created_at=NOW,
        )
