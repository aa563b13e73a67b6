"""Streamed answers of an engine, over connections that are kept.

At every key httpx would take a millisecond for what takes a tenth of one here; and head and body of
a request go out in one piece, which wakes the engine up once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httptools

from midfill.engine.runtime.address import Address

_CONNECT_S = 1.0
_PIECE = 1 << 16  # bytes


class Answer:
    """A response that is coming in, until `deadline` by the clock of the loop.

    `complete`: all of it is there, and the connection is free for the next request.
    """

    def __init__(self, reader: asyncio.StreamReader, deadline: float | None) -> None:
        self._reader = reader
        self._deadline = deadline
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._begun = self.complete = False

    @property
    def status(self) -> int:
        """The status code."""
        return int(self._parser.get_status_code())

    async def begin(self) -> None:
        """Return when the head is there."""
        while not self._begun:
            await self._more()

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of the body as they come, without their ends."""
        rest = b""
        while True:
            *lines, rest = (rest + self._taken()).split(b"\n")
            for line in lines:
                yield line
            if self.complete:
                break
            await self._more()
        if rest:
            yield rest

    async def body(self) -> bytes:
        """All of the body."""
        while not self.complete:
            await self._more()
        return self._taken()

    def on_headers_complete(self) -> None:
        """For httptools, as the next two."""
        self._begun = True

    def on_body(self, part: bytes) -> None:
        """A part of the body came in."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """The response has ended."""
        self.complete = True

    def _taken(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken

    async def _more(self) -> None:
        async with asyncio.timeout_at(self._deadline):
            piece = await self._reader.read(_PIECE)
        if not piece:
            raise ConnectionResetError("the engine has closed the connection")
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError as error:
            raise ConnectionError(f"this is no HTTP: {error}") from error


class Wire:
    """The connections to the engine at `address`."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    @asynccontextmanager
    async def post(
        self, path: str, body: bytes, within_s: float | None = None
    ) -> AsyncIterator[Answer]:
        """Send JSON, and give the answer with its head. Leaving early cancels it in the engine.

        Raises:
            OSError: there is nobody, the connection broke off, or not all came `within_s`.
        """
        reader, writer = await self._connection()
        deadline = asyncio.get_running_loop().time() + within_s if within_s else None
        answer = Answer(reader, deadline)
        try:
            writer.write(self._head(path, len(body)) + body)
            await answer.begin()
            yield answer
        finally:
            if answer.complete:
                self._idle.append((reader, writer))
            else:
                writer.close()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        async with asyncio.timeout(_CONNECT_S):
            if os.name == "posix":
                return await asyncio.open_unix_connection(str(self._address.socket))
            record = self._address.record()
            port = record.port if record is not None else None
            return await asyncio.open_connection("127.0.0.1", port or 9)

    def _head(self, path: str, length: int) -> bytes:
        head = f"POST {path} HTTP/1.1\r\nHost: engine\r\nContent-Length: {length}\r\n"
        if os.name != "posix":
            record = self._address.record()
            head += f"Authorization: Bearer {record.token if record is not None else ''}\r\n"
        return f"{head}Content-Type: application/json\r\n\r\n".encode()
