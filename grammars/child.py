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
# On a busy machine, processor time may take so many times as long.
_PATIENCE = 20


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

    The process ends where an answer takes more than `seconds` of processor time: on a busy machine
    that is no short time. `megabytes` limits the address space (not on Windows).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches children too; the parent decides
    _limit_memory(megabytes)
    watchdog = _Watchdog(seconds)
    while (request := _read(sys.stdin.buffer)) is not None:
        watchdog.start()
        for message in handle(request):
            watchdog.stop()
            _write(sys.stdout.buffer, message)
            watchdog.start()
        watchdog.stop()


class _Watchdog:
    """Ends this process, also while a parser holds the GIL and never comes back.

    The system's timer counts processor time. The one of `faulthandler` counts all time, so it has
    more; it is a thread without need for the GIL, and the only one on Windows.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._nowhere = os.open(os.devnull, os.O_WRONLY)
        self._has_timer = sys.platform != "win32"

    def start(self) -> None:
        longest = _PATIENCE * self._seconds if self._has_timer else self._seconds
        faulthandler.dump_traceback_later(longest, exit=True, file=self._nowhere)
        if self._has_timer:
            signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def stop(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        if self._has_timer:
            signal.setitimer(signal.ITIMER_PROF, 0)


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
