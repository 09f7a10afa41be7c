"""Settings of signing in: how long a session lasts, and the organisation's own sign-in (OIDC)."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from domain.identity import PERMISSIONS, ApiRole, Permission

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_REVIEWING = tuple(role for role in ApiRole if Permission.READ_PROPOSALS in PERMISSIONS[role])


class OidcSettings(NamedTuple):
    """The provider that people sign in at, and how its claims are read."""

    issuer: str
    client_id: str
    client_secret: SecretStr | None
    scopes: str
    name_claim: str
    role_claim: str
    roles: Mapping[str, ApiRole]
    """The role of each group that has one, by the group's name as the provider says it."""
    workspace_claim: str | None
    label: str
    """What the sign-in page calls the provider."""


class SignInSettings(BaseSettings):
    """The part of the settings that `gateways/settings.py` takes over as its own."""

    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    session_idle_hours: float = Field(default=4.0, gt=0, le=24 * 30)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = Field(default=None, validate_default=True)
    oidc_client_secret: SecretStr | None = None
    oidc_scopes: str = "openid profile email"
    oidc_name_claim: str = "preferred_username"
    oidc_role_claim: str = "groups"
    oidc_roles: str = Field(default="", validate_default=True)
    oidc_workspace_claim: str | None = None
    oidc_label: str = "your organisation"

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, issuer: str | None) -> str | None:
        # Kept letter by letter: it is compared with what the provider calls itself.
        if issuer is None:
            return None
        parts = urlsplit(issuer)
        is_safe = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in _LOOPBACK
        )
        if not is_safe or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an https address without query or fragment")
        if parts.username or parts.password:
            raise ValueError("must hold no password")
        return issuer

    @field_validator("oidc_client_id")
    @classmethod
    def _is_there_with_an_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("oidc_issuer") is not None:
            raise ValueError("needed, since LEARNING_LOOP_OIDC_ISSUER is set")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _asks_for_an_id_token(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("must hold openid")
        return scopes

    @field_validator("oidc_roles")
    @classmethod
    def _maps_groups_to_roles(cls, text: str, info: ValidationInfo) -> str:
        if not read_roles(text) and info.data.get("oidc_issuer") is not None:
            raise ValueError("needed, since LEARNING_LOOP_OIDC_ISSUER is set: group=role,…")
        return text

    @property
    def oidc(self) -> OidcSettings | None:
        """The provider that people sign in at, if there is one."""
        if self.oidc_issuer is None or self.oidc_client_id is None:
            return None
        return OidcSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            scopes=self.oidc_scopes,
            name_claim=self.oidc_name_claim,
            role_claim=self.oidc_role_claim,
            roles=read_roles(self.oidc_roles),
            workspace_claim=self.oidc_workspace_claim,
            label=self.oidc_label,
        )


def read_roles(text: str) -> dict[str, ApiRole]:
    """Return the role of each group in `group=role,group=role`; raises ValueError.

    With a `;` in it the pairs are parted by that instead, since a group's name may hold commas.
    """
    roles: dict[str, ApiRole] = {}
    for pair in text.split(";" if ";" in text else ","):
        if not pair.strip():
            continue
        group, _, role = (part.strip() for part in pair.rpartition("="))
        if not group or role not in _REVIEWING:
            raise ValueError("must be group=role pairs; a role is reviewer, lead or admin")
        roles[group] = ApiRole(role)
    return roles
