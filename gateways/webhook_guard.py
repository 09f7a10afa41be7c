"""Keeps calls of addresses that people have typed out of our own network."""

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

from gateways.notification_errors import ChannelAwayError, ChannelForbiddenError

_TIMEOUT_SECONDS = 5.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        # What a translator of our own network unwraps (RFC 8215, RFC 6145), and old ways to wrap
        # an IPv4 address or to be local, which Python takes for global.
        "64:ff9b:1::/48",
        "::ffff:0:0:0/96",
        "::/96",
        "fec0::/10",
    )
)


class Target(NamedTuple):
    """A host that may be called, at the one address that was looked at."""

    host: str
    address: str
    port: int


async def find_target(url: str, private_hosts: Collection[str] = ()) -> Target:
    """Return where to connect for a URL, so that no second look-up leads elsewhere.

    Every address of the host must be a public one, unless an operator lists the host in
    `private_hosts`. Raises ChannelForbiddenError, or ChannelAwayError for a name nobody knows.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if not host or parts.username or parts.password or parts.scheme not in {"http", "https"}:
        raise ChannelForbiddenError
    trusted = host in {name.strip().lower() for name in private_hosts}
    if parts.scheme == "http" and not trusted:
        raise ChannelForbiddenError("webhooks outside the own network need https")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = await _look_up(host, port)
    if not trusted and not all(is_public(address) for address in addresses):
        raise ChannelForbiddenError
    return Target(host, addresses[0], port)


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet's, however it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in network for network in _NEVER):
            return False
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast


async def _look_up(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise ChannelAwayError from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise ChannelAwayError
    return addresses
