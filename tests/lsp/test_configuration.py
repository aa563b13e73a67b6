"""Where settings come from, seen by what the server says about the model it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PULL = {"workspace": {"configuration": True}}


async def says_missing(editor: Any, size: str) -> None:
    """Wait until the server looks for the model of that size."""
    await editor.notified("didChangeStatus", lambda params: f"coder-{size}-" in params["message"])


async def test_initialization_options(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize(initializationOptions={"model": "7b"})
    await says_missing(editor, "7b")


async def test_settings_are_pulled_at_the_start_and_after_a_change(
    start_editor: Any, bare_env: Any
) -> None:
    editor = await start_editor(bare_env)
    editor.answers["workspace/configuration"] = [{"model": "7b"}]
    folder = {"uri": "file:///w", "name": "w"}
    await editor.initialize(
        capabilities=PULL, workspaceFolders=[folder], initializationOptions={"model": "14b"}
    )
    await says_missing(editor, "7b")
    asked = editor.sent("workspace/configuration")
    assert asked == [{"items": [{"scopeUri": "file:///w", "section": "midfill"}]}]

    editor.answers["workspace/configuration"] = [{"model": "1.5b"}]
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    await says_missing(editor, "1.5b")

    editor.answers["workspace/configuration"] = [None]
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    await says_missing(editor, "14b")


async def test_settings_are_pushed(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    editor.answers["workspace/configuration"] = [{"model": "14b"}]
    await editor.initialize(capabilities=PULL)
    await says_missing(editor, "14b")
    editor.notify("workspace/didChangeConfiguration", {"settings": {"midfill": {"model": "7b"}}})
    await says_missing(editor, "7b")


async def test_what_is_unset_or_the_editors_own_is_no_fault(
    start_editor: Any, bare_env: Any
) -> None:
    editor = await start_editor(bare_env)
    settings = {"model": "7b", "trace": {"server": "off"}, "completion": {"max_tokens": None}}
    await editor.initialize(initializationOptions=settings)
    await says_missing(editor, "7b")
    assert not editor.sent("window/showMessage")


async def test_a_bad_setting_is_reported_once_and_the_last_good_ones_stay(
    start_editor: Any, bare_env: Any
) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize(initializationOptions={"model": "7b"})
    await says_missing(editor, "7b")
    bad = {"model": "14b", "completion": {"max_tokens": "many"}}
    for _ in range(2):
        editor.notify("workspace/didChangeConfiguration", {"settings": {"midfill": bad}})
    message = (await editor.notified("window/showMessage"))["message"]
    assert "completion.max_tokens" in message

    assert "coder-7b-" in await editor.why()
    bad["completion"]["max_tokens"] = 3
    editor.notify("workspace/didChangeConfiguration", {"settings": {"midfill": bad}})
    await says_missing(editor, "14b")
    assert len(editor.sent("window/showMessage")) == 1


async def test_without_any_good_settings_the_status_says_what_is_wrong(
    start_editor: Any, bare_env: Any
) -> None:
    config = Path(bare_env["MIDFILL_CONFIG_HOME"]) / "config.toml"
    config.parent.mkdir()
    config.write_text("model = ")
    editor = await start_editor(bare_env)
    await editor.initialize()
    status = await editor.notified("didChangeStatus")
    assert status["kind"] == "Error"
    assert str(config) in status["message"]
    for command in ("midfill.restartEngine", "midfill.pullModel"):
        error = (await editor.command(command))["error"]
        assert (error["code"], error["message"]) == (-32803, status["message"])
    assert not editor.sent("window/showMessageRequest")


async def test_the_workspaces_file_is_followed(
    start_editor: Any, bare_env: Any, tmp_path: Path
) -> None:
    file = tmp_path / ".midfill.toml"
    file.write_text('model = "7b"\n[engine]\nthreads = 9\n')
    editor = await start_editor(bare_env)
    able = {"dynamicRegistration": True}
    await editor.initialize(
        capabilities={"workspace": {"didChangeConfiguration": able, "didChangeWatchedFiles": able}},
        workspaceFolders=[{"uri": tmp_path.as_uri(), "name": "w"}],
    )
    await says_missing(editor, "7b")
    assert "'engine'" in (await editor.notified("window/showMessage"))["message"]
    registered = (await editor.notified("client/registerCapability"))["registrations"]
    assert {one["method"]: one["registerOptions"] for one in registered} == {
        "workspace/didChangeConfiguration": {"section": "midfill"},
        "workspace/didChangeWatchedFiles": {"watchers": [{"globPattern": "**/.midfill.toml"}]},
    }

    file.write_text('model = "14b"\n')
    change = {"uri": file.as_uri(), "type": 2}
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    await says_missing(editor, "14b")

    event = {"added": [], "removed": [{"uri": tmp_path.as_uri(), "name": "w"}]}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    await editor.notified(
        "didChangeStatus", lambda params: params["message"].startswith("no model on this machine")
    )
