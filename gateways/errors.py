"""How a call of a language model can fail, as exceptions that activities turn into retries or not.

A message here holds nothing of a prompt, an output or a key: it ends in logs and histories.
"""

from datetime import timedelta
from typing import ClassVar

from domain.errors import AnalystOutputError
from domain.findings import ModelUsage


class ModelError(Exception):
    """A call of the language model failed.

    `retryable` says whether the same call may succeed later; `retry_after` is how long the
    service asks to wait; `usage` is what was spent although nothing came of it.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: timedelta | None = None,
        usage: ModelUsage | None = None,
    ) -> None:
        """Take the class's docstring for the message where none is given."""
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.retry_after = retry_after
        self.usage = usage

    def __str__(self) -> str:
        """Return the message."""
        return str(self.args[0])


class ModelOverloadedError(ModelError):
    """The model service is overloaded."""

    retryable = True


class ModelRateLimitedError(ModelError):
    """The model service limits our rate."""

    retryable = True


class ModelTimeoutError(ModelError):
    """The model did not answer in time."""

    retryable = True


class ModelUnavailableError(ModelError):
    """The model service cannot be reached, or what answered is not it."""

    retryable = True


class ModelRefusedError(ModelError):
    """The model refused to answer; it would refuse the same question again."""


class ModelTruncatedError(ModelError):
    """The model's output was cut off.

    Permanent: the same call with the same limit is cut off again, and paid for again. Raise
    `max_output_tokens` in the settings; thinking counts towards it.
    """


class ModelOutputInvalidError(ModelError, AnalystOutputError):
    """The model's output breaks its schema or a rule of the domain.

    Another attempt may mend it, but each is paid for: the caller bounds their number.
    """

    retryable = True


class ModelAuthError(ModelError):
    """The model service does not accept our credentials."""


class ModelRequestError(ModelError):
    """The model service rejects the request itself."""
