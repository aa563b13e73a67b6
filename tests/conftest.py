"""Fixtures that every test may use."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pynvml
import pytest
from hypothesis import settings

from midfill.engine.models import hardware
from midfill.engine.models.catalogue import find
from midfill.engine.models.store import Store
from midfill.engine.settings import Settings

from .nvidia import library

# A machine that has other work to do is slow at times, and that is no fault.
settings.register_profile("midfill", deadline=None)
settings.load_profile("midfill")

MODEL = "qwen2.5-coder-0.5b-instruct-q4_k_m"


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The real 0.5B model."""
    store, model = Store(Settings().models_dir), find(MODEL)
    if not store.has(model):
        pytest.skip(f"{MODEL} is not on this machine: midfill models pull 0.5b")
    return store.path(model)


@pytest.fixture
def nvidia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Gives this process a driver; takes what `library` does."""

    def install(*what: Any) -> None:
        monkeypatch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(library(tmp_path, *what))))
        monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
        hardware.nvidia.cache_clear()

    yield install
    hardware.nvidia.cache_clear()


@pytest.fixture(scope="session")
def real_model_env(model_path: Path) -> Iterator[dict[str, str]]:
    """Environment for a subprocess with the real model and an engine of its own."""
    yield from private_environment(model_path)


@pytest.fixture
def fresh_engine_env(model_path: Path) -> Iterator[dict[str, str]]:
    """The same for one test, which may kill the engine."""
    yield from private_environment(model_path)


def private_environment(model: Path) -> Iterator[dict[str, str]]:
    """Variables that give a process an engine of its own; it is killed in the end."""
    # Short, because a socket's path may have 104 bytes.
    folder = Path(tempfile.mkdtemp(prefix="midfill-"))
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith("MIDFILL_")},
        "MIDFILL_MODEL": str(model),
        "MIDFILL_RUNTIME_DIR": str(folder / "run"),
        "MIDFILL_STATE_HOME": str(folder / "state"),
        "MIDFILL_CONFIG_HOME": str(folder / "config"),
    }
    for process in engines(folder):
        process.kill()
        # Where nobody reaps orphans it stays a zombie.
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(0.5)
    shutil.rmtree(folder, ignore_errors=True)


def engines(folder: Path) -> list[psutil.Process]:
    """The engine processes whose runtime files lie below `folder`."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        runtime = (process.info["environ"] or {}).get("MIDFILL_RUNTIME_DIR", "")
        is_engine = "midfill.engine.runtime" in (process.info["cmdline"] or [])
        if is_engine and Path(runtime).is_relative_to(folder):
            found.append(process)
    return found
