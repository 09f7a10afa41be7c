"""What the activities hold in their hands: the worker makes one kit and gives it to each."""

from dataclasses import dataclass, field

from activities.case_cache import CaseCache
from agent.standards import Standards
from domain.batches import BatchAnalyst
from domain.cases import Analyst, Answerer
from domain.escalation import EscalationPolicies
from gateways.embeddings import Embedder
from gateways.next_embedder import NextEmbedder
from gateways.notifications import Channels, Notifier
from store.database import Database


@dataclass(frozen=True)
class Kit:
    """Clients of the world outside, made once for each worker process."""

    database: Database
    embedder: Embedder
    analyst: Analyst
    answerer: Answerer
    policies: EscalationPolicies
    notifier: Notifier
    api_url: str
    next_embedder: NextEmbedder | None = None
    """Of the model that shall serve next: what is published gets its vectors as well."""
    batches: BatchAnalyst | None = None
    """What reads past interventions in batches, if the analyst can."""
    channels: Channels = field(default_factory=Channels)
    """By which people are told, beside the log."""
    cases: CaseCache = field(default_factory=CaseCache)
    standards: Standards = field(default_factory=Standards)
