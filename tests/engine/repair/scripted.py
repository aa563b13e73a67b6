"""A backend that says what a test has it say: what no real model can be made to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator

from midfill.engine.backend import (
    BackendError,
    ChatRequest,
    Choice,
    Delta,
    InfillRequest,
    Message,
    Score,
    Stats,
)


class Scripted:
    """Gives the answers one after the other, then the last one again and again.

    It finds no token likelier than those that are there.
    """

    name = "scripted"
    debounced = False

    def __init__(self, answers: Iterable[str], stop_type: str = "eos") -> None:
        self.asked: list[ChatRequest] = []
        self._answers: Iterator[str] = iter(answers)
        self._answer = ""
        self._stop_type = stop_type

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        raise BackendError("this one only talks")
        yield Delta("")

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        self.asked.append(request)
        self._answer = next(self._answers, self._answer)
        yield Delta(self._answer)
        yield Delta("", Stats(model=self.name, stop_type=self._stop_type, tokens_generated=1))

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        return [Score(Choice(each.encode(), -1.0), ()) for each in messages[-1].content]
