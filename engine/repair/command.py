"""The person's commands, run with limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import signal
import subprocess
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from midfill.engine.errors import MidfillError, UsageError

# Bytes kept of an output: its beginning and its end.
KEPT = 1 << 20
_CHUNK = 1 << 16
# How long a process that has left the group may hold the pipe open.
_LINGERING_S = 1.0

_QUOTED = re.compile(r"'[^']*'|\\.")
_DOUBLE = re.compile(r'"[^"`$]*"')
_SHELL = re.compile(r"[|&;<>()$`*?\[\]{}~\n]|^\s*(?:\w+=|! )")


class Command(msgspec.Struct, frozen=True):
    """An argument vector, run in the folder `cwd` of the workspace."""

    argv: tuple[str, ...]
    cwd: str = "."

    @classmethod
    def parsed(cls, text: str, cwd: str = ".") -> Command:
        """A command line; a shell runs it only if it is written for one.

        Raises:
            UsageError: it is empty, or a quotation mark is missing.
        """
        if _SHELL.search(_DOUBLE.sub("", _QUOTED.sub("", text))):
            return cls(("sh", "-c", text), cwd)
        try:
            argv = tuple(shlex.split(text))
        except ValueError as error:
            raise UsageError(f"cannot read the command: {error}") from error
        if not argv:
            raise UsageError("the command is empty")
        return cls(argv, cwd)

    def __str__(self) -> str:
        return self.argv[2] if self.argv[:2] == ("sh", "-c") else shlex.join(self.argv)


class Ran(msgspec.Struct, frozen=True):
    """How a command ended. `status` is None if its time was over."""

    output: str
    status: int | None
    seconds: float


async def run(command: Command, folder: Path, environ: Mapping[str, str], seconds: float) -> Ran:
    """Run the command in `folder`, with no input, and end everything that it started.

    Cancelling does the same.

    Raises:
        MidfillError: there is no such program.
    """
    started = time.monotonic()
    # A pipe of our own: asyncio waits for its pipes to be closed, also by what was left behind.
    ours, theirs = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            stdin=DEVNULL,
            stdout=theirs,
            stderr=STDOUT,
            cwd=folder / command.cwd,
            env=environ,
            start_new_session=True,
        )
    except OSError as error:
        os.close(ours)
        raise MidfillError(
            f"cannot run {command.argv[0]}: {error.strerror}; install it, or give another command"
        ) from error
    finally:
        os.close(theirs)
    output = _Output()
    reading = asyncio.create_task(output.read(ours))
    with _leash(process):
        try:
            status: int | None = await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            status = None
        finally:
            _kill(process)
            await process.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reading, _LINGERING_S)
    return Ran(output.text(), status, time.monotonic() - started)


class _Output:
    """The first and the last bytes of what comes through a pipe."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._missing = 0

    async def read(self, pipe: int) -> None:
        """Read to the end, and close the pipe."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb"))
        with contextlib.closing(transport):
            while chunk := await reader.read(_CHUNK):
                self._add(chunk)

    def _add(self, chunk: bytes) -> None:
        room = max(KEPT // 2 - len(self._head), 0)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        over = max(len(self._tail) - KEPT // 2, 0)
        self._missing += over
        del self._tail[:over]

    def text(self) -> str:
        between = f"\n[... {self._missing} bytes left out ...]\n" if self._missing else ""
        head, tail = (part.decode("utf-8", "replace") for part in (self._head, self._tail))
        return head + between + tail


@contextlib.contextmanager
def _leash(process: Process) -> Iterator[None]:
    """Meanwhile a shell waits for the end of this process, however that comes. Then it ends the
    other and what that has started: nobody is left to limit its time.
    """
    if os.name != "posix":
        yield
        return
    ends = ("sh", "-c", "read never; kill -s KILL -- -$0", str(process.pid))
    with subprocess.Popen(ends, stdin=PIPE, stderr=DEVNULL, start_new_session=True) as shell:
        try:
            yield
        finally:
            shell.kill()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
