"""An engine of a benchmark's own, run as it asks."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from midfill.engine.bench.program import last_line, program
from midfill.engine.errors import MidfillError
from midfill.engine.runtime.address import Address
from midfill.engine.runtime.config import EngineConfig, ProcessConfig
from midfill.engine.runtime.process import environment

_READY_S = 900.0
_ANSWER_S = 900.0
_POLL_S = 0.2


@asynccontextmanager
async def private_engine(
    config: EngineConfig, on_progress: Callable[[float], None] = lambda share: None
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Any]]]:
    """Run one that nobody else finds; gives a client, and what the engine says of itself.

    Raises:
        MidfillError: it does not start.
    """
    wanted = ProcessConfig(engine=config, idle_seconds=_ANSWER_S)
    with tempfile.TemporaryDirectory(prefix="midfill-") as folder:
        log = Path(folder) / "log"
        command = (
            sys.executable,
            "-m",
            "midfill.engine.runtime",
            msgspec.json.encode(wanted).decode(),
        )
        env = {**environment(), "MIDFILL_RUNTIME_DIR": folder}
        socket = Path(folder) / f"{Address(Path(config.path)).name}.sock"
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        async with (
            program(command, log, env) as process,
            httpx.AsyncClient(
                transport=transport, base_url="http://engine", timeout=_ANSWER_S
            ) as client,
        ):
            yield client, await _ready(client, process, log, on_progress)


async def _ready(
    client: httpx.AsyncClient,
    process: asyncio.subprocess.Process,
    log: Path,
    on_progress: Callable[[float], None],
) -> dict[str, Any]:
    deadline = time.monotonic() + _READY_S
    while process.returncode is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            health: dict[str, Any] = (await client.get("/health")).json()
            on_progress(health["progress"])
            if health["status"] == "ok":
                return health
            if health["status"] == "error":
                raise MidfillError(f"the engine does not start: {health['error']}")
        await asyncio.sleep(_POLL_S)
    raise MidfillError(f"the engine does not start: {last_line(log)}")
