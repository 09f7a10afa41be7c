"""What Claude's settings insist on."""

import pytest
from pydantic import ValidationError

from gateways.claude_settings import ClaudeSettings
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
