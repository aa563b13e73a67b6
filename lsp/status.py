"""What the editor shows about us: the notification `didChangeStatus`, in the form that Copilot's
server gave it, and the request `midfill/status`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from midfill.engine.backend import answered
from midfill.engine.completion.pipeline import Completion
from midfill.lsp.language_server import LanguageServer

METHOD = "didChangeStatus"
REQUEST = "midfill/status"

Kind = Literal["Normal", "Warning", "Error", "Inactive"]

# An answer from the cache is there sooner, and must not make the editor's status flicker.
_BUSY_AFTER_S = 0.1


class Shown(msgspec.Struct, frozen=True):
    """The parameters of `didChangeStatus`."""

    busy: bool = False
    kind: Kind = "Normal"
    message: str = ""


class Status:
    """The state of the engine and the last answer; tells the editor when something changed."""

    def __init__(self, send: Callable[[str, Any], None]) -> None:
        self._send = send
        self._engine = Shown()
        self._shown = Shown()
        self._working: set[object] = set()
        self._last: Completion | None = None
        self._answering = ""
        self.model = ""
        self.device = ""  # "GPU" or "CPU", once the local engine is ready

    @property
    def reason(self) -> str:
        """Why there is no suggestion; "" after an answer with a text."""
        return (self._last.reason or "") if self._last else self._engine.message

    def engine(self, kind: Kind, message: str = "", *, busy: bool = False) -> None:
        """The engine is in this state from now on; its message holds until the next answer."""
        self._engine = Shown(busy, kind, message)
        self._last = None
        self._answering = ""
        self._publish()

    def answered(self, completion: Completion) -> None:
        """A completion was made; shown when the work on it ends."""
        self._last = completion
        if completion.model:
            self._answering = answered(completion.model, completion.backend, completion.why)
        if completion.text and self._engine.kind == "Error":
            self._engine = Shown()

    @contextmanager
    def working(self) -> Iterator[None]:
        """While a completion is being made."""
        work = object()

        def begin() -> None:
            self._working.add(work)
            self._publish()

        timer = asyncio.get_running_loop().call_later(_BUSY_AFTER_S, begin)
        try:
            yield
        finally:
            timer.cancel()
            self._working.discard(work)
            self._publish()

    def report(self) -> dict[str, Any]:
        """The answer to `midfill/status`: the state, and what the last completion cost."""
        last = msgspec.to_builtins(self._last or Completion(text="", reason=None))
        del last["text"]
        return {
            **last,
            **msgspec.to_builtins(self._shown),
            "reason": self.reason or None,
            "model": last["model"] or self.model,
            "device": self.device,
        }

    def _publish(self) -> None:
        busy = self._engine.busy or bool(self._working)
        failed = self._last is not None and self._last.failed
        message = self.reason or self._answering
        shown = Shown(busy, "Error" if failed else self._engine.kind, message)
        if shown != self._shown:
            self._shown = shown
            self._send(METHOD, msgspec.to_builtins(shown))


def register(server: LanguageServer, status: Status) -> None:
    """Answer `midfill/status`."""

    @server.feature(REQUEST)
    def report(_: Any) -> dict[str, Any]:
        return status.report()
