"""The process's own streams: stdin and stdout belong to the protocol, stderr to all the rest."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from midfill.lsp.framing import bodies

# The bodies of messages; None is the end.
Inbox = asyncio.Queue[bytes | None]


def take() -> tuple[int, int]:
    """Keep stdin and stdout for the protocol, and return them.

    From now on nobody else reads from the editor, child processes included, and whatever a library
    prints goes to stderr.
    """
    stdin, stdout = os.dup(0), os.dup(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return stdin, stdout


class Writer:
    """Sends messages; calls `on_closed` when nobody reads them any more."""

    def __init__(self, stdout: int, on_closed: Callable[[], None]) -> None:
        self._stdout = stdout
        self._on_closed = on_closed

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._stdout, rest) :]
        except OSError:
            self._on_closed()

    def close(self) -> None:
        os.close(self._stdout)


def read_into(inbox: Inbox, stdin: int) -> None:
    """Read messages in a thread, until the stream ends."""
    loop = asyncio.get_running_loop()

    def read(stream: BinaryIO) -> None:
        # The loop may be closed before the editor closes its end.
        with contextlib.suppress(RuntimeError):
            for body in bodies(stream):
                loop.call_soon_threadsafe(inbox.put_nowait, body)
            loop.call_soon_threadsafe(inbox.put_nowait, None)

    threading.Thread(target=read, args=[os.fdopen(stdin, "rb")], name="stdin", daemon=True).start()
