"""Progress bars in the editor, for work that takes seconds or minutes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from midfill.lsp.language_server import LanguageServer

# fraction done, from 0 to 1, and what is being done
Report = Callable[[float, str], None]

# What is done sooner needs no bar.
_AFTER_S = 0.2


class Progress:
    """Makes progress bars where the editor has them."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server

    @asynccontextmanager
    async def shown(
        self, title: str, cancel: Callable[[], None] | None = None
    ) -> AsyncIterator[Report]:
        """A bar for as long as the context lasts; `cancel` is called when the person stops it."""
        window = self._server.client_capabilities.window
        if not (window and window.work_done_progress):
            yield lambda fraction, message: None
            return
        bar = _Bar(self._server, title, cancel)
        # An editor that is slow to answer must not hold up the work.
        opening = asyncio.ensure_future(bar.open())
        try:
            yield bar.report
        finally:
            opening.cancel()
            bar.close()


class _Bar:
    def __init__(
        self, server: LanguageServer, title: str, cancel: Callable[[], None] | None
    ) -> None:
        self._bars = server.work_done_progress
        self._token = str(uuid.uuid4())
        self._title = title
        self._cancel = cancel
        self._open = False
        self._state = (0, "")

    async def open(self) -> None:
        await asyncio.sleep(_AFTER_S)
        try:
            await self._bars.create_async(self._token)
        except JsonRpcException:
            return  # the editor does not want one
        if self._cancel is not None:
            self._bars.tokens[self._token].add_done_callback(self._cancelled)
        self._open = True
        percentage, message = self._state
        self._bars.begin(
            self._token,
            types.WorkDoneProgressBegin(
                self._title,
                cancellable=self._cancel is not None,
                message=message,
                percentage=percentage,
            ),
        )

    def report(self, fraction: float, message: str) -> None:
        state = (int(100 * fraction), message)
        if state != self._state:
            self._state = state
            if self._open:
                self._bars.report(
                    self._token,
                    types.WorkDoneProgressReport(message=message, percentage=state[0]),
                )

    def close(self) -> None:
        if self._open:
            self._bars.end(self._token, types.WorkDoneProgressEnd())
            del self._bars.tokens[self._token]

    def _cancelled(self, token: Future[None]) -> None:
        if token.cancelled() and self._cancel is not None:
            self._cancel()
