"""Work side by side."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from midfill.engine.repair.parallel import in_order


class Jobs:
    """Jobs that take so many steps, by their number."""

    def __init__(self, *steps: int) -> None:
        self.steps = steps
        self.running: set[int] = set()
        self.cancelled: set[int] = set()
        self.done: list[int] = []
        self.most = 0

    async def job(self, number: int) -> int:
        self.running.add(number)
        self.most = max(self.most, len(self.running))
        try:
            for _ in range(self.steps[number]):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled.add(number)
            raise
        finally:
            self.running.discard(number)
        self.done.append(number)
        return number


async def test_in_their_order_and_not_too_many() -> None:
    jobs = Jobs(*range(20, 0, -2))
    assert [each async for each in in_order(jobs.job, range(10), 3)] == list(range(10))
    assert jobs.most == 3


async def test_closing_it_ends_the_others() -> None:
    jobs = Jobs(1, 50, 50, 50)
    async with aclosing(in_order(jobs.job, range(4), 3)) as results:
        assert await anext(results) == 0
    assert not jobs.running
    assert jobs.cancelled


async def test_the_others_go_on_behind_a_slow_one() -> None:
    jobs = Jobs(50, 1, 1, 1, 1, 1, 1)
    async with aclosing(in_order(jobs.job, range(7), 2)) as results:
        assert await anext(results) == 0
        assert jobs.done == [1, 2, 3, 0]


async def test_an_error_ends_the_others() -> None:
    jobs = Jobs(0, 50, 50, 50)

    async def fails_first(number: int) -> int:
        if not number:
            raise ValueError
        return await jobs.job(number)

    with pytest.raises(ValueError):
        async for _ in in_order(fails_first, range(4), 4):
            pass
    assert not jobs.running
