"""What a command takes of the machine, with all of its processes."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from threading import Event, Thread

import msgspec
import psutil

from midfill.engine.errors import MidfillError

_SAMPLE_S = 0.1


class Cost(msgspec.Struct, frozen=True):
    """`cpu_s` is user and system time, `peak_mb` (10^6 bytes) the most resident memory at once.

    Memory that processes share counts for each of them.
    """

    output: bytes
    wall_s: float
    cpu_s: float
    peak_mb: float


def measured(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command.

    Raises:
        MidfillError: it failed; with what it wrote to stderr.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with _Memory(process.pid) as memory:
        output, complaint = process.communicate()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise MidfillError(f"{command[0]} failed: {complaint.decode('utf-8', 'replace').strip()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(output, wall, cpu, memory.peak / 1e6)


class _Memory:
    """Looks again and again how much a process and its children have resident."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._root = psutil.Process(pid)
        self._done = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_SAMPLE_S):
            try:
                family = [self._root, *self._root.children(recursive=True)]
                resident = sum(process.memory_info().rss for process in family)
            except psutil.Error:
                continue
            self.peak = max(self.peak, resident)
