"""Claude's settings, from fields and from the environment."""

import pytest
from pydantic import ValidationError

from gateways.claude_settings import ClaudeSettings, Provider, settings_from_environment
from tests.fakes.claude import KEY


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, "api_key"),
        ({"provider": "bedrock", "api_key": KEY}, "aws_region"),
        ({"provider": "vertex", "api_key": KEY, "vertex_region": "eu"}, "vertex_project"),
    ],
)
def test_settings_name_what_is_missing_and_not_the_key(
    fields: dict[str, str], missing: str
) -> None:
    with pytest.raises(ValidationError, match=missing) as caught:
        ClaudeSettings.model_validate(fields)
    assert KEY not in str(caught.value)


def test_an_environment_that_names_no_claude_has_no_settings() -> None:
    assert settings_from_environment({"AWS_REGION": "eu-west-1", "ANTHROPIC_API_KEY": " "}) is None


def test_a_key_alone_chooses_anthropic() -> None:
    settings = settings_from_environment({"ANTHROPIC_API_KEY": KEY})
    assert settings is not None
    assert settings.provider is Provider.ANTHROPIC
    assert settings.model == "claude-sonnet-5-5"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY


def test_a_cloud_is_chosen_by_name_and_keeps_its_own_address() -> None:
    settings = settings_from_environment(
        {
            "LEARNING_LOOP_CLAUDE_PROVIDER": "bedrock",
            "LEARNING_LOOP_CLAUDE_MODEL": "anthropic.claude-sonnet-5-5",
            "LEARNING_LOOP_CLAUDE_MAX_OUTPUT_TOKENS": "8000",
            "LEARNING_LOOP_CLAUDE_EFFORT": "low",
            "AWS_REGION": "eu-west-1",
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
        }
    )
    assert settings == ClaudeSettings(
        provider=Provider.BEDROCK,
        model="anthropic.claude-sonnet-5-5",
        max_output_tokens=8_000,
        effort="low",
        aws_region="eu-west-1",
    )


def test_a_wrong_setting_is_named_without_its_neighbours() -> None:
    with pytest.raises(ValidationError, match="max_output_tokens") as caught:
        settings_from_environment(
            {"ANTHROPIC_API_KEY": KEY, "LEARNING_LOOP_CLAUDE_MAX_OUTPUT_TOKENS": "many"}
        )
    assert KEY not in str(caught.value)
