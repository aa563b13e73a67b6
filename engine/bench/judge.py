"""Whether a program runs to its end: in a process of its own, with limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from enum import StrEnum
from pathlib import Path

from midfill.engine.bench import sandbox

SECONDS = 10.0
MEGABYTES = 1024


class Verdict(StrEnum):
    """How a program ended. Only the first is a success."""

    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed out"


async def judge(program: str, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Verdict:
    """Run the Python `program`, and end whatever it started.

    Args:
        seconds: of wall-clock time.
        megabytes: of address space, where the system can limit it.
    """
    with tempfile.TemporaryDirectory(prefix="midfill-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-B", str(Path(sandbox.__file__))),
            *(str(int(seconds) + 1), str(megabytes)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.defpath, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
        )
        try:
            await asyncio.wait_for(process.communicate(program.encode()), seconds)
        except TimeoutError:
            return Verdict.TIMED_OUT
        finally:
            _kill_group(process)
            await process.wait()
    return Verdict.PASSED if process.returncode == sandbox.PASSED else Verdict.FAILED


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
