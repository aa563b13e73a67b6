"""A circuit breaker: whoever has failed is left alone, each time in a row twice as long."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

_FIRST_S = 1.0
_LONGEST_S = 30.0


class Breaker:
    """Counts the failures of one server. `why` is what it failed with last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.why = ""
        self._clock = clock
        self._pause_s = 0.0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether to leave the server alone for now."""
        return self._clock() < self._until

    def failed(self, why: str, retry_after: float | None = None) -> None:
        """It did not answer; `retry_after` are the seconds for which it asks itself, if any."""
        self.why = why
        if not self.open:  # else it was asked before that was known
            self._pause_s = min(2 * self._pause_s or _FIRST_S, _LONGEST_S)
        # Spread out, so that not everybody comes back at once.
        pause_s = retry_after or self._pause_s * random.uniform(0.5, 1)
        self._until = max(self._until, self._clock() + pause_s)

    def succeeded(self) -> None:
        """It has answered."""
        self._pause_s = self._until = 0.0
