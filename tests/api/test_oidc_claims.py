"""What a provider's claims mean here."""

import pytest

from api.oidc_claims import lacks, read_claims, workspace_of
from domain.identity import ApiRole
from gateways.sign_in_settings import OidcSettings

SETTINGS = OidcSettings(
    issuer="https://id.test",
    client_id="c",
    client_secret=None,
    scopes="openid",
    name_claim="preferred_username",
    role_claim="groups",
    roles={"support": ApiRole.REVIEWER, "leads": ApiRole.LEAD, "dana@shop.test": ApiRole.ADMIN},
    workspace_claim=None,
    label="us",
)
DANA = {"sub": "1", "preferred_username": "dana", "groups": ["support"]}


def role_of(settings: OidcSettings = SETTINGS, **claims: object) -> ApiRole | None:
    claimed = read_claims({**DANA, **claims}, settings)
    assert claimed is not None
    return claimed.role


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["support", "leads"], ApiRole.LEAD),
        (["leads", "support"], ApiRole.LEAD),
        ("support", ApiRole.REVIEWER),
        (["Support"], None),
        (["support "], None),
        ([], None),
        ([7, None, ["support"]], None),
        ({"support": True}, None),
        (None, None),
    ],
)
def test_the_highest_role_of_the_groups_counts(groups: object, role: ApiRole | None) -> None:
    assert role_of(groups=groups) is role


def test_a_claim_may_be_inside_of_another() -> None:
    settings = SETTINGS._replace(role_claim="realm_access.roles")

    assert role_of(settings, realm_access={"roles": ["leads"]}) is ApiRole.LEAD
    assert role_of(settings, realm_access="leads") is None


def test_a_claim_whose_name_has_dots_is_found_as_it_is() -> None:
    settings = SETTINGS._replace(role_claim="https://shop.test/roles")

    assert role_of(settings, **{"https://shop.test/roles": ["leads"]}) is ApiRole.LEAD


def test_a_role_by_address_wants_one_that_the_provider_has_verified() -> None:
    settings = SETTINGS._replace(role_claim="email")

    assert role_of(settings, email="dana@shop.test", email_verified=True) is ApiRole.ADMIN
    assert role_of(settings, email="dana@shop.test", email_verified=False) is None
    assert role_of(settings, email="dana@shop.test") is None


def test_only_groups_with_a_role_are_kept() -> None:
    claimed = read_claims({**DANA, "groups": ["support", "football", "support"]}, SETTINGS)

    assert claimed is not None
    assert claimed.groups == ("support",)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": " dana\n k. "}, "dana k."),
        ({"preferred_username": "da\u200bna\u202e"}, "dana"),
        ({"preferred_username": None, "email": "dana@shop.test"}, "dana@shop.test"),
        ({"preferred_username": "\u200b", "email": "dana@shop.test"}, "dana@shop.test"),
        ({"preferred_username": "x" * 301, "email": "dana@shop.test"}, "dana@shop.test"),
    ],
)
def test_a_name_is_one_line_of_visible_text(claims: dict[str, object], name: str) -> None:
    claimed = read_claims({**DANA, **claims}, SETTINGS)

    assert claimed is not None
    assert claimed.name == name


@pytest.mark.parametrize(
    "claims", [{"preferred_username": 7}, {"sub": None}, {"sub": 7}, {"sub": " "}]
)
def test_without_a_name_or_a_subject_there_is_nobody(claims: dict[str, object]) -> None:
    assert read_claims({**DANA, **claims}, SETTINGS) is None


@pytest.mark.parametrize("value", ["*", "", None, 7, "A b", ["shop"]])
def test_what_is_no_workspaces_name_names_none(value: object) -> None:
    settings = SETTINGS._replace(workspace_claim="org")

    assert workspace_of({"org": value}, settings, "default") is None
    assert workspace_of({}, SETTINGS, "default") == "default"


def test_more_is_asked_for_only_when_a_claim_is_missing() -> None:
    assert not lacks(DANA, SETTINGS)
    assert lacks({"sub": "1", "preferred_username": "dana"}, SETTINGS)
