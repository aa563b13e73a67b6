"""Starting, stopping and asking after engine processes. Never imports llama.cpp."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

import httpx
import msgspec
import psutil

from midfill.engine import paths
from midfill.engine.errors import MidfillError
from midfill.engine.models.hardware import built_for
from midfill.engine.models.store import check_file
from midfill.engine.runtime import machine, offload
from midfill.engine.runtime.address import Address, Record
from midfill.engine.runtime.config import EngineConfig, ProcessConfig
from midfill.engine.settings import Settings

_HEALTH_TIMEOUT_S = 2.0
_STOP_TIMEOUT_S = 5.0
_POLL_S = 0.05
_LOG_TAIL_LINES = 5
_SILENT = (
    "the engine does not answer: end it with `midfill engine stop`, or restart it in the editor"
)
_LONGEST_LOG = 1 << 20
# libgomp's threads spin before they sleep. Without a limit, a compiler running beside us makes
# decoding up to thirty times slower; with none at all, decoding alone is a third slower.
_SPIN_COUNT = "10000"
# Signals by which a processor refuses llama.cpp's kernels.
_BAD_KERNEL = {-signal.SIGILL, -signal.SIGSEGV, -signal.SIGFPE} if os.name == "posix" else set()
# "CUDA error: out of memory", and Vulkan's ErrorOutOfDeviceMemory.
_GPU_MEMORY = re.compile(r"error: out of memory|OutOf(Device|Host)Memory")


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is doing. `detail` says why, where it failed or is silent."""

    state: str  # "stopped", "starting", "loading", "ready", "silent", "failed"
    progress: float = 0.0
    model: str = ""
    detail: str = ""
    pid: int | None = None
    version: str = ""
    idle_seconds: float = 0.0
    port: int | None = None
    gpu_layers: int = 0  # of so many layers
    layers: int = 0


class _Health(msgspec.Struct, kw_only=True):
    status: str
    progress: float
    model: str
    pid: int
    version: str
    idle_seconds: float
    error: str | None = None
    gpu_layers: int = 0
    layers: int = 0


async def status(address: Address, client: httpx.AsyncClient | None = None) -> EngineStatus:
    """Ask the engine at `address`."""
    model = address.model.stem
    async with contextlib.AsyncExitStack() as stack:
        if client is None:
            client = await stack.enter_async_context(address.client())
        try:
            answer = await client.get("/health", timeout=_HEALTH_TIMEOUT_S)
            health = msgspec.json.decode(answer.content, type=_Health)
        except httpx.TimeoutException:
            record = address.record()
            if record and is_engine(record):
                return EngineStatus(state="silent", model=model, detail=_SILENT)
            return EngineStatus(state="failed", model=model, detail=_foreign(address))
        except (httpx.TransportError, OSError):
            return EngineStatus(state="stopped", model=model)
        except msgspec.DecodeError:
            return EngineStatus(state="failed", model=model, detail=_foreign(address))
    record = address.record()
    return EngineStatus(
        state={"ok": "ready", "loading": "loading"}.get(health.status, "failed"),
        progress=health.progress,
        model=health.model,
        detail=health.error or "",
        pid=health.pid,
        version=health.version,
        idle_seconds=health.idle_seconds,
        port=record.port if record else None,
        gpu_layers=health.gpu_layers,
        layers=health.layers,
    )


def _foreign(address: Address) -> str:
    return f"something else listens at {address.socket}: `midfill doctor` says what"


def start(model: Path, settings: Settings, port: int | None = None) -> subprocess.Popen[bytes]:
    """Start an engine for `model`. It finds out for itself whether there is one already.

    Raises:
        MidfillError: the file is not a whole GGUF, or a folder of ours cannot be written.
    """
    check_file(model)
    address = Address(model)
    config = ProcessConfig(
        engine=engine_config(model, settings),
        idle_seconds=settings.engine.idle_minutes * 60,
        port=port,
    )
    try:
        with _log(address.log_file) as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "midfill.engine.runtime", msgspec.json.encode(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                cwd=paths.runtime_dir(),
                start_new_session=True,
            )
    except OSError as error:
        raise MidfillError(f"the engine cannot be started: {error}") from error
    # It may end when nobody asks for it any more, and would stay a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def engine_config(model: Path, settings: Settings) -> EngineConfig:
    """How an engine runs `model` on this machine."""
    return EngineConfig(
        path=str(model.resolve()),
        threads=settings.engine.threads,
        context_tokens=settings.engine.context_tokens,
        gpu_layers=settings.engine.gpu_layers,
        gpu_memory=settings.engine.gpu_memory_mb << 20,
        repack=not _plain_layout_mark().exists(),
    )


