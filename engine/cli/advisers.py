"""Whom else a repair may ask: endpoints with tasks of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from midfill.engine.errors import UsageError
from midfill.engine.repair.advisers import Advisers
from midfill.engine.repair.known import Known
from midfill.engine.repair.picture import Picture, diagnosis
from midfill.engine.settings import Settings


@asynccontextmanager
async def advising(settings: Settings, known: Known) -> AsyncIterator[Advisers]:
    """Those that are set."""
    if not settings.may_leave:
        yield Advisers()
        return
    from midfill.engine.remote.judge import Judge
    from midfill.engine.remote.replicas import Replicas
    from midfill.engine.remote.router import Router

    remote = settings.remote
    async with aclosing(Replicas(remote)) as replicas:
        judges = replicas.serving("judge")
        rooms = [each.endpoint.context_tokens for each in replicas.serving("repair")]
        yield Advisers(
            planner=Router("plan", remote, replicas, None) if replicas.serving("plan") else None,
            judge=Judge(judges[0].model) if judges else None,
            overview=known.overview(max(rooms) // 2) if any(rooms) else "",
        )


async def seen(settings: Settings, picture: Picture, wish: str) -> str:
    """What the endpoint that looks at images makes of one.

    Raises:
        UsageError: there is none.
        BackendError: it cannot answer.
    """
    endpoints = settings.remote.endpoints.values() if settings.may_leave else ()
    if not any("look" in endpoint.tasks for endpoint in endpoints):
        raise UsageError("no endpoint looks at images: midfill remote add NAME URL --for look")
    from midfill.engine.remote.replicas import Replicas
    from midfill.engine.remote.router import Router

    async with aclosing(Replicas(settings.remote)) as replicas:
        return await diagnosis(Router("look", settings.remote, replicas, None), picture, wish)
