"""Makes the Claude client that the product's settings describe."""

from gateways.claude_client import ClaudeClient, ClaudeSettings, Provider
from gateways.settings import Settings


def make_claude_client(settings: Settings) -> ClaudeClient:
    """Return the client; raises pydantic's ValidationError naming a setting that is missing."""
    return ClaudeClient(
        ClaudeSettings(
            provider=Provider(settings.claude_provider.value),
            model=settings.claude_model,
            max_output_tokens=settings.claude_max_output_tokens,
            base_url=settings.claude_base_url,
            api_key=settings.anthropic_api_key,
            aws_region=settings.claude_region,
            vertex_project=settings.claude_project,
            vertex_region=settings.claude_region,
            timeout_seconds=settings.claude_timeout_seconds,
        )
    )
