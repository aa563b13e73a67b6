"""The model that a command works with: the local engine, and the endpoints that are set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from midfill.engine.backend import Backend
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings, Task


@asynccontextmanager
async def opened(
    settings: Settings, task: Task, on_status: OnStatus = lambda status: None
) -> AsyncIterator[Sequence[Backend]]:
    """Whom to ask; and for a repair whom next, where nothing good came of it.

    Without endpoints the local engine is waited for; with them it is started when it is needed.

    Raises:
        MidfillError: there is no engine, and nobody else.
    """
    engine = LocalEngine(settings)
    try:
        if settings.may_leave:
            async with _routed(settings, task, engine) as backends:
                yield backends
        else:
            await engine.ensure(on_status)
            yield (engine,)
    finally:
        await engine.aclose()


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
