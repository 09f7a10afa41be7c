"""The people who work with the loop: staff who sign in, and their ways in. Never customers."""

from enum import StrEnum

from domain.base import Line, Model
from domain.identity import ApiRole


class SignInMethod(StrEnum):
    """How somebody came in."""

    API_KEY = "api_key"
    OIDC = "oidc"
    LINK = "link"


class KnownPerson(Model):
    """Somebody who may sign in and review: the name is what decisions and mentions say."""

    name: Line
    role: ApiRole
    groups: tuple[str, ...] = ()
    email: str | None = None
