"""The client at a real language server that has no model."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from midfill.engine.bench.editor import Editor
from midfill.engine.errors import MidfillError

_SERVE = [sys.executable, "-m", "midfill.engine.cli", "serve", "--stdio"]


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    """One that has shaken hands."""
    homes = {f"MIDFILL_{name}_HOME": str(tmp_path / name) for name in ("CACHE", "CONFIG", "STATE")}
    editor = await Editor.start(_SERVE, {**os.environ, **homes}, tmp_path / "log")
    await editor.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    editor.notify("initialized", {})
    yield editor
    await editor.shut_down()


async def test_requests_are_answered(editor: Editor) -> None:
    assert "reason" in await editor.request("midfill/status", None)


async def test_an_error_is_an_empty_answer(editor: Editor) -> None:
    assert await editor.request("no/such/method", None) is None


async def test_a_request_that_was_taken_back_gets_no_answer(editor: Editor) -> None:
    answers: list[object] = []
    request = editor.ask("midfill/status", None, answers.append)
    assert editor.cancel(request)
    assert not editor.cancel(request)
    await editor.request("midfill/status", None)
    assert answers == []


async def test_it_leaves_when_it_is_asked_to(editor: Editor) -> None:
    await editor.shut_down()
    assert editor.process.returncode == 0


async def test_a_server_that_dies_is_missed(editor: Editor) -> None:
    editor.process.kill()
    with pytest.raises(MidfillError, match="has ended"):
        while True:
            await editor.request("midfill/status", None)
            await asyncio.sleep(0)
