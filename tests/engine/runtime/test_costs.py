"""What a step costs, from what was measured and what is seen."""

from __future__ import annotations

import pytest

from midfill.engine.runtime.costs import StepCosts

MEASURED = {1: 0.025, 2: 0.036, 4: 0.054, 8: 0.103, 16: 0.162}


def test_measured_sizes_and_those_between_and_beyond() -> None:
    cost = StepCosts(MEASURED)
    for tokens, seconds in MEASURED.items():
        assert cost(tokens) == pytest.approx(seconds)
    assert cost(3) == pytest.approx(0.045)
    assert cost(24) == pytest.approx(0.221)


def test_a_slower_machine_is_slower_at_every_size() -> None:
    cost = StepCosts(MEASURED)
    for _ in range(100):
        cost.record(1, 0.050)
    assert cost(8) == pytest.approx(0.206, rel=0.01)


def test_a_size_that_was_measured_wrongly_is_corrected_by_its_steps() -> None:
    cost = StepCosts({**MEASURED, 4: 0.300})
    for _ in range(100):
        cost.record(4, 0.054)
    assert cost(4) == pytest.approx(0.054, rel=0.01)
    assert cost(8) == pytest.approx(0.103)


def test_more_tokens_never_cost_less_than_the_largest_measured_batch() -> None:
    cost = StepCosts(MEASURED)
    for _ in range(100):
        cost.record(16, 0.010)
    assert cost(512) == pytest.approx(cost(16)) == pytest.approx(0.010, rel=0.01)
    cost.record(512, 0.5)
    assert cost(16) > 0


def test_bad_experience_is_forgotten() -> None:
    cost = StepCosts(MEASURED)
    for _ in range(100):
        cost.record(4, 0.500)
    assert cost(4) > 0.4
    for _ in range(1500):
        cost.record(1, 0.025)
    assert cost(4) == pytest.approx(0.054, rel=0.05)


def test_a_machine_too_slow_to_measure_more_than_one_token() -> None:
    cost = StepCosts({1: 2.0})
    cost.record(3, 5.0)
    assert cost(3) == 6.0
