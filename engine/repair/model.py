"""A model as repair asks it, and what that has cost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

import msgspec

from midfill.engine.backend import Backend, BackendError, ChatRequest, Message, Score, Stats
from midfill.engine.repair.task import Cost


class Answer(msgspec.Struct, frozen=True):
    """The text that was written, and whether the model itself ended it there."""

    text: str
    ended: bool


class _BrokenOff(BackendError):
    """An answer that had begun."""


class Model:
    """Asks a backend; `cost` counts along.

    `overview` is for those that have room for it. `name` is who answers, with the `model` of that
    name, and `why` the reason where that is not the first choice.
    """

    def __init__(self, backend: Backend, cost: Cost, overview: str = "") -> None:
        self.name = backend.name
        self.model = ""
        self.why = ""
        self.cost = cost
        self._backend = backend
        self._overview = overview

    async def write(
        self, request: ChatRequest, enough: Callable[[str], bool] = lambda text: False
    ) -> Answer:
        """The answer, as far as it is `enough`. Where it breaks off it is asked for again, once.

        Raises:
            BackendError: the model cannot answer; so does `score`.
        """
        request = msgspec.structs.replace(request, overview=self._overview)
        try:
            return await self._written(request, enough)
        except _BrokenOff:
            return await self._written(request, enough)

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        """See `Backend.score`."""
        scores = await self._backend.score(messages, choices, files, start)
        self._count(0, None, len(scores))
        return scores

    async def _written(self, request: ChatRequest, enough: Callable[[str], bool]) -> Answer:
        text, tokens, stats = "", 0, None
        try:
            async with aclosing(self._backend.chat(request)) as stream:
                async for delta in stream:
                    text += delta.text
                    tokens += bool(delta.text)
                    stats = delta.stats or stats
                    if delta.text and enough(text):
                        break
        except BackendError as error:
            raise _BrokenOff(str(error)) if text else error from None
        finally:
            self._count(tokens, stats)
        return Answer(text, stats is not None and stats.stop_type == "eos")

    def _count(self, tokens: int, stats: Stats | None, scored: int = 0) -> None:
        if stats is not None:
            self.name, self.model = stats.backend or self.name, stats.model
            self.why = stats.why
        cost = self.cost
        cost.requests += 1
        cost.tokens_evaluated += stats.tokens_evaluated if stats else scored
        cost.tokens_reused += stats.tokens_reused if stats else 0
        cost.tokens_generated += max(stats.tokens_generated if stats else 0, tokens)
