"""`knowledge reembed` against the real API."""

from uuid import uuid4

import pytest

from client import knowledge_reembed
from domain.identity import ApiRole
from store.database import Database
from store.embeddings import ensure_model
from tests.api.rows import Rows
from tests.api.test_embeddings import (
    NEXT,
    RecordingReembedder,
    app,
    embed,
    following,
    reembedder,
)
from tests.client.conftest import RunCli
from workflows.reembed_client import ReembedReport, ReembedState
from workflows.reembed_input import ReembedStatus

__all__ = ["app", "following", "reembedder"]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(knowledge_reembed, "_POLL_SECONDS", 0.0)


def status(done: int) -> ReembedStatus:
    return ReembedStatus.model_validate(
        {
            "model": NEXT,
            "reach": "passages",
            "done": done,
            "total": 9,
            "stored": done,
            "started_at": "2026-11-22T12:00:00Z",
            "per_second": 1.5,
        }
    )


class Progressing(RecordingReembedder):
    """Tells of one step more each time it is asked."""

    def __init__(self, *reports: ReembedReport) -> None:
        super().__init__()
        self._reports = list(reports)

    async def report(self, model: str) -> ReembedReport | None:
        if model != NEXT or not self.started:
            return None
        return self._reports.pop(0) if len(self._reports) > 1 else self._reports[0]


def report(state: ReembedState, done: int, failure: str = "") -> ReembedReport:
    return ReembedReport("reembed/x", state, status(done), failure)


@pytest.mark.parametrize(
    "reembedder",
    [Progressing(report(ReembedState.RUNNING, 3), report(ReembedState.COMPLETED, 9))],
    ids=["completes"],
)
async def test_it_is_started_and_waited_for(run: RunCli, reembedder: RecordingReembedder) -> None:
    result = await run("knowledge", "reembed", role=ApiRole.ADMIN)
    assert result.exit_code == 0, result.output
    assert [model for model, _ in reembedder.started] == [NEXT]
    assert f"has a vector of {NEXT}" in result.output


@pytest.mark.parametrize(
    "reembedder",
    [Progressing(report(ReembedState.FAILED, 3, "the key is wrong"))],
    ids=["fails"],
)
async def test_a_failure_is_told_with_its_reason(
    run: RunCli, reembedder: RecordingReembedder
) -> None:
    result = await run("knowledge", "reembed", role=ApiRole.ADMIN)
    assert result.exit_code == 1
    assert "the key is wrong" in result.output


async def test_without_temporal_it_is_told_that_it_cannot_be_asked(run: RunCli) -> None:
    result = await run("knowledge", "reembed", role=ApiRole.ADMIN)
    assert result.exit_code == 1
    assert "--status" in result.output


async def test_the_status_shows_each_model(
    run: RunCli, rows: Rows, reembedder: RecordingReembedder
) -> None:
    await rows.item()
    await embed(rows, NEXT)
    reembedder.reports[NEXT] = report(ReembedState.RUNNING, 3)
    result = await run("knowledge", "reembed", "--status", role=ApiRole.ADMIN)
    assert result.exit_code == 0
    assert "serving" in result.output
    assert "3 of 9 in all workspaces" in result.output
    assert reembedder.started == []


async def test_a_model_out_of_use_is_pruned(run: RunCli, rows: Rows, database: Database) -> None:
    model = f"acme/old-{uuid4().hex[:8]} é"
    await ensure_model(database, model, 8)
    await rows.item()
    count = await embed(rows, model)
    result = await run("knowledge", "reembed", "--prune", model, role=ApiRole.ADMIN)
    assert result.exit_code == 0, result.output
    assert f"{count} vectors of {model} were deleted" in result.output


async def test_the_serving_model_is_not_pruned(run: RunCli, rows: Rows) -> None:
    await rows.item()
    result = await run("knowledge", "reembed", "--prune", "words", role=ApiRole.ADMIN)
    assert result.exit_code == 1
    assert "serves" in result.output


async def test_showing_and_pruning_do_not_go_together(run: RunCli) -> None:
    result = await run("knowledge", "reembed", "--prune", "x", "--status", role=ApiRole.ADMIN)
    assert result.exit_code == 2


async def test_only_administrators_may(run: RunCli, reembedder: RecordingReembedder) -> None:
    result = await run("knowledge", "reembed", role=ApiRole.LEAD)
    assert result.exit_code == 1
    assert reembedder.started == []
