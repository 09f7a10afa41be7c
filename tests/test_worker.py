"""The entrances wire things together: nothing is forgotten, and no rule or SQL lives in them."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.kit import Kit
from gateways.temporal import data_converter
from worker import OWN_PACKAGES, WORKFLOWS, all_activities, sandbox

ROOT = Path(__file__).parent.parent
ONLY_BELOW = {"psycopg", "psycopg_pool", "fastapi", "starlette", "anthropic", "httpx2", "sqlite3"}


def imported(file: Path) -> set[str]:
    """Return the outermost packages that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("entrance", ["worker.py", "cli.py"])
def test_an_entrance_leaves_the_world_to_others(entrance: str) -> None:
    assert imported(ROOT / entrance) & ONLY_BELOW == set()


@pytest.mark.parametrize("entrance", ["worker.py", "cli.py"])
def test_no_entrance_holds_sql(entrance: str) -> None:
    texts = [
        node.value
        for node in ast.walk(ast.parse((ROOT / entrance).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    words = ("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM")
    assert not [text for text in texts if text.lstrip().startswith(words)]


def modules(folder: str) -> Iterator[ModuleType]:
    for file in sorted((ROOT / folder).glob("*.py")):
        if file.stem != "__init__":
            yield importlib.import_module(f"{folder}.{file.stem}")


def test_every_activity_is_registered() -> None:
    defined = {
        getattr(method, "__temporal_activity_definition").name
        for module in modules("activities")
        for _, made in inspect.getmembers(module, inspect.isclass)
        if made.__module__ == module.__name__
        for _, method in inspect.getmembers(made, inspect.isfunction)
        if hasattr(method, "__temporal_activity_definition")
    }
    registered = [activity.__name__ for activity in all_activities(cast(Kit, None))]
    assert set(registered) == defined
    assert len(registered) == len(set(registered))


def test_every_workflow_is_registered() -> None:
    defined = {
        made
        for module in modules("workflows")
        for _, made in inspect.getmembers(module, inspect.isclass)
        if made.__module__ == module.__name__ and hasattr(made, "__temporal_workflow_definition")
    }
    assert set(WORKFLOWS) == defined


def test_workflows_run_in_a_sandbox_that_shares_only_our_own_modules() -> None:
    runner = sandbox()
    assert isinstance(runner, SandboxedWorkflowRunner)
    assert {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} >= set(
        OWN_PACKAGES
    )


def test_the_sandbox_accepts_every_workflow() -> None:
    """Making a replayer loads each workflow's module as a worker does, inside the sandbox."""
    Replayer(workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=data_converter())
