"""Turns what the Anthropic SDK raises into the named errors of `gateways/errors.py`."""

import json
import re
from datetime import UTC, datetime

import anthropic

from gateways.errors import (
    ModelAuthError,
    ModelError,
    ModelOverloadedError,
    ModelRateLimitedError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from gateways.retry_after import retry_after_of

_NAMES = re.compile(r"[A-Za-z0-9_-]{1,64}")

_OF_STATUS: dict[int, type[ModelError]] = {
    401: ModelAuthError,
    402: ModelAuthError,
    403: ModelAuthError,
    408: ModelTimeoutError,
    409: ModelUnavailableError,
    429: ModelRateLimitedError,
    503: ModelOverloadedError,
    504: ModelTimeoutError,
    529: ModelOverloadedError,
}

_CLOUD_MODULES = ("botocore.", "google.auth.")
_NETWORK_ERRORS = {"ConnectionError", "HTTPClientError"}


def failure_of(error: Exception) -> ModelError | None:
    """Return the named error for what a call raised; None for an error of our own making.

    Nothing of the original is kept but its status, its type and its request id.
    """
    match error:
        case anthropic.APIStatusError():
            return _failure_of_status(error)
        case anthropic.APITimeoutError():
            return ModelTimeoutError()
        case anthropic.APIConnectionError():
            return _failure_of_cloud(error.__cause__) or ModelUnavailableError()
        case anthropic.APIError() | json.JSONDecodeError() | UnicodeDecodeError():
            return ModelUnavailableError("the model service's answer cannot be read")
        case _:
            return _failure_of_cloud(error)


def _failure_of_status(error: anthropic.APIStatusError) -> ModelError:
    status = error.status_code
    default = ModelUnavailableError if status >= 500 else ModelRequestError
    kind = _OF_STATUS.get(status, default)
    # The service's own words are left out: they may quote the request.
    said = [f"HTTP {status}", _name(error.type), _name(error.request_id)]
    message = f"{(kind.__doc__ or '').splitlines()[0]} ({', '.join(x for x in said if x)})"
    retry_after = (
        retry_after_of(error.response.headers, datetime.now(UTC)) if kind.retryable else None
    )
    return kind(message, retry_after=retry_after)


def _name(value: object) -> str:
    return value if isinstance(value, str) and _NAMES.fullmatch(value) else ""


def _failure_of_cloud(error: BaseException | None) -> ModelError | None:
    """Return the named error for what Amazon's or Google's library raised; None for any other.

    They are told by their modules, since importing both libraries to name them is slow.
    """
    if isinstance(error, RuntimeError):
        about_them = "credentials" in str(error) or "API token" in str(error)
    else:
        about_them = type(error).__module__.startswith(_CLOUD_MODULES)
    if not about_them:
        return None
    names = {kind.__name__ for kind in type(error).__mro__}
    if getattr(error, "retryable", False) or names & _NETWORK_ERRORS:
        return ModelUnavailableError("the cloud's sign-in cannot be reached")
    return ModelAuthError("the cloud's credentials could not be found or used")
