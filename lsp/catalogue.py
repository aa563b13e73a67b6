"""`midfill/models`: the models to choose from, in the form of `midfill models list --json`."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from midfill.engine.models.report import report
from midfill.lsp.engine import Supervisor
from midfill.lsp.language_server import LanguageServer

MODELS = "midfill/models"


def register(server: LanguageServer, engine: Supervisor) -> None:
    """Answer `midfill/models`."""

    @server.feature(MODELS)
    async def models(_: Any) -> dict[str, Any]:
        found = await asyncio.to_thread(report, engine.known_settings())
        told: dict[str, Any] = msgspec.to_builtins(found)
        return told
