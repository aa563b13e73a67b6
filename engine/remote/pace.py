"""Whether the local engine keeps up with what the person wants, without changing sides at every
request."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import median

# A prompt that is in no cache takes long on any engine, so one request tells little.
_REQUESTS, _MOST = 5, 3
_RECOVERED = 0.7  # of the target
_LOOK_AGAIN_S = 30.0


class Pace:
    """Follows the time to the first token. `target_ms` 0: nothing is too slow."""

    def __init__(self, target_ms: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._target_ms = target_ms
        self._clock = clock
        self._latest: deque[float] = deque(maxlen=_REQUESTS)
        self._slow = False
        self._looked = 0.0

    @property
    def ms(self) -> float:
        """What was usual of late; 0: there were no requests."""
        return median(self._latest) if self._latest else 0.0

    def took(self, ms: float) -> None:
        """A request has got its first token after so long."""
        self._looked = self._clock()
        if self._slow and ms <= _RECOVERED * self._target_ms:
            self._slow = False
            self._latest.clear()
        self._latest.append(ms)
        if self._target_ms and sum(each > self._target_ms for each in self._latest) >= _MOST:
            self._slow = True

    def gave_up(self, ms: float) -> None:
        """A request was given up without any, which tells only where it had taken long."""
        if ms > self.ms:
            self.took(ms)

    @property
    def too_slow(self) -> bool:
        """True from when most of the latest requests exceed the target until one is well below it.

        Now and then it says no, so that there is such a request.
        """
        return self._slow and self._clock() - self._looked < _LOOK_AGAIN_S
