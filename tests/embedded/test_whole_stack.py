"""Every part of the product, started as `make up` does."""

import httpx2
import pytest

from embedded.stack import EmbeddedStack, Part


@pytest.mark.acceptance
async def test_the_whole_stack_starts_and_knows_its_keys() -> None:
    async with EmbeddedStack() as stack:
        assert len({stack.pid(part) for part in Part if part is not Part.MIGRATIONS}) == 4
        async with httpx2.AsyncClient(base_url=stack.info.api, trust_env=False) as client:
            url = "/v1/proposals"
            key = {"Authorization": f"Bearer {stack.info.keys['reviewer']}"}
            assert (await client.get(url, headers=key)).status_code == 200
            assert (await client.get(url, headers={"Authorization": "Bearer x"})).status_code == 401
