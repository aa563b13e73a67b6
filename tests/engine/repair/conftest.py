"""A workspace, and a state folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDFILL_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "state"
