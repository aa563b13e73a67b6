"""The model that a command works with: the local engine, and the endpoints that are set."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager

from midfill.engine.backend import Backend
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings, Task


@asynccontextmanager
async def opened(
    settings: Settings, task: Task, *, silently: bool = False
) -> AsyncIterator[Sequence[Backend]]:
    """Whom to ask; and for a repair whom next, where nothing good came of it.

    Without endpoints the local engine is waited for, and a terminal shows how far it is unless
    `silently`; with them it is started when it is needed.

    Raises:
        MidfillError: there is no engine, and nobody else.
    """
    engine = LocalEngine(settings)
    try:
        if settings.may_leave:
            async with _routed(settings, task, engine) as backends:
                yield backends
        else:
            with _shown(silently) as on_status:
                await engine.ensure(on_status)
            yield (engine,)
    finally:
        await engine.aclose()


@contextmanager
def _shown(silently: bool) -> Iterator[OnStatus]:
    """A line on stderr, if that is a terminal, and gone in the end."""
    if silently or not sys.stderr.isatty():
        yield lambda status: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting the engine") as line:
        yield lambda status: line.update(f"{status.state} {status.model} {status.progress:.0%}")


@asynccontextmanager
async def _routed(
    settings: Settings, task: Task, engine: LocalEngine
) -> AsyncIterator[Sequence[Backend]]:
    from midfill.engine.remote.replicas import Replicas  # none of it where nothing is set
    from midfill.engine.remote.router import Router, for_repair

    remote = settings.remote
    async with aclosing(Replicas(remote)) as replicas:
        if task == "repair":
            yield for_repair(remote, replicas, engine)
        else:
            yield (Router(task, remote, replicas, engine),)
