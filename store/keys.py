"""API keys: created, found by their hash, listed and revoked. The key itself is never stored."""

import hashlib
import secrets
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.errors import NotFoundError
from domain.identity import ApiRole, Principal
from store.database import Connection, Row, fetch_all, fetch_one
from store.people import NameOfAProviderError, is_of_a_provider
from store.queries import query


class KeyRecord(Model):
    """What can be shown of a key."""

    id: UUID
    principal: str
    role: ApiRole
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None


def hash_key(raw: str) -> bytes:
    """Return the SHA-256 of a key. Keys are long and random, so a slow hash would add nothing."""
    return hashlib.sha256(raw.encode()).digest()


def new_key(role: ApiRole) -> str:
    """Return a fresh key: 256 random bits, with a prefix that tells people what it is."""
    return f"ll_{role}_{secrets.token_urlsafe(32)}"


async def find_principal(connection: Connection, raw: str) -> Principal | None:
    """Return whom a key stands for; None for an unknown or revoked one."""
    row = await fetch_one(connection, query("find_key"), {"key_hash": hash_key(raw)})
    if row is None:
        return None
    return Principal(workspace=row["workspace"], name=row["principal"], role=ApiRole(row["role"]))


class KeyHolder(Model):
    """A valid key's id, and whom it stands for."""

    key_id: UUID
    principal: Principal


async def find_holder(connection: Connection, raw: str) -> KeyHolder | None:
    """Return the id and the principal of a key; None for an unknown or revoked one."""
    row = await fetch_one(connection, query("find_key_holder"), {"key_hash": hash_key(raw)})
    return None if row is None else _holder(row)


async def find_holder_by_id(connection: Connection, key_id: UUID) -> KeyHolder | None:
    """Return the principal of a key by the key's id; None for an unknown or revoked one."""
    row = await fetch_one(connection, query("find_key_holder_by_id"), {"id": key_id})
    return None if row is None else _holder(row)


def _holder(row: Row) -> KeyHolder:
    principal = Principal(
        workspace=row["workspace"], name=row["principal"], role=ApiRole(row["role"])
    )
    return KeyHolder(key_id=row["id"], principal=principal)


async def create_key(
    connection: Connection, workspace: str, *, principal: str, role: ApiRole
) -> tuple[KeyRecord, str]:
    """Store a new key of one person or machine; return its record and, this once, the key.

    Raises NameOfAProviderError: a key must not be a way to become somebody whom a provider
    vouches for.
    """
    if await is_of_a_provider(connection, workspace, principal):
        raise NameOfAProviderError
    raw = new_key(role)
    row = await fetch_one(
        connection,
        query("create_key"),
        {"workspace": workspace, "principal": principal, "role": role, "key_hash": hash_key(raw)},
    )
    return KeyRecord.model_validate(row), raw


async def list_keys(connection: Connection, workspace: str) -> list[KeyRecord]:
    """Return all keys of the workspace, oldest first."""
    rows = await fetch_all(connection, query("list_keys"), {"workspace": workspace})
    return [KeyRecord.model_validate(row) for row in rows]


async def revoke_key(connection: Connection, workspace: str, key_id: UUID) -> None:
    """Revoke a key; raises NotFoundError if the workspace has no such key."""
    row = await fetch_one(connection, query("revoke_key"), {"workspace": workspace, "id": key_id})
    if row is None:
        raise NotFoundError(f"no API key {key_id} in workspace {workspace}")
