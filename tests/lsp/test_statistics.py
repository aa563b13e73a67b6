from __future__ import annotations

from typing import Any

import pytest

ENDED = "midfill/didEndSuggestion"


async def test_what_the_editor_tells_is_counted(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    editor.notify(ENDED, {"languageId": "python", "accepted": 7, "kept": 5, "partly": True})
    report = (await editor.request("midfill/statistics"))["result"]
    counts = {"shown": 1, "accepted": 1, "partly": 1}
    assert report["languages"] == [{"language": "python", **counts}]
    assert report["characters"] == {"accepted": 7, "kept": 5}

    editor.notify(ENDED, {"languageId": "python", "accepted": -1, "kept": 0})
    editor.notify(ENDED, {"languageId": "lua", "accepted": 0, "kept": 0})
    assert await editor.shut_down() == 0
    another = await start_editor(bare_env)
    await another.initialize()
    report = (await another.request("midfill/statistics"))["result"]
    assert [each["language"] for each in report["languages"]] == ["lua", "python"]
    assert await another.shut_down() == 0


@pytest.mark.model
async def test_completions_are_counted(start_editor: Any, fresh_engine_env: Any) -> None:
    editor = await start_editor(fresh_engine_env)
    await editor.initialize()
    await editor.notified("window/logMessage", lambda params: "is ready" in params["message"])
    uri = "file:///w/app.py"
    editor.open(uri, "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    return \n")
    for _ in range(2):  # the second asks for the rest of the first
        assert await editor.complete(uri, 5, 11, trigger=1)
    latency = (await editor.request("midfill/statistics"))["result"]["latency"]
    assert [sum(count for _, count in latency["model"]), *latency] == [1, "model"]


@pytest.mark.model
async def test_the_speed_of_models_is_told(start_editor: Any, fresh_engine_env: Any) -> None:
    editor = await start_editor(fresh_engine_env)
    await editor.initialize()
    await editor.notified("window/logMessage", lambda params: "is ready" in params["message"])
    report = (await editor.request("midfill/models"))["result"]
    assert all(model["expected"]["suggestion_ms"] > 0 for model in report["models"])


async def test_the_models_are_told(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    await editor.notified("didChangeStatus")
    report = (await editor.request("midfill/models"))["result"]
    assert [model["short"] for model in report["models"] if model["picked"]]
    assert not any(model["installed"] for model in report["models"])
