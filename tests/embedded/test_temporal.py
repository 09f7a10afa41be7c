from pathlib import Path

import httpx2
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.externals import register_search_attributes
from embedded.temporal import EmbeddedTemporal


async def search_attributes(temporal: EmbeddedTemporal) -> set[str]:
    client = await temporal.client()
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return set(answer.custom_attributes)


async def test_the_server_knows_our_search_attributes_and_serves_its_pages() -> None:
    async with EmbeddedTemporal() as temporal:
        assert set(SEARCH_ATTRIBUTES) <= await search_attributes(temporal)
        async with httpx2.AsyncClient(trust_env=False) as client:
            assert (await client.get(temporal.ui_url)).status_code == 200


async def test_a_kept_server_starts_again_on_its_file(tmp_path: Path) -> None:
    for _ in range(2):
        async with EmbeddedTemporal(tmp_path / "a b" / "temporal.db") as temporal:
            assert set(SEARCH_ATTRIBUTES) <= await search_attributes(temporal)


async def test_registering_on_an_external_server_twice_changes_nothing() -> None:
    async with EmbeddedTemporal(namespace="theirs") as temporal:
        environ = {"TEMPORAL_ADDRESS": temporal.address, "TEMPORAL_NAMESPACE": "theirs"}
        for _ in range(2):
            await register_search_attributes(environ)
        assert set(SEARCH_ATTRIBUTES) <= await search_attributes(temporal)
