"""Who calls: principals, their roles, and what each role may do."""

import unicodedata
from enum import StrEnum

from domain.base import Line, Model, Slug


class ApiRole(StrEnum):
    """The role of an API key or a signed-in person."""

    INTEGRATION = "integration"
    AGENT = "agent"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a call needs."""

    SUBMIT_INTERVENTIONS = "submit_interventions"
    READ_INTERVENTIONS = "read_interventions"
    READ_KNOWLEDGE = "read_knowledge"
    ASK = "ask"
    REPORT_OUTCOMES = "report_outcomes"
    READ_PROPOSALS = "read_proposals"
    DECIDE = "decide"
    PROPOSE = "propose"
    ASSIGN = "assign"
    REOPEN = "reopen"
    SUPPRESS = "suppress"
    CHECK_UP = "check_up"
    READ_USAGE = "read_usage"
    CURATE_GOLDEN = "curate_golden"
    ADMINISTER = "administer"


_REVIEWER = frozenset(
    {
        Permission.READ_INTERVENTIONS,
        Permission.READ_KNOWLEDGE,
        Permission.ASK,
        Permission.READ_PROPOSALS,
        Permission.DECIDE,
        Permission.PROPOSE,
    }
)
_LEAD = _REVIEWER | {
    Permission.ASSIGN,
    Permission.REOPEN,
    Permission.SUPPRESS,
    Permission.CHECK_UP,
    Permission.READ_USAGE,
    Permission.CURATE_GOLDEN,
}

PERMISSIONS: dict[ApiRole, frozenset[Permission]] = {
    ApiRole.INTEGRATION: frozenset(
        {
            Permission.SUBMIT_INTERVENTIONS,
            Permission.READ_INTERVENTIONS,
            Permission.REPORT_OUTCOMES,
        }
    ),
    ApiRole.AGENT: frozenset(
        {Permission.READ_KNOWLEDGE, Permission.ASK, Permission.REPORT_OUTCOMES}
    ),
    ApiRole.REVIEWER: _REVIEWER,
    ApiRole.LEAD: _LEAD,
    ApiRole.ADMIN: frozenset(Permission),
}

_RANK = {ApiRole.REVIEWER: 1, ApiRole.LEAD: 2, ApiRole.ADMIN: 3}


def has_rank(role: ApiRole, at_least: ApiRole) -> bool:
    """Return whether `role` reviews with the authority of `at_least` or more."""
    return _RANK.get(role, 0) >= _RANK[at_least]


class Principal(Model):
    """A caller: one person or machine in one workspace. Two keys of one person are one person."""

    workspace: Slug
    name: Line
    role: ApiRole

    def may(self, permission: Permission) -> bool:
        """Return whether the principal's role holds the permission."""
        return permission in PERMISSIONS[self.role]


def person_key(name: str) -> str:
    """Return what is left of a name when all that a reader cannot see is taken away.

    Two names with one key mean one person; an empty key names nobody.
    """
    letters = unicodedata.normalize("NFKC", name)
    seen = "".join(letter for letter in letters if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(seen.split()).casefold())


def same_person(one: str | None, other: str | None) -> bool:
    """Return whether two names mean one person. Two that name nobody mean nobody.

    Case, white space, invisible characters and Unicode's ways to write one letter do not count.
    """
    if one is None or other is None:
        return False
    key = person_key(one)
    return key != "" and key == person_key(other)
