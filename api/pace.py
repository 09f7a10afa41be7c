"""How often one person may ask for something that costs a little. In memory, for each process."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MOST_PEOPLE = 10_000


class Pace:
    """So many times in so many seconds, for each person."""

    def __init__(
        self, times: int, seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `times` within any `seconds`."""
        self._times = times
        self._seconds = seconds
        self._clock = clock
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()

    def seconds_to_wait(self, who: str) -> float:
        """Count one more time and return 0, or return how long this person must wait."""
        now = self._clock()
        taken = self._taken.setdefault(who, deque())
        self._taken.move_to_end(who)
        if len(self._taken) > _MOST_PEOPLE:
            self._taken.popitem(last=False)
        while taken and taken[0] <= now - self._seconds:
            taken.popleft()
        if len(taken) >= self._times:
            return taken[0] + self._seconds - now
        taken.append(now)
        return 0.0
