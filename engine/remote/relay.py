"""An answer from the first of several that begins one, within the time there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from midfill.engine.backend import Backend, BackendError, ChatRequest, Delta, InfillRequest
from midfill.engine.errors import MidfillError
from midfill.engine.remote import fault
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.route import Route

Request = InfillRequest | ChatRequest

# Who heeds the deadline ends by then with what there is, and tells what it cost.
_GRACE_S = 0.1


class Nobody(BackendError):
    """Nobody has answered.

    Args:
        notes: why, of each.
        errors: of those that were asked.
    """

    def __init__(self, notes: Sequence[str], errors: Sequence[MidfillError]) -> None:
        super().__init__(told(notes))
        busy = [each for each in errors if isinstance(each, RemoteError) and each.again]
        self.again = 0 < len(errors) == len(busy)
        self.retry_after = max((each.retry_after or 0.0 for each in busy), default=0.0)


def told(notes: Sequence[str]) -> str:
    """The notes as one text, each once."""
    return "; ".join(dict.fromkeys(notes))


async def begun(
    routes: list[Route], request: Request, deadline: float, notes: list[str], hedge_s: float
) -> tuple[Delta, AsyncGenerator[Delta]]:
    """The first part of an answer, and the rest of it.

    The next route is tried where one fails or is late. `routes` is left with those that may go on
    with the answer, `notes` grow by what has happened.

    Args:
        deadline: in seconds of the event loop's clock.
        hedge_s: after so long another is asked beside the one that is late; 0: in its place.

    Raises:
        Nobody: none is left.
    """
    errors: list[MidfillError] = []
    waiting: dict[asyncio.Task[Delta], tuple[Route, AsyncGenerator[Delta]]] = {}
    others = list(routes)
    try:
        while others or waiting:
            if others:
                route = others.pop(0)
                answer = _answer(route, request, deadline, told(notes))
                waiting[asyncio.create_task(_first_of(answer))] = route, answer
            patience_s = _patience_s(request, deadline, len(others), hedge_s)
            done, _ = await asyncio.wait(
                waiting, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                route, answer = waiting.pop(task)
                routes.remove(route)
                try:
                    return await task, answer
                except MidfillError as error:
                    errors.append(error)
                    notes.append(str(error))
            if not done and patience_s is not None:
                late = f"{route.backend.name} had not begun after {1000 * patience_s:.0f} ms"
                notes.append(late)
                if not hedge_s:
                    await _end(waiting)
                    routes.remove(route)
                    route.failed(RemoteError(late))
    finally:
        await _end(waiting)
    raise Nobody(notes, errors)


def asked(backend: Backend, request: Request, deadline: float) -> AsyncGenerator[Delta]:
    """What a backend answers, in the time that is left."""
    if isinstance(request, ChatRequest):
        return backend.chat(request)
    left_ms = max(round(1000 * (deadline - _now())), 1)
    return backend.infill(msgspec.structs.replace(request, timeout_ms=left_ms))


async def _answer(
    route: Route, request: Request, deadline: float, why: str
) -> AsyncGenerator[Delta]:
    """What one route answers, marked as its own; how it does is noted."""
    name, pace = route.backend.name, route.pace if isinstance(request, InfillRequest) else None
    started, has_begun = _now(), False
    try:
        with route.asked():
            async with aclosing(
                _in_time(asked(route.backend, request, deadline), name, deadline)
            ) as answer:
                async for delta in answer:
                    if not has_begun:
                        has_begun = True
                        route.breaker.succeeded()
                        if pace is not None:
                            pace.took(1000 * (_now() - started))
                    yield _marked(delta, name, why)
    finally:
        if pace is not None and not has_begun:
            pace.gave_up(1000 * (_now() - started))


async def _in_time(
    answer: AsyncGenerator[Delta], name: str, deadline: float
) -> AsyncGenerator[Delta]:
    async with aclosing(answer):
        while True:
            try:
                async with asyncio.timeout_at(deadline + _GRACE_S):
                    delta = await anext(answer, None)
            except TimeoutError:
                raise fault.late(name) from None
            if delta is None:
                return
            yield delta


def _patience_s(request: Request, deadline: float, others: int, hedge_s: float) -> float | None:
    """How long to wait for a first token before somebody else is asked; None: for ever."""
    if not others or isinstance(request, ChatRequest):
        return None
    return hedge_s or max((deadline - _now()) / (others + 1), 0)


def _marked(delta: Delta, name: str, why: str) -> Delta:
    if delta.stats is None:
        return delta
    return Delta(delta.text, msgspec.structs.replace(delta.stats, backend=name, why=why))


async def _first_of(answer: AsyncGenerator[Delta]) -> Delta:
    return await anext(answer, Delta(""))


async def _end(waiting: dict[asyncio.Task[Delta], tuple[Route, AsyncGenerator[Delta]]]) -> None:
    """Cancel answers that nobody wants any more."""
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for _, answer in waiting.values():
        await answer.aclose()
    waiting.clear()


def _now() -> float:
    return asyncio.get_running_loop().time()
