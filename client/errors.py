"""What can go wrong between a client and the API; each message is a sentence with a remedy."""

from typing import ClassVar

from pydantic import BaseModel, ValidationError


class FieldProblem(BaseModel):
    """One field that is not as it must be."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457) as the API sends it."""

    type: str = ""
    title: str = ""
    detail: str | None = None
    errors: list[FieldProblem] | None = None

    @property
    def code(self) -> str:
        """The last part of its type, which is stable."""
        return self.type.rpartition(":")[2]


class ClientError(Exception):
    """A call had no effect; the message says why and what to do."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(ClientError):
    """No address or no key is known."""

    exit_code = 2


class UnreachableError(ClientError):
    """The API does not answer, or is not ready yet; or the database does not."""

    exit_code = 4

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Say why; `retry_after` are the seconds that the API asked to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class RefusedError(ClientError):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: Problem) -> None:
        """Make one sentence of the problem."""
        super().__init__(sentence(status, problem))
        self.status = status
        self.problem = problem


_REMEDIES = {
    "not_authenticated": "Give a valid key with --key or LEARNING_LOOP_API_KEY.",
    "not_allowed": "Use a key of a role that may (--key or LEARNING_LOOP_API_KEY).",
    "review_closed": "Look at its status with 'learning-loop proposals'.",
}


_NOT_AUTHENTICATED = 401
"""Its detail speaks of HTTP headers, which is not what a person at a terminal can do."""


def read_problem(status: int, body: bytes) -> Problem:
    """Return the problem document of an answer, or one made from its status."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        problem = Problem()
    if problem.title:
        return problem
    return Problem(title=f"The answer was status {status} without an explanation")


def sentence(status: int, problem: Problem) -> str:
    """Return what happened and what to do, on one line."""
    detail = "" if status == _NOT_AUTHENTICATED else problem.detail
    parts = [problem.title, detail or ""]
    parts += [f"{error.field}: {error.message}" for error in problem.errors or ()]
    if status in {401, 403}:
        parts.append(_REMEDIES.get(problem.code, ""))
    elif problem.code in _REMEDIES:
        parts.append(_REMEDIES[problem.code])
    said: list[str] = []
    for part in parts:
        text = part.strip()
        if text and text not in said:
            said.append(text if text.endswith((".", "!", "?", ":")) else f"{text}.")
    return " ".join(" ".join(said).split())
