"""Work side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from midfill.engine.repair.parallel import in_order


class Jobs:
    """Jobs that take so many steps, by their number."""

    def __init__(self, *steps: int) -> None:
        self.steps = steps
        self.running: set[int] = set()
        self.cancelled: set[int] = set()
        self.most = 0

    def __iter__(self) -> Iterator[object]:
        return (self.job(number) for number in range(len(self.steps)))

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
        return number


async def test_in_their_order_and_not_too_many() -> None:
    jobs = Jobs(*range(20, 0, -2))
    assert [each async for each in in_order(jobs, 3)] == list(range(10))  # type: ignore[arg-type]
    assert jobs.most == 3


async def test_closing_it_ends_the_others() -> None:
    jobs = Jobs(1, 50, 50, 50)
    async with aclosing(in_order(jobs, 3)) as results:  # type: ignore[arg-type]
        assert await anext(results) == 0
    assert not jobs.running
    assert jobs.cancelled


async def test_an_error_ends_the_others() -> None:
    jobs = Jobs(50, 50, 50)

    async def failing() -> int:
        raise ValueError

    with pytest.raises(ValueError):
        async for _ in in_order([failing(), *jobs], 4):  # type: ignore[list-item]
            pass
    assert not jobs.running
