"""A local OpenID provider: real HTTP, real signed tokens, and everybody who comes is signed in.

It checks what a good provider checks (client, redirect address, PKCE, codes that work once), and
can be told to lie. `person` holds the claims of whoever signs in next.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT_ID = "learning-loop"
CLIENT_SECRET = "a secret of the tests"

Claims = dict[str, Any]


def new_key(kid: str = "one") -> ECKey:
    """Return a key to sign with."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass
class Lies:
    """What the provider does otherwise than it should; the defaults are the truth."""

    claims: Callable[[Claims], Claims] = lambda claims: claims
    key: ECKey | OctKey | None = None
    """Signs with this one, though the published one stays."""
    header: dict[str, str] = field(default_factory=dict[str, str])
    userinfo: Claims | None = None
    reuses_codes: bool = False
    answers: bool = True
    issuer: str | None = None
    id_token: str | None = None


@dataclass
class _Grant:
    nonce: str
    challenge: str
    redirect_uri: str
    person: Claims


class OidcProvider:
    """The server on a free loopback port, in a thread; a context manager."""

    def __init__(self, *, asks: bool = False, offers_sign_out: bool = True) -> None:
        """Bind the port. With `asks` a person sees a page and clicks before they are led back."""
        self.key = new_key()
        self.person: Claims = {}
        self.userinfo: Claims = {}
        self.lies = Lies()
        self.requests: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.asks = asks
        self._offers_sign_out = offers_sign_out
        self._grants: dict[str, _Grant] = {}
        self._tokens: dict[str, Claims] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def issuer(self) -> str:
        """The address that it calls itself by."""
        return f"http://127.0.0.1:{self._server.server_port}/realm"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def discovery(self) -> Claims:
        """Return the provider's description of itself."""
        found = {
            "issuer": self.lies.issuer or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        }
        if self._offers_sign_out:
            found["end_session_endpoint"] = f"{self.issuer}/logout"
        return found

    def jwks(self) -> Claims:
        """Return the published keys: one to sign with, and what a client must not stumble over."""
        others = [
            {"kty": "oct", "k": "c2VjcmV0", "kid": "symmetric"},
            {"kty": "X-NEW", "kid": "of the future"},
        ]
        return {"keys": [self.key.as_dict(private=False), *others]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where to lead a browser that asks to be signed in."""
        if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code":
            raise ValueError("unknown client")
        if asked.get("code_challenge_method") != "S256":
            raise ValueError("no PKCE")
        code = secrets.token_urlsafe(16)
        self._grants[code] = _Grant(
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            redirect_uri=asked["redirect_uri"],
            person=dict(self.person),
        )
        back = urlencode({"code": code, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{back}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Return status and body of the token endpoint."""
        self.forms.append(form)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        scheme, _, given = authorization.partition(" ")
        decoded = unquote(base64.b64decode(given).decode()) if given else ""
        if scheme != "Basic" or base64.b64encode(decoded.encode()).decode() != expected:
            return 401, {"error": "invalid_client"}
        code = form.get("code", "")
        grant = self._grants.get(code)
        if not self.lies.reuses_codes:
            self._grants.pop(code, None)
        if grant is None or form.get("redirect_uri") != grant.redirect_uri:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.challenge:
            return 400, {"error": "invalid_grant", "error_description": "the verifier is wrong"}
        access_token = secrets.token_urlsafe(16)
        self._tokens[access_token] = {"sub": grant.person.get("sub"), **self.userinfo}
        return 200, {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.lies.id_token or self.id_token(grant.person, grant.nonce),
        }

    def id_token(self, person: Claims, nonce: str) -> str:
        """Return a signed ID token of a person."""
        now = int(time.time())
        claims = self.lies.claims(
            {
                "iss": self.issuer,
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 300,
                "nonce": nonce,
                **person,
            }
        )
        header = {"alg": "ES256", "kid": str(self.key.kid), **self.lies.header}
        algorithms = ["ES256", "HS256"]
        return jwt.encode(header, claims, self.lies.key or self.key, algorithms=algorithms)

    def look_up(self, place: str, authorization: str) -> tuple[int, Claims]:
        """Return status and body of what clients look up."""
        match place:
            case "/.well-known/openid-configuration":
                return 200, self.discovery()
            case "/jwks":
                return 200, self.jwks()
            case "/userinfo":
                return self._tell_more(authorization)
            case _:
                return 404, {}

    def _tell_more(self, authorization: str) -> tuple[int, Claims]:
        found = self._tokens.get(authorization.removeprefix("Bearer "))
        if found is None:
            return 401, {"error": "invalid_token"}
        return 200, self.lies.userinfo or found


class _Handler(BaseHTTPRequestHandler):
    """Answers in the provider's name."""

    provider: OidcProvider

    def do_GET(self) -> None:
        """Answer what browsers and clients ask for."""
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        place = url.path.removeprefix("/realm")
        self.provider.requests.append(place)
        if not self.provider.lies.answers:
            self._send(500, "text/plain", b"away")
        elif place == "/authorize":
            self._lead(self.provider.authorize(asked))
        elif place == "/logout":
            self._redirect(asked["post_logout_redirect_uri"])
        else:
            self._json(*self.provider.look_up(place, self.headers.get("Authorization", "")))

    def do_POST(self) -> None:
        """Answer the token endpoint."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.provider.requests.append("/token")
        if not self.provider.lies.answers:
            self._send(502, "text/html", b"<h1>Bad gateway</h1>")
            return
        self._json(*self.provider.redeem(form, self.headers.get("Authorization", "")))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""

    def _lead(self, url: str) -> None:
        if not self.provider.asks:
            self._redirect(url)
            return
        page = f'<title>Provider</title><a href="{html.escape(url)}">Continue</a>'
        self._send(200, "text/html", page.encode())

    def _redirect(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, body: Claims) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _handler_for(provider: OidcProvider) -> type[BaseHTTPRequestHandler]:
    class Bound(_Handler):
        pass

    Bound.provider = provider
    return Bound
