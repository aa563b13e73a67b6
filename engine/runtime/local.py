"""The local engine as a backend: started on demand, restarted when it dies, shared by all."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import time
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import msgspec
from packaging.version import Version

from midfill.engine import openai
from midfill.engine.backend import (
    LOCAL,
    BackendError,
    ChatRequest,
    Delta,
    InfillRequest,
    Message,
    Score,
    Stats,
)
from midfill.engine.errors import MidfillError
from midfill.engine.models.choose import resolve
from midfill.engine.runtime import process
from midfill.engine.runtime.address import Address
from midfill.engine.runtime.process import EngineStatus
from midfill.engine.runtime.wire import Wire
from midfill.engine.settings import Settings

OnStatus = Callable[[EngineStatus], None]

_START_TIMEOUT_S = 300.0
_POLL_S = 0.05
# After as many crashes in a row nothing is started any more, until somebody asks for a restart. The
# first one is followed by a start at once: somebody types.
_CRASHES_ALLOWED = 3
_BACK_OFF_S = 0.5
# The engine itself ends a request at its time limit; this much later it must be hanging.
_OVERDUE_S = 5.0


class _Timings(msgspec.Struct):
    cache_n: int
    prompt_n: int
    prompt_ms: float
    queue_ms: float
    predicted_ms: float = 0.0


class _Event(msgspec.Struct):
    content: str
    stop: bool
    stop_type: str = ""
    stopping_word: str = ""
    model: str = ""
    truncated: bool = False
    tokens_predicted: int = 0
    timings: _Timings | None = None


_decode_event = msgspec.json.Decoder(_Event).decode
_encode = msgspec.json.Encoder().encode


class LocalEngine:
    """A Backend. Cheap to make: nothing is started or looked for before it is needed.

    Args:
        settings: names the model.
        model: a GGUF file to use instead.
        port: let an engine that has to be started listen on this loopback port too.
    """

    name = LOCAL
    # A key costs two or three tokens here, and what it overtakes ends within a step.
    debounced = False

    def __init__(
        self, settings: Settings, model: Path | None = None, port: int | None = None
    ) -> None:
        self._settings = settings
        self._model = model
        self._port = port
        self._address: Address | None = None
        self._client: httpx.AsyncClient | None = None
        self._wire: Wire | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # Two windows may show one file; a request of one must not end a request of the other.
        self._session = secrets.token_hex(4)
        self._starting = asyncio.Lock()
        self._crashes = 0
        # Whether the process that we started has answered, so that its kernels work.
        self._answered = False

    @property
    def address(self) -> Address:
        """Where the engine of the chosen model listens.

        Raises:
            MidfillError: there is no model on this machine.
        """
        if self._address is None:
            self._address = Address(self._model or resolve(self._settings).path)
        return self._address

    async def status(self) -> EngineStatus:
        """What the engine is doing now."""
        try:
            return await process.status(self.address, self._http())
        except MidfillError as error:
            return EngineStatus(state="failed", detail=str(error))

    async def ensure(self, on_status: OnStatus = lambda status: None) -> None:
        """Return when the engine is ready, starting it if need be.

        Raises:
            MidfillError: no model, a damaged one, or an engine that keeps crashing.
        """
        async with self._starting:
            await self._ensure(on_status)

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        """See `Backend.infill`. An engine that dies before its first token is tried once more."""
        within_s = request.timeout_ms / 1000 + _OVERDUE_S if request.timeout_ms else None
        async for data in self._events("/infill", self._infill_body(request), within_s):
            yield self._delta(data)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """See `Backend.chat`, and `infill` for an engine that dies."""
        stream = openai.ChatStream()
        async for data in self._events("/v1/chat/completions", openai.chat_body(request)):
            if data != b"[DONE]":
                yield stream.feed(data)

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        """See `Backend.score`."""
        body = openai.score_body(messages, choices, start)
        lines = [line async for line in self._lines("/v1/chat/completions", body)]
        return openai.scores(b"".join(lines))

    async def aclose(self) -> None:
        """Close the connection. The engine stays, for others."""
        if self._wire is not None:
            self._wire.close()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    # -----------------------------------------------------------------------------------------

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = self.address.client(httpx.Timeout(None, connect=1.0))
        return self._client

    async def _ensure(self, on_status: OnStatus) -> None:
        deadline, begun = time.monotonic() + _START_TIMEOUT_S, False
        while time.monotonic() < deadline:
            status = await self.status()
            if status.state == "ready" and await self._is_current(status):
                return
            if status.state == "silent" and begun:
                continue  # it loads, and others want the processor as well
            if status.state in ("silent", "failed") and status.pid is None:
                raise BackendError(status.detail)
            if status.state == "failed":
                raise BackendError(f"the engine failed: {status.detail}")
            on_status(await self._nudged(status))
            begun = True
            await asyncio.sleep(_POLL_S)
        raise BackendError(f"the engine is not ready after {_START_TIMEOUT_S:.0f} s")

    async def _nudged(self, status: EngineStatus) -> EngineStatus:
        """Start a process where there is none, and take note where ours has died."""
        if status.state != "stopped":
            return status
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return EngineStatus(state="starting", model=status.model)
            self._process = None
            if code not in (0, -15):
                await self._crashed(code)
        self._answered = False
        self._process = process.start(self.address.model, self._settings, self._port)
        return EngineStatus(state="starting", model=status.model)

    async def _crashed(self, code: int) -> None:
        if not self._answered and process.died_of_kernels(code):
            return
        if process.died_of_gpu_memory(self.address, self._settings, code):
            return
        self._crashes += 1
        if self._crashes >= _CRASHES_ALLOWED:
            why = process.why_it_died(self.address, code)
            often = f"crashed {self._crashes} times in a row"
            raise BackendError(f"{often}, `midfill doctor` may know why: {why}")
        if self._crashes == _CRASHES_ALLOWED - 1:
            process.do_without_gpu(self.address.model, self._settings)
        await asyncio.sleep(_BACK_OFF_S * (self._crashes - 1))

    async def _is_current(self, status: EngineStatus) -> bool:
        """End an engine that was left over from before an update, once; a newer one is welcome."""
        if self._process is not None or Version(status.version) >= Version(process.own_version()):
            return True
        await process.stop(self.address)
        return False

    async def _events(
        self, path: str, body: dict[str, Any], within_s: float | None = None
    ) -> AsyncGenerator[bytes]:
        """The data of each event of a stream."""
        async for line in self._lines(path, body, within_s):
            if line.startswith(b"data: "):
                yield line[6:]

    async def _lines(
        self, path: str, body: dict[str, Any], within_s: float | None = None
    ) -> AsyncGenerator[bytes]:
        """The lines of an answer, from a second engine where the first dies before any."""
        for attempt in (1, 2):
            started = False
            try:
                async with self._connections().post(path, _encode(body), within_s) as answer:
                    if answer.status != HTTPStatus.OK:
                        raise BackendError(openai.reason(await answer.body(), answer.status))
                    async for line in answer.lines():
                        started = True
                        yield line
                self._works()
                return
            except GeneratorExit:  # whoever asked has read enough
                self._works()
                raise
            except OSError as error:
                if started or attempt == 2:
                    raise BackendError("the engine went away while it was writing") from error
                await self.ensure()

    def _works(self) -> None:
        self._crashes = 0
        self._answered = True

    def _connections(self) -> Wire:
        if self._wire is None:
            self._wire = Wire(self.address)
        return self._wire

    def _infill_body(self, request: InfillRequest) -> dict[str, Any]:
        return {
            "input_prefix": request.prefix,
            "input_suffix": request.suffix,
            "input_extra": request.extra,
            "filename": request.filename,
            "repository": request.repository,
            "document": f"{self._session}:{request.document}" if request.document else "",
            "branch": _branch(request),
            "prefix_tokens": request.prefix_tokens,
            "suffix_tokens": request.suffix_tokens,
            "n_predict": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.variant,
            "stop": request.stop,
            "t_max_prompt_ms": request.prompt_ms,
            "timeout_ms": request.timeout_ms,
            "stream": True,
        }

    @staticmethod
    def _delta(data: bytes) -> Delta:
        try:
            event = _decode_event(data)
        except msgspec.DecodeError:
            raise BackendError(openai.reason(data)) from None
        if event.timings is None:
            return Delta(event.content)
        timings = event.timings
        return Delta(
            event.content,
            Stats(
                model=event.model,
                stop_type=event.stop_type or "cancelled",
                stopping_word=event.stopping_word,
                tokens_evaluated=timings.prompt_n,
                tokens_reused=timings.cache_n,
                tokens_generated=event.tokens_predicted,
                truncated=event.truncated,
                ms={
                    "queue": timings.queue_ms,
                    "prefill": timings.prompt_ms,
                    "decode": timings.predicted_ms,
                },
            ),
        )


def _branch(request: InfillRequest) -> str:
    """What keeps the sequences of a document apart; they share what their prompts begin with."""
    return "ahead" if request.ahead else str(request.variant or "")
