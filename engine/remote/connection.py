"""HTTP to one endpoint: its key, its certificates, limits of time, and events as they come.

HTTP/1.1 is enough: vLLM's server knows nothing else, and a person has few requests on their way.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from midfill.engine.remote import fault
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.key import Key
from midfill.engine.settings import Endpoint, Remote

# vLLM's server closes what was idle for 5 s, and a request must not cross that on its way.
_IDLE_S = 4.0
# Bytes. Scores of a long prompt take some megabytes, an event some kilobytes.
_LARGEST_ANSWER, _LONGEST_LINE = 1 << 26, 1 << 20


class Connection:
    """Cheap to make: nothing is opened before it is needed, and then kept for what follows."""

    def __init__(self, name: str, endpoint: Endpoint, limits: Remote) -> None:
        self.host = urlsplit(endpoint.url).netloc
        self._name = name
        self._endpoint = endpoint
        self._limits = limits
        self._key = Key(name, endpoint)
        self._client: httpx.AsyncClient | None = None

    async def events(self, path: str, body: bytes, deadline: float) -> AsyncGenerator[bytes]:
        """The data of each server-sent event. Closing the iterator closes the connection, by which
        the server knows that nobody waits any more.

        Args:
            deadline: in seconds of the event loop's clock.

        Raises:
            RemoteError: there is no answer, or it broke off.
            TimeoutError: the deadline has passed.
        """
        until = _now() + self._limits.first_token_ms / 1000
        lines = self._lines(path, body)
        async with aclosing(lines):
            while True:
                async with self._limited(until, deadline):
                    line = await anext(lines, None)
                if line is None:
                    raise RemoteError(f"{self._name} broke off its answer")
                field, _, data = line.partition(b":")
                data = data.removeprefix(b" ")
                if data == b"[DONE]":
                    return
                if field == b"data":
                    yield data
                    until = _now() + self._limits.between_tokens_ms / 1000

    async def post(self, path: str, body: bytes) -> bytes:
        """A whole answer.

        Raises:
            RemoteError: there is none.
        """
        return await self._whole("POST", path, body)

    async def get(self, path: str) -> bytes:
        """As `post`."""
        return await self._whole("GET", path)

    async def health(self) -> None:
        """Return if the server is there and does not complain, as vLLM's does that has lost its
        engine. No key is shown, and a server that knows nothing of `/health` is there as well.

        Raises:
            RemoteError: it is not, or does.
        """
        async with self._limited(_now() + self._limits.first_token_ms / 1000, math.inf):
            try:
                answer = await self._http().get("/health")
            except httpx.HTTPError as error:
                raise fault.from_transport(self._name, self._endpoint, error) from error
        if answer.is_server_error:
            raise fault.from_answer(self._name, self._endpoint, answer, answer.content)

    async def aclose(self) -> None:
        """Close what is open."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _whole(self, method: str, path: str, body: bytes | None = None) -> bytes:
        until = _now() + self._limits.first_token_ms / 1000
        async with self._limited(until, math.inf), self._answer(method, path, body) as answer:
            return await self._body(answer)

    async def _body(self, answer: httpx.Response) -> bytes:
        """All of it, not decompressed: a megabyte may hold a thousand."""
        body = bytearray()
        async for data in answer.aiter_raw():
            body += data
            if len(body) > _LARGEST_ANSWER:
                raise RemoteError(f"{self._name} answers more than {_LARGEST_ANSWER >> 20} MiB")
        return bytes(body)

    async def _lines(self, path: str, body: bytes) -> AsyncGenerator[bytes]:
        """The lines of an answer. httpx would cut them at U+2028 and its like, too."""
        rest = b""
        async with self._answer("POST", path, body) as answer:
            async for data in answer.aiter_raw():
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    yield line.removesuffix(b"\r")
                if len(rest) > _LONGEST_LINE:
                    raise RemoteError(f"{self._name} sends a line that does not end")

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, body: bytes | None
    ) -> AsyncIterator[httpx.Response]:
        """An answer with status 200, whose body is still to come."""
        client = self._http()
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            **await self._key.headers(),
        }
        request = client.build_request(method, path, content=body, headers=headers)
        try:
            answer = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise fault.from_transport(self._name, self._endpoint, error) from error
        try:
            if answer.status_code != HTTPStatus.OK:
                if answer.status_code == HTTPStatus.UNAUTHORIZED:
                    self._key.forget()
                said = await self._body(answer)
                raise fault.from_answer(self._name, self._endpoint, answer, said)
            yield answer
        except httpx.HTTPError as error:
            raise fault.from_transport(self._name, self._endpoint, error) from error
        finally:
            await answer.aclose()

    @asynccontextmanager
    async def _limited(self, until: float, deadline: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(min(until, deadline)):
                yield
        except TimeoutError:
            if deadline <= until:
                raise
            raise RemoteError(f"{self._name} has stalled: nothing came for too long") from None

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            endpoint = self._endpoint
            try:
                self._client = httpx.AsyncClient(
                    base_url=endpoint.url.rstrip("/").removesuffix("/v1"),
                    verify=self._certificates(),
                    proxy=endpoint.proxy or None,
                    timeout=httpx.Timeout(None, connect=self._limits.connect_ms / 1000),
                    limits=httpx.Limits(keepalive_expiry=_IDLE_S),
                )
            except (httpx.InvalidURL, ValueError):
                raise RemoteError(f"{self._name}: its url or its proxy is no address") from None
        return self._client

    def _certificates(self) -> ssl.SSLContext:
        context = httpx.create_ssl_context()
        if self._endpoint.ca_file:
            try:
                context.load_verify_locations(self._endpoint.ca_file)
            except OSError as error:
                raise RemoteError(
                    f"{self._name}: cannot use {self._endpoint.ca_file}: {error}"
                ) from None
        return context


def _now() -> float:
    return asyncio.get_running_loop().time()
