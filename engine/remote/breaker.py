"""A circuit breaker: whoever has failed is left alone, each time in a row twice as long.

When that time is over, one request is the trial that finds out for all others.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FIRST_S = 1.0
_LONGEST_S = 30.0


class Breaker:
    """Counts the failures of one server. `why` is what it failed with last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.why = ""
        self._clock = clock
        self._pause_s = 0.0
        self._until = 0.0
        self._on_trial = False

    @property
    def open(self) -> bool:
        """Whether to leave the server alone for now."""
        return self._on_trial or self._clock() < self._until

    @contextmanager
    def trying(self) -> Iterator[None]:
        """While a request is there. The first one after a pause is a trial."""
        is_trial = self._pause_s > 0 and not self.open
        self._on_trial |= is_trial
        try:
            yield
        finally:
            self._on_trial &= not is_trial

    def failed(self, why: str, retry_after: float | None = None) -> None:
        """It did not answer; `retry_after` are the seconds for which it asks itself, if any."""
        self.why = why
        self._on_trial = False
        if not self.open:  # else it was asked before that was known
            self._pause_s = min(2 * self._pause_s or _FIRST_S, _LONGEST_S)
        # Spread out, so that not everybody comes back at once.
        pause_s = retry_after or self._pause_s * random.uniform(0.5, 1)
        self._until = max(self._until, self._clock() + pause_s)

    def succeeded(self) -> None:
        """It has answered."""
        self._on_trial = False
        self._pause_s = self._until = 0.0
