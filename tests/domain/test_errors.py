"""An error's docstring is its message, and its code is its own."""

import pytest

from domain import errors
from domain.errors import DomainError, QuoteNotFoundError

ALL = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DomainError)
]
PLAIN = [kind for kind in ALL if kind is not QuoteNotFoundError]


@pytest.mark.parametrize("kind", PLAIN)
def test_the_docstring_is_the_message(kind: type[DomainError]) -> None:
    assert str(kind()) == (kind.__doc__ or "").splitlines()[0]
    assert str(kind("in other words")) == "in other words"


def test_every_code_is_its_own() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL)
