"""What a form says of a decision, and taking it."""

from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError

from api.context import Context
from api.fields import field_problems
from api.pages.visitor import Form, Visitor
from api.problems import invalid, invalid_field
from api.services.decisions import DecisionRequest, decide, wait_until_done
from domain.knowledge import Change
from domain.reviews import Verdict


def decision_of(
    form: Form, verdict: str | None = None, edited: Change | None = None
) -> DecisionRequest:
    """Return the decision that a form asks for; raises the 422 problem.

    A rejection must name its reason: a page can ask, where a program may not know.
    """
    fields: dict[str, Any] = {
        "verdict": verdict or form.get("verdict", ""),
        "content_hash": form.get("content_hash", ""),
        "comment": form.get("comment", ""),
        "edited_change": edited,
        "not_personal": [text for name, text in form.items() if name.startswith("public_")],
        "rejection_reason": form.get("rejection_reason") or None,
    }
    try:
        request = DecisionRequest.model_validate(fields)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
    if request.verdict is Verdict.REJECT and request.rejection_reason is None:
        raise invalid_field("rejection_reason", "is missing: choose why")
    return request


async def take_decision(
    context: Context, visitor: Visitor, proposal_id: UUID, form: Form, request: DecisionRequest
) -> None:
    """Keep a decision, and wait a moment for what it does; `click` makes two sendings one."""
    decision = await decide(
        context, visitor.principal, proposal_id, request, key=form.get("click") or None
    )
    await wait_until_done(context, visitor.principal.workspace, decision)
