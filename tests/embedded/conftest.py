import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import placement


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that Postgres's user can reach, unlike pytest's own when root runs it."""
    made = placement.throw_away_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/tmp."""
    made = placement.throw_away_folder()
    monkeypatch.setattr(placement, "SHARED", made)
    yield made
    shutil.rmtree(made)
