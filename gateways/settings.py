"""Settings of the worker and the API, from the environment. What each means is in the README."""

from enum import StrEnum
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateways.claude_settings import Effort, Provider

TASK_QUEUE = "learning-loop"


class AnalystChoice(StrEnum):
    """Which analyst and agent to use; `auto` is Claude if there is a key, else offline."""

    AUTO = "auto"
    OFFLINE = "offline"
    CLAUDE = "claude"


class Settings(BaseSettings):
    """Read from `LEARNING_LOOP_*`, but for the names that other tools share (`DATABASE_URL` …)."""

    model_config = SettingsConfigDict(
        env_prefix="LEARNING_LOOP_",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        # The error about one setting would quote the others, keys among them, into the log.
        hide_input_in_errors=True,
    )

    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    workspace: str = "default"
    home: Path = Path(".learning-loop")
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    api_url: str = "http://127.0.0.1:8000"
    temporal_ui_url: str | None = None
    session_secret: SecretStr | None = None
    escalation_file: Path | None = None
    analyst: AnalystChoice = AnalystChoice.AUTO
    anthropic_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("ANTHROPIC_API_KEY", "anthropic_api_key")
    )
    claude_provider: Provider = Provider.ANTHROPIC
    claude_model: str = "claude-sonnet-5-5"
    claude_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("ANTHROPIC_BASE_URL", "claude_base_url")
    )
    claude_max_output_tokens: int = 16_000
    claude_timeout_seconds: float = 180.0
    claude_effort: Effort | None = None
    claude_region: str | None = None
    claude_project: str | None = None
    database_pool: int = 10

    def uses_claude(self) -> bool:
        """Return whether Claude is the analyst; a cloud provider brings its own credentials."""
        if self.analyst is AnalystChoice.AUTO:
            return self.anthropic_api_key is not None
        return self.analyst is AnalystChoice.CLAUDE


def load_settings() -> Settings:
    """Return the settings; raises pydantic's ValidationError naming what is missing."""
    return Settings.model_validate({})
