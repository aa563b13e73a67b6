"""The editor's end of a language server's stdin and stdout: JSON-RPC with LSP's framing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from midfill.engine.errors import MidfillError

OnAnswer = Callable[[Any], None]

_SHUTDOWN_S = 5.0


class Editor:
    """A running server. Whatever it asks of the editor is answered with null.

    Args:
        log: the file that has the server's stderr.
    """

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log
        self._ids = itertools.count(1)
        self._awaited: dict[int, OnAnswer] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], env: Mapping[str, str], log: Path) -> Editor:
        """Start the server that `command` runs. It does not get our Ctrl-C."""
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env=dict(env),
                limit=1 << 24,
                start_new_session=True,
            )
        return cls(process, log)

    def notify(self, method: str, params: Any) -> None:
        """Send a notification.

        Raises:
            MidfillError: the server has ended.
        """
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any, on_answer: OnAnswer) -> int:
        """Send a request, and return its id; an error is answered as null.

        Raises:
            MidfillError: the server has ended.
        """
        request = next(self._ids)
        self._awaited[request] = on_answer
        self._send({"id": request, "method": method, "params": params})
        return request

    def cancel(self, request: int) -> bool:
        """Take a request back. False if it was answered before."""
        if self._awaited.pop(request, None) is None:
            return False
        self.notify("$/cancelRequest", {"id": request})
        return True

    async def request(self, method: str, params: Any) -> Any:
        """Send a request, and wait for its result.

        Raises:
            MidfillError: the server has ended.
        """
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.ask(method, params, answer.set_result)
        await asyncio.wait([answer, self._reading], return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise self._gone()
        return answer.result()

    async def shut_down(self) -> None:
        """End the server, by force if it does not leave."""
        with contextlib.suppress(MidfillError, TimeoutError):
            await asyncio.wait_for(self.request("shutdown", None), _SHUTDOWN_S)
            self.notify("exit", None)
            await asyncio.wait_for(self.process.wait(), _SHUTDOWN_S)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        await self._reading

    def _send(self, message: dict[str, Any]) -> None:
        if self._reading.done() or self.process.stdin is None:
            raise self._gone()
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _gone(self) -> MidfillError:
        last_line = self._log.read_text("utf-8", "replace").rstrip().rpartition("\n")[2]
        return MidfillError(f"the language server has ended: {last_line}")

    async def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await self.process.stdout.readuntil(b"\r\n\r\n")
                fields = dict(line.split(b": ", 1) for line in head.strip().split(b"\r\n"))
                body = await self.process.stdout.readexactly(int(fields[b"Content-Length"]))
                self._take(json.loads(body))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            on_answer = self._awaited.pop(message["id"], None)
            if on_answer is not None:
                on_answer(message.get("result"))
        elif "id" in message:
            self._send({"id": message["id"], "result": None})
