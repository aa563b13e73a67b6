"""Servers to talk to: the real engine, and a small one that does whatever a test wants."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from midfill.engine.settings import Endpoint

from ...conftest import private_environment


class Request(NamedTuple):
    """What arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = json.loads(self.body)
        return found


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """An HTTP server on loopback; `answer` answers every POST, the requests of which are kept.

    `pages` are what it says to a GET, by path; other paths are not there. `gone` is set when a
    client has left before its answer was over.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Answer = events("a", " +", " b")
        self.pages: dict[str, bytes] = {}
        self.gone = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        """Listen, on a port of its own or the one given."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port, and every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()

    def endpoint(self, **changes: Any) -> Endpoint:
        """Where it is."""
        return Endpoint(url=f"http://127.0.0.1:{self.port}/v1", **changes)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            method, path, _ = first.split()
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if method == "GET" or path == "/tokenize":
                page = self.pages.get(path)
                await whole(404 if page is None else 200, page or b"{}")(writer)
                return
            self.requests.append(Request(method, path, headers, body))
            answering = asyncio.ensure_future(self.answer(writer))
            leaving = asyncio.ensure_future(reader.read())
            done, _ = await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering not in done:
                self.gone.set()
            answering.cancel()
            leaving.cancel()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def whole(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    """An answer in one piece; the names of headers have underscores."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *lines]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


def events(*texts: str, done: bool = True, stall: bool = False) -> Answer:
    """A stream as vLLM sends it; without `done` it breaks off, with `stall` nothing follows."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        writer.write(b"Connection: close\r\n\r\n")
        usage = {"prompt_tokens": 9, "completion_tokens": 0}
        for number, text in enumerate(texts, 1):
            choice = {"text": text, "delta": {"content": text}, "finish_reason": None}
            usage["completion_tokens"] = number
            _write(writer, {"model": "coder", "choices": [choice], "usage": usage})
            await writer.drain()
        if stall:
            await asyncio.sleep(600)
        if done:
            last = {"text": "", "finish_reason": "stop", "stop_reason": 151643}
            _write(writer, {"model": "coder", "choices": [last]})
            _write(writer, {"model": "coder", "choices": [], "usage": usage})
            writer.write(b"data: [DONE]\n\n")
        await writer.drain()

    return answer


def endless(begin: bytes, piece: bytes = b"x", status: int = 200) -> Answer:
    """One that begins so and goes on with the piece for ever."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\n\r\n" % status + begin)
        while True:
            writer.write(piece * ((1 << 16) // len(piece)))
            await writer.drain()

    return answer


def _write(writer: asyncio.StreamWriter, event: object) -> None:
    writer.write(b"data: " + json.dumps(event).encode() + b"\n\n")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of the test's own for what is recorded and set."""
    monkeypatch.setenv("MIDFILL_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("MIDFILL_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A server."""
    made = Peer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def other() -> AsyncIterator[Peer]:
    """A second one."""
    made = Peer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="session")
def engine(model_path: Path) -> Iterator[tuple[str, str]]:
    """The URL of the real engine, with the real model, and its key."""
    for environment in private_environment(model_path):
        yield started(environment)


def started(environment: dict[str, str]) -> tuple[str, str]:
    """The URL and the key of the engine of `environment`, which listens on loopback."""
    start = [sys.executable, "-m", "midfill.engine.cli", "engine", "start", "--port", "0", "--json"]
    done = subprocess.run(start, env=environment, capture_output=True, check=True)
    status = json.loads(done.stdout)
    return f"http://127.0.0.1:{status['port']}/v1", status["token"]
