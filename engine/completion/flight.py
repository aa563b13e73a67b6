"""A generation on its way, which outlives the request that started it.

In VS Code every edit cancels the request. What was being generated may still be right: while typing
agrees with it, it goes on, and the next request takes what is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import msgspec

from midfill.engine.backend import Backend, InfillRequest, Stats
from midfill.engine.completion.cursor import Cursor
from midfill.engine.errors import MidfillError

# VS Code sends the next request 50 ms after the key that cancelled the last one; a generation that
# nobody has asked for again by then is stopped.
_GRACE_S = 0.15
# Characters by which the place is recognised, since the windows around it move with the cursor,
# and the most that may have been typed since.
_BEFORE = 512
_AFTER = 256
_TYPED = 256
# How a generation ends that has said what it had to say.
_ANSWERED = ("eos", "word")

Finished = Callable[[str], int | None]
"""Where a text is complete, or None while it is not."""

Cut = Callable[[str, bool], str]
"""What of a text belongs to the cursor; the second argument says whether it is all there."""


class Flight:
    """Runs `request` on `backend` in a task of its own.

    Args:
        cursor: where the text belongs.
        finished: looked at after every token, to end the generation early.
        cut: applied to what is shown.
    """

    def __init__(
        self,
        backend: Backend,
        request: InfillRequest,
        cursor: Cursor,
        finished: Finished,
        cut: Cut,
    ) -> None:
        self.text = ""
        self.stats = Stats(model="", stop_type="cancelled")
        self.error: MidfillError | None = None
        # Set when the prompt is in the backend's cache, or never will be.
        self.evaluated = asyncio.Event()
        self._before = cursor.prefix[-_BEFORE:]
        self._after = cursor.suffix[:_AFTER]
        self._finished = finished
        self._cut = cut
        self._grown = asyncio.Event()
        self._passengers = self._tickets = 0
        self._evaluated_at: float | None = None
        self._task = asyncio.create_task(self._fly(backend, request))

    @property
    def done(self) -> bool:
        """Whether no more text comes."""
        return self._task.done()

    @property
    def used_up(self) -> bool:
        """Whether it has no answer for where typing got to: it ended there, or before its time.

        That there is nothing to write is an answer.
        """
        return self.done and bool(self.text or self.stats.stop_type not in _ANSWERED)

    def ms(self) -> dict[str, float]:
        """Milliseconds in the backend, so far."""
        ms = dict(self.stats.ms)
        if not self.done and self._evaluated_at is not None:
            ms["decode"] = 1000 * (time.monotonic() - self._evaluated_at)
        return ms

    def rest(self, prefix: str, suffix: str) -> str | None:
        """What was generated beyond what was typed since; None where typing went elsewhere, and
        where the generation was broken off.

        Empty while typing is ahead of the model, and may still turn out to be right.
        """
        typed = self._typed(prefix)
        if self.error is not None or self._task.cancelled():
            return None
        if typed is None or suffix[:_AFTER] != self._after:
            return None
        if self.text.startswith(typed):
            return self._cut(self.text, self.done)[len(typed) :]
        return "" if typed.startswith(self.text) and not self.done else None

    async def wait(
        self, prefix: str, suffix: str, patience_s: float, enough: Callable[[str], bool]
    ) -> None:
        """Return when the generation is done, when typing went elsewhere, or from `patience_s` on
        when what there is by then is `enough` to show.

        Cancelling a wait ends the generation, unless somebody waits again soon.
        """
        loop = asyncio.get_running_loop()
        until = time.monotonic() + patience_s
        alarm = loop.call_later(patience_s, self._grown.set)
        self._passengers += 1
        self._tickets += 1
        try:
            while not self.done:
                rest = self.rest(prefix, suffix)
                if rest is None or (time.monotonic() >= until and enough(rest)):
                    return
                self._grown.clear()
                await self._grown.wait()
        except asyncio.CancelledError:
            loop.call_later(_GRACE_S, self._abandon, self._tickets)
            raise
        finally:
            alarm.cancel()
            self._passengers -= 1

    def cancel(self) -> None:
        """End the generation within one decode step."""
        self._task.cancel()

    def _abandon(self, tickets: int) -> None:
        """Cancel, unless somebody has waited since, be it only for the first words."""
        if self._tickets == tickets and not self._passengers:
            self.cancel()

    def _typed(self, prefix: str) -> str | None:
        for length in range(_TYPED + 1):
            if prefix.endswith(self._before, 0, len(prefix) - length):
                return prefix[len(prefix) - length :]
        return None

    async def _fly(self, backend: Backend, request: InfillRequest) -> None:
        generated = 0
        try:
            async with contextlib.aclosing(backend.infill(request)) as deltas:
                async for delta in deltas:
                    self.text += delta.text
                    if delta.stats is not None:
                        self.stats = delta.stats
                        self.evaluated.set()
                        self._evaluated_at = time.monotonic()
                        continue
                    generated += 1
                    self._grown.set()
                    end = self._finished(self.text)
                    if end is not None:
                        self._end_early(end, generated)
                        return
        except MidfillError as error:
            self.error = error
        finally:
            self.evaluated.set()
            self._grown.set()

    def _end_early(self, end: int, generated: int) -> None:
        self.text = self.text[:end]
        ms = self.ms()
        self.stats = msgspec.structs.replace(
            self.stats, stop_type="word", tokens_generated=generated, ms=ms
        )
