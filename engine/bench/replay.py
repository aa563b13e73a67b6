"""Types a trace into a system, in real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from midfill.engine.bench import pairs
from midfill.engine.bench.buffer import Buffer
from midfill.engine.bench.screen import Kind
from midfill.engine.bench.system import System, Work
from midfill.engine.bench.trace import Source, Trace, Visit
from midfill.engine.bench.typist import edit

# Seconds until an editor takes the cursor to be at rest.
_REST_S = 0.1
# Seconds that a person looks at what was typed before going elsewhere.
_LOOK_S = 0.6


class Session:
    """One system at one trace: its documents, and what the typing has cost so far.

    Args:
        workspace: the folder that the documents lie in.
        on_key: called for each key of the trace, struck or not.

    Attributes:
        cpu_s: seconds of processor time that the system took.
        typing_s: seconds that it was typed into.
        taken: the lengths of the suggestions that were taken.
        jobs: requests that came to the model.
    """

    def __init__(
        self, system: System, trace: Trace, workspace: Path, on_key: Callable[[], None]
    ) -> None:
        self.system = system
        self.buffers = [_buffer(source, workspace) for source in trace.documents]
        self.cpu_s = 0.0
        self.typing_s = 0.0
        self.taken: list[int] = []
        self.jobs = 0
        self._on_key = on_key
        self._before = Work()

    async def visit(self, visit: Visit) -> None:
        """Go to a place, type its text, and look at it.

        Raises:
            MidfillError: the system has ended.
        """
        system, buffer = self.system, self.buffers[visit.document]
        cpu, arrived = _cpu_s(system.processes), time.monotonic()
        jobs = (await system.work()).jobs
        if visit.arrival == "open":
            system.opened(buffer)
        buffer.cursor = visit.start
        await asyncio.sleep(_REST_S)
        system.moved(buffer)
        await self._type(visit, buffer, arrived + visit.rest)
        await asyncio.sleep(_LOOK_S)
        await self._count()
        self.jobs += self._before.jobs - jobs
        system.left()
        system.screen.leave(time.monotonic())
        self.typing_s += time.monotonic() - arrived
        self.cpu_s += _cpu_s(system.processes) - cpu

    async def _type(self, visit: Visit, buffer: Buffer, due: float) -> None:
        system, screen = self.system, self.system.screen
        kind: Kind = visit.arrival
        done, closers = 0, ""
        for stroke in visit.strokes:
            self._on_key()
            if stroke.at < done:
                continue
            due += stroke.pause
            await asyncio.sleep(due - time.monotonic())
            await self._count(first=kind != "typing")
            change = edit(visit, stroke, done, screen.text)
            if change is None:
                continue
            if change.taken:
                self.taken.append(len(change.inserted))
            if change.taken and change.inserted == screen.text:
                system.taken()
            done = change.done
            screen.strike(time.monotonic(), kind, change.inserted, change.wanted)
            over = pairs.typed_over(change.inserted, closers)
            before = buffer.text[: buffer.cursor]
            behind = "" if over else pairs.added(change.inserted, before, change.wanted)
            closers = behind + closers[over:]
            deleted = not change.inserted
            system.changed(buffer, buffer.replace(deleted, change.inserted, over, behind))
            kind = "typing"

    async def _count(self, *, first: bool = False) -> None:
        """Note what was done since the last key, unless this is the first one in a place."""
        work = await self.system.work()
        if not first:
            key = self.system.screen.keys[-1]
            key.evaluated = work.evaluated - self._before.evaluated
            key.warmed = work.warmed - self._before.warmed
            key.generated = work.generated - self._before.generated
            key.decode_s = work.decode_s - self._before.decode_s
        self._before = work


def _buffer(source: Source, workspace: Path) -> Buffer:
    uri = (workspace / source.name).as_uri()
    return Buffer(uri, source.language.ids[0], source.opening)


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)
