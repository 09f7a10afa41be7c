"""Which tests run in one process, and in which order: `pytest -n` as this project wants it.

A file's tests stay together, so that its servers are started once. The longest come first: at the
end no process then waits long for the others.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

BROWSER = "the browser and its stack"
PORTS = "the ports that people know"

TOGETHER = {
    "tests/browser": BROWSER,
    # A stack that is kept prefers port 8000 and so on. Two that start at the same moment would both
    # find it free.
    "tests/acceptance/test_demo.py": PORTS,
    "tests/chaos/test_kill.py": PORTS,
    "tests/embedded": PORTS,
}
"""Files and folders whose tests run in the same process, by the name of what they share."""

LONGEST_FIRST = (
    "tests/browser",
    "tests/chaos/test_kill.py",
    "tests/acceptance/test_demo.py",
    "tests/embedded",
    "tests/test_quality.py",
    "tests/bench/test_airline_stack.py",
    "tests/chaos/test_hot_items.py",
    "tests/acceptance/test_erasure.py",
    "tests/workflows",
)


def unit_of(nodeid: str) -> str:
    """Return what must run in one process, as a name: the test's file, or what it shares."""
    file = nodeid.partition("::")[0]
    return next((TOGETHER[place] for place in _places(file) if place in TOGETHER), file)


def rank_of(nodeid: str) -> int:
    """Return the place of a test in the order; those of one rank keep theirs."""
    places = _places(nodeid.partition("::")[0])
    ranks = [LONGEST_FIRST.index(place) for place in places if place in LONGEST_FIRST]
    return min(ranks, default=len(LONGEST_FIRST))


def _places(file: str) -> Iterable[str]:
    """Return the file and the folders that it is in."""
    path = PurePosixPath(file)
    return [str(place) for place in (path, *path.parents)]


class UnitScheduling(LoadScopeScheduling):
    """Hands out units in the order of the tests; a process that is done takes the next one."""

    def __init__(self, config: pytest.Config, log: "Producer | None" = None) -> None:
        """Take the units as they come: xdist would take those with most tests first."""
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
