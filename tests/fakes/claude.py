"""A Claude client whose API is the local server."""

from typing import Any

from gateways.claude_client import ClaudeClient
from gateways.claude_settings import ClaudeSettings
from tests.fakes.messages_api import MessagesApi

KEY = "sk-ant-secret-0123456789"


def settings_for(api: MessagesApi, **changes: Any) -> ClaudeSettings:
    """Return settings that lead to the server, with a key to look for in what must not leak."""
    return ClaudeSettings.model_validate({"api_key": KEY, "base_url": api.url, **changes})


def client_for(api: MessagesApi, **changes: Any) -> ClaudeClient:
    """Return a client of the server; the caller closes it."""
    return ClaudeClient(settings_for(api, **changes))
