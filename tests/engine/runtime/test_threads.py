"""The number of threads follows what the machine has free."""

from __future__ import annotations

from collections.abc import Callable

from midfill.engine.runtime.threads import ThreadControl

# Seconds a step with so many threads takes, as measured on two cores.
IDLE = {1: 0.037, 2: 0.025}
BUSY = {1: 0.062, 2: 0.250}


class Machine:
    """Decodes, with a clock."""

    def __init__(self, threads: int) -> None:
        self.control = ThreadControl(threads)
        self.now = 0.0

    def run(self, seconds: float, step: Callable[[int], float]) -> list[int]:
        """Decode for so long; the threads of each step."""
        until, used = self.now + seconds, []
        while self.now < until:
            used.append(self.control.count)
            took = step(self.control.count)
            self.now += took
            self.control.record(took, self.now)
        return used


def test_an_idle_machine_uses_all() -> None:
    machine = Machine(2)
    assert set(machine.run(10, IDLE.__getitem__)) == {2}


def test_single_slow_steps_change_nothing() -> None:
    machine = Machine(2)
    steps = iter(range(10_000))
    used = machine.run(10, lambda count: IDLE[count] * (4 if next(steps) % 7 == 6 else 1))
    assert set(used) == {2}


def test_it_adapts_within_a_second_both_ways() -> None:
    machine = Machine(2)
    machine.run(2, IDLE.__getitem__)
    machine.run(1, BUSY.__getitem__)
    used = machine.run(10, BUSY.__getitem__)
    assert used.count(1) > 0.85 * len(used)
    machine.run(1, IDLE.__getitem__)
    assert set(machine.run(5, IDLE.__getitem__)) == {2}


def test_a_lasting_load_is_tested_ever_more_rarely() -> None:
    machine = Machine(2)
    machine.run(2, IDLE.__getitem__)
    machine.run(20, BUSY.__getitem__)
    used = machine.run(20, BUSY.__getitem__)
    assert used.count(2) <= 3
    machine.run(1, IDLE.__getitem__)
    assert set(machine.run(5, IDLE.__getitem__)) == {2}


def test_the_first_slow_steps_are_enough_where_the_best_is_known() -> None:
    machine = Machine(2)
    machine.control = ThreadControl(2, best=IDLE[2])
    assert machine.run(1, BUSY.__getitem__)[:3] == [2, 2, 1]


def test_where_all_threads_stay_best_they_are_used() -> None:
    machine = Machine(2)
    machine.run(2, IDLE.__getitem__)
    used = machine.run(10, {1: 0.12, 2: 0.08}.__getitem__)
    assert used.count(2) > 0.8 * len(used)


def test_a_longer_context_is_no_contention() -> None:
    machine = Machine(2)
    steps = iter(range(100_000))
    used = machine.run(60, lambda count: IDLE[count] * (1 + next(steps) / 1500))
    assert set(used) == {2}


def test_one_core() -> None:
    machine = Machine(1)
    machine.run(1, lambda count: 0.03)
    assert set(machine.run(3, lambda count: 0.3)) == {1}


def test_many_cores_try_halves() -> None:
    machine = Machine(16)
    machine.run(2, lambda count: 0.4 / count)
    busy = {16: 0.5, 8: 0.09, 4: 0.1, 2: 0.2}
    used = machine.run(20, busy.__getitem__)
    assert used.count(8) > 0.6 * len(used)
