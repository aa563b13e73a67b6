"""Whether the local engine keeps up with what the person wants, without changing sides at every
request."""

from __future__ import annotations

import time
from collections.abc import Callable

_WEIGHT = 0.3  # of the latest request
_RECOVERED = 0.7  # of the target
_LOOK_AGAIN_S = 30.0


class Pace:
    """Follows the time to the first token. `target_ms` 0: nothing is too slow."""

    def __init__(self, target_ms: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.ms = 0.0
        self._target_ms = target_ms
        self._clock = clock
        self._slow = False
        self._looked = 0.0

    def took(self, ms: float) -> None:
        """A request has got its first token after so long."""
        self._looked = self._clock()
        if self._slow:
            self.ms = ms
            self._slow = ms > _RECOVERED * self._target_ms
        else:
            self.ms = _WEIGHT * ms + (1 - _WEIGHT) * self.ms if self.ms else ms
            self._slow = 0 < self._target_ms < self.ms

    def gave_up(self, ms: float) -> None:
        """A request was given up without any, which tells only where it had taken long."""
        if ms > self.ms:
            self.took(ms)

    @property
    def too_slow(self) -> bool:
        """True from when the mean exceeds the target until a request is well below it.

        Now and then it says no, so that there is such a request.
        """
        return self._slow and self._clock() - self._looked < _LOOK_AGAIN_S
