"""How fast this machine is now, against how fast it was when it had nothing else to do."""

from __future__ import annotations

import math
import time
from pathlib import Path

# The mean follows a change in about so many seconds of work.
_MEMORY_S = 0.3
# What was seen is believed so long; then the number of processes that want a processor says more.
_BELIEVED_S = 1.0
_LOADAVG = Path("/proc/loadavg")


class Pace:
    """Follows the slowness of steps: the time they took over the time expected of them.

    Args:
        cores: processors that this process may use.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._slowness = 1.0
        self._seen = -math.inf

    def record(self, seconds: float, expected: float) -> None:
        """Take the time of a step."""
        weight = 1 - math.exp(-seconds / _MEMORY_S)
        self._slowness += weight * (seconds / expected - self._slowness)
        self._seen = time.monotonic()

    def slowness(self) -> float:
        """1 on a machine as quiet as at calibration, 2 where all takes twice the time."""
        if time.monotonic() - self._seen < _BELIEVED_S:
            return self._slowness
        others = runnable()
        if others is None:
            return self._slowness
        return 1 + others / self._cores


def runnable() -> int | None:
    """Threads that want a processor now, without the caller; None where the system does not say.

    Field 4 of /proc/loadavg, see proc_loadavg(5).
    """
    try:
        return int(_LOADAVG.read_text().split()[3].partition("/")[0]) - 1
    except OSError:
        return None
