"""A workspace, and a state folder of its own; and the real model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from midfill.engine.runtime.local import LocalEngine
from midfill.engine.settings import Settings


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDFILL_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "state"


@pytest.fixture
async def engine(
    real_model_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LocalEngine]:
    """The real model, in one process for all tests."""
    monkeypatch.setenv("MIDFILL_RUNTIME_DIR", real_model_env["MIDFILL_RUNTIME_DIR"])
    made = LocalEngine(Settings(), Path(real_model_env["MIDFILL_MODEL"]))
    await made.ensure()
    yield made
    await made.aclose()
