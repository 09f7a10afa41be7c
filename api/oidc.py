"""The organisation's own sign-in: OpenID Connect with authorization code, PKCE, state and nonce.

Speaks to the provider and believes nothing that it has not checked. What the claims mean is in
`api/oidc_claims.py`.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.oidc_claims import Claims, lacks
from api.sessions import Attempt
from gateways.sign_in_settings import OidcSettings

_KEEP_SECONDS = 3600.0
_TIMEOUT = httpx2.Timeout(10.0)
_LEEWAY_SECONDS = 60
_MOST_BYTES = 1_000_000
# Signatures that only the provider can make; with an HMAC the client's own secret would do.
_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_KEY_KINDS = frozenset({"RSA", "EC", "OKP"})

_log = structlog.get_logger("api.oidc")

Metadata = Mapping[str, Any]


class OidcError(Exception):
    """Signing in at the provider did not work."""


class ProviderAwayError(OidcError):
    """The provider does not answer as it should."""


class NotBelievedError(OidcError):
    """What came from the provider, or in its name, is not to be believed."""


class Told(NamedTuple):
    """What the provider says of a person, and the token that says it."""

    claims: Claims
    id_token: str


class Provider:
    """One OpenID provider. What it says of itself is kept for an hour."""

    def __init__(
        self,
        settings: OidcSettings,
        redirect_uri: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Speak to the provider of the settings; nothing connects before it must."""
        self.settings = settings
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def begin(self, target: str) -> tuple[str, Attempt]:
        """Return the address that starts signing in, and what its callback is checked by.

        Raises ProviderAwayError.
        """
        metadata = await self._read_metadata()
        attempt = Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            target=target,
        )
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(url), attempt

    async def finish(self, code: str, attempt: Attempt) -> Told:
        """Return what the provider tells for a code; raises OidcError.

        The ID token must be signed by the provider, for us, for this attempt, and not be too old.
        """
        metadata = await self._read_metadata()
        async with self._client() as client:
            token = await self._redeem(client, metadata["token_endpoint"], code, attempt)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise NotBelievedError("the provider gave no ID token")
        access_token = token.get("access_token")
        claims = await self._check(id_token, attempt, access_token)
        if lacks(claims, self.settings) and isinstance(access_token, str):
            claims = await self._ask_more(metadata, claims, access_token)
        return Told(claims, id_token)

    async def sign_out_url(self, id_token: str | None, back_to: str) -> str | None:
        """Return where a person signs out at the provider too; None if it offers no such place."""
        try:
            metadata = await self._read_metadata()
        except ProviderAwayError:
            return None
        endpoint = metadata.get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        named = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back_to}
        if id_token:
            named["id_token_hint"] = id_token
        return str(httpx2.URL(endpoint).copy_merge_params(named))

    def _client(self) -> Any:
        secret = self.settings.client_secret
        return AsyncOAuth2Client(
            client_id=self.settings.client_id,
            client_secret=secret.get_secret_value() if secret else None,
            scope=self.settings.scopes,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )

    async def _redeem(
        self, client: Any, endpoint: str, code: str, attempt: Attempt
    ) -> Mapping[str, Any]:
        """Return the provider's tokens for a code, which works once."""
        try:
            found = await client.fetch_token(
                endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
            )
        except OAuthError as error:
            # The code alone: a description is free text and may quote what was sent.
            reason = str(error.error) if error.error in _KNOWN_ERRORS else "another"
            _log.warning("the provider refused the code", error=reason)
            raise NotBelievedError("the provider refused the code") from None
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away(error) from None
        return cast(Mapping[str, Any], found)

    async def _check(self, id_token: str, attempt: Attempt, access_token: object) -> Claims:
        """Return the claims of an ID token that holds in every respect."""
        metadata = await self._read_metadata()
        offered = cast(list[str], metadata.get("id_token_signing_alg_values_supported") or [])
        algorithms = sorted(_ALGORITHMS.intersection(offered))
        try:
            token = await self._decode(id_token, algorithms or ["RS256"])
            # Authlib has no types.
            checked: Any = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    # Without this a token for another audience is taken that names us as `azp`.
                    "aud": {"essential": True, "value": self.settings.client_id},
                    "nonce": {"essential": True, "value": attempt.nonce},
                },
                {
                    "nonce": attempt.nonce,
                    "client_id": self.settings.client_id,
                    "access_token": access_token,
                },
            )
            checked.validate(leeway=_LEEWAY_SECONDS)
        # A malformed token raises whatever its shape leads to.
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning("an ID token is not to be believed", error=type(error).__name__)
            raise NotBelievedError("the ID token is not to be believed") from None
        return token.claims

    async def _decode(self, id_token: str, algorithms: list[str]) -> jwt.Token:
        try:
            return jwt.decode(id_token, await self._read_keys(), algorithms=algorithms)
        except JoseError:
            # The provider may have begun to sign with a new key.
            self._keys = None
            return jwt.decode(id_token, await self._read_keys(), algorithms=algorithms)

    async def _ask_more(self, metadata: Metadata, claims: Claims, access_token: str) -> Claims:
        """Return the claims with those of the userinfo endpoint, which must mean the same one."""
        endpoint = metadata.get("userinfo_endpoint")
        if not isinstance(endpoint, str):
            return claims
        told = await self._fetch(endpoint, {"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != claims.get("sub"):
            raise NotBelievedError("the userinfo is about somebody else")
        return {**told, **claims}

    async def _read_metadata(self) -> Metadata:
        now = self._clock()
        if self._metadata is None or self._metadata[0] <= now:
            url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = await self._fetch(url)
            self._check_metadata(metadata)
            self._metadata = (now + _KEEP_SECONDS, metadata)
        return self._metadata[1]

    def _check_metadata(self, metadata: Metadata) -> None:
        if metadata.get("issuer") != self.settings.issuer:
            _log.error("the provider calls itself otherwise than LEARNING_LOOP_OIDC_ISSUER")
            raise ProviderAwayError("another issuer")
        scheme = self.settings.issuer.partition(":")[0]
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not str(metadata.get(name, "")).startswith((f"{scheme}://", "https://")):
                _log.error("the provider's description lacks an address", name=name)
                raise ProviderAwayError("an address is missing")

    async def _read_keys(self) -> KeySet:
        now = self._clock()
        if self._keys is None or self._keys[0] <= now:
            found = await self._fetch((await self._read_metadata())["jwks_uri"])
            listed = cast(list[dict[str, Any]], found.get("keys") or [])
            usable = [
                key
                for key in listed
                if key.get("kty") in _KEY_KINDS and key.get("use", "sig") == "sig"
            ]
            self._keys = (now + _KEEP_SECONDS, KeySet.import_key_set({"keys": usable}))
        return self._keys[1]

    async def _fetch(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        asked = {"Accept": "application/json", **(headers or {})}
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT) as client:
                answer = await client.get(url, headers=asked)
            answer.raise_for_status()
            found: object = answer.json() if len(answer.content) <= _MOST_BYTES else None
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away(error) from None
        if not isinstance(found, dict):
            raise ProviderAwayError("not a JSON object")
        return cast(dict[str, Any], found)

    @staticmethod
    def _away(error: Exception) -> ProviderAwayError:
        _log.warning("the OIDC provider does not answer well", error=type(error).__name__)
        return ProviderAwayError("the provider does not answer well")


_KNOWN_ERRORS = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_scope"),
    }
)
