"""Streamed answers from a real socket."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from midfill.engine.runtime.address import Address
from midfill.engine.runtime.wire import Wire

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the socket is a Unix socket")

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TEXT = b'data: {"a": 1}\n\ndata: {"b": "\xc3\xa9"}\n\n'


class Server:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self.left = asyncio.Event()
        self.answer: Callable[[asyncio.StreamWriter], Awaitable[None]] = whole

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
                self.asked.append(head.split(b"\r\n")[0] + b" " + await reader.readexactly(length))
                await self.answer(writer)
        self.left.set()
        writer.close()


async def whole(writer: asyncio.StreamWriter) -> None:
    """All bytes one by one: no part of the protocol may count on what comes together."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (TEXT[:20], TEXT[20:]))
    for byte in HEAD + chunks + b"0\r\n\r\n":
        writer.write(bytes([byte]))
        await asyncio.sleep(0)


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"%x\r\n%b\r\n" % (len(TEXT), TEXT))


async def break_off(writer: asyncio.StreamWriter) -> None:
    await half(writer)
    writer.close()


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setenv("MIDFILL_RUNTIME_DIR", str(tmp_path))
    made = Server()
    listening = await asyncio.start_unix_server(made.serve, Address(tmp_path / "m.gguf").socket)
    yield made
    listening.close()


@pytest.fixture
def wire(tmp_path: Path, server: Server) -> Wire:
    return Wire(Address(tmp_path / "m.gguf"))


async def _lines(wire: Wire) -> list[bytes]:
    async with wire.post("/infill", b"{}") as answer:
        return [line async for line in answer.lines()]


async def test_lines_come_whole_and_the_connection_is_kept(wire: Wire, server: Server) -> None:
    for _ in range(2):
        assert await _lines(wire) == TEXT.split(b"\n")[:-1]
    assert server.asked == [b"POST /infill HTTP/1.1 {}"] * 2
    assert server.connections == 1


async def test_requests_at_once_have_connections_of_their_own(wire: Wire, server: Server) -> None:
    await asyncio.gather(_lines(wire), _lines(wire))
    assert server.connections == 2


async def test_a_kept_connection_that_was_closed_is_replaced(wire: Wire, server: Server) -> None:
    async def and_close(writer: asyncio.StreamWriter) -> None:
        await whole(writer)
        writer.close()

    server.answer = and_close
    await _lines(wire)
    await server.left.wait()
    await asyncio.sleep(0.01)
    await _lines(wire)
    assert server.connections == 2


async def test_leaving_early_closes_the_connection(wire: Wire, server: Server) -> None:
    server.answer = half
    async with wire.post("/infill", b"{}") as answer:
        async for line in answer.lines():
            assert line == b'data: {"a": 1}'
            break
    async with asyncio.timeout(5):
        await server.left.wait()


async def test_an_answer_that_breaks_off_is_an_error(wire: Wire, server: Server) -> None:
    server.answer = break_off
    with pytest.raises(ConnectionResetError):
        await _lines(wire)


async def test_what_is_no_http_is_an_error(wire: Wire, server: Server) -> None:
    async def nonsense(writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\r\n\r\n")

    server.answer = nonsense
    with pytest.raises(ConnectionError):
        await _lines(wire)


async def test_a_refusal_is_read_whole(wire: Wire, server: Server) -> None:
    async def refuse(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 7\r\n\r\nloading")

    server.answer = refuse
    async with wire.post("/infill", b"{}") as answer:
        assert (answer.status, await answer.body()) == (503, b"loading")


async def test_nobody_there(wire: Wire, server: Server, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        async with Wire(Address(tmp_path / "other.gguf")).post("/infill", b"{}"):
            pass
