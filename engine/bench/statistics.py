"""The few statistics that the benchmarks report."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

_Z95 = 1.959964


def percentile(values: Iterable[float], percent: float) -> float | None:
    """The percentile, interpolated between neighbours; None of no values."""
    found = list(values)
    return round(float(np.percentile(found, percent)), 3) if found else None


def mean(values: Iterable[float]) -> float | None:
    """The arithmetic mean; None of no values."""
    found = list(values)
    return round(sum(found) / len(found), 3) if found else None


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, from 0 to 1; None of nothing."""
    return round(part / whole, 4) if whole else None


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """How many times `theirs` ours is; None where there is nothing to compare with."""
    return round(ours / theirs, 4) if ours is not None and theirs else None


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score); (0, 1) of no trials."""
    if not trials:
        return 0.0, 1.0
    rate, square = successes / trials, _Z95 * _Z95
    middle = rate + square / (2 * trials)
    half = _Z95 * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return round((middle - half) / scale, 4), round((middle + half) / scale, 4)
