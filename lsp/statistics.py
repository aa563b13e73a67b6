"""`midfill/statistics`, and `midfill/didEndSuggestion` from editors that know what became of a
suggestion.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import Any

from midfill.engine.errors import MidfillError
from midfill.engine.statistics import Statistics
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.protocol import DID_END_SUGGESTION, EndedSuggestion
from midfill.lsp.tasks import Tasks

STATISTICS = "midfill/statistics"

_LOG = logging.getLogger(__name__)
_EVERY_S = 30.0


def register(server: LanguageServer, statistics: Statistics, tasks: Tasks) -> None:
    """Count, and answer `midfill/statistics`."""

    @server.feature(DID_END_SUGGESTION)
    def ended(params: EndedSuggestion) -> None:
        statistics.ended(params.language_id, params.accepted, params.kept, partly=params.partly)

    @server.feature(STATISTICS)
    async def report(_: Any) -> dict[str, Any]:
        await asyncio.to_thread(_flush, statistics)
        try:
            return await asyncio.to_thread(statistics.report)
        except (sqlite3.Error, OSError) as error:
            raise MidfillError(f"the statistics cannot be read: {error}") from error

    tasks.start(_keep(statistics))


async def _keep(statistics: Statistics) -> None:
    """Write what was counted now and then, and when the server ends."""
    try:
        while True:
            await asyncio.sleep(_EVERY_S)
            await asyncio.to_thread(_flush, statistics)
    finally:
        _flush(statistics)


def _flush(statistics: Statistics) -> None:
    try:
        statistics.flush()
    except (sqlite3.Error, OSError) as error:
        _LOG.warning("The statistics cannot be written: %s", error)
