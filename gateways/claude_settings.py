"""Which Claude to call, and how. Does not import the SDK, which takes a second and a half.

What the environment says is read by `settings.py`.
"""

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Effort = Literal["low", "medium", "high", "xhigh", "max"]


class Provider(StrEnum):
    """Who runs the model."""

    ANTHROPIC = "anthropic"
    BEDROCK = "bedrock"
    VERTEX = "vertex"


class ClaudeSettings(BaseModel):
    """Which Claude to call, and how.

    `api_key` goes to Anthropic only: Bedrock and Vertex find their clouds' credentials by
    themselves. Their model ids differ, e.g. `anthropic.claude-sonnet-5-5` on Bedrock. Thinking
    counts towards `max_output_tokens`. An `effort` of None is the model's own default.
    """

    # A rejected setting must not show the key beside it.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    provider: Provider = Provider.ANTHROPIC
    model: str = Field(default="claude-sonnet-5-5", min_length=1)
    max_output_tokens: int = Field(default=16_000, ge=256, le=128_000)
    effort: Effort | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    aws_region: str | None = None
    vertex_project: str | None = None
    vertex_region: str | None = None
    timeout_seconds: float = Field(default=180, gt=0)

    @model_validator(mode="after")
    def _has_what_its_provider_needs(self) -> Self:
        needs: dict[Provider, dict[str, object]] = {
            Provider.ANTHROPIC: {"api_key": self.api_key and self.api_key.get_secret_value()},
            Provider.BEDROCK: {"aws_region": self.aws_region},
            Provider.VERTEX: {
                "vertex_project": self.vertex_project,
                "vertex_region": self.vertex_region,
            },
        }
        missing = [name for name, value in needs[self.provider].items() if not value]
        if missing:
            raise ValueError(f"provider '{self.provider}' needs {' and '.join(missing)}")
        return self
