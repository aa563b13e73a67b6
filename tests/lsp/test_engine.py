"""The engine as an editor sees it: starting, loading, ready, dead and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest

URI = "file:///w/app.py"
CODE = "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    return \n"
CURSOR = (5, 11)
EXPLICIT = 1
PROGRESS = {"window": {"workDoneProgress": True}}
MODEL = "qwen2.5-coder-0.5b-instruct-q4_k_m"


def bars(editor: Any) -> list[Any]:
    return [params["value"] for params in editor.sent("$/progress")]


def running_engine(env: Any) -> psutil.Process:
    [engine] = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "midfill.engine.runtime" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("MIDFILL_RUNTIME_DIR") == env["MIDFILL_RUNTIME_DIR"]
    ]
    return engine


async def ready(editor: Any, times: int = 1) -> None:
    """Wait until the engine has become ready so many times."""

    def enough(_: Any) -> bool:
        return (
            sum("is ready" in log["message"] for log in editor.sent("window/logMessage")) >= times
        )

    await editor.wait_for(enough)


@pytest.mark.model
async def test_the_editor_sees_the_model_load(start_editor: Any, fresh_engine_env: Any) -> None:
    editor = await start_editor(fresh_engine_env)
    await editor.initialize(capabilities=PROGRESS)
    editor.open(URI, CODE)
    loading = await editor.notified("didChangeStatus", lambda params: params["busy"])
    assert loading == {"busy": True, "kind": "Normal", "message": f"{MODEL} is loading"}
    # Nobody waits for the model: the answer is there, with its reason.
    assert await editor.complete(URI, *CURSOR) == []
    assert await editor.why() == f"{MODEL} is loading"

    await ready(editor)
    shown = bars(editor)
    assert shown[0]["kind"] == "begin"
    assert shown[0]["title"] == f"Midfill: loading {MODEL}"
    assert shown[-1] == {"kind": "end"}
    reports = [bar["percentage"] for bar in shown[:-1]]
    assert reports == sorted(reports)
    assert reports[-1] > 0
    last = editor.sent("didChangeStatus")[-1]
    assert last == {"busy": False, "kind": "Normal", "message": ""}


@pytest.mark.model
async def test_an_editor_that_never_answers_does_not_hold_up_the_engine(
    start_editor: Any, fresh_engine_env: Any
) -> None:
    editor = await start_editor(fresh_engine_env)
    editor.silent = True
    able = {"dynamicRegistration": True}
    await editor.initialize(
        capabilities={**PROGRESS, "workspace": {"didChangeConfiguration": able}}
    )
    await ready(editor)
    assert editor.sent("window/workDoneProgress/create")
    assert not bars(editor)
    assert await editor.shut_down() == 0


@pytest.mark.model
async def test_a_dead_engine_comes_back(start_editor: Any, fresh_engine_env: Any) -> None:
    editor = await start_editor(fresh_engine_env)
    await editor.initialize()
    await ready(editor)
    running_engine(fresh_engine_env).kill()
    editor.open(URI, CODE)
    item, *_ = await editor.complete(URI, *CURSOR, EXPLICIT)
    assert item["insertText"] == "a - b"


@pytest.mark.model
async def test_the_engine_is_restarted_by_command(start_editor: Any, fresh_engine_env: Any) -> None:
    editor = await start_editor(fresh_engine_env)
    await editor.initialize()
    await ready(editor)
    before = running_engine(fresh_engine_env)
    assert (await editor.command("midfill.restartEngine"))["result"] is None
    await ready(editor, 2)
    assert not before.is_running()
    editor.open(URI, CODE)
    [_] = await editor.complete(URI, *CURSOR)


@pytest.mark.model
async def test_other_settings_for_the_engine_start_another_one(
    start_editor: Any, fresh_engine_env: Any
) -> None:
    editor = await start_editor(fresh_engine_env)
    await editor.initialize()
    await ready(editor)
    settings = {"midfill": {"engine": {"context_tokens": 2048}}}
    editor.notify("workspace/didChangeConfiguration", {"settings": settings})
    await ready(editor, 2)
    assert '"context_tokens":2048' in "".join(running_engine(fresh_engine_env).cmdline())


@pytest.mark.model
async def test_two_editors_share_an_engine_and_leaving_does_not_end_it(
    start_editor: Any, fresh_engine_env: Any
) -> None:
    first, second = [await start_editor(fresh_engine_env) for _ in range(2)]
    for editor in (first, second):
        await editor.initialize()
    for editor in (first, second):
        await ready(editor)
    engine = running_engine(fresh_engine_env)
    assert await first.shut_down() == 0
    second.open(URI, CODE)
    [_] = await second.complete(URI, *CURSOR)
    assert engine.is_running()


async def test_a_damaged_model_is_named(start_editor: Any, bare_env: Any, tmp_path: Path) -> None:
    file = tmp_path / "damaged.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    editor = await start_editor({**bare_env, "MIDFILL_MODEL": str(file)})
    await editor.initialize()
    status = await editor.notified("didChangeStatus", lambda params: params["kind"] == "Error")
    assert str(file) in status["message"]
    assert str(file) in (await editor.notified("window/showMessage"))["message"]
    editor.open(URI, CODE)
    assert await editor.complete(URI, *CURSOR) == []
    assert str(file) in await editor.why()
