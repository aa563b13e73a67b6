"""A program that runs beside a benchmark."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from midfill.engine.errors import MidfillError

_STOP_S = 10.0


@asynccontextmanager
async def program(
    command: Sequence[str | Path], log: Path, env: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run it, and end it in the end; what it writes goes into `log`.

    Raises:
        MidfillError: it cannot be run.
    """
    with log.open("wb") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                start_new_session=True,
            )
        except OSError as error:
            raise MidfillError(f"cannot run {command[0]}: {error}") from error
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def last_line(log: Path) -> str:
    """Of what a program wrote; mostly it says why it ended."""
    return log.read_text("utf-8", "replace").rstrip().rpartition("\n")[2]
