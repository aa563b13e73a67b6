"""The local engine and the endpoints as one backend: whoever is preferred, else whoever answers.

An answer that breaks off is gone on with by somebody else, from where it got to.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import count

import msgspec

from midfill.engine.backend import Backend, ChatRequest, Delta, InfillRequest, Message, Score
from midfill.engine.context.tokens import estimate
from midfill.engine.errors import MidfillError
from midfill.engine.remote import relay
from midfill.engine.remote.relay import Nobody, Request
from midfill.engine.remote.replicas import Replicas, arranged
from midfill.engine.remote.route import Route
from midfill.engine.settings import Policy, Remote, Task

_TRIES = 3
_BACK_OFF_S = 0.2
_LONGEST_PAUSE_S = 5.0


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
        self._task = task
        self._remote = remote
        self.local = local
        self.without_local = without_local
        self._policy: Policy = remote.policies.get(task, "remote")
        self._replicas = replicas

    @property
    def local(self) -> Backend | None:
        """The engine; None while there is none."""
        return self._local.backend if self._local else None

    @local.setter
    def local(self, backend: Backend | None) -> None:
        self._local = Route(backend, self._remote.latency_ms) if backend else None

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
            answer = relay.asked(routes[0].backend, request, deadline)
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
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        """See `Backend.score`."""
        for tries in count(1):
            try:
                return await self._scored(messages, choices, files, start)
            except Nobody as nobody:
                await _pause(nobody, tries, math.inf)
        raise AssertionError

    # -----------------------------------------------------------------------------------------

    def _routes(self, key: str = "") -> tuple[list[Route], list[str]]:
        """Whom to ask, one after the other, and why others are not asked, or later."""
        policy, local = self._policy, self._local
        if policy == "local":
            return ([local], []) if local else ([], [self.without_local])
        remote, no_remote = self._remotes(key, alone=policy == "remote" or local is None)
        if policy == "remote":
            return remote, no_remote
        if local is None:
            return remote, [self.without_local] if policy == "prefer-local" else no_remote
        if policy == "prefer-remote":
            return [*remote, local], no_remote
        slow = self._why_later(local) if remote else ""
        return ([*remote, local], [slow]) if slow else ([local, *remote], [])

    def _remotes(self, key: str, *, alone: bool) -> tuple[list[Route], list[str]]:
        """The endpoints that are well, and why others are not asked."""
        serving = self._replicas.serving(self._task)
        if not serving:
            return [], [f"no endpoint is there for {self._task}: midfill remote add"]
        well = [each for each in serving if not each.breaker.open]
        if not well and alone:
            well = serving  # better to ask one that has just failed than nobody
        failed = [each.breaker.why for each in serving if each not in well]
        return list(arranged(well, key)), failed

    def _why_later(self, local: Route) -> str:
        """Why the endpoints are asked before the engine that is preferred; empty: they are not."""
        if local.breaker.open:
            return local.breaker.why
        if local.pace.too_slow:
            ms, allowed = round(local.pace.ms), self._remote.latency_ms
            return f"the local engine takes {ms} ms to its first token, {allowed} are allowed"
        return ""

    async def _answered(self, key: str, request: Request, deadline: float) -> AsyncGenerator[Delta]:
        """The answer of whoever gives one; where it breaks off, the next one goes on."""
        self._replicas.look(self._task)
        routes, notes = self._routes(key)
        rest: Request | None = request
        written, tries, hedge_s = "", 0, self._remote.hedge_ms / 1000
        while rest is not None and _now() < deadline:
            try:
                first, answer = await relay.begun(routes, rest, deadline, notes, hedge_s)
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

    async def _scored(
        self, messages: tuple[Message, ...], choices: int, files: tuple[str, ...], start: int
    ) -> list[Score]:
        """The scores of the first who gives any."""
        routes, notes = self._routes(_key(messages))
        errors: list[MidfillError] = []
        for route in routes:
            try:
                with route.asked():
                    scores = await route.backend.score(messages, choices, files, start)
            except MidfillError as error:
                errors.append(error)
                notes.append(str(error))
            else:
                route.breaker.succeeded()
                return scores
        raise Nobody(notes, errors)


def for_repair(
    remote: Remote, replicas: Replicas, local: Backend | None, without_local: str = ""
) -> tuple[Router, ...]:
    """Whom to ask for a repair, and whom next if nothing that was proposed is any good."""
    first = Router("repair", remote, replicas, local, without_local)
    if remote.repair != "prefer-local" or not replicas.serving("repair"):
        return (first,)
    only = msgspec.structs.replace(remote, repair="remote")
    return first, Router("repair", only, replicas, None)


def _rest_of(request: Request, written: str) -> Request | None:
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
