"""Which endpoint to ask for a task: one that is well, has the prompt in its cache, and has time."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Sequence
from pathlib import Path

from midfill.engine.backend import BackendError
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.route import Route
from midfill.engine.remote.vocabulary import Vocabulary
from midfill.engine.settings import Remote, Task

_LOAD = re.compile(rb"^vllm:num_requests_(?:running|waiting)(?:\{[^}]*\})? ([\d.e+]+)$", re.M)
_FRESH_S, _STALE_S = 1.0, 10.0
# So many more requests than another one, and a replica's cache is not worth the wait.
_SLACK = 2


class Replica(Route):
    """An endpoint, and what it tells of itself."""

    def __init__(self, model: RemoteModel) -> None:
        super().__init__(model)
        self.model = model
        self.name = model.name
        self.endpoint = model.endpoint
        self._said = 0.0
        self._said_at = -math.inf
        self._asked_at = -math.inf
        self._asking: asyncio.Task[None] | None = None

    @property
    def load(self) -> float:
        """Requests that run or wait there, as far as is known."""
        return max(self.running, self._said if _age(self._said_at) < _STALE_S else 0)

    def look(self) -> None:
        """Ask for its load beside everything else: the answer serves the next request."""
        if _age(self._asked_at) > _FRESH_S and (self._asking is None or self._asking.done()):
            self._asked_at = time.monotonic()
            self._asking = asyncio.create_task(self._look())

    async def aclose(self) -> None:
        """Close its connections."""
        if self._asking is not None:
            self._asking.cancel()
        await self.model.aclose()

    async def _look(self) -> None:
        try:
            metrics = await self.model.connection.get("/metrics")
        except BackendError:
            metrics = b""  # a server of another kind; requests themselves tell whether it is well
        self._said = sum(map(float, _LOAD.findall(metrics)))
        self._said_at = time.monotonic()


class Replicas:
    """All endpoints of the settings, in their order; those with the same model are replicas."""

    def __init__(self, remote: Remote) -> None:
        self.all = [
            Replica(RemoteModel(name, endpoint, remote))
            for name, endpoint in remote.endpoints.items()
        ]

    def serving(self, task: Task) -> list[Replica]:
        """Those that the person wants used for it."""
        return [each for each in self.all if task in each.endpoint.tasks]

    async def learn(self, model: Path) -> None:
        """Send prompts as tokens where a server has those of a model file on this machine.

        Raises:
            MidfillError: the file cannot be read.
        """
        vocabulary = await asyncio.to_thread(Vocabulary.read, model)
        if vocabulary is not None:
            await asyncio.gather(*(each.model.learn(vocabulary) for each in self.all))

    def look(self, task: Task) -> None:
        """Ask for the loads between which there is a choice."""
        serving = self.serving(task)
        if len(serving) > 1:
            for each in serving:
                each.look()

    async def aclose(self) -> None:
        """Close all connections."""
        for each in self.all:
            await each.aclose()


def arranged(replicas: Sequence[Replica], key: str) -> list[Replica]:
    """In the order in which to ask them: models as the settings have them, and of the replicas of
    one model always the same first for a `key`, while it has no more to do."""
    by_model: dict[str, list[Replica]] = {}
    for each in replicas:
        by_model.setdefault(each.endpoint.model, []).append(each)
    return [each for group in by_model.values() for each in _by_affinity(group, key)]


def _by_affinity(replicas: list[Replica], key: str) -> list[Replica]:
    by_key = sorted(replicas, key=lambda each: _rank(each.name, key))
    least = min(each.load for each in replicas)
    # The sort keeps the order by key among those that have time.
    return sorted(by_key, key=lambda each: each.load if each.load > least + _SLACK else 0)


def _rank(name: str, key: str) -> bytes:
    """Rendezvous hashing: where a replica goes, only its own keys move."""
    return hashlib.sha256(f"{name}\0{key}".encode("utf-8", "surrogatepass")).digest()


def _age(then: float) -> float:
    return time.monotonic() - then
