"""Settings of the worker and the API, from the environment. What each means is in the README."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import (
    AliasChoices,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import SettingsConfigDict

from gateways.claude_settings import Effort, Provider
from gateways.notification_settings import NotificationSettings
from gateways.sign_in_settings import SignInSettings

TASK_QUEUE = "learning-loop"
ENV_PREFIX = "LEARNING_LOOP_"
MAX_VECTOR_DIMENSION = 4_000
"""The longest vector that pgvector indexes, as halves of floats."""

OFFLINE_EMBEDDING_MODEL = "all-MiniLM-L6-v2"

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


class EmbeddingSettings(NamedTuple):
    """Where the embeddings of one model come from; without a URL from the offline one."""

    prefix: str
    """How the names of these settings begin."""
    url: HttpUrl | None
    model: str | None
    dimension: int | None
    dimension_mode: DimensionMode
    api_key: SecretStr | None
    timeout_seconds: float
    batch_texts: int
    batch_characters: int
    text_characters: int


class Settings(SignInSettings, NotificationSettings):
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
    # The same for the model that shall serve next: what is published gets its vectors as well.
    next_embedding_url: HttpUrl | None = None
    next_embedding_model: str | None = Field(default=None, validate_default=True)
    next_embedding_dimension: int | None = Field(
        default=None, ge=1, le=MAX_VECTOR_DIMENSION, validate_default=True
    )
    next_embedding_dimension_mode: DimensionMode = DimensionMode.NATIVE
    next_embedding_api_key: SecretStr | None = None
    next_embedding_timeout_seconds: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    next_embedding_batch_texts: int = Field(default=32, ge=1)
    next_embedding_batch_characters: int = Field(default=64_000, ge=1)
    next_embedding_text_characters: int = Field(default=8_000, ge=1)
    database_pool: int = 10

    @field_validator("embedding_url", "next_embedding_url")
    @classmethod
    def _holds_no_password(cls, url: HttpUrl | None, info: ValidationInfo) -> HttpUrl | None:
        # A URL is shown and logged as it is, so what is secret must come by another way.
        if url is not None and (url.username or url.password):
            raise ValueError(f"put the key into {ENV_PREFIX}{_group(info)}API_KEY")
        return url

    @field_validator(
        "embedding_model",
        "embedding_dimension",
        "next_embedding_model",
        "next_embedding_dimension",
    )
    @classmethod
    def _is_there_with_a_url(cls, value: ValueT, info: ValidationInfo) -> ValueT:
        group = _group(info)
        if value is None and info.data.get(f"{group}URL".lower()) is not None:
            raise ValueError(f"needed, since {ENV_PREFIX}{group}URL is set")
        return value

    @field_validator("next_embedding_model")
    @classmethod
    def _has_a_url_or_is_offline(cls, model: str | None, info: ValidationInfo) -> str | None:
        known = {None, OFFLINE_EMBEDDING_MODEL}
        if info.data.get("next_embedding_url") is None and model not in known:
            raise ValueError(
                f"needs {ENV_PREFIX}NEXT_EMBEDDING_URL, unless it is {OFFLINE_EMBEDDING_MODEL}"
            )
        return model

    @field_validator("embedding_api_key", "next_embedding_api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None:
            return None
        value = key.get_secret_value().strip()
        # Elsewhere this would be an error that quotes the key.
        if not (value.isascii() and value.isprintable()):
            raise ValueError("holds a character that no key has")
        return SecretStr(value) if value else None

    @property
    def embedding(self) -> EmbeddingSettings:
        """Where the vectors come from that searches compare."""
        return self._embedding_settings("EMBEDDING_")

    @property
    def next_embedding(self) -> EmbeddingSettings | None:
        """Where the vectors of the model come from that shall serve next, if one is to."""
        if self.next_embedding_url is None and self.next_embedding_model is None:
            return None
        return self._embedding_settings("NEXT_EMBEDDING_")

    def _embedding_settings(self, group: str) -> EmbeddingSettings:
        names = [name for name in EmbeddingSettings._fields if name != "prefix"]
        values = {name: getattr(self, f"{group.lower()}{name}") for name in names}
        return EmbeddingSettings(prefix=f"{ENV_PREFIX}{group}", **values)

    def uses_claude(self) -> bool:
        """Return whether Claude is the analyst; a cloud provider brings its own credentials."""
        if self.analyst is AnalystChoice.AUTO:
            return self.anthropic_api_key is not None
        return self.analyst is AnalystChoice.CLAUDE

    def reads_in_batches(self) -> bool:
        """Return whether past interventions can be read in batches; the clouds have none."""
        return self.uses_claude() and self.claude_provider is Provider.ANTHROPIC


def _group(info: ValidationInfo) -> str:
    """Return how the names of the field's group begin, as the environment has them."""
    is_next = (info.field_name or "").startswith("next_")
    return "NEXT_EMBEDDING_" if is_next else "EMBEDDING_"


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
