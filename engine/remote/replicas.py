"""Which endpoint to ask for a task: one that is well, has the prompt in its cache, and has time."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from itertools import groupby

from midfill.engine.backend import BackendError
from midfill.engine.remote.breaker import Breaker
from midfill.engine.remote.client import RemoteModel
from midfill.engine.settings import Remote, Task

_LOAD = re.compile(rb"^vllm:num_requests_(?:running|waiting)(?:\{[^}]*\})? ([\d.e+]+)$", re.M)
_FRESH_S = 1.0
# So many more requests than another one, and a replica's cache is not worth the wait.
_SLACK = 2


class Replica:
    """An endpoint, and what is known of how it does. `running` are our own requests."""

    def __init__(self, model: RemoteModel) -> None:
        self.model = model
        self.breaker = Breaker()
        self.running = 0
        self._seen = 0.0
        self._asked = 0.0
        self._asking: asyncio.Task[None] | None = None

    @property
    def load(self) -> float:
        """Requests that run or wait there, as far as is known."""
        return max(self.running, self._seen)

    def look(self) -> None:
        """Ask for its load beside everything else: the answer serves the next request."""
        if time.monotonic() - self._asked > _FRESH_S:
            self._asked = time.monotonic()
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
            return  # a server of another kind; requests themselves tell whether it is well
        self._seen = sum(map(float, _LOAD.findall(metrics)))


class Replicas:
    """All endpoints of the settings, in their order; those with the same model are replicas."""

    def __init__(self, remote: Remote) -> None:
        self.all = [
            Replica(RemoteModel(name, endpoint, remote))
            for name, endpoint in remote.endpoints.items()
        ]

    def serving(self, task: Task) -> list[Replica]:
        """Those that the person wants used for it."""
        return [each for each in self.all if task in each.model.endpoint.tasks]

    def order(self, task: Task, key: str) -> list[Replica]:
        """Whom to ask, the best first, of those that are well.

        Of replicas the first is always the same one for a `key`, while it has no more to do.
        """
        well = [each for each in self.serving(task) if not each.breaker.open]
        ordered: list[Replica] = []
        for _, group in groupby(well, key=lambda each: each.model.endpoint.model):
            ordered += _arranged(list(group), key)
        return ordered

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


def _arranged(replicas: list[Replica], key: str) -> list[Replica]:
    by_key = sorted(replicas, key=lambda each: _rank(each.model.name, key))
    least = min(each.load for each in replicas)
    # The sort keeps the order by key among those that have time.
    return sorted(by_key, key=lambda each: each.load if each.load > least + _SLACK else 0)


def _rank(name: str, key: str) -> bytes:
    """Rendezvous hashing: where a replica goes, only its own keys move."""
    return hashlib.sha256(f"{name}\0{key}".encode("utf-8", "surrogatepass")).digest()
