"""Whom else a repair may ask, and what it may show, beyond the model that writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from midfill.engine.backend import Backend, Message


class Judge(Protocol):
    """A model that rates the steps of an answer."""

    async def rate(
        self, messages: Sequence[Message], steps: Sequence[str], files: tuple[str, ...]
    ) -> float:
        """How likely it is that all steps are right, from 0 to 1.

        Raises:
            BackendError: with a reason that a person can act on.
        """
        ...


@dataclass(frozen=True)
class Advisers:
    """`planner` thinks before anything is written, `judge` has its say between changes that pass
    the same checks, `overview` is of the whole repository, for models that have room for it."""

    planner: Backend | None = None
    judge: Judge | None = None
    overview: str = ""
