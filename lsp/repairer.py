"""The process that looks for a repair: neither copying a workspace nor parsing takes time from a
key that is struck meanwhile.

    python -m midfill.lsp.repairer

It reads a `Job` from the first line of stdin, writes a `Said` to each line of stdout, and gives up
when stdin ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import msgspec

from midfill.engine import offline
from midfill.engine.cli.repairing import repaired
from midfill.engine.errors import MidfillError
from midfill.engine.repair.task import Outcome
from midfill.lsp.repair_job import Job, Said


def main() -> None:
    """Do the job."""
    with open(0, "rb", closefd=False) as stdin:
        job = msgspec.json.decode(stdin.readline(), type=Job)
    try:
        _say(Said(outcome=asyncio.run(_outcome(job))))
    except asyncio.CancelledError:
        pass
    except MidfillError as error:
        _say(Said(error=str(error)))
    except Exception as error:  # its text may quote code
        _say(Said(error=f"the repair failed: {type(error).__name__}"))


async def _outcome(job: Job) -> Outcome:
    if job.settings.offline:
        offline.enforce()
    _cancel_at_end_of_stdin()
    return await repaired(
        job.task,
        Path(job.root),
        job.settings,
        lambda progress: _say(Said(progress=progress)),
        job.opened,
    )


def _cancel_at_end_of_stdin() -> None:
    loop, work = asyncio.get_running_loop(), asyncio.current_task()
    assert work is not None
    cancel: Callable[[], bool] = work.cancel

    def wait() -> None:
        while os.read(0, 1):
            pass
        if not loop.is_closed():
            loop.call_soon_threadsafe(cancel)

    Thread(target=wait, daemon=True).start()


def _say(said: Said) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