def environment() -> dict[str, str]:
    """The variables of a process that runs llama.cpp.

    Its wheels for CUDA leave CUDA's own libraries to the system, or to packages whose folders no
    loader knows. Where it gives up it would start a debugger, whose words hide why.
    """
    site = Path(sysconfig.get_path("purelib"))
    folders = [os.environ.get("LD_LIBRARY_PATH", ""), *map(str, site.glob("nvidia/*/lib"))]
    libraries = os.pathsep.join(filter(None, folders))
    return {"GOMP_SPINCOUNT": _SPIN_COUNT, "GGML_NO_BACKTRACE": "1", **os.environ} | (
        {"LD_LIBRARY_PATH": libraries} if libraries else {}
    )


def _log(file: Path) -> BinaryIO:
    """The log, to be appended to: a second process may be started, only to see that it is late."""
    if file.exists() and file.stat().st_size > _LONGEST_LOG:
        file.replace(file.with_suffix(".old"))
    return file.open("ab")


def why_it_died(address: Address, returncode: int) -> str:
    """A sentence for a person, with the end of the log."""
    if returncode in _BAD_KERNEL:
        how = f"was ended by {signal.Signals(-returncode).name}"
    else:
        how = f"ended with status {returncode}"
    return f"the engine {how}; its log, {address.log_file}, ends: " + " | ".join(_last(address))


def _last(address: Address) -> list[str]:
    """The last lines of the log."""
    try:
        return address.log_file.read_text("utf-8", "replace").splitlines()[-_LOG_TAIL_LINES:]
    except OSError:
        return []


def died_of_kernels(returncode: int) -> bool:
    """Whether a plain layout of the weights may help; it is then used from now on.

    llama.cpp's repacked kernels (AMX above all) crash where compiler, processor and hypervisor do
    not agree.
    """
    if returncode not in _BAD_KERNEL or _plain_layout_mark().exists():
        return False
    _plain_layout_mark().parent.mkdir(parents=True, exist_ok=True)
    _plain_layout_mark().touch()
    return True


def died_of_gpu_memory(address: Address, settings: Settings, returncode: int) -> bool:
    """Whether fewer layers on the GPU may help; they are then used from now on.

    llama.cpp aborts its process where a GPU has no memory left for a step.
    """
    if returncode != -signal.SIGABRT or not any(map(_GPU_MEMORY.search, _last(address))):
        return False
    return offload.take_less(engine_config(address.model, settings))


def do_without_gpu(model: Path, settings: Settings) -> None:
    """Let the next engine do all on the processor, in case it is a GPU that its crashes are of."""
    if settings.engine.gpu_layers and built_for():
        offload.take_none(engine_config(model, settings))


async def stop(address: Address) -> bool:
    """End the engine at `address`; False if there was none.

    Raises:
        MidfillError: it does not end.
    """
    found = await status(address)
    record = address.record()
    pid = found.pid or (record.pid if record and is_engine(record) else None)
    if pid is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for end in (process.terminate, process.kill):
            end()
            if await _ended(process):
                return True
        raise MidfillError(f"the engine, process {pid}, does not end")
    return True


async def _ended(process: psutil.Process) -> bool:
    """Whether the process ends in time. Nobody may reap it: a zombie has ended too."""
    until = time.monotonic() + _STOP_TIMEOUT_S
    while time.monotonic() < until:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(_POLL_S)
    return False


def own_version() -> str:
    """The installed Midfill's version."""
    return metadata.version("midfill")


def is_engine(record: Record) -> bool:
    """Whether the process that wrote `record` still runs."""
    try:
        return "midfill.engine.runtime" in psutil.Process(record.pid).cmdline()
    except psutil.Error:
        return False


def _plain_layout_mark() -> Path:
    """Exists where repacked kernels crashed, for this llama.cpp on this processor."""
    return machine.file("plain-layout")
