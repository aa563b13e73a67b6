"""A Python process that answers requests, and that can be killed while it does.

Messages are bytes with their length before them. The other side is a module that calls `answer`.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO

_LENGTH = struct.Struct("!I")


class Child:
    """A process that runs `module` with `arguments`, until it is closed or breaks."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, request: bytes) -> None:
        """Ask; a child that is gone says so by its answer."""
        with suppress(BrokenPipeError):
            _write(self._requests, request)

    def receive(self) -> bytes | None:
        """The next answer; None where the child is gone, or has left in the middle of it."""
        return _read(self._answers)

    def close(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.communicate()


def answer(handle: Callable[[bytes], Iterable[bytes]], seconds: float, megabytes: int) -> None:
    """Send what `handle` makes of each request on stdin, until there are no more.

    The process ends where one answer takes more than `seconds`. The watchdog of `faulthandler` is a
    thread that does not need the GIL, so it ends even a parser that never comes back, and even
    after the parent is gone. `megabytes` limits the address space (not on Windows).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches children too; the parent decides
    _limit_memory(megabytes)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    while (request := _read(sys.stdin.buffer)) is not None:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        for message in handle(request):
            faulthandler.cancel_dump_traceback_later()
            _write(sys.stdout.buffer, message)
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        faulthandler.cancel_dump_traceback_later()


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    data = stream.read(length)
    return data if len(data) == length else None


def _limit_memory(megabytes: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
