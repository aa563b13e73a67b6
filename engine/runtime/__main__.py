"""The engine process: `python -m midfill.engine.runtime CONFIG`, started by `process.start`.

It holds the model's lock for as long as it lives, listens before it loads, and leaves when nobody
has asked for anything for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import msgspec
import uvicorn
from filelock import FileLock, Timeout

from midfill.engine import log
from midfill.engine.runtime.address import Address, Record
from midfill.engine.runtime.api.app import create_app
from midfill.engine.runtime.config import ProcessConfig
from midfill.engine.runtime.engine import Engine

_log = logging.getLogger("midfill.engine")

EXIT_FAILED = 70
# A failed engine answers /health this long, so that whoever started it learns why.
_FAILED_LINGERS_S = 5.0
_IDLE_CHECK_S = 1.0


def main(argument: str) -> int:
    """Run until idle or told to stop; returns the exit status."""
    log.configure("info")
    config = msgspec.json.decode(argument.encode(), type=ProcessConfig)
    address = Address(Path(config.engine.path))
    lock = FileLock(address.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _log.info("another process already serves %s", address.model.name)
        return 0
    with lock:
        return asyncio.run(_serve(config, address))


class _Server(uvicorn.Server):
    """Leaves on a signal by returning from `serve`, where uvicorn's own would raise it again
    before the socket is removed and the model freed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ask the server to end on SIGINT and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


async def _serve(config: ProcessConfig, address: Address) -> int:
    gc.freeze()  # Looking through all that was imported would stop a key for 20 ms.
    token = secrets.token_urlsafe(32)
    sockets = _listen(config, address)
    port = next((s.getsockname()[1] for s in sockets if s.family == socket.AF_INET), None)
    record = Record(
        pid=os.getpid(),
        version=metadata.version("midfill"),
        path=config.engine.path,
        port=port,
        token=token if port else None,
    )
    _write_private(address.record_file, msgspec.json.encode(record))
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_failure(_: Exception) -> None:
        loop.call_soon_threadsafe(failed.set)

    engine = Engine(config.engine, on_failure)
    server = _Server(
        uvicorn.Config(
            create_app(engine, token),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    _log.info("pid %d serves %s", record.pid, address.model.name)
    watcher = asyncio.create_task(_watch(server, engine, failed, config.idle_seconds, address))
    try:
        await server.serve(sockets)
    finally:
        watcher.cancel()
        with contextlib.suppress(OSError):
            address.record_file.unlink()
            address.socket.unlink()
    engine.stop()
    _log.info("stopped")
    return EXIT_FAILED if failed.is_set() else 0


async def _watch(
    server: uvicorn.Server,
    engine: Engine,
    failed: asyncio.Event,
    idle_seconds: float,
    address: Address,
) -> None:
    """End the server when the engine has failed, has been idle too long, or is out of reach."""
    while (
        not failed.is_set()
        and engine.idle_seconds < idle_seconds
        and address.record_file.exists()
        and (os.name != "posix" or address.socket.exists())
    ):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(failed.wait(), _IDLE_CHECK_S)
    if failed.is_set():
        await asyncio.sleep(_FAILED_LINGERS_S)
    else:
        _log.info("nobody has asked for long, or can any more")
    server.should_exit = True


def _listen(config: ProcessConfig, address: Address) -> list[socket.socket]:
    sockets = []
    if os.name == "posix":
        sockets.append(_unix_socket(address.socket))
    if config.port is not None or os.name != "posix":
        tcp = socket.socket(socket.AF_INET)
        if os.name == "posix":  # A connection that has just ended must not block the port.
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("127.0.0.1", config.port or 0))
        sockets.append(tcp)
    return sockets


def _unix_socket(path: Path) -> socket.socket:
    """Bind with mode 0600 from the first moment on. The lock says that nobody uses the old one."""
    path.unlink(missing_ok=True)
    unix = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        unix.bind(str(path))
    finally:
        os.umask(before)
    return unix


def _write_private(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
