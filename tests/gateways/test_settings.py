"""What the product's settings say when they cannot be used."""

import pytest
from pydantic import ValidationError

from gateways.settings import EmbeddingSettings, Settings, explain, load_settings


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


NEXT = {f"next_{name}": value for name, value in {**URL, **MODEL, **DIMENSION}.items()}


def next_of(**given: object) -> EmbeddingSettings | None:
    return Settings.model_validate({"database_url": "x", **given}).next_embedding


def test_the_next_model_has_every_setting_that_the_serving_one_has() -> None:
    serving = {name for name in Settings.model_fields if name.startswith("embedding_")}
    following = {name for name in Settings.model_fields if name.startswith("next_embedding_")}
    assert following == {f"next_{name}" for name in serving}
    read = {f"embedding_{name}" for name in EmbeddingSettings._fields if name != "prefix"}
    assert read == serving


def test_no_model_is_next_unless_one_is_named() -> None:
    assert next_of() is None


def test_the_next_model_is_read_with_the_names_of_its_settings() -> None:
    settings = next_of(**NEXT, next_embedding_batch_texts=7)
    assert settings is not None
    assert (str(settings.url), settings.model, settings.dimension, settings.batch_texts) == (
        "http://embeddings.test/v1",
        "acme/embed-3",
        1024,
        7,
    )
    assert settings.prefix == "LEARNING_LOOP_NEXT_EMBEDDING_"


def test_the_offline_model_can_be_next_so_that_one_can_go_back() -> None:
    settings = next_of(**URL, **MODEL, **DIMENSION, next_embedding_model="all-MiniLM-L6-v2")
    assert settings is not None
    assert settings.url is None


def test_another_model_without_a_url_cannot_be_next() -> None:
    assert refused(next_embedding_model="acme/embed-3") == (
        "LEARNING_LOOP_NEXT_EMBEDDING_MODEL: needs LEARNING_LOOP_NEXT_EMBEDDING_URL, "
        "unless it is all-MiniLM-L6-v2"
    )


@pytest.mark.parametrize("name", ["next_embedding_model", "next_embedding_dimension"])
def test_what_the_next_provider_lacks_is_named(name: str) -> None:
    given = {key: value for key, value in NEXT.items() if key != name}
    assert refused(**given) == (
        f"LEARNING_LOOP_{name.upper()}: needed, since LEARNING_LOOP_NEXT_EMBEDDING_URL is set"
    )


def test_a_password_in_the_next_address_is_sent_to_the_next_key() -> None:
    said = refused(**{**NEXT, "next_embedding_url": "http://user:secret@embeddings.test"})
    assert "put the key into LEARNING_LOOP_NEXT_EMBEDDING_API_KEY" in said


@pytest.mark.parametrize("prefix", ["", "next_"])
def test_vectors_that_are_too_long_for_an_index_are_refused(prefix: str) -> None:
    given = {**URL, **MODEL, "embedding_dimension": 4001}
    said = refused(**{f"{prefix}{name}": value for name, value in given.items()})
    assert said == (
        f"LEARNING_LOOP_{prefix.upper()}EMBEDDING_DIMENSION: "
        "Input should be less than or equal to 4000"
    )
