"""Where the time of one completion goes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Milliseconds by stage, from its making on."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens meanwhile to the stage `name`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._add(name, 1000 * (time.perf_counter() - started))

    def split(self, name: str, parts: Mapping[str, float]) -> None:
        """Count `parts` of the stage `name`, in milliseconds, to stages of their own."""
        for part, ms in parts.items():
            self._add(part, ms)
        self._ms[name] = max(self._ms.get(name, 0.0) - sum(parts.values()), 0.0)

    @property
    def total(self) -> float:
        """Milliseconds so far."""
        return 1000 * (time.perf_counter() - self._started)

    def ms(self) -> dict[str, float]:
        """The stages; `other` is what belongs to none, and `total` all of it."""
        total = self.total
        other = max(total - sum(self._ms.values()), 0.0)
        stages = {**self._ms, "other": other, "total": total}
        return {stage: round(ms, 2) for stage, ms in stages.items()}

    def _add(self, name: str, ms: float) -> None:
        self._ms[name] = self._ms.get(name, 0.0) + ms
