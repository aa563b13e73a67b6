"""From jobs in the scheduler's thread to answers: whole, or streamed as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from midfill.engine.runtime.api.errors import ApiError
from midfill.engine.runtime.job import Event, Finish, Job, Started, Token
from midfill.engine.runtime.scheduler import Scheduler

_encode = msgspec.json.Encoder().encode


class Generation:
    """Jobs of one request, and their events in order of arrival.

    Args:
        scheduler: where they run.
        make: called with an `emit` for the job of each index.
        count: how many.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        make: Callable[[int, Callable[[Event], None]], Job],
        count: int,
    ) -> None:
        self._scheduler = scheduler
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()
        self.jobs = [make(index, partial(self._emit, index)) for index in range(count)]

    def _emit(self, index: int, event: Event) -> None:
        self._loop.call_soon_threadsafe(self._events.put_nowait, (index, event))

    async def events(self) -> AsyncIterator[tuple[int, Event]]:
        """Submit the jobs and give their events; leaving early cancels what still runs.

        Raises:
            ApiError: a job failed before its first token.
        """
        self._scheduler.submit(*self.jobs)
        left = len(self.jobs)
        try:
            while left:
                index, event = await self._events.get()
                if isinstance(event, Finish):
                    left -= 1
                    if event.stop_type == "error":
                        raise ApiError(503, event.error, kind="server_error")
                yield index, event
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop every job within one decode step."""
        for job in self.jobs:
            self._scheduler.cancel(job)


class EventStream(Response):
    """Server-sent events. A client that goes away cancels the generation at once.

    Args:
        events: the data of each event; `[DONE]` is appended where `done` is set.
        cancel: called when the client has gone.
    """

    media_type = "text/event-stream"

    def __init__(
        self, events: AsyncIterator[Any], cancel: Callable[[], None], *, done: bool
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-cache"
        self._events = events
        self._cancel = cancel
        self._done = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        watcher = asyncio.create_task(_cancel_on_disconnect(receive, self._cancel))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for data in self._lines():
                await send(_chunk(b"data: " + data + b"\n\n", more=True))
            await send(_chunk(b"", more=False))
        finally:
            watcher.cancel()

    async def _lines(self) -> AsyncIterator[bytes]:
        try:
            async for event in self._events:
                yield _encode(event)
        except ApiError as error:
            yield _encode(error.body)
        if self._done:
            yield b"[DONE]"


async def whole(
    generation: Generation, receive: Receive, started: Callable[[Started], None] = lambda _: None
) -> tuple[list[list[Token]], list[Finish]]:
    """Wait for all jobs of a request: tokens and end of each. Cancels if the client goes away.

    `started` is told when the prompt of a job is evaluated.
    """
    tokens: list[list[Token]] = [[] for _ in generation.jobs]
    finishes: list[Finish] = [Finish(stop_type="cancelled") for _ in generation.jobs]
    watcher = asyncio.create_task(_cancel_on_disconnect(receive, generation.cancel))
    try:
        async for index, event in generation.events():
            if isinstance(event, Token):
                tokens[index].append(event)
            elif isinstance(event, Started):
                started(event)
            elif isinstance(event, Finish):
                finishes[index] = event
    finally:
        watcher.cancel()
    return tokens, finishes


def text_of(tokens: Iterator[Token] | list[Token], finish: Finish) -> str:
    """All text of a job."""
    return "".join(token.text for token in tokens) + finish.text


async def _cancel_on_disconnect(receive: Receive, cancel: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    cancel()


def _chunk(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
