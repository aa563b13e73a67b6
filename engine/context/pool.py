"""Worker processes that read files. One that hangs or crashes costs only the file it was at."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import LifoQueue
from types import TracebackType

import msgspec

from midfill.engine import regular
from midfill.engine.context import reader
from midfill.engine.context.files import LARGEST
from midfill.engine.context.reader import Job, Reading
from midfill.engine.context.record import File, Record
from midfill.grammars.child import Child
from midfill.grammars.registry import language_for

BROKEN = "its parser hung or crashed"
# Batches that wait to be taken, for each process.
_AHEAD = 3


class Closed(Exception):
    """The pool was closed while it worked."""


class Pool:
    """Up to `processes` processes that read files of the workspace `root`.

    They are started when they are needed, and end with the pool. A file that takes one more than
    `seconds` of processor time, or more address space than `megabytes` (not on Windows), is given
    up.
    """

    def __init__(
        self, root: Path, processes: int, seconds: float = 5.0, megabytes: int = 2048
    ) -> None:
        self._root = root
        self._limits = str(seconds), str(megabytes)
        self._processes = processes
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="index")
        self._idle: LifoQueue[Child | None] = LifoQueue()
        self._children: set[Child] = set()
        self._closed = False
        for _ in range(processes):
            self._idle.put(None)

    def read(self, batches: Iterable[Sequence[Job]]) -> Iterator[list[Reading]]:
        """What is in the files, batch for batch in their order.

        Raises:
            Closed: another thread has closed the pool.
        """
        waiting: deque[Future[list[Reading]]] = deque()
        remaining = iter(batches)
        while True:
            wanted = _AHEAD * self._processes - len(waiting)
            for batch in islice(remaining, wanted):
                waiting.append(self._threads.submit(self._read, batch))
            if not waiting:
                return
            yield waiting.popleft().result()

    def rest(self) -> None:
        """Keep one process, ready for a file that changes; more are of use for many files only."""
        children = [self._idle.get() for _ in range(self._processes)]
        first, *others = list(filter(None, children)) or [self._start()]
        for child in others:
            self._end(child)
        for _ in range(self._processes - 1):
            self._idle.put(None)
        self._idle.put(first)

    def close(self) -> None:
        """End the processes, in the middle of their work too."""
        self._closed = True
        for child in tuple(self._children):
            child.close()
        self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, batch: Sequence[Job]) -> list[Reading]:
        child = self._idle.get()
        readings: list[Reading] = []
        try:
            while len(readings) < len(batch):
                child = child or self._start()
                child.send(msgspec.msgpack.encode(batch[len(readings) :]))
                while len(readings) < len(batch) and (data := child.receive()) is not None:
                    readings.append(msgspec.msgpack.decode(data, type=Reading))
                if len(readings) < len(batch):
                    self._end(child)
                    child = None
                    readings.append(self._broken(batch[len(readings)]))
        finally:
            self._idle.put(child)
        return readings

    def _start(self) -> Child:
        if self._closed:
            raise Closed
        child = Child(reader.__name__, str(self._root), *self._limits)
        self._children.add(child)
        return child

    def _end(self, child: Child) -> None:
        if self._closed:
            raise Closed
        self._children.discard(child)
        child.close()

    def _broken(self, job: Job) -> Reading:
        """Remembers the file with its content, so that it is left alone until that changes."""
        try:
            file = self._root / job.path
            found, data = file.stat(), regular.read(file, LARGEST)
        except OSError:
            return Reading(job.path)
        language = language_for(job.path)
        digest = hashlib.blake2b(data, digest_size=16).digest()
        name = language.name if language else ""
        kept = File(job.path, name, len(data), found.st_mtime_ns, digest, BROKEN)
        return Reading(job.path, Record(kept))
