"""Servers to be tortured, each on a machine of its own, as far as its files go."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .session import Session

StartSession = Callable[..., Session]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for all that Midfill writes."""
    folder = Path(tempfile.mkdtemp(prefix="midfill-"))  # short, for the sockets' sake
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def bare_env(home: Path) -> dict[str, str]:
    """Environment of a process on a machine without a model."""
    homes = ("CACHE_HOME", "CONFIG_HOME", "RUNTIME_DIR", "STATE_HOME")
    rest = {name: value for name, value in os.environ.items() if not name.startswith("MIDFILL_")}
    return {**rest, **{f"MIDFILL_{name}": str(home / name.lower()) for name in homes}}


@pytest.fixture
def start_session() -> Iterator[StartSession]:
    """Start servers; they are gone after the test."""
    started: list[Session] = []

    def start(*args: Any, **kwargs: Any) -> Session:
        started.append(Session(*args, **kwargs))
        return started[-1]

    yield start
    for session in started:
        session.close()
