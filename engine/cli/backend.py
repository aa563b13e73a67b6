"""The model that a command works with: the local engine, and the endpoints that are set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from midfill.engine.backend import Backend
from midfill.engine.runtime.local import LocalEngine, OnStatus
from midfill.engine.settings import Settings


@asynccontextmanager
async def opened(
    settings: Settings, on_status: OnStatus = lambda status: None
) -> AsyncIterator[tuple[Backend, ...]]:
    """Whom to ask, and for a repair whom next where nothing good came of it.

    Without endpoints the local engine is waited for; with them it is started when it is needed.

    Raises:
        MidfillError: there is no engine, and nobody else.
    """
    engine = LocalEngine(settings)
    try:
        if settings.may_leave:
            from midfill.engine.remote.router import Router

            router = Router(settings.remote, engine)
            try:
                yield router.one_after_the_other()
            finally:
                await router.aclose()
        else:
            await engine.ensure(on_status)
            yield (engine,)
    finally:
        await engine.aclose()
