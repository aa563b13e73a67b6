"""How many threads to decode with, from how long decoding takes.

llama.cpp's threads wait for each other at every matrix. Where a compiler takes one of the cores,
all of them wait for the thread that was put aside, and fewer threads are faster: measured with two
busy cores, one thread wrote 16 tokens a second and two wrote 2 to 11.
"""

from __future__ import annotations

# A step this much slower than the best one seen means that something else runs.
_SUSPICIOUS = 1.4
# A count that was left is tried again after this many seconds: the machine may be free again.
_RETRY_S = 0.5
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
        self._best: dict[int, float] = {}
        self.count = most

    def record(self, seconds: float, now: float) -> None:
        """Take the time of a step that decoded one token a sequence, and choose for the next."""
        count = self.count
        before = self._mean.get(count, seconds)
        # A first step after a change is the only sign there is; afterwards single slow steps,
        # as every machine has them, count less.
        self._mean[count] = before + _NEWEST * (seconds - before)
        self._measured[count] = now
        self._best[count] = min(self._best.get(count, seconds) * _FORGET, seconds)
        self.count = self._choice(now)

    def _choice(self, now: float) -> int:
        if not self._contended():
            return self.count
        for other in self._counts:
            age = now - self._measured.get(other, -_RETRY_S)
            if other != self.count and age >= _RETRY_S:
                self._mean.pop(other, None)
                return other
        return min(self._counts, key=lambda count: self._mean.get(count, float("inf")))

    def _contended(self) -> bool:
        """Whether the present count is slower than it has been, or not the full one."""
        full = self._counts[0]
        return self.count != full or self._mean[full] > _SUSPICIOUS * self._best[full]
