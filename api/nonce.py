"""The number used once that lets a page run its own scripts, and nothing smuggled into it."""

import secrets
from contextvars import ContextVar

_nonce: ContextVar[str] = ContextVar("nonce")


def begin_nonce() -> str:
    """Make the nonce of the request that begins now; return it."""
    nonce = secrets.token_urlsafe(16)
    _nonce.set(nonce)
    return nonce


def current_nonce() -> str:
    """Return the nonce of this request; outside of one a new one that no header names."""
    return _nonce.get(None) or secrets.token_urlsafe(16)
