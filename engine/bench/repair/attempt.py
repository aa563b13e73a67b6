"""A way to repair programs."""

from __future__ import annotations

from typing import Protocol

import msgspec

from midfill.engine.bench.repair.place import Place


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How a repair went, as whoever made it tells.

    `answers` of the model were to become edits, and some were `malformed`. `first`: the first of
    them is the result. `reason` says what went wrong, if something did.
    """

    answers: int = 0
    malformed: int = 0
    first: bool = False
    reason: str = ""


class Repairer(Protocol):
    """Repairs the program of a place, in its file."""

    name: str

    async def repair(self, place: Place) -> Attempt:
        """Do it.

        Raises:
            MidfillError: the engine does not work.
        """
        ...
