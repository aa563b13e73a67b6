"""The rude editor's end of a real server: it writes what it likes, and reads when it likes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Message = dict[str, Any]

SERVER = Path(__file__).with_name("text_server.py")
_ANSWER_S = 30
_TOLD_S = 120


class Session:
    """A server process. Its requests are answered with null; its answers are kept by their ids.

    An editor that does not read at first begins to with `read`. The server runs `under` another
    program, which limits it. `server` may be another than ours. An answer is waited for
    `patience_s`.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        *options: str,
        log: Path = Path(os.devnull),
        reads: bool = True,
        under: Sequence[str] = (),
        server: Path = SERVER,
    ) -> None:
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*under, sys.executable, str(server), *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=dict(env),
            )
        self._log = log
        self.patience_s: float = _ANSWER_S
        self.answers: defaultdict[object, list[Message]] = defaultdict(list)
        self.told: list[Message] = []
        self._ids = itertools.count(1)
        self._writing = threading.Lock()
        self._news = threading.Condition()
        self._ended = False
        self._reading = threading.Thread(target=self._read, daemon=True)
        if reads:
            self.read()

    def read(self) -> None:
        """Begin to read what the server says."""
        self._reading.start()

    def initialize(
        self, encoding: str = "utf-16", root: Path | None = None, *, wait: bool = True
    ) -> Message | None:
        """Begin the session; with `wait` its answer."""
        general = {"positionEncodings": [encoding]}
        params = {
            "processId": None,
            "rootUri": root.as_uri() if root else None,
            "capabilities": {"general": general},
        }
        request_id = self.ask("initialize", params)
        answer = self.answer(request_id) if wait else None
        self.notify("initialized", {})
        return answer

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        try:
            with self._writing:
                self.process.stdin.write(data)
                self.process.stdin.flush()
        except OSError as error:
            raise EOFError(f"the server is gone; {self._last_words()}") from error

    def frame(self, body: bytes) -> None:
        self.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send(self, message: Message) -> None:
        self.frame(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: object) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: object, **more: object) -> int:
        """Send a request with whatever `more`, and return its id."""
        request_id = next(self._ids)
        self.send({"id": request_id, "method": method, "params": params, **more})
        return request_id

    def answer(self, request_id: object, count: int = 1) -> Message:
        """The last of `count` answers with this id, once they are all there."""
        with self._news:
            came = self._news.wait_for(
                lambda: len(self.answers[request_id]) >= count or self._ended,
                self.patience_s,
            )
            if not came or len(self.answers[request_id]) < count:
                raise EOFError(f"no answer to {request_id!r}; {self._last_words()}")
            return self.answers[request_id][-1]

    def request(self, method: str, params: object) -> Message:
        return self.answer(self.ask(method, params))

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def edit(self, uri: str, version: int, *changes: object) -> None:
        document = {"uri": uri, "version": version}
        params = {"textDocument": document, "contentChanges": changes}
        self.notify("textDocument/didChange", params)

    def complete(self, uri: str, line: int, character: int) -> int:
        return self.ask(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
                "context": {"triggerKind": 2},
            },
        )

    def suggestion(self, uri: str, line: int, character: int) -> str:
        """The text that is suggested there, "" if there is none."""
        items = self.answer(self.complete(uri, line, character))["result"]["items"]
        return items[0]["insertText"] if items else ""

    def why(self) -> str | None:
        """Why the last suggestion was none."""
        command = {"command": "midfill.whyNoSuggestion"}
        found: str | None = self.request("workspace/executeCommand", command)["result"]
        return found

    def wait_for(self, accept: Callable[[list[Message]], object]) -> None:
        """Until what the server has told satisfies."""
        with self._news:
            came = self._news.wait_for(lambda: accept(self.told) or self._ended, _TOLD_S)
        if not came or self._ended:
            raise EOFError(f"it was not told; {self._last_words()}")

    def wait_until_ready(self, times: int = 1) -> None:
        """Until the engine has become ready so many times."""
        self.wait_for(lambda told: sum("is ready" in str(each) for each in told) >= times)

    def texts(self) -> dict[str, list[Any]]:
        """[version, text] of each document that the server has open."""
        found: dict[str, list[Any]] = self.request("torture/texts", None)["result"]
        return found

    def shut_down(self) -> int:
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(30)

    def close(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.wait()
        if self._reading.ident is not None:
            self._reading.join()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while head := self.process.stdout.readline():
            length = int(head.removeprefix(b"Content-Length: "))
            while self.process.stdout.readline().strip():
                pass
            self._take(json.loads(self.process.stdout.read(length)))
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, message: Message) -> None:
        if "method" in message and "id" in message:
            threading.Thread(target=self._reply, args=[message["id"]], daemon=True).start()
        with self._news:
            if "method" in message:
                self.told.append(message)
            else:
                self.answers[message["id"]].append(message)
            self._news.notify_all()

    def _last_words(self) -> str:
        log = self._log.read_text("utf-8", "replace") if self._log.is_file() else ""
        return f"exit status {self.process.poll()}, and the log ends: {log[-2000:]}"

    def _reply(self, request_id: object) -> None:
        with contextlib.suppress(EOFError, ValueError):  # the server is gone
            self.send({"id": request_id, "result": None})
