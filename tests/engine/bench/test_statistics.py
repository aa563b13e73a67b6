"""Figures against values known from elsewhere."""

from __future__ import annotations

import pytest

from midfill.engine.bench.statistics import mean, percentile, ratio, share, wilson


def test_percentile() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert percentile(range(101), 95) == 95
    assert percentile([7], 95) == 7
    assert percentile([], 50) is None


def test_mean() -> None:
    assert mean([1, 2, 6]) == 3
    assert mean([]) is None


def test_share() -> None:
    assert share(1, 4) == 0.25
    assert share(0, 0) is None


def test_ratio() -> None:
    assert ratio(1, 4) == 0.25
    assert ratio(0, 4) == 0
    assert ratio(1, 0) is None
    assert ratio(None, 4) is None
    assert ratio(1, None) is None


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe (1998), table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == (low, high)


def test_nothing_is_known_of_no_trials() -> None:
    assert wilson(0, 0) == (0, 1)
