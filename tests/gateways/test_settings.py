"""What the product's settings say when they cannot be used."""

import pytest
from pydantic import ValidationError

from gateways.settings import load_settings


def test_a_missing_setting_is_named_and_no_other_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    monkeypatch.setenv("LEARNING_LOOP_SESSION_SECRET", "topsecret")
    with pytest.raises(ValidationError, match="DATABASE_URL") as caught:
        load_settings()
    assert "secret" not in str(caught.value)
