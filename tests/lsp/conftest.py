"""A real server process, and an editor that speaks plain JSON-RPC to it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from midfill.lsp.language_server import LanguageServer

Message = dict[str, Any]
URI = "file:///w/a.py"
SERVE = [str(Path(sys.executable).with_name("midfill")), "serve", "--stdio"]


class Client:
    """Talks to a server object in this process, and keeps what it sends."""

    def __init__(self, *encodings: str, initialized: bool = True) -> None:
        self.server = LanguageServer()
        self.server.protocol.set_writer(self)
        self.sent: list[Message] = []
        if initialized:
            self.initialize(*encodings)

    def write(self, data: bytes) -> None:
        self.sent.append(json.loads(data.split(b"\r\n\r\n", 1)[1]))

    def close(self) -> None:
        pass

    def receive(self, message: object) -> Message | None:
        """Hand over a message; the last thing the server sent because of it."""
        before = len(self.sent)
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.server.protocol.receive(body)
        return self.sent[-1] if len(self.sent) > before else None

    def request(self, method: str, params: object = None, request_id: object = 1) -> Any:
        call = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        return self.receive(call)

    def notify(self, method: str, params: object = None) -> Any:
        return self.receive({"jsonrpc": "2.0", "method": method, "params": params})

    def initialize(self, *encodings: str) -> Any:
        general = {"positionEncodings": encodings} if encodings else {}
        params = {"processId": None, "rootUri": None, "capabilities": {"general": general}}
        return self.request("initialize", params)

    def open(self, text: str) -> None:
        item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, *changes: object, version: int = 2) -> None:
        document = {"uri": URI, "version": version}
        params = {"textDocument": document, "contentChanges": changes}
        self.notify("textDocument/didChange", params)

    @property
    def text(self) -> str:
        document = self.server.workspace.document(URI)
        assert document is not None
        return document.text


@pytest.fixture(scope="session")
def new_client() -> type[Client]:
    """Make a client of a server without features: `new_client("utf-8")`."""
    return Client


@pytest.fixture(scope="session")
def old_client() -> Callable[..., Client]:
    """The same, one for each encoding: for tests of many examples."""
    return functools.cache(Client)


class Editor:
    """The editor's end of a server process.

    `answers` maps the methods of the server's requests to their results; others get null, or no
    answer at all from a `silent` editor. What is waited for has to come within `patience_s`.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.answers: dict[str, Any] = {}
        self.silent = False
        self.patience_s = 60
        self.received: list[Message] = []
        self._ids = itertools.count(1)
        self._news = asyncio.Condition()
        self._reading = asyncio.ensure_future(self._read())

    def send(self, message: object) -> None:
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def notify(self, method: str, params: object) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object = None) -> int:
        """Send a request, and return its id."""
        request_id = next(self._ids)
        self.send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        return request_id

    async def answer(self, request_id: int | None) -> Message:
        return await self.wait_for(lambda message: _is_answer(message, request_id))

    async def request(self, method: str, params: object = None) -> Message:
        return await self.answer(self.ask(method, params))

    async def notified(
        self, method: str, accept: Callable[[Any], bool] = lambda params: True
    ) -> Any:
        """The parameters of the first notification or request of the server that fits."""
        message = await self.wait_for(
            lambda message: message.get("method") == method and accept(message["params"])
        )
        return message["params"]

    async def wait_for(self, accept: Callable[[Message], bool]) -> Message:
        async with asyncio.timeout(self.patience_s), self._news:
            while True:
                for message in self.received:
                    if accept(message):
                        return message
                if self._reading.done():
                    raise EOFError("the server is gone")
                await self._news.wait()

    def sent(self, method: str) -> list[Any]:
        """The parameters of all notifications and requests of the server so far."""
        return [message["params"] for message in self.received if message.get("method") == method]

    async def initialize(self, **params: Any) -> Message:
        answer = await self.request(
            "initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}, **params}
        )
        self.notify("initialized", {})
        return answer

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def edit(self, uri: str, version: int, *changes: object) -> None:
        document = {"uri": uri, "version": version}
        params = {"textDocument": document, "contentChanges": changes}
        self.notify("textDocument/didChange", params)

    def ask_completion(
        self, uri: str, line: int, character: int, trigger: int = 2, **document: Any
    ) -> int:
        params = {
            "textDocument": {"uri": uri, **document},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": trigger},
        }
        return self.ask("textDocument/inlineCompletion", params)

    async def complete(self, *args: Any, **kwargs: Any) -> list[Message]:
        answer = await self.answer(self.ask_completion(*args, **kwargs))
        items: list[Message] = answer["result"]["items"]
        return items

    async def command(self, name: str, *arguments: object) -> Message:
        return await self.request(
            "workspace/executeCommand", {"command": name, "arguments": arguments}
        )

    async def why(self) -> str:
        reason: str = (await self.command("midfill.whyNoSuggestion"))["result"]
        return reason

    async def shut_down(self) -> int:
        await self.request("shutdown")
        self.notify("exit", None)
        return await self.wait()

    async def wait(self) -> int:
        """The exit status, once the process has ended."""
        return await asyncio.wait_for(self.process.wait(), 30)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await self.process.stdout.readuntil(b"\r\n\r\n")
                lines = dict(line.split(b": ", 1) for line in head.strip().split(b"\r\n"))
                body = await self.process.stdout.readexactly(int(lines[b"Content-Length"]))
                await self._take(json.loads(body))
        async with self._news:
            self._news.notify_all()

    async def _take(self, message: Message) -> None:
        if "method" in message and "id" in message and not self.silent:
            result = self.answers.get(message["method"])
            result = result(message["params"]) if callable(result) else result
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        async with self._news:
            self.received.append(message)
            self._news.notify_all()


def _is_answer(message: Message, request_id: int | None) -> bool:
    return "method" not in message and message["id"] == request_id


StartEditor = Callable[..., Awaitable[Editor]]


@pytest.fixture
async def start_editor() -> AsyncIterator[StartEditor]:
    """Start servers: `await start_editor(env, *options)`. They are gone after the test."""
    editors: list[Editor] = []

    async def start(env: Mapping[str, str], *options: str, **streams: Any) -> Editor:
        process = await asyncio.create_subprocess_exec(
            *SERVE,
            *options,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(env),
            limit=2**24,
            **streams,
        )
        editors.append(Editor(process))
        return editors[-1]

    yield start
    for editor in editors:
        if editor.process.returncode is None:
            editor.process.kill()
        await editor.process.wait()
        await editor._reading


@pytest.fixture
def bare_env() -> Iterator[dict[str, str]]:
    """Environment for a subprocess on a machine without a model."""
    folder = Path(tempfile.mkdtemp(prefix="midfill-"))  # short, for the sockets' sake
    homes = {
        f"MIDFILL_{name}": str(folder / name.lower())
        for name in ("CACHE_HOME", "CONFIG_HOME", "RUNTIME_DIR", "STATE_HOME")
    }
    rest = {name: value for name, value in os.environ.items() if not name.startswith("MIDFILL_")}
    yield {**rest, **homes}
    shutil.rmtree(folder)
