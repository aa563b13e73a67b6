"""What an engine process is started with."""

from __future__ import annotations

import msgspec

# Rows of logits that a batch may ask for beyond one for each sequence; a row takes 0.6 MB.
SPARE_OUTPUTS = 32


class EngineConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to run a model. `threads` 0: as many as a calibration finds to be fastest.

    `batch` is the largest number of tokens evaluated at once: what another document's key may
    have to wait for. `sequences` is the number of documents and candidates held side by side.
    `gpu_layers` -1: as many as fit. `gpu_memory`: bytes to take of each GPU at most; 0: no limit.
    """

    path: str
    threads: int = 0
    context_tokens: int = 8192
    gpu_layers: int = -1
    gpu_memory: int = 0
    repack: bool = True
    sequences: int = 32
    batch: int = 128


class ProcessConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The process around it, passed as one JSON argument."""

    engine: EngineConfig
    idle_seconds: float
    port: int | None = None
