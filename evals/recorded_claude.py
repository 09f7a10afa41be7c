"""Claude by replies in the Messages API's shape that are kept as files: the real SDK, no network.

They do not depend on the prompts: they show that our checks and counts hold, not how good a model
or a prompt is.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from anthropic import AsyncAnthropic
from pydantic import SecretStr

from evals.cases import EvalCase
from gateways.claude_client import ClaudeClient
from gateways.claude_settings import ClaudeSettings

FOLDER = Path(__file__).parent / "recorded"


class RecordedClaude:
    """Answers with what is kept for the case that is being run."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read the folder: one file a case, with an `analyze` and a `draft`."""
        self._replies: dict[str, dict[str, Any]] = {
            file.stem: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(folder.glob("*.json"))
        }
        self._case = ""

    def knows(self, case: EvalCase) -> bool:
        """Return whether there are replies for the case."""
        return case.id in self._replies

    @contextmanager
    def during(self, case: EvalCase) -> Generator[None]:
        """Answer for this case meanwhile."""
        self._case = case.id
        yield

    def client(self) -> ClaudeClient:
        """Return a client that is answered from the files."""
        settings = ClaudeSettings(api_key=SecretStr("recorded"))
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        sdk = AsyncAnthropic(
            api_key="recorded", http_client=http, max_retries=0, open_telemetry=False
        )
        return ClaudeClient(settings, sdk)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        schema = json.loads(request.content)["output_config"]["format"]["schema"]
        step = "analyze" if "findings" in schema["properties"] else "draft"
        return httpx2.Response(200, json=self._replies[self._case][step])
