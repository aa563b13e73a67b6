"""How many threads to compute with, from how long computing takes.

llama.cpp's threads wait for each other at every matrix. Where a compiler takes one of the cores,
all of them wait for the thread that was put aside, and fewer threads are faster: measured with two
busy cores, one thread wrote 16 tokens a second and two wrote 2 to 11.
"""

from __future__ import annotations

# So many steps in a row, so much slower than the best one seen, mean that something else runs.
_SLOW = 1.4
_IN_A_ROW = 2
# A count that was left is tried again after this many seconds, and after twice as many each time
# that it does not win; at once where steps become this much faster, since the load has gone.
_RETRY_S = 0.8
_LONGEST_RETRY_S = 10.0
_RELIEVED = 0.75
# Weight of the newest step in a running mean.
_NEWEST = 0.4
# The best time creeps up by this factor a step, since a growing context makes steps longer.
_FORGET = 1.002


class ThreadControl:
    """Chooses between `most` threads and halves of it.

    Args:
        most: threads to use on a machine that has nothing else to do.
        best: seconds that a step takes then; infinite where that is not known.
    """

    def __init__(self, most: int, best: float = float("inf")) -> None:
        self._counts = sorted({max(1, most >> shift) for shift in range(4)}, reverse=True)
        self._mean: dict[int, float] = {}
        self._measured: dict[int, float] = {}
        self._retry: dict[int, float] = {}
        self._best = best
        self._in_a_row = 0
        self.count = most

    def record(self, seconds: float, now: float) -> None:
        """Take the time of a step, and choose for the next. Steps of several kinds must be made
        comparable first."""
        before = self._mean.get(self.count, seconds)
        self._mean[self.count] = before + _NEWEST * (seconds - before)
        self._measured[self.count] = now
        if self.count == self._counts[0]:
            self._best = min(self._best * _FORGET, seconds)
            if not self._lasts(seconds > _SLOW * self._best):
                return
        elif self._lasts(seconds < _RELIEVED * before):
            self._mean = {self.count: seconds}
            self._retry = {}
            self._measured = {}
        self.count = self._choice(now)

    def _lasts(self, changed: bool) -> bool:
        """Whether a change has been seen often enough in a row."""
        self._in_a_row = self._in_a_row + 1 if changed else 0
        return self._in_a_row >= _IN_A_ROW

    def _choice(self, now: float) -> int:
        """A count that was not tried for a while, else the fastest."""
        fastest = min(self._counts, key=lambda count: self._mean.get(count, float("inf")))
        for other in self._counts:
            retry = self._retry.get(other, _RETRY_S)
            if other != self.count and now - self._measured.get(other, -retry) >= retry:
                self._retry[other] = min(2 * retry, _LONGEST_RETRY_S)
                self._mean.pop(other, None)
                self._in_a_row = _IN_A_ROW - 1  # one more slow step is enough to go back
                return other
        if fastest != self.count:
            self._in_a_row = 0
        self._retry[fastest] = _RETRY_S
        return fastest
