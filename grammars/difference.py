"""Where two versions of a text differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import AnyStr, NamedTuple


class Difference(NamedTuple):
    """Outside of `old[start:old_end]` and `new[start:new_end]` both versions are the same."""

    start: int
    old_end: int
    new_end: int


def difference(old: AnyStr, new: AnyStr) -> Difference:
    """The smallest single replacement that makes `new` of `old`.

    Found by halving, since comparing slices is much faster than comparing single characters.
    """
    shorter = min(len(old), len(new))
    start = _longest(shorter, lambda low, high: old[low:high] == new[low:high])
    kept = _longest(
        shorter - start,
        lambda low, high: (
            old[len(old) - high : len(old) - low] == new[len(new) - high : len(new) - low]
        ),
    )
    return Difference(start, len(old) - kept, len(new) - kept)


def _longest(limit: int, same: Callable[[int, int], bool]) -> int:
    """The greatest length up to `limit` with `same(0, length)`, asked for piece by piece."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
