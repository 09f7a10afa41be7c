"""What a provider's claims mean here: a name, an address, groups, and the role that they give."""

from collections.abc import Mapping
from typing import cast

from pydantic import TypeAdapter, ValidationError

from analysis.redaction import strip_invisible
from domain.base import Line, Slug
from domain.identity import ApiRole, has_rank
from gateways.sign_in_settings import OidcSettings
from store.people import Claimed

Claims = Mapping[str, object]

_LINE: TypeAdapter[str] = TypeAdapter(Line)
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_EMAIL = "email"


def read_claims(claims: Claims, settings: OidcSettings) -> Claimed | None:
    """Return what the claims say of a person; None if they give no name.

    Of the groups only those are kept that have a role here: the others are nobody's business.
    """
    subject = claims.get("sub")
    name = _line(_value(claims, settings.name_claim)) or _line(_value(claims, _EMAIL))
    if name is None or not isinstance(subject, str) or not subject.strip():
        return None
    groups = tuple(
        group for group in dict.fromkeys(_groups(claims, settings)) if group in settings.roles
    )
    return Claimed(
        issuer=settings.issuer,
        subject=subject,
        name=name,
        role=_highest([settings.roles[group] for group in groups]),
        groups=groups,
        email=_line(_value(claims, _EMAIL)),
    )


def workspace_of(claims: Claims, settings: OidcSettings, default: str) -> str | None:
    """Return the workspace that the claims name, or the default if none is asked for."""
    if settings.workspace_claim is None:
        return default
    try:
        return _SLUG.validate_python(_value(claims, settings.workspace_claim))
    except ValidationError:
        return None


def lacks(claims: Claims, settings: OidcSettings) -> bool:
    """Return whether a claim that we read is missing, so that it is worth asking for more."""
    wanted = (settings.name_claim, settings.role_claim, settings.workspace_claim)
    return any(_value(claims, name) is None for name in wanted if name)


def _groups(claims: Claims, settings: OidcSettings) -> list[str]:
    """Return what the role claim says; an address gives a role only if it is known to be theirs."""
    if settings.role_claim == _EMAIL and claims.get("email_verified") not in (True, "true"):
        return []
    return _texts(_value(claims, settings.role_claim))


def _value(claims: Claims, name: str) -> object:
    """Return a claim, also one inside of another, as `realm_access.roles`.

    An address that the provider itself has not verified is no claim at all: anybody could have
    entered that of somebody else.
    """
    if name == _EMAIL and claims.get("email_verified") in (False, "false"):
        return None
    if name in claims:
        return claims[name]
    found: object = dict(claims)
    for part in name.split("."):
        found = cast(Claims, found).get(part) if isinstance(found, dict) else None
    return found


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    entries = cast(list[object], value) if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, str)]


def _line(value: object) -> str | None:
    """Return a claim as one line of visible text."""
    if not isinstance(value, str):
        return None
    try:
        return _LINE.validate_python(" ".join(strip_invisible(value).split()))
    except ValidationError:
        return None


def _highest(roles: list[ApiRole]) -> ApiRole | None:
    best: ApiRole | None = None
    for role in roles:
        if best is None or has_rank(role, best):
            best = role
    return best
