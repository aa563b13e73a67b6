"""Midfill as an editor sees it: the language server on stdio, and the engine behind it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from midfill.engine.bench.buffer import Buffer, Change, Position
from midfill.engine.bench.editor import Editor
from midfill.engine.bench.screen import Screen
from midfill.engine.bench.system import Work
from midfill.engine.bench.totals import totals
from midfill.engine.completion.reason import Reason
from midfill.engine.errors import MidfillError
from midfill.engine.runtime.local import LocalEngine

_SERVE = (sys.executable, "-m", "midfill.engine.cli", "serve", "--stdio")
_FIRST = Buffer("untitled:first.py", "python", "def add(a, b):\n    return \n", cursor=26)
_READY_S = 60.0
_POLL_S = 0.1
_INVOKED, _AUTOMATIC = 1, 2
# After these a person still waits; any other reason says that there is nothing to wait for.
_STILL_WAITING = {
    Reason.CANCELLED,
    Reason.CONTEXT_FULL,
    Reason.OFF,
    Reason.OVERTAKEN,
    Reason.TOO_SLOW,
}
_NOTHING_THERE = {str(reason) for reason in Reason if reason not in _STILL_WAITING}


@asynccontextmanager
async def midfill(
    engine: LocalEngine, workspace: Path, env: Mapping[str, str], log: Path
) -> AsyncIterator[Midfill]:
    """A language server for the folder `workspace`, which finds `engine` at work.

    Raises:
        MidfillError: the server or the engine do not work.
    """
    status = await engine.status()
    if status.pid is None:
        raise MidfillError(f"the engine does not run: {status.detail}")
    async with engine.address.client() as client:
        editor = await Editor.start(_SERVE, env, log)
        try:
            system = Midfill(editor, psutil.Process(status.pid), client)
            await system.begin(workspace)
            yield system
        finally:
            await editor.shut_down()


class Midfill:
    """A System."""

    name = "midfill"

    def __init__(self, editor: Editor, engine: psutil.Process, metrics: httpx.AsyncClient) -> None:
        self.screen = Screen()
        self.sources: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.stages: dict[str, list[float]] = defaultdict(list)
        self.processes = (psutil.Process(editor.process.pid), engine)
        self._editor = editor
        self._metrics = metrics
        self._request = 0
        self._requests = self._cancelled = 0
        self._command: dict[str, Any] | None = None

    async def begin(self, workspace: Path) -> None:
        """Shake hands, and return when the first completion was made.

        Raises:
            MidfillError: there is none after a minute.
        """
        await self._editor.request(
            "initialize",
            {"processId": None, "rootUri": workspace.as_uri(), "capabilities": {}},
        )
        self._editor.notify("initialized", {})
        self.opened(_FIRST)
        deadline = time.monotonic() + _READY_S
        while not _text(await self._editor.request(*_completion(_FIRST, _INVOKED))):
            if time.monotonic() > deadline:
                why = (await self._editor.request("midfill/status", None))["reason"]
                raise MidfillError(f"the language server makes no suggestion: {why}")
            await asyncio.sleep(_POLL_S)

    async def work(self) -> Work:
        """See `System`; the engine counts a request when it ends."""
        done = await totals(self._metrics)
        return Work(
            evaluated=done.evaluated["interactive"],
            warmed=done.evaluated["warm_up"],
            generated=done.generated,
            requests=self._requests,
            cancelled=self._cancelled,
            jobs=done.requests,
            decode_s=done.decode_s,
        )

    def opened(self, buffer: Buffer) -> None:
        """See `System`."""
        document = {
            "uri": buffer.uri,
            "languageId": buffer.language_id,
            "version": buffer.version,
            "text": buffer.text,
        }
        self._editor.notify("textDocument/didOpen", {"textDocument": document})

    def moved(self, buffer: Buffer) -> None:
        """See `System`. Our editor extensions tell the server."""
        self._editor.notify("midfill/didMoveCursor", _place(buffer))

    def changed(self, buffer: Buffer, change: Change) -> None:
        """See `System`."""
        document = {"uri": buffer.uri, "version": buffer.version}
        edit = {
            "range": {"start": _lsp(change.start), "end": _lsp(change.end)},
            "text": change.inserted,
        }
        self._editor.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [edit]}
        )
        self._take_back()
        self._requests += 1
        method, params = _completion(buffer, _AUTOMATIC)
        request = self._editor.ask(method, params, lambda answer: self._answered(request, answer))
        self._request = request

    def taken(self) -> None:
        """See `System`."""
        if self._command is not None:
            command = {key: self._command.get(key) for key in ("command", "arguments")}
            self._editor.ask("workspace/executeCommand", command, lambda _: None)

    def left(self) -> None:
        """See `System`."""
        self._take_back()

    def _take_back(self) -> None:
        self._cancelled += self._editor.cancel(self._request)

    def _answered(self, request: int, answer: Any) -> None:
        text = _text(answer)
        if text:
            self._command = answer["items"][0].get("command")
            self.screen.show(time.monotonic(), text)
        self._editor.ask("midfill/status", None, lambda status: self._told(request, text, status))

    def _told(self, request: int, text: str, status: dict[str, Any]) -> None:
        for stage, ms in status["ms"].items():
            self.stages[stage].append(ms)
        if text:
            self.sources[status["source"]] += 1
            return
        reason = status["reason"] or "none given"
        self.empty[reason] += 1
        if request == self._request and reason in _NOTHING_THERE:
            self.screen.nothing()


def _completion(buffer: Buffer, trigger: int) -> tuple[str, dict[str, Any]]:
    params = {**_place(buffer), "context": {"triggerKind": trigger}}
    return "textDocument/inlineCompletion", params


def _place(buffer: Buffer) -> dict[str, Any]:
    position = _lsp(buffer.position(buffer.cursor))
    return {"textDocument": {"uri": buffer.uri}, "position": position}


def _text(answer: Any) -> str:
    items = answer["items"] if answer else []
    return str(items[0]["insertText"]) if items else ""


def _lsp(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}
