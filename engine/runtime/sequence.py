"""A sequence: the tokens that are evaluated for one document or conversation."""

from __future__ import annotations

import math
from array import array

from midfill.engine.runtime.context import Context, State

# A run of cached tokens shorter than this is not worth moving; llama.cpp's server uses 256.
_SHORTEST_RUN = 32


class Sequence:
    """Mirrors what `context` holds under one sequence id, and changes both together.

    What is saved lies beside the cache, and must be restored before it is used.
    """

    def __init__(self, context: Context, number: int) -> None:
        self._context = context
        self.number = number
        self.tokens: list[int] = []
        self.document = ""
        self.busy = False
        self.last_used = -math.inf
        self._state: State | None = None

    @property
    def saved(self) -> bool:
        """Whether its tokens lie beside the cache."""
        return self._state is not None

    def save(self) -> None:
        """Take its tokens out of the cache. If they were moved and not used, they are forgotten."""
        if self.number in self._context.shifted:
            self.clear()
            return
        self._state = self._context.save(self.number)
        self._context.remove(self.number, 0)

    def restore(self) -> None:
        """Put them back.

        Raises:
            NoRoom: the cache has too few free cells; they are saved as before.
        """
        if self._state is not None:
            self._context.load(self.number, self._state)
            self._state = None

    def reuse(self, prompt: list[int], fresh: int = 1) -> int:
        """Keep what of the cache `prompt` can use, drop the rest.

        The `fresh` last tokens are always evaluated, since the logits behind them are wanted.

        A window that slid, or lines deleted above the cursor, leave a long run of tokens in place
        behind a gap: the gap is cut out and the run moved up (as llama.cpp's n_cache_reuse does).

        Returns:
            The number of leading tokens of `prompt` that need no evaluation.
        """
        kept = common_prefix(self.tokens, prompt)
        if kept < len(prompt) - 1 and self._context.can_shift:
            start = self._run_start(prompt, kept)
            if start is not None:
                self._cut(kept, start)
                kept = common_prefix(self.tokens, prompt)
        kept = min(kept, len(prompt) - fresh)
        self.truncate(kept)
        return kept

    def share(self, source: Sequence, length: int) -> None:
        """Hold the first `length` tokens of `source` and nothing else, in the same cells."""
        self.clear()
        self._context.copy(source.number, self.number, length)
        self.tokens = source.tokens[:length]

    def truncate(self, length: int) -> None:
        """Forget every token from position `length` on."""
        if length < len(self.tokens):
            self._context.remove(self.number, length)
            del self.tokens[length:]

    def clear(self) -> None:
        """Forget everything."""
        self._context.remove(self.number, 0)
        self._state = None
        self.tokens = []
        self.document = ""

    def _run_start(self, prompt: list[int], kept: int) -> int | None:
        needle = array("i", prompt[kept : kept + _SHORTEST_RUN])
        if len(needle) < _SHORTEST_RUN:
            return None
        haystack = array("i", self.tokens[kept + 1 :]).tobytes()
        width = needle.itemsize
        found = haystack.find(needle.tobytes())
        while found >= 0 and found % width:
            found = haystack.find(needle.tobytes(), found + 1)
        return None if found < 0 else kept + 1 + found // width

    def _cut(self, start: int, end: int) -> None:
        self._context.remove(self.number, start, end)
        self._context.shift(self.number, end, start - end)
        del self.tokens[start:end]


def common_prefix(left: list[int], right: list[int]) -> int:
    """How many tokens the two lists share from the start."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
