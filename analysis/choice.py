"""Which analyst reads the interventions, by the settings."""

from analysis.claude import ClaudeAnalyst
from analysis.offline import OfflineAnalyst
from domain.cases import Analyst
from gateways.claude_choice import make_claude_client
from gateways.embeddings import Embedder
from gateways.settings import Settings


def choose_analyst(settings: Settings, embedder: Embedder) -> Analyst:
    """Return Claude if there is a key or the settings say so, else the offline analyst."""
    if settings.uses_claude():
        return ClaudeAnalyst(make_claude_client(settings))
    return OfflineAnalyst(embedder)
