"""Settings of signing in: what is refused at the start instead of at the first sign-in."""

import pytest
from pydantic import ValidationError

from domain.identity import ApiRole
from gateways.settings import Settings, explain
from gateways.sign_in_settings import read_roles

OIDC = {
    "database_url": "postgresql://x",
    "oidc_issuer": "https://id.shop.test/realms/staff",
    "oidc_client_id": "learning-loop",
    "oidc_roles": "support=reviewer",
}


def refusal(**changed: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({**OIDC, **changed})
    return explain(caught.value)


def test_an_issuer_is_kept_letter_by_letter() -> None:
    oidc = Settings.model_validate(OIDC).oidc

    assert oidc is not None
    assert oidc.issuer == "https://id.shop.test/realms/staff"
    assert oidc.roles == {"support": ApiRole.REVIEWER}


def test_without_an_issuer_there_is_no_provider() -> None:
    assert Settings.model_validate({"database_url": "postgresql://x"}).oidc is None


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.shop.test",
        "https://",
        "id.shop.test",
        "https://id.shop.test/?tenant=1",
        "https://id.shop.test/#x",
        "https://user:hunter2@id.shop.test",
    ],
)
def test_an_issuer_that_cannot_be_trusted_is_refused_and_not_repeated(issuer: str) -> None:
    said = refusal(oidc_issuer=issuer)

    assert "LEARNING_LOOP_OIDC_ISSUER" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9", "http://localhost:9/realm"])
def test_a_provider_on_this_machine_needs_no_https(issuer: str) -> None:
    assert Settings.model_validate({**OIDC, "oidc_issuer": issuer}).oidc is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oidc_client_id", None),
        ("oidc_roles", ""),
        ("oidc_roles", "support"),
        ("oidc_roles", "support=boss"),
        ("oidc_roles", "support=agent"),
        ("oidc_roles", "=lead"),
        ("oidc_scopes", "profile email"),
        ("session_hours", 0),
        ("session_idle_hours", -1),
    ],
)
def test_what_would_let_nobody_or_everybody_in_is_refused(name: str, value: object) -> None:
    assert f"LEARNING_LOOP_{name.upper()}" in refusal(**{name: value})


def test_roles_are_read_by_group() -> None:
    assert read_roles(" support = reviewer, leads=lead ,") == {
        "support": ApiRole.REVIEWER,
        "leads": ApiRole.LEAD,
    }


def test_with_a_semicolon_groups_may_hold_commas_and_equals_signs() -> None:
    assert read_roles("CN=support,OU=shop=reviewer;CN=leads,OU=shop=lead") == {
        "CN=support,OU=shop": ApiRole.REVIEWER,
        "CN=leads,OU=shop": ApiRole.LEAD,
    }
