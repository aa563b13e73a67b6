"""A process reward model, such as Qwen2.5-Math-PRM, as a judge of repairs.

It was trained on mathematics, so it decides only where nothing else does. vLLM serves it by itself,
with `--runner pooling`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from midfill.engine.backend import Message
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.fault import RemoteError

# Stands after each step, and its place is where the model rates it.
_STEP = "<extra_0>"


class Judge:
    """See `repair.advisers.Judge`."""

    def __init__(self, model: RemoteModel) -> None:
        self._model = model

    async def rate(
        self, messages: Sequence[Message], steps: Sequence[str], files: tuple[str, ...]
    ) -> float:
        """See `repair.advisers.Judge.rate`: the product over the steps, as its authors rate."""
        answer = "".join(f"{step.replace(_STEP, '')}{_STEP}" for step in steps)
        rewards = await self._model.rewards((*messages, Message("assistant", answer)), files)
        if len(rewards) != len(steps):
            raise RemoteError(f"{self._model.name} does not rate steps that end with {_STEP}")
        return math.prod(rewards)
