"""Which analyst reads the interventions, by the settings."""

from analysis.source_checked import SourceChecked
from domain.batches import BatchAnalyst
from domain.cases import Analyst
from gateways.embeddings import Embedder
from gateways.settings import Settings


def choose_analyst(settings: Settings, embedder: Embedder) -> Analyst:
    """Return Claude if there is a key or the settings say so, else the offline analyst.

    Either is held to drafts whose every sentence a person, a tool or an item has said.
    """
    if settings.uses_claude():
        # Importing the SDK takes a second, which the offline stack does not spend.
        from analysis.claude import ClaudeAnalyst
        from gateways.claude_choice import make_claude_client

        return SourceChecked(ClaudeAnalyst(make_claude_client(settings)))
    from analysis.offline import OfflineAnalyst

    return SourceChecked(OfflineAnalyst(embedder))


def choose_batch_analyst(settings: Settings) -> BatchAnalyst | None:
    """Return what reads in batches; None where the analyst knows none."""
    if not settings.reads_in_batches():
        return None
    from analysis.claude import ClaudeAnalyst
    from analysis.claude_batches import ClaudeBatchAnalyst
    from gateways.claude_batches import ClaudeBatches
    from gateways.claude_choice import make_claude_client

    client = make_claude_client(settings)
    return ClaudeBatchAnalyst(ClaudeAnalyst(client), ClaudeBatches(client))
