"""Which agent answers, by the settings."""

from agent.offline import OfflineAnswerer
from domain.cases import Answerer
from gateways.settings import Settings


def choose_answerer(settings: Settings) -> Answerer:
    """Return Claude if there is a key or the settings say so, else the offline agent."""
    if settings.uses_claude():
        # Importing the SDK takes a second, which the offline stack does not spend.
        from agent.claude import ClaudeAnswerer
        from gateways.claude_choice import make_claude_client

        return ClaudeAnswerer(make_claude_client(settings))
    return OfflineAnswerer()
