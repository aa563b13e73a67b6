"""What an engine process is started with."""

from __future__ import annotations

import msgspec


class EngineConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to run a model. `threads` 0: as many as a calibration finds to be fastest.

    `batch` is the largest number of tokens evaluated at once: what another document's key may
    have to wait for. `sequences` is the number of documents and candidates held side by side.
    """

    path: str
    threads: int = 0
    context_tokens: int = 8192
    gpu_layers: int = -1
    repack: bool = True
    sequences: int = 12
    batch: int = 128


class ProcessConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The process around it, passed as one JSON argument."""

    engine: EngineConfig
    idle_seconds: float
    port: int | None = None
