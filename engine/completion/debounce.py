"""How long to wait for the next key before a completion is asked for.

The formula and its constants are Tabby's (tabby-agent, `codeCompletion/debounce.ts`), with two
rules of its other clients: at the start of a line there is nothing to wait for, and a person who
deletes does not want the deleted text back.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason

# All in milliseconds. A longer pause is not typing.
_LONGEST_INTERVAL = 400.0
_SHORTEST_INTERVAL = 100.0
_FIRST_INTERVAL = 200.0
_ENOUGH_INTERVALS = 20
_SHORTEST_DELAY = 100.0
_LONGEST_DELAY = 1000.0
_LATENCIES = 10
# Characters on each side by which a deletion is recognised.
_AROUND = 256
_WORD = re.compile(r"\w")


class Debounce:
    """The delay of the next automatic request, from how one person types and how fast answers come.

    `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked = -1.0
        self._before: Cursor | None = None
        self._intervals: deque[float] = deque(maxlen=100)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)

    def answered(self, ms: float) -> None:
        """Note how long an answer took, in milliseconds."""
        self._latencies.append(ms)

    def delay(self, cursor: Cursor) -> float | Reason:
        """Milliseconds to wait before asking, or why not to ask. Call it once for each change."""
        now, before = self._clock(), self._before
        if before is not None and (now - self._asked) * 1000 <= _LONGEST_INTERVAL:
            self._intervals.append((now - self._asked) * 1000)
        self._asked, self._before = now, cursor
        if cursor.explicit:
            return 0.0
        if before is not None and _deleted(before, cursor):
            return Reason.DELETING
        if not cursor.line_prefix.strip():
            return 0.0
        expected = (3.0 - 1.5 * _score(cursor)) * self._interval()
        return min(max(expected - self._latency(), _SHORTEST_DELAY), _LONGEST_DELAY)

    def _interval(self) -> float:
        if len(self._intervals) <= _ENOUGH_INTERVALS:
            return _FIRST_INTERVAL
        return max(sum(self._intervals) / len(self._intervals), _SHORTEST_INTERVAL)

    def _latency(self) -> float:
        return sum(self._latencies) / len(self._latencies) if self._latencies else 0.0


def _score(cursor: Cursor) -> float:
    """How likely a suggestion is wanted here, from 0 to 1."""
    score = 0.0
    if not _WORD.match(cursor.prefix[-1:]):
        score += 0.5
    if not _WORD.search(cursor.line_suffix):
        score += 0.4
    if not _WORD.search(cursor.suffix):
        score += 0.1
    return score


def _deleted(before: Cursor, now: Cursor) -> bool:
    """Whether the end of the prefix has gone and nothing else has changed."""
    return (
        before.prefix != now.prefix
        and before.suffix[:_AROUND] == now.suffix[:_AROUND]
        and now.prefix[-_AROUND:] in before.prefix[-2 * _AROUND : -1]
    )
