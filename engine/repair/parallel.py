"""Work done side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from itertools import islice
from typing import TypeVar

# So many requests of a repair; they share the prompt. More take longer by as much on a processor.
AT_ONCE = 4

_A = TypeVar("_A")
_T = TypeVar("_T")


async def in_order(
    work: Callable[[_A], Awaitable[_T]], items: Iterable[_A], width: int
) -> AsyncGenerator[_T]:
    """The results in the order of the items, `width` of which are worked at.

    As many more may be done before their turn, so that neither a slow one nor whoever takes the
    results lets the others wait. An item is drawn only when its work begins. Closing the iterator
    cancels all work, and returns when it has ended.
    """
    places = asyncio.Semaphore(width)
    remaining = iter(items)

    async def done() -> list[_T]:
        async with places:
            return [await work(item) for item in islice(remaining, 1)]

    tasks: deque[asyncio.Task[list[_T]]] = deque()
    try:
        while True:
            tasks += (asyncio.create_task(done()) for _ in range(2 * width - len(tasks)))
            result = await tasks[0]
            if not result:
                return
            yield result[0]
            tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
