"""llama.cpp's server, started with the settings that llama.vim recommends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from midfill.engine.bench.program import last_line, program
from midfill.engine.errors import MidfillError

_START_S = 120.0
_ANSWER_S = 120.0
_POLL_S = 0.1
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@asynccontextmanager
async def llama_server(
    binary: Path,
    model: Path,
    log: Path,
    *,
    threads: int,
    context_tokens: int,
    batch_tokens: int,
    gpu_layers: int,
) -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """Run it on a free port of 127.0.0.1; gives a client and the process's id.

    The options are those of its `--fim-qwen-1.5b-default`, with our model, threads and context.
    `/infill` shows the model three quarters of a batch before the cursor and a quarter after it.

    Raises:
        MidfillError: it does not start.
    """
    port = _free_port()
    options = {
        "--model": model,
        "--host": "127.0.0.1",
        "--port": port,
        "--threads": threads,
        "--ctx-size": context_tokens,
        "--batch-size": batch_tokens,
        "--ubatch-size": batch_tokens,
        "--cache-reuse": 256,
        "--gpu-layers": gpu_layers if gpu_layers >= 0 else 99,
    }
    command = [str(binary), *(str(part) for option in options.items() for part in option)]
    async with (
        program(command, log, beside(binary)) as process,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=_ANSWER_S, trust_env=False
        ) as client,
    ):
        await _ready(client, process, log)
        yield client, process.pid


async def _ready(client: httpx.AsyncClient, process: asyncio.subprocess.Process, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.returncode is not None:
            raise MidfillError(f"llama-server ended ({process.returncode}): {last_line(log)}")
        with contextlib.suppress(httpx.TransportError):
            if (await client.get("/health")).status_code == httpx.codes.OK:
                return
        await asyncio.sleep(_POLL_S)
    raise MidfillError(f"llama-server is not ready after {_START_S:.0f} s")


def beside(binary: Path) -> dict[str, str]:
    """The environment for a program of llama.cpp whose libraries lie beside it."""
    folder = str(binary.resolve().parent)
    paths = {name: [folder, os.environ.get(name, "")] for name in _LIBRARY_PATHS}
    return {**os.environ, **{name: os.pathsep.join(filter(None, p)) for name, p in paths.items()}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
