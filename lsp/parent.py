"""The editor's process: when it is dead, there is nothing left to do."""

from __future__ import annotations

import asyncio
import contextlib

import psutil

_LOOK_EVERY_S = 2.0


async def wait_for_death(pid: int) -> None:
    """Return when the process is dead.

    A process that cannot be seen at first lives outside of our container, and may live for ever.
    """
    try:
        parent = psutil.Process(pid)
    except (psutil.NoSuchProcess, ValueError):
        await asyncio.Event().wait()
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        # Only to its parent does a system tell of a process's end.
        while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY_S)
