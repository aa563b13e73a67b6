"""The processes that hold models, and who else may be in their place."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
from packaging.version import Version

from midfill.engine import paths
from midfill.engine.check import Check
from midfill.engine.doctor.shell import shell
from midfill.engine.errors import MidfillError
from midfill.engine.runtime import address, process
from midfill.engine.runtime.address import Address

_STOP = "midfill engine stop"


async def engines(model: Path | None) -> AsyncIterator[Check]:
    """A check for the engine of `model`, and for every other that runs."""
    try:
        paths.runtime_dir()
    except MidfillError as error:
        fix = "name a folder of your own in MIDFILL_RUNTIME_DIR"
        yield Check("engine", "error", str(error), fix)
        return
    files = [*([model] if model else []), *(Path(record.path) for record in address.known())]
    for where in {each.name: each for each in map(Address, files)}.values():
        yield await _engine(where)


async def runs(model: Path) -> bool:
    """Whether an engine has taken the memory that `model` needs."""
    with contextlib.suppress(MidfillError):
        return (await process.status(Address(model))).state in ("loading", "ready")
    return False


async def _engine(where: Address) -> Check:
    status = await process.status(where)
    name = where.model.stem
    if status.state == "stopped":
        return _stopped(where, name)
    if status.state in ("silent", "failed") and status.pid is None:
        return _foreign(where)
    if status.state == "failed":
        return Check("engine", "error", f"{name}: {status.detail}", _STOP)
    if Version(status.version) < Version(process.own_version()):
        detail = f"{name}: process {status.pid} is left from version {status.version}"
        return Check("engine", "warning", detail, _STOP)
    detail = f"{name}: {status.state}, process {status.pid}"
    if status.gpu_layers:
        detail += f", {status.gpu_layers} of {status.layers} layers on the GPU"
    return Check("engine", "ok", detail)


def _stopped(where: Address, name: str) -> Check:
    record = where.record()
    if record is not None and process.is_engine(record):
        detail = f"{name}: process {record.pid} runs, but its socket is gone"
        return Check("engine", "error", detail, _STOP)
    return Check("engine", "ok", f"{name}: not running; it starts when it is needed")


def _foreign(where: Address) -> Check:
    """What listens there is no engine, or one that hangs."""
    record = where.record()
    if record is not None and process.is_engine(record):
        return Check("engine", "error", f"process {record.pid} does not answer", _STOP)
    detail = f"{_owner(where.socket)} listens at {where.socket}, which is the engine's"
    return Check("engine", "error", detail, shell(["rm", str(where.socket)]))


def _owner(socket: Path) -> str:
    """The process that listens at `socket`, as far as the system tells."""
    with contextlib.suppress(psutil.Error):
        for each in psutil.net_connections("unix"):
            if str(each.laddr) == str(socket) and each.pid:
                return f"process {each.pid} ({psutil.Process(each.pid).name()})"
    return "something else"
