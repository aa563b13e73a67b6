"""How many threads to decode with, from how long decoding takes.

llama.cpp's threads wait for each other at every matrix. Where a compiler takes one of the cores,
all of them wait for the thread that was put aside, and fewer threads are faster: measured with two
busy cores, one thread wrote 16 tokens a second and two wrote 2 to 11.
"""

from __future__ import annotations

# So many steps in a row, so much slower than the best one seen, mean that something else runs.
_SLOW = 1.4
_IN_A_ROW = 2
# A count that was left is tried again after this many seconds: the machine may be free again.
_RETRY_S = 0.8
# Weight of the newest step in a running mean.
_NEWEST = 0.4
# The best time creeps up by this factor a step, since a growing context makes steps longer.
_FORGET = 1.002


class ThreadControl:
    """Chooses between `most` threads and halves of it.

    Args:
        most: threads to use on a machine that has nothing else to do.
    """

    def __init__(self, most: int) -> None:
        self._counts = sorted({max(1, most >> shift) for shift in range(4)}, reverse=True)
        self._mean: dict[int, float] = {}
        self._measured: dict[int, float] = {}
        self._best = float("inf")
        self._slow_steps = 0
        self.count = most

    def record(self, seconds: float, now: float) -> None:
        """Take the time of a step that decoded one token, and choose for the next."""
        before = self._mean.get(self.count, seconds)
        self._mean[self.count] = before + _NEWEST * (seconds - before)
        self._measured[self.count] = now
        if self.count == self._counts[0]:
            self._best = min(self._best * _FORGET, seconds)
            self._slow_steps = self._slow_steps + 1 if seconds > _SLOW * self._best else 0
            if self._slow_steps < _IN_A_ROW:
                return
        self.count = self._choice(now)

    def _choice(self, now: float) -> int:
        """A count that was not tried for a while, else the fastest."""
        for other in self._counts:
            if other != self.count and now - self._measured.get(other, -_RETRY_S) >= _RETRY_S:
                self._mean.pop(other, None)
                return other
        return min(self._counts, key=lambda count: self._mean.get(count, float("inf")))
