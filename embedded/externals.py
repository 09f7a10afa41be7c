"""Parts that somebody else runs: which ones the environment names, and whether they can be used."""

from collections.abc import Mapping
from datetime import timedelta

import psycopg
from psycopg.conninfo import conninfo_to_dict
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.errors import EmbeddedError

RPC_TIMEOUT = timedelta(seconds=10)
TYPES = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Text": IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


def temporal_address(environ: Mapping[str, str]) -> str | None:
    """The address that Temporal's own configuration (variables, profile, file) names, or None."""
    try:
        config = ClientConfig.load_client_connect_config(override_env_vars=environ)
    except RuntimeError as error:
        raise EmbeddedError(f"Temporal's environment configuration: {error}") from error
    return config.get("target_host")


async def connect_temporal(environ: Mapping[str, str]) -> Client:
    """A client as the worker would make it in that environment."""
    config = ClientConfig.load_client_connect_config(override_env_vars=environ)
    return await Client.connect(
        config.get("target_host") or environ["TEMPORAL_ADDRESS"],
        namespace=config.get("namespace") or "default",
        api_key=config.get("api_key"),
        tls=config.get("tls"),
        rpc_metadata=config.get("rpc_metadata") or {},
    )


async def check_postgres(url: str, variable: str) -> None:
    """Raises EmbeddedError, without the password, when that address cannot be used."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=10):
            return
    except psycopg.Error as error:
        raise EmbeddedError(f"{variable} cannot be used: {error}") from None


def password_in(url: str) -> str:
    """The password in a connection URL, or an empty string."""
    try:
        return str(conninfo_to_dict(url).get("password") or "")
    except psycopg.Error:
        return ""


async def register_search_attributes(environ: Mapping[str, str]) -> None:
    """Registers what is missing on an external server; registering twice changes nothing.

    Raises EmbeddedError with what to do by hand when the server does not allow it.
    """
    try:
        client = await connect_temporal(environ)
    except (RPCError, RuntimeError) as error:
        raise EmbeddedError(f"the external Temporal server cannot be reached: {error}") from error
    missing = dict(SEARCH_ATTRIBUTES)
    try:
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), timeout=RPC_TIMEOUT
        )
        missing = {k: v for k, v in SEARCH_ATTRIBUTES.items() if k not in known.custom_attributes}
        if missing:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(
                    namespace=client.namespace,
                    search_attributes={key: TYPES[kind] for key, kind in missing.items()},
                ),
                timeout=RPC_TIMEOUT,
            )
    except RPCError as error:
        raise EmbeddedError(_by_hand(client.namespace, missing, error)) from error


def _by_hand(namespace: str, missing: Mapping[str, str], error: RPCError) -> str:
    commands = "\n".join(
        f"  temporal operator search-attribute create --namespace {namespace}"
        f" --name {name} --type {kind}"
        for name, kind in missing.items()
    )
    return (
        f"the Temporal server did not let us register search attributes ({error.message}). "
        "Ask its administrator to run, or to enter in Temporal Cloud's namespace settings:\n"
        f"{commands}"
    )
