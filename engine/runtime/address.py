"""Where the engine of a model listens, and the files beside its socket."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import httpx
import msgspec

from midfill.engine import paths


class Record(msgspec.Struct, kw_only=True):
    """What a running engine writes down, readable by its owner alone."""

    pid: int
    version: str
    path: str
    port: int | None = None
    token: str | None = None


class Address:
    """Names the files of one model's engine. Two models have two engines, each in a process.

    Args:
        model: the GGUF file.
    """

    def __init__(self, model: Path) -> None:
        digest = hashlib.sha256(os.fsencode(model.resolve())).hexdigest()[:8]
        self.name = f"engine-{digest}"
        self.model = model

    @property
    def socket(self) -> Path:
        """The Unix socket."""
        return paths.socket_path(self.name)

    @property
    def lock(self) -> Path:
        """Held by the process as long as it lives, so that there is one for each model."""
        return paths.runtime_dir() / f"{self.name}.lock"

    @property
    def record_file(self) -> Path:
        """Who runs, and for TCP the port and the token."""
        return paths.runtime_dir() / f"{self.name}.json"

    @property
    def log_file(self) -> Path:
        """What the process printed."""
        return paths.log_dir() / f"{self.name}.log"

    def record(self) -> Record | None:
        """The record of the engine that runs or ran last."""
        return _read(self.record_file)

    def client(self, timeout: httpx.Timeout | float | None = None) -> httpx.AsyncClient:
        """An HTTP client for this engine."""
        if os.name == "posix":
            transport = httpx.AsyncHTTPTransport(uds=str(self.socket))
            return httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=timeout)
        record = self.record() or Record(pid=0, version="", path="")
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{record.port or 9}",
            headers={"Authorization": f"Bearer {record.token}"},
            timeout=timeout,
            trust_env=False,
        )


def known() -> list[Record]:
    """Records of all engines of this user, running or not."""
    found = (_read(file) for file in sorted(paths.runtime_dir().glob("engine-*.json")))
    return [record for record in found if record is not None]


def _read(file: Path) -> Record | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None
