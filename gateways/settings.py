"""Settings of the worker and the API, from the environment. What each means is in the README."""

from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import (
    AliasChoices,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateways.claude_settings import Effort, Provider

TASK_QUEUE = "learning-loop"
ENV_PREFIX = "LEARNING_LOOP_"
MAX_VECTOR_DIMENSION = 16_000
"""The longest vector that pgvector stores."""

ValueT = TypeVar("ValueT")


class AnalystChoice(StrEnum):
    """Which analyst and agent to use; `auto` is Claude if there is a key, else offline."""

    AUTO = "auto"
    OFFLINE = "offline"
    CLAUDE = "claude"


class DimensionMode(StrEnum):
    """Whose wish the dimension is: the model's own, or shortened to it by the provider."""

    NATIVE = "native"
    REQUESTED = "requested"


class Settings(BaseSettings):
    """Read from `LEARNING_LOOP_*`, but for the names that other tools share (`DATABASE_URL` …)."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
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
    embedding_url: HttpUrl | None = None
    embedding_model: str | None = Field(default=None, validate_default=True)
    embedding_dimension: int | None = Field(
        default=None, ge=1, le=MAX_VECTOR_DIMENSION, validate_default=True
    )
    embedding_dimension_mode: DimensionMode = DimensionMode.NATIVE
    embedding_api_key: SecretStr | None = None
    embedding_timeout_seconds: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    # 32 texts are what Hugging Face's server takes at most unless told otherwise.
    embedding_batch_texts: int = Field(default=32, ge=1)
    embedding_batch_characters: int = Field(default=64_000, ge=1)
    embedding_text_characters: int = Field(default=8_000, ge=1)
    database_pool: int = 10

    @field_validator("embedding_url")
    @classmethod
    def _holds_no_password(cls, url: HttpUrl | None) -> HttpUrl | None:
        # A URL is shown and logged as it is, so what is secret must come by another way.
        if url is not None and (url.username or url.password):
            raise ValueError(f"put the key into {ENV_PREFIX}EMBEDDING_API_KEY")
        return url

    @field_validator("embedding_model", "embedding_dimension")
    @classmethod
    def _is_there_with_a_url(cls, value: ValueT, info: ValidationInfo) -> ValueT:
        if value is None and info.data.get("embedding_url") is not None:
            raise ValueError(f"needed, since {ENV_PREFIX}EMBEDDING_URL is set")
        return value

    @field_validator("embedding_api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None:
            return None
        value = key.get_secret_value().strip()
        # Elsewhere this would be an error that quotes the key.
        if not (value.isascii() and value.isprintable()):
            raise ValueError("holds a character that no key has")
        return SecretStr(value) if value else None

    def uses_claude(self) -> bool:
        """Return whether Claude is the analyst; a cloud provider brings its own credentials."""
        if self.analyst is AnalystChoice.AUTO:
            return self.anthropic_api_key is not None
        return self.analyst is AnalystChoice.CLAUDE


def load_settings() -> Settings:
    """Return the settings; raises pydantic's ValidationError naming what is missing."""
    return Settings.model_validate({})


def explain(error: ValidationError) -> str:
    """Return one line that names each wrong setting as the environment does, without its value."""
    return "; ".join(
        f"{_name_of(part['loc'])}: {part['msg'].removeprefix('Value error, ')}"
        for part in error.errors(include_input=False, include_context=False)
    )


def _name_of(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "the settings"
    return f"{ENV_PREFIX}{name.upper()}" if name in Settings.model_fields else name
