import os
from pathlib import Path

import pytest

from embedded.applications import ApiService, WorkerService
from embedded.errors import StartError
from embedded.logs import ChildLog
from embedded.ports import LOOPBACK, any_free_port
from embedded.service import start_service
from embedded.temporal import EmbeddedTemporal


async def test_the_api_is_ready_when_it_says_so(tmp_path: Path) -> None:
    port = any_free_port()
    env = {
        **os.environ,
        "LEARNING_LOOP_API_HOST": LOOPBACK,
        "LEARNING_LOOP_API_PORT": str(port),
    }
    log = ChildLog("api", tmp_path / "api.log")
    service = ApiService(env, f"http://{LOOPBACK}:{port}", module="tests.embedded.fake_api")
    child = await start_service(service, log)
    await child.stop()
    log.close()
    answers = [line.split('"')[2].split()[0] for line in log.tail().splitlines()]
    assert answers == ["503", "503", "200"]


async def test_an_api_that_dies_on_start_is_told(tmp_path: Path) -> None:
    log = ChildLog("api", tmp_path / "api.log")
    service = ApiService(dict(os.environ), "http://127.0.0.1:1", module="tests.embedded.missing")
    with pytest.raises(StartError, match="api ended on start with exit code 1"):
        await start_service(service, log)
    assert "No module named tests.embedded.missing" in log.tail()
    log.close()


async def test_the_worker_is_ready_when_it_polls_and_not_by_its_predecessor(tmp_path: Path) -> None:
    async with EmbeddedTemporal() as temporal:
        env = {**os.environ, "TEMPORAL_ADDRESS": temporal.address}
        log = ChildLog("worker", tmp_path / "worker.log")
        service = WorkerService(env, module="tests.embedded.fake_worker")
        first = await start_service(service, log)
        first.kill_group()
        await first.stop()
        second = await start_service(service, log)
        first.started_at = second.started_at
        assert await service.is_ready(first)
        first.started_at += 3600
        assert not await service.is_ready(first)
        await second.stop()
        log.close()
