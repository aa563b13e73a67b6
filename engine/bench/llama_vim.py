"""The requests of llama.vim (ggml-org/llama.vim, autoload/llama.vim), and its rules for them.

At a key it looks whether a suggestion was typed into, and shows what is left of it. Then it asks
for this very place, unless it has an answer. A request on its way is not taken back: the next one
waits for its end, and is tried again every 100 ms. When a suggestion is shown, it asks for the one
that would follow.

Left out, all to its advantage: the extra context of its ring, the start of a curl for each request,
and the hiding of suggestions that repeat the lines below.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import httpx
import psutil

from midfill.engine.bench.buffer import Buffer, Change
from midfill.engine.bench.screen import Screen
from midfill.engine.bench.system import Work
from midfill.engine.completion.reason import Reason
from midfill.engine.errors import MidfillError

# llama.vim's defaults: lines before and after the cursor, characters right of it that prevent an
# automatic request, entries of the cache, characters that a suggestion may have been typed into.
_LINES_BEFORE, _LINES_AFTER = 256, 64
_MOST_RIGHT = 8
_CACHED = 250
_LOOK_BACK = 128
# A suggestion stays good while up to three lines leave the window at its top.
_TRIMMED = 3
_RETRY_S = 0.1
_FIRST_PREDICT_MS, _NEXT_PREDICT_MS = 250, 1000
# A curl for each request.
_CLOSE = {"Connection": "close"}
_FIELDS = ("content", "timings/prompt_n", "timings/predicted_n", "timings/predicted_ms")


@dataclass(frozen=True)
class Place:
    """The text around a cursor, as llama.vim cuts it.

    Attributes:
        prefix: whole lines before that of the cursor.
        middle: the cursor's line, up to the cursor.
        suffix: what follows.
        column: characters that stand before the cursor on its line.
        right: the rest of the cursor's line.
        indent: of the cursor's line.
    """

    prefix: str
    middle: str
    suffix: str
    column: int
    right: str
    indent: int

    @classmethod
    def of(cls, before: str, after: str) -> Place:
        """The place between two texts. A blank line is asked for from its beginning."""
        *above, left = before.split("\n")
        right, *below = after.split("\n")
        line = left + right
        column = len(left)
        if not line.strip():
            left = right = ""
        return cls(
            prefix="\n".join(above[-_LINES_BEFORE:]) + "\n",
            middle=left,
            suffix="\n".join([right, *below[:_LINES_AFTER]]) + "\n",
            column=column,
            right=right,
            indent=len(line) - len(line.lstrip()) if line.strip() else 0,
        )

    def names(self) -> list[tuple[str, str]]:
        """What an answer for this place is kept under."""
        names, prefix = [(self.prefix + self.middle, self.suffix)], self.prefix
        for _ in range(_TRIMMED):
            prefix = prefix.partition("\n")[2]
            if not prefix:
                break
            names.append((prefix + self.middle, self.suffix))
        return names


class LlamaVim:
    """A System.

    Args:
        client: of a llama-server.
        server: its process.
    """

    name = "llama-server"

    def __init__(self, client: httpx.AsyncClient, server: psutil.Process) -> None:
        self.screen = Screen()
        self.sources: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.stages: dict[str, list[float]] = {}
        self.processes = (server,)
        self._client = client
        self._work = Work()
        self._answers: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._buffer: Buffer | None = None
        self._job: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._failure: MidfillError | None = None
        self._indent = 0

    async def work(self) -> Work:
        """See `System`."""
        if self._failure is not None:
            raise self._failure
        return replace(self._work)

    def opened(self, buffer: Buffer) -> None:
        """See `System`."""

    def moved(self, buffer: Buffer) -> None:
        """See `System`. A person moves about in normal mode, where nothing is asked for."""

    def changed(self, buffer: Buffer, change: Change) -> None:
        """See `System`."""
        self._buffer = buffer
        self._stop_retrying()
        self._hint("cache")
        self._ask("")

    def taken(self) -> None:
        """See `System`."""

    def left(self) -> None:
        """See `System`."""
        self._buffer = None
        self._stop_retrying()

    def close(self) -> None:
        """Ask for nothing any more."""
        self.left()
        if self._job is not None:
            self._job.cancel()

    def _here(self, inserted: str = "") -> Place:
        assert self._buffer is not None
        text, cursor = self._buffer.text, self._buffer.cursor
        after = text[cursor:]
        if inserted:
            right, _, below = after.partition("\n")
            return Place.of(text[:cursor] + inserted + right, "\n" + below)
        return Place.of(text[:cursor], after)

    def _hint(self, source: str) -> None:
        """Show what is known for the cursor, and ask for what would follow."""
        here = self._here()
        found = self._known(here)
        if found is None:
            return
        text = _rendered(found, here)
        if text.strip():
            self.sources[source] += 1
            self.screen.show(time.monotonic(), text)
            self._ask(text)
        elif self._known_exactly(here) is not None and not self.screen.text:
            self.empty[str(Reason.NOTHING)] += 1
            self.screen.nothing()

    def _ask(self, inserted: str) -> None:
        """Ask for the cursor's place, or for where it would be with a suggestion `inserted`."""
        if self._buffer is None:
            return
        if self._job is not None:
            self._stop_retrying()
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(_RETRY_S, self._ask, inserted)
            return
        place = self._here(inserted)
        if len(place.right) > _MOST_RIGHT:
            self.empty[str(Reason.CODE_FOLLOWS)] += 1
            self.screen.nothing()
            return
        if any(key in self._answers for key in place.names()):
            return
        if not inserted:
            self._indent = place.indent
        self._job = asyncio.create_task(self._run(place, speculative=bool(inserted)))

    async def _run(self, place: Place, *, speculative: bool) -> None:
        body = {
            "id_slot": 0,
            "input_prefix": place.prefix,
            "input_suffix": place.suffix,
            "input_extra": [],
            "prompt": place.middle,
            "n_predict": 128,
            "stop": [],
            "n_indent": self._indent,
            "top_k": 40,
            "top_p": 0.90,
            "samplers": ["top_k", "top_p", "infill"],
            "stream": False,
            "cache_prompt": True,
            "t_max_prompt_ms": 500,
            "t_max_predict_ms": _NEXT_PREDICT_MS if speculative else _FIRST_PREDICT_MS,
            "response_fields": _FIELDS,
        }
        self._work.requests += 1
        try:
            answer = await self._client.post("/infill", json=body, headers=_CLOSE)
            answer.raise_for_status()
            self._answered(place, answer.json())
        except httpx.HTTPError as error:
            self._failure = MidfillError(f"llama-server failed: {error}")
        finally:
            self._job = None

    def _answered(self, place: Place, answer: dict[str, Any]) -> None:
        self._work.jobs += 1
        self._work.evaluated += answer["timings/prompt_n"]
        self._work.generated += answer["timings/predicted_n"]
        self._work.decode_s += answer["timings/predicted_ms"] / 1000
        for key in place.names():
            self._answers[key] = answer["content"]
            self._answers.move_to_end(key)
        while len(self._answers) > _CACHED:
            self._answers.popitem(last=False)
        if self._buffer is not None and not self.screen.text:
            self._hint("model")

    def _known(self, here: Place) -> str | None:
        """The answer for this place, or what is left of one that was typed into."""
        exact = self._known_exactly(here)
        if exact is not None:
            return exact
        before, best = here.prefix + here.middle, ""
        for back in range(1, min(_LOOK_BACK, len(before)) + 1):
            answer = self._answers.get((before[:-back], here.suffix), "")
            typed = before[-back:]
            if len(answer) - back > len(best) and answer.startswith(typed):
                best = answer[back:]
        return best or None

    def _known_exactly(self, here: Place) -> str | None:
        return self._answers.get(here.names()[0])

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None


def _rendered(content: str, here: Place) -> str:
    """The suggestion as it is shown: on a blank line without the blanks that stand there."""
    text = content.rstrip("\n")
    if here.middle:
        return text
    blanks = len(text) - len(text.lstrip(" \t"))
    return text[min(blanks, here.column) :]
