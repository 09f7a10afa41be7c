"""Turns how a call of the embedding service ended into the named errors of `errors.py`.

Each permanent one says which setting to mend. Nothing that the service said is repeated: it may
quote the request.
"""

from datetime import UTC, datetime

import httpx2

from gateways.errors import (
    EmbeddingAnswerError,
    EmbeddingAuthError,
    EmbeddingError,
    EmbeddingNotFoundError,
    EmbeddingRateLimitedError,
    EmbeddingRequestError,
    EmbeddingTimeoutError,
    EmbeddingUnavailableError,
)
from gateways.retry_after import retry_after_of

_OF_STATUS: dict[int, type[EmbeddingError]] = {
    401: EmbeddingAuthError,
    402: EmbeddingAuthError,
    403: EmbeddingAuthError,
    404: EmbeddingNotFoundError,
    405: EmbeddingNotFoundError,
    408: EmbeddingTimeoutError,
    409: EmbeddingUnavailableError,
    425: EmbeddingUnavailableError,
    429: EmbeddingRateLimitedError,
    504: EmbeddingTimeoutError,
}

_REMEDIES: dict[type[EmbeddingError], str] = {
    EmbeddingAuthError: "set {0}API_KEY to a key that may use the model",
    EmbeddingNotFoundError: "mend {0}URL, to which /embeddings is added, or {0}MODEL",
    EmbeddingRequestError: (
        "lower {0}TEXT_CHARACTERS to what the model reads or {0}BATCH_TEXTS to what the service "
        "takes, or mend {0}MODEL or {0}DIMENSION_MODE"
    ),
}
"""What to do, with how the names of the settings begin left open."""


def failure_of_transport(error: httpx2.RequestError) -> EmbeddingError:
    """Return the named error for a call that brought no answer."""
    match error:
        case httpx2.TimeoutException():
            return EmbeddingTimeoutError()
        case httpx2.DecodingError():
            return EmbeddingAnswerError("the embedding service's answer cannot be read")
        case _:
            return EmbeddingUnavailableError()


def failure_of_answer(answer: httpx2.Response, setting_prefix: str) -> EmbeddingError:
    """Return the named error for an answer that is no success, with the wait that it asks for."""
    status = answer.status_code
    kind = _OF_STATUS.get(status) or _default_of(status)
    said = f"{(kind.__doc__ or '').splitlines()[0].rstrip('.')} (HTTP {status})"
    remedy = _REMEDIES.get(kind)
    return kind(
        f"{said}: {remedy.format(setting_prefix)}" if remedy else said,
        retry_after=retry_after_of(answer.headers, datetime.now(UTC)) if kind.retryable else None,
    )


def _default_of(status: int) -> type[EmbeddingError]:
    if status >= 500:
        return EmbeddingUnavailableError
    # Redirects are not followed: the key would go where nobody has configured it to go.
    return EmbeddingRequestError if status >= 400 else EmbeddingNotFoundError
