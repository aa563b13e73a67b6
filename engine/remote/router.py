"""The local engine and the endpoints as one backend: whoever is preferred, else whoever answers.

An answer that breaks off is gone on with by somebody else, from where it got to.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TypeVar

import msgspec

from midfill.engine.backend import (
    Backend,
    BackendError,
    ChatRequest,
    Delta,
    InfillRequest,
    Message,
    Score,
)
from midfill.engine.context.tokens import estimate
from midfill.engine.errors import MidfillError
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.pace import Pace
from midfill.engine.remote.replicas import Replica, Replicas
from midfill.engine.settings import Policy, Remote, Task

_TRIES = 3
_BACK_OFF_S = 0.2
_LONGEST_PAUSE_S = 5.0

_Request = TypeVar("_Request", InfillRequest, ChatRequest)


class _Route(msgspec.Struct, frozen=True, eq=False):
    """Somebody who may answer; the local engine is no replica."""

    backend: Backend
    replica: Replica | None = None


class Nobody(BackendError):
    """Nobody has answered.

    Args:
        notes: why, of each.
        errors: of those that were asked.
    """

    def __init__(self, notes: Sequence[str], errors: Sequence[MidfillError]) -> None:
        super().__init__("; ".join(dict.fromkeys(notes)))
        busy = [each for each in errors if isinstance(each, RemoteError) and each.again]
        self.again = 0 < len(errors) == len(busy)
        self.retry_after = max((each.retry_after or 0.0 for each in busy), default=0.0)


class Router:
    """A Backend for one task.

    Args:
        replicas: of the endpoints in `remote`; whoever made them closes them.
        local: the engine; None while there is none.
        without_local: the reason for that.
    """

    def __init__(
        self,
        task: Task,
        remote: Remote,
        replicas: Replicas,
        local: Backend | None,
        without_local: str = "",
    ) -> None:
        self.local = local
        self.without_local = without_local
        self._task = task
        self._remote = remote
        self._policy: Policy = remote.completion if task == "completion" else remote.repair
        self._replicas = replicas
        self._pace = Pace(remote.latency_ms)

    @property
    def name(self) -> str:
        """That of whoever is asked first."""
        routes, _ = self._routes()
        return routes[0].backend.name if routes else ""

    @property
    def debounced(self) -> bool:
        """Whether that one is."""
        routes, _ = self._routes()
        return bool(routes) and routes[0].backend.debounced

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        """See `Backend.infill`."""
        deadline = _now() + request.timeout_ms / 1000
        if request.max_tokens:
            answer = self._answered(request.document, request, deadline)
        else:  # nobody waits: whoever would be asked gets ready, at leisure
            routes, notes = self._routes(request.document)
            if not routes:
                raise Nobody(notes, ())
            answer = _asked(routes[0].backend, request, deadline)
        async with aclosing(answer):
            async for delta in answer:
                yield delta

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """See `Backend.chat`."""
        answer = self._answered(_key(request.messages), request, math.inf)
        async with aclosing(answer):
            async for delta in answer:
                yield delta

    async def score(
        self, messages: tuple[Message, ...], choices: int, files: tuple[str, ...] = ()
    ) -> list[Score]:
        """See `Backend.score`."""
        routes, notes = self._routes(_key(messages))
        for route in routes:
            try:
                scores = await route.backend.score(messages, choices, files)
            except MidfillError as error:
                _judge(route, error)
                notes.append(str(error))
            else:
                _judge(route)
                return scores
        raise Nobody(notes, ())

    # -----------------------------------------------------------------------------------------

    def _routes(self, key: str = "") -> tuple[list[_Route], list[str]]:
        """Whom to ask, one after the other, and why others are not asked, or later."""
        policy = self._policy
        local = [] if self.local is None else [_Route(self.local)]
        no_local = [] if local else [self.without_local]
        if policy == "local":
            return local, no_local
        serving = self._replicas.serving(self._task)
        well = self._replicas.order(self._task, key)
        if not well and (policy == "remote" or not local):
            well = serving  # better to ask one that has just failed than nobody
        remote = [_Route(each.model, each) for each in well]
        no_remote = [each.breaker.why for each in serving if each not in well]
        if not serving:
            no_remote = [f"no endpoint is there for {self._task}: midfill remote add"]
        if policy == "remote":
            return remote, no_remote
        if policy == "prefer-remote":
            return remote + local, no_remote
        if remote and local and self._pace.too_slow:
            took, wanted = self._pace.ms, self._remote.latency_ms
            slow = f"the local engine took {took:.0f} ms to its first token, {wanted} are allowed"
            return remote + local, [slow]
        return local + remote, no_local

    async def _answered(
        self, key: str, request: _Request, deadline: float
    ) -> AsyncGenerator[Delta]:
        """The answer of whoever gives one; where it breaks off, the next one goes on."""
        self._replicas.look(self._task)
        routes, notes = self._routes(key)
        rest: _Request | None = request
        written, tries = "", 0
        while rest is not None:
            try:
                first, answer = await self._begun(routes, rest, deadline, notes)
            except Nobody as nobody:
                tries += 1
                await _pause(nobody, tries, deadline)
                routes, notes = self._routes(key)
                continue
            try:
                async with aclosing(answer):
                    yield first
                    written += first.text
                    async for delta in answer:
                        yield delta
                        written += delta.text
                return
            except MidfillError as error:
                notes.append(str(error))
                rest = _rest_of(request, written)
        raise Nobody(notes, ())

    async def _begun(
        self, routes: list[_Route], request: _Request, deadline: float, notes: list[str]
    ) -> tuple[Delta, AsyncGenerator[Delta]]:
        """The first part of an answer, and the rest of it.

        The next route is tried when one fails or is late; what is late goes on beside it only where
        the person allows it.

        Raises:
            Nobody: none is left.
        """
        errors: list[MidfillError] = []
        waiting: dict[asyncio.Task[Delta], AsyncGenerator[Delta]] = {}
        try:
            while routes or waiting:
                if routes:
                    route = routes.pop(0)
                    answer = self._run(route, request, deadline, notes)
                    waiting[asyncio.create_task(_first_of(answer))] = answer
                done, _ = await asyncio.wait(
                    waiting,
                    timeout=self._patience_s(request, deadline, len(routes)),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    try:
                        first = await task
                    except MidfillError as error:
                        errors.append(error)
                        notes.append(str(error))
                        del waiting[task]
                    else:
                        return first, waiting.pop(task)
                if not done and not self._remote.hedge_ms:
                    await _end(waiting)
                    late = RemoteError(f"{route.backend.name} did not answer in time")
                    _judge(route, late)
                    notes.append(str(late))
        finally:
            await _end(waiting)
        raise Nobody(notes, errors)

    async def _run(
        self, route: _Route, request: _Request, deadline: float, notes: Sequence[str]
    ) -> AsyncGenerator[Delta]:
        """What one route answers, marked as its own; how it does is noted."""
        started, begun = _now(), False
        measured = route.replica is None and isinstance(request, InfillRequest)
        if route.replica is not None:
            route.replica.running += 1
        try:
            async with aclosing(_asked(route.backend, request, deadline)) as answer:
                async for delta in answer:
                    if not begun:
                        begun = True
                        _judge(route)
                        if measured:
                            self._pace.took(1000 * (_now() - started))
                    yield _marked(delta, route.backend.name, notes)
        except MidfillError as error:
            _judge(route, error)
            raise
        finally:
            if route.replica is not None:
                route.replica.running -= 1
            elif measured and not begun:
                self._pace.gave_up(1000 * (_now() - started))

    def _patience_s(self, request: _Request, deadline: float, others: int) -> float | None:
        """How long to wait for a first token before somebody else is asked; None: for ever."""
        if not others or isinstance(request, ChatRequest):
            return None
        if self._remote.hedge_ms:
            return self._remote.hedge_ms / 1000
        return max((deadline - _now()) / (others + 1), 0)


def for_repair(
    remote: Remote, replicas: Replicas, local: Backend | None, without_local: str = ""
) -> tuple[Router, ...]:
    """Whom to ask for a repair, and whom next if nothing that was proposed is any good."""
    first = Router("repair", remote, replicas, local, without_local)
    if remote.repair != "prefer-local" or not replicas.serving("repair"):
        return (first,)
    only = msgspec.structs.replace(remote, repair="remote")
    return first, Router("repair", only, replicas, None)


def _asked(backend: Backend, request: _Request, deadline: float) -> AsyncGenerator[Delta]:
    if isinstance(request, ChatRequest):
        return backend.chat(request)
    left_ms = max(round(1000 * (deadline - _now())), 1)
    return backend.infill(msgspec.structs.replace(request, timeout_ms=left_ms))


def _marked(delta: Delta, name: str, notes: Sequence[str]) -> Delta:
    if delta.stats is None:
        return delta
    stats = msgspec.structs.replace(delta.stats, backend=name, why="; ".join(notes))
    return Delta(delta.text, stats)


def _judge(route: _Route, error: MidfillError | None = None) -> None:
    """Take note of how an endpoint did: it has answered, or why it has not."""
    if route.replica is None:
        return
    if error is None:
        route.replica.breaker.succeeded()
    elif isinstance(error, RemoteError) and error.lasting:
        route.replica.breaker.failed(str(error), error.retry_after)


def _rest_of(request: _Request, written: str) -> _Request | None:
    """Ask for what is missing; None where a grammar would have to begin in the middle."""
    if not written:
        return request
    left = max(request.max_tokens - estimate(written), 1)
    if isinstance(request, InfillRequest):
        prefix = request.prefix + written
        return msgspec.structs.replace(request, prefix=prefix, max_tokens=left)
    if request.grammar:
        return None
    *before, last = request.messages
    if last.role == "assistant":
        begun = (*before, Message("assistant", last.content + written))
    else:
        begun = (*request.messages, Message("assistant", written))
    return msgspec.structs.replace(request, messages=begun, max_tokens=left)


def _key(messages: Sequence[Message]) -> str:
    """What conversations have in common that share a cache: their beginning."""
    return "".join(message.content for message in messages[:2])


async def _first_of(answer: AsyncGenerator[Delta]) -> Delta:
    return await anext(answer, Delta(""))


async def _end(waiting: dict[asyncio.Task[Delta], AsyncGenerator[Delta]]) -> None:
    """Cancel answers that nobody wants any more."""
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for answer in waiting.values():
        await answer.aclose()
    waiting.clear()


async def _pause(nobody: Nobody, tries: int, deadline: float) -> None:
    """Wait before everybody is asked again, where that is of use; otherwise raise `nobody`."""
    pause_s = nobody.retry_after or _BACK_OFF_S * 2**tries * random.uniform(0.5, 1)
    if not nobody.again or tries == _TRIES:
        raise nobody
    if pause_s > _LONGEST_PAUSE_S or _now() + pause_s > deadline:
        raise nobody
    await asyncio.sleep(pause_s)


def _now() -> float:
    return asyncio.get_running_loop().time()
