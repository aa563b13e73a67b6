"""What can be typed into: a completion engine with its editor, as the benchmark sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil

from midfill.engine.bench.buffer import Buffer, Change
from midfill.engine.bench.screen import Screen


@dataclass
class Work:
    """Totals since the start.

    Attributes:
        evaluated: tokens of prompts that were not in a cache.
        warmed: the same of prompts that nobody waited for, evaluated while nothing else was to do.
        generated: tokens.
        requests: completions asked for.
        cancelled: those taken back before they were answered.
        jobs: requests that have come to the model, and their end.
        decode_s: seconds in which the generated tokens were decoded.
    """

    evaluated: int = 0
    warmed: int = 0
    generated: int = 0
    requests: int = 0
    cancelled: int = 0
    jobs: int = 0
    decode_s: float = 0.0


class System(Protocol):
    """Shows its suggestions on `screen`.

    Attributes:
        sources: how often the answer was a suggestion, by where it came from.
        empty: how often it was none, by reason.
        stages: milliseconds of each stage, of every answer; empty where a system does not tell.
    """

    name: str
    screen: Screen
    sources: Counter[str]
    empty: Counter[str]
    stages: dict[str, list[float]]

    @property
    def processes(self) -> Sequence[psutil.Process]:
        """Everything that runs for it."""
        ...

    async def work(self) -> Work:
        """What it has done so far.

        Raises:
            MidfillError: it does not work any more.
        """
        ...

    def opened(self, buffer: Buffer) -> None:
        """The document was opened."""
        ...

    def moved(self, buffer: Buffer) -> None:
        """The cursor came to rest in another place."""
        ...

    def changed(self, buffer: Buffer, change: Change) -> None:
        """A key has changed the text."""
        ...

    def taken(self) -> None:
        """The person is about to take the whole suggestion on the screen."""
        ...

    def left(self) -> None:
        """The person has stopped typing, and will go to another place."""
        ...
