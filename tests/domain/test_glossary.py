"""docs/glossary.md names every word and every value of the domain, and agrees with its tables."""

import importlib
import pkgutil
import re
from enum import StrEnum
from pathlib import Path

import pytest

import domain
from domain.identity import PERMISSIONS, ApiRole
from domain.proposals import LEGAL_TRANSITIONS, ProposalStatus

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text()
MODULES = [
    importlib.import_module(f"domain.{module.name}")
    for module in pkgutil.iter_modules(domain.__path__)
]
SETS = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
    },
    key=lambda kind: kind.__name__,
)
WORDS = (
    *("Workspace", "Intervention", "Turn", "Resolution", "Analysis", "Finding", "Gap", "Item"),
    *("Article", "Policy", "ToolConnection", "Revision", "Release", "Change", "Proposal"),
    *("Verification", "Review", "Decision", "Outcome", "Autonomy rate"),
)


def row(first: str, section: str) -> set[str]:
    """Return the values in the cells after the one that holds `first`, in one section."""
    [text] = re.findall(rf"^### {section}\n(.*?)(?=^##|\Z)", GLOSSARY, re.M | re.S)
    [line] = re.findall(rf"^\| `{first}` \|(.*)$", text, re.M)
    return set(re.findall(r"`(\w+)`", line))


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_design_is_explained(word: str) -> None:
    assert re.search(rf"\*\*{word}\*\*", GLOSSARY)


@pytest.mark.parametrize("kind", SETS, ids=lambda kind: kind.__name__)
def test_every_closed_set_is_listed_with_all_its_values(kind: type[StrEnum]) -> None:
    assert re.search(rf"\b{kind.__name__}\b", GLOSSARY)
    missing = [value.value for value in kind if f"`{value}`" not in GLOSSARY]
    assert not missing


@pytest.mark.parametrize("status", ProposalStatus)
def test_the_transitions_are_those_of_the_code(status: ProposalStatus) -> None:
    assert row(status, "ProposalStatus") == {to.value for to in LEGAL_TRANSITIONS[status]}


@pytest.mark.parametrize("role", [ApiRole.INTEGRATION, ApiRole.AGENT, ApiRole.REVIEWER])
def test_the_permissions_are_those_of_the_code(role: ApiRole) -> None:
    assert row(role, "ApiRole, Permission") == {may.value for may in PERMISSIONS[role]}


def test_a_lead_and_an_admin_may_what_the_glossary_adds() -> None:
    lead = PERMISSIONS[ApiRole.LEAD] - PERMISSIONS[ApiRole.REVIEWER]
    assert row("lead", "ApiRole, Permission") == {may.value for may in lead}
