"""What a change request must name, and who may force one."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.change_requests import ChangeRequestStatus, NewChangeRequest

ITEM = str(UUID(int=7))


def asked(**fields: Any) -> NewChangeRequest:
    given: dict[str, Any] = {
        "id": ITEM,
        "kind": "retire",
        "requested_by": "ana",
        "role": "reviewer",
        "reason": "It is wrong.",
        "target": {"item_id": ITEM},
    }
    return NewChangeRequest.model_validate(given | fields)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("retire", {"item_id": ITEM}),
        ("restore", {"item_id": ITEM}),
        ("rollback_revision", {"item_id": ITEM, "to_revision": 2}),
        ("rollback_release", {"to_release": 2}),
        ("edit", {"content_hash": "h"}),
    ],
)
def test_each_kind_names_its_own_target(kind: str, target: dict[str, Any]) -> None:
    assert asked(kind=kind, target=target).kind == kind
    with pytest.raises(ValidationError, match="names"):
        asked(kind=kind, target={})
    with pytest.raises(ValidationError, match="names"):
        asked(kind=kind, target={**target, "item_id": ITEM, "to_release": 1})


@pytest.mark.parametrize("role", ["reviewer", "lead", "agent", "integration"])
def test_only_an_administrator_forces(role: str) -> None:
    rollback = {"kind": "rollback_release", "target": {"to_release": 2}, "mode": "forced"}
    assert asked(**rollback, role="admin").mode == "forced"
    with pytest.raises(ValidationError, match="administrator"):
        asked(**rollback, role=role)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_request_says_why(reason: str) -> None:
    with pytest.raises(ValidationError):
        asked(reason=reason)


def test_only_rollbacks_can_be_forced() -> None:
    with pytest.raises(ValidationError, match="cannot be forced"):
        asked(mode="forced", role="admin")


def test_a_request_that_waits_is_not_over() -> None:
    over = {status for status in ChangeRequestStatus if status.is_final}
    assert over == {"applied", "declined", "failed"}
