"""Signed session cookies and the form tokens bound to them.

A cookie names an API key by its id and holds no right of its own: each request reads the key again.
"""

import hmac
import secrets
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, ValidationError

COOKIE = "learning_loop_session"
MAX_AGE_SECONDS = 12 * 3600
_FORM_AGE_SECONDS = MAX_AGE_SECONDS
_LOGIN_FORM = "sign-in"


class Session(BaseModel):
    """What a cookie holds: the key, and random bits that the form tokens are bound to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: UUID
    nonce: str


class Sessions:
    """Signs and reads session cookies and form tokens with one secret."""

    def __init__(self, secret: str | None) -> None:
        """Use `secret`, or one that ends with this process and serves no other replica."""
        secret = secret or secrets.token_urlsafe(32)
        self._cookies = URLSafeTimedSerializer(secret, salt="learning-loop-session")
        self._forms = URLSafeTimedSerializer(secret, salt="learning-loop-form")

    def open(self, key_id: UUID) -> tuple[Session, str]:
        """Return a new session of a key, and its cookie's value."""
        session = Session(key_id=key_id, nonce=secrets.token_urlsafe(16))
        return session, self._cookies.dumps(session.model_dump(mode="json"))

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie that we signed and that is not too old."""
        if not cookie:
            return None
        try:
            return Session.model_validate(self._cookies.loads(cookie, max_age=MAX_AGE_SECONDS))
        except (BadSignature, ValidationError):
            return None

    def form_token(self, session: Session | None) -> str:
        """Return a token for the forms of one session; None for the sign-in form."""
        return self._forms.dumps(_bound_to(session))

    def is_form_token(self, token: str | None, session: Session | None) -> bool:
        """Return whether `token` was made for a form of this very session."""
        if not token:
            return False
        try:
            bound: object = self._forms.loads(token, max_age=_FORM_AGE_SECONDS)
        except BadSignature:
            return False
        return isinstance(bound, str) and hmac.compare_digest(
            bound.encode(), _bound_to(session).encode()
        )


def _bound_to(session: Session | None) -> str:
    return _LOGIN_FORM if session is None else session.nonce
