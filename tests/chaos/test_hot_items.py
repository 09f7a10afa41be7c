"""Clients change the same few items at once while the worker is killed under them."""

import os
import signal

import pytest

from bench.hot_clients import Told, add_items, change_until
from bench.hot_history import violations
from bench.hot_items import kept_stack, make_clients, read_history
from embedded.stack import EmbeddedStack, Part
from tests.chaos.explain import explained

pytestmark = pytest.mark.acceptance

CLIENTS, ITEMS, APPLIED = 6, 2, 10
KILLS_AT = [2, 6]


async def test_changes_of_hot_items_stand_in_a_line_whatever_dies() -> None:
    async with kept_stack() as stack:
        await change_hot_items(stack)


async def change_hot_items(stack: EmbeddedStack) -> None:
    """Let clients change the items while the worker dies twice, and check what came of it."""
    with explained(stack.home.path):
        workspace, clients = await make_clients(stack, CLIENTS)
        items = await add_items(clients[0], ITEMS)
        told, kills_at = Told(), list(KILLS_AT)

        async def kill() -> None:
            if kills_at and len(told.acknowledged) >= kills_at[0]:
                del kills_at[0]
                await stack.ready()
                os.kill(stack.pid(Part.WORKER), signal.SIGKILL)

        def is_over() -> bool:
            refused = bool(told.refused) or told.turned_away > 0
            return len(told.acknowledged) >= APPLIED and refused

        await change_until(clients, items, told, is_over, kill)
        history = await read_history(stack.info.database_url, workspace, told)
    assert violations(history) == []
    assert kills_at == []
    assert len(history.acknowledged) >= APPLIED
