"""Errors as RFC 9457 problem documents: what each is, and how every exception becomes one."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import DomainError

MEDIA_TYPE = "application/problem+json"
_PREFIX = "urn:learning-loop:problem:"


class FieldProblem(BaseModel):
    """One field that is not as it must be. The value that was sent is never repeated."""

    field: str = Field(description="Path of the field, such as `conversation[0].role`.")
    message: str = Field(description="What to do about it.")


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:learning-loop:problem:stale_content",
                    "title": "The proposal has changed since it was read",
                    "status": 409,
                    "detail": "Look at the new draft and decide again.",
                }
            ]
        }
    )

    type: str = Field(description="Stable name of the kind of problem.")
    title: str = Field(description="What this kind of problem is.")
    status: int = Field(description="The HTTP status code, again.")
    detail: str | None = Field(default=None, description="What to do in this case.")
    errors: list[FieldProblem] | None = Field(default=None, description="With status 422.")


class ProblemError(Exception):
    """A request that ends with a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Name the problem; `extra` are further members of the document."""
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def document(self) -> dict[str, Any]:
        """Return the problem document."""
        problem = Problem(
            type=_PREFIX + self.code,
            title=self.title,
            status=self.status,
            detail=self.detail,
            errors=self.errors or None,
        )
        return {**problem.model_dump(exclude_none=True), **self.extra}

    def response(self) -> JSONResponse:
        """Return the document as a response."""
        return JSONResponse(
            self.document(), self.status, headers=self.headers, media_type=MEDIA_TYPE
        )


_STATUS_OF_CODE = {
    "not_found": 404,
    "not_allowed": 403,
    "intervention_conflict": 409,
    "illegal_transition": 409,
    "stale_content": 409,
    "review_closed": 409,
    "base_moved": 409,
    "not_approved": 409,
    "nothing_to_change": 409,
    "knowledge_moved": 409,
    "import_failed": 503,
}


def from_domain_error(error: DomainError) -> ProblemError:
    """Return the problem that a broken rule is."""
    title = (type(error).__doc__ or "").strip().splitlines()[0]
    detail = str(error)
    status = _STATUS_OF_CODE.get(error.code, 422)
    return ProblemError(
        status,
        error.code,
        title.rstrip("."),
        None if detail == title else detail,
        headers={"Retry-After": "5"} if status == 503 else None,
    )


def invalid(errors: Sequence[FieldProblem]) -> ProblemError:
    """Return the problem of a request that is not as the contract wants it."""
    return ProblemError(422, "invalid_request", "The request is not as it must be", errors=errors)


def invalid_field(field: str, message: str) -> ProblemError:
    """Return the problem of one wrong field."""
    return invalid([FieldProblem(field=field, message=message)])


def not_signed_in() -> ProblemError:
    """Return the problem of a call without a valid key or session."""
    return ProblemError(
        401,
        "not_authenticated",
        "A valid API key is needed",
        "Send it as 'Authorization: Bearer <API key>'.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def not_permitted(role: str, permission: str) -> ProblemError:
    """Return the problem of a role that may not make this call."""
    return ProblemError(
        403,
        "not_allowed",
        "This key may not do that",
        f"The role '{role}' lacks the permission '{permission}'.",
    )


def misconfigured(what: str, remedy: str) -> ProblemError:
    """Return the problem of a part of the system that works again once its settings are mended."""
    return ProblemError(
        503,
        "misconfigured",
        f"The {what} cannot be used as it is configured",
        f"Nothing was changed. {remedy}",
    )


def unavailable(what: str, *, retry_after: int = 2) -> ProblemError:
    """Return the problem of a part of the system that is away for the moment."""
    return ProblemError(
        503,
        "unavailable",
        f"The {what} cannot be reached",
        "Nothing was changed. Try again shortly.",
        headers={"Retry-After": str(retry_after)},
    )
