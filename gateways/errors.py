"""How a call of a service can fail, as exceptions that activities turn into retries or not.

A message here holds nothing of a prompt, an output, a text or a key: it ends in logs and
histories.
"""

from datetime import timedelta
from typing import ClassVar

from domain.errors import AnalystOutputError
from domain.findings import ModelUsage


class ServiceError(Exception):
    """A call of a service failed.

    `retryable` says whether the same call may succeed later; `retry_after` is how long the
    service asks to wait.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None) -> None:
        """Take the class's docstring for the message where none is given."""
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Return the message."""
        return str(self.args[0])


class ModelError(ServiceError):
    """A call of the language model failed; `usage` is what was spent although nothing came."""

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: timedelta | None = None,
        usage: ModelUsage | None = None,
    ) -> None:
        """Take the class's docstring for the message where none is given."""
        super().__init__(message, retry_after=retry_after)
        self.usage = usage


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


class BudgetUsedUpError(ModelError):
    """The workspace's token budget for today is used up; no model was asked.

    `retry_after` is how long it takes until the next UTC day.
    """

    retryable = True


class EmbeddingError(ServiceError):
    """A call of the embedding service failed."""


class EmbeddingUnavailableError(EmbeddingError):
    """The embedding service cannot be reached."""

    retryable = True


class EmbeddingRateLimitedError(EmbeddingError):
    """The embedding service limits our rate."""

    retryable = True


class EmbeddingTimeoutError(EmbeddingError):
    """The embedding service did not answer in time."""

    retryable = True


class EmbeddingAnswerError(EmbeddingError):
    """What the embedding service answered is not the vectors that were asked for.

    Retryable: a gateway's login page and a server that is still starting look like this.
    """

    retryable = True


class EmbeddingAuthError(EmbeddingError):
    """The embedding service does not accept our key."""


class EmbeddingNotFoundError(EmbeddingError):
    """The embedding service's address or its model does not exist."""


class EmbeddingRequestError(EmbeddingError):
    """The embedding service rejects the request itself."""


class EmbeddingDimensionError(EmbeddingError):
    """The embedding service's vectors have another length than the settings say."""
