"""What the product's settings say when they cannot be used."""

import pytest
from pydantic import ValidationError

from gateways.settings import Settings, explain, load_settings


def test_a_missing_setting_is_named_and_no_other_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    monkeypatch.setenv("LEARNING_LOOP_SESSION_SECRET", "topsecret")
    with pytest.raises(ValidationError, match="DATABASE_URL") as caught:
        load_settings()
    assert "secret" not in str(caught.value)


URL = {"embedding_url": "http://embeddings.test/v1"}
MODEL = {"embedding_model": "acme/embed-3"}
DIMENSION = {"embedding_dimension": 1024}


def refused(**given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"database_url": "x", **given})
    assert "secret" not in str(caught.value)
    return explain(caught.value)


def test_a_provider_of_embeddings_is_called_with_a_model_and_a_dimension() -> None:
    settings = Settings.model_validate({"database_url": "x", **URL, **MODEL, **DIMENSION})
    assert str(settings.embedding_url) == "http://embeddings.test/v1"


@pytest.mark.parametrize(
    ("given", "missing"),
    [({**URL, **DIMENSION}, "EMBEDDING_MODEL"), ({**URL, **MODEL}, "EMBEDDING_DIMENSION")],
)
def test_what_a_provider_lacks_is_named(given: dict[str, object], missing: str) -> None:
    said = refused(**given)
    assert said == f"LEARNING_LOOP_{missing}: needed, since LEARNING_LOOP_EMBEDDING_URL is set"


@pytest.mark.parametrize(
    "url",
    ["http://user:secret@embeddings.test/v1", "secret", "file:///secret", "http://:secret@h.test"],
)
def test_an_unusable_address_is_named_and_not_quoted(url: str) -> None:
    said = refused(embedding_url=url, **MODEL, **DIMENSION)
    assert said.startswith("LEARNING_LOOP_EMBEDDING_URL: ")
    assert "secret" not in said


@pytest.mark.parametrize("key", ["secr\u00e9t-secret", "secret\nsecret"])
def test_a_key_that_fits_no_header_is_named_and_not_quoted(key: str) -> None:
    said = refused(embedding_api_key=key, **URL, **MODEL, **DIMENSION)
    assert said == "LEARNING_LOOP_EMBEDDING_API_KEY: holds a character that no key has"


def test_the_line_end_of_a_key_from_a_file_is_left_out() -> None:
    settings = Settings.model_validate({"database_url": "x", "embedding_api_key": "abc\n"})
    assert settings.embedding_api_key is not None
    assert settings.embedding_api_key.get_secret_value() == "abc"


def test_every_wrong_setting_is_named_as_the_environment_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LEARNING_LOOP_API_PORT", "secret")
    with pytest.raises(ValidationError) as caught:
        load_settings()
    said = explain(caught.value)
    assert "DATABASE_URL: Field required" in said
    assert "LEARNING_LOOP_API_PORT: " in said
    assert "secret" not in said
