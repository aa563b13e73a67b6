"""Settings that let the pipeline take all the time it wants, on however busy a machine."""

from __future__ import annotations

import msgspec

from midfill.engine.settings import Settings

_ALL_THE_TIME_MS = 600_000


def unhurried(settings: Settings) -> Settings:
    """The same, but every prompt is evaluated whole, and every suggestion waited for."""
    completion = msgspec.structs.replace(
        settings.completion,
        enabled=True,
        prompt_ms=0,
        patience_ms=_ALL_THE_TIME_MS,
        timeout_ms=_ALL_THE_TIME_MS,
    )
    return msgspec.structs.replace(settings, completion=completion)
