"""Signed cookies and the form tokens bound to them.

A cookie names a row of the sessions and holds no right of its own: each request reads it again.
"""

import hmac
import secrets
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.base import Slug
from gateways.settings import Settings

COOKIE = "learning_loop_session"
ATTEMPT_COOKIE = "learning_loop_sign_in"
ATTEMPT_SECONDS = 600
_LOGIN_FORM = "sign-in"

ModelT = TypeVar("ModelT", bound=BaseModel)


class Session(BaseModel):
    """What a cookie holds: which session, and whose rows it is among."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workspace: Slug
    id: UUID


class Attempt(BaseModel):
    """What a browser keeps while its person is at the provider's own sign-in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: str
    nonce: str
    verifier: str
    target: str


class Sessions:
    """Signs and reads cookies and form tokens with one secret."""

    def __init__(self, secret: str | None, *, hours: float = 12.0) -> None:
        """Use `secret`, or one that ends with this process and serves no other replica."""
        secret = secret or secrets.token_urlsafe(32)
        self.max_age_seconds = round(hours * 3600)
        self._cookies = URLSafeTimedSerializer(secret, salt="learning-loop-session")
        self._attempts = URLSafeTimedSerializer(secret, salt="learning-loop-attempt")
        self._forms = URLSafeTimedSerializer(secret, salt="learning-loop-form")

    def cookie_of(self, session: Session) -> str:
        """Return the cookie's value of a session."""
        return self._cookies.dumps(session.model_dump(mode="json"))

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie that we signed and that is not too old."""
        return _read(self._cookies, cookie, Session, self.max_age_seconds)

    def attempt_cookie_of(self, attempt: Attempt) -> str:
        """Return the cookie's value of an attempt to sign in."""
        return self._attempts.dumps(attempt.model_dump(mode="json"))

    def read_attempt(self, cookie: str | None) -> Attempt | None:
        """Return the attempt of a cookie that we signed within ATTEMPT_SECONDS."""
        return _read(self._attempts, cookie, Attempt, ATTEMPT_SECONDS)

    def form_token(self, session: Session | None) -> str:
        """Return a token for the forms of one session; None for the sign-in form."""
        return self._forms.dumps(_bound_to(session))

    def is_form_token(self, token: str | None, session: Session | None) -> bool:
        """Return whether `token` was made for a form of this very session."""
        if not token:
            return False
        try:
            bound: object = self._forms.loads(token, max_age=self.max_age_seconds)
        except BadSignature:
            return False
        return isinstance(bound, str) and hmac.compare_digest(
            bound.encode(), _bound_to(session).encode()
        )


def is_secure(request: Request, settings: Settings) -> bool:
    """Return whether browsers reach us by https, be it through a proxy."""
    return request.url.scheme == "https" or settings.api_url.startswith("https:")


def cookie_name(request: Request, settings: Settings, name: str = COOKIE) -> str:
    """Return a cookie's name here: with https one that no other host or http page can set."""
    return f"__Host-{name}" if is_secure(request, settings) else name


def _read(
    signer: URLSafeTimedSerializer, cookie: str | None, model: type[ModelT], max_age: int
) -> ModelT | None:
    if not cookie:
        return None
    try:
        return model.model_validate(signer.loads(cookie, max_age=max_age))
    except (BadSignature, ValidationError):
        return None


def _bound_to(session: Session | None) -> str:
    return _LOGIN_FORM if session is None else str(session.id)
