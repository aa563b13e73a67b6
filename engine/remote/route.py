"""Somebody who may answer, and how that one has done so far."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from midfill.engine.backend import Backend
from midfill.engine.errors import MidfillError
from midfill.engine.remote.breaker import Breaker
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.pace import Pace


class Route:
    """`running` are our own requests there; `pace` is how fast completions begin.

    Args:
        latency_ms: as in `settings.Remote`.
    """

    def __init__(self, backend: Backend, latency_ms: float = 0) -> None:
        self.backend = backend
        self.breaker = Breaker()
        self.pace = Pace(latency_ms)
        self.running = 0

    @contextmanager
    def asked(self) -> Iterator[None]:
        """While a request is there; how it fails is noted."""
        self.running += 1
        try:
            with self.breaker.trying():
                yield
        except MidfillError as error:
            self.failed(error)
            raise
        finally:
            self.running -= 1

    def failed(self, error: MidfillError) -> None:
        """It has not answered, for whatever reason."""
        if isinstance(error, RemoteError) and error.lasting:
            self.breaker.failed(str(error), error.retry_after)
