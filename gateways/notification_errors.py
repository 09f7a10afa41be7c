"""How telling people can fail. No message holds an address, a token or what a service said."""

from typing import ClassVar

from gateways.errors import ServiceError


class ChannelError(ServiceError):
    """A message could not be sent. `code` is what people read of it."""

    code: ClassVar[str] = "failed"
    of_person: ClassVar[bool] = False
    """Whether one person's address is at fault, and not the channel."""


class ChannelAwayError(ChannelError):
    """The channel cannot be reached, or did not answer in time."""

    code = "unreachable"
    retryable = True


class ChannelRateLimitedError(ChannelError):
    """The channel limits our rate."""

    code = "rate_limited"
    retryable = True


class ChannelAuthError(ChannelError):
    """The channel does not accept our credentials."""

    code = "not_authorised"


class ChannelTlsError(ChannelError):
    """The mail server's certificate is not one that we trust, or it offers no encryption."""

    code = "not_secure"


class ChannelAddressError(ChannelError):
    """The channel knows no such address."""

    code = "unknown_address"
    of_person = True


class ChannelRefusedError(ChannelError):
    """The channel refuses the message."""

    code = "refused"


class ChannelForbiddenError(ChannelError):
    """The address is not one that may be called: it is within a private network."""

    code = "forbidden_address"
