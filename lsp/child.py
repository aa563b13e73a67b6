"""Processes of the server's own, for work that would take time from an answer."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_END_S = 5.0


@asynccontextmanager
async def child(module: str, *arguments: str, longest_line: int) -> AsyncIterator[Process]:
    """`python -m module`, which ends with its stdin; it is gone afterwards.

    No line that it says may have more than `longest_line` bytes.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=longest_line,
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _END_S)
        if process.returncode is None:
            process.kill()
