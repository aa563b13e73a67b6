"""Work done side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Iterable
from typing import Any, TypeVar

_T = TypeVar("_T")


async def in_order(jobs: Iterable[Coroutine[Any, Any, _T]], width: int) -> AsyncGenerator[_T]:
    """The results in the order of the jobs, `width` of which are at work at once.

    Closing the iterator cancels them, and returns when they have ended.
    """
    running: deque[asyncio.Task[_T]] = deque()
    try:
        for job in jobs:
            running.append(asyncio.create_task(job))
            if len(running) == width:
                yield await running[0]
                running.popleft()
        while running:
            yield await running[0]
            running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
