"""Makes the Claude client that the product's settings describe."""

from gateways.claude_client import ClaudeClient
from gateways.claude_settings import ClaudeSettings, Provider
from gateways.settings import Settings


def make_claude_client(settings: Settings) -> ClaudeClient:
    """Return the client; raises pydantic's ValidationError naming a setting that is missing."""
    # The address is that of the Messages API; a cloud has its own.
    is_direct = settings.claude_provider is Provider.ANTHROPIC
    return ClaudeClient(
        ClaudeSettings(
            provider=settings.claude_provider,
            model=settings.claude_model,
            max_output_tokens=settings.claude_max_output_tokens,
            effort=settings.claude_effort,
            base_url=settings.claude_base_url if is_direct else None,
            api_key=settings.anthropic_api_key,
            aws_region=settings.claude_region,
            vertex_project=settings.claude_project,
            vertex_region=settings.claude_region,
            timeout_seconds=settings.claude_timeout_seconds,
        )
    )
