"""From `initialize` to the exit status, with a real process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pygls.protocol import default_converter
from pytest_lsp import client_capabilities

URI = "file:///w/a.py"


async def test_initialize_is_answered_without_a_model(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    result = (await editor.initialize())["result"]
    capabilities = result["capabilities"]
    assert result["serverInfo"]["name"] == "midfill"
    assert capabilities["inlineCompletionProvider"] == {}
    sync = {"openClose": True, "change": 2, "save": True}
    assert capabilities["textDocumentSync"] == sync
    assert capabilities["workspace"]["workspaceFolders"]["supported"]
    assert set(capabilities["executeCommandProvider"]["commands"]) == {
        "midfill.fix",
        "midfill.pullModel",
        "midfill.repair",
        "midfill.repairTests",
        "midfill.restartEngine",
        "midfill.whyNoSuggestion",
    }
    assert await editor.shut_down() == 0


@pytest.mark.parametrize("name", ["visual-studio-code", "neovim", "emacs"])
async def test_the_capabilities_of_real_editors_are_understood(
    start_editor: Any, bare_env: Any, name: str
) -> None:
    editor = await start_editor(bare_env)
    capabilities = default_converter().unstructure(client_capabilities(name))
    answer = await editor.initialize(capabilities=capabilities)
    assert "result" in answer
    await editor.notified("didChangeStatus")
    assert await editor.shut_down() == 0


async def test_exit_without_shutdown_is_an_error(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    editor.notify("exit", None)
    assert await editor.wait() == 1


async def test_exit_is_obeyed_before_initialize(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    editor.notify("exit", None)
    assert await editor.wait() == 1


async def test_the_end_of_stdin_ends_the_process(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    editor.process.stdin.close()
    assert await editor.wait() == 1


async def test_the_end_of_stdin_after_shutdown_is_no_error(
    start_editor: Any, bare_env: Any
) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    await editor.request("shutdown")
    editor.process.stdin.close()
    assert await editor.wait() == 0


async def test_an_editor_that_stops_reading_ends_the_process(
    start_editor: Any, bare_env: Any
) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize()
    editor.process._transport.get_pipe_transport(1).close()
    editor.ask("midfill/status")
    assert await editor.wait() == 1


async def test_a_log_file_that_cannot_be_written_is_bad_usage(
    start_editor: Any, bare_env: Any, tmp_path: Path
) -> None:
    file = tmp_path / "no" / "folder"
    editor = await start_editor(bare_env, "--log-file", str(file), stderr=subprocess.PIPE)
    assert await editor.wait() == 2
    assert str(file) in (await editor.process.stderr.read()).decode()


@pytest.mark.parametrize("by_option", [True, False])
async def test_a_dead_editor_ends_the_process(
    start_editor: Any, bare_env: Any, by_option: bool
) -> None:
    parent = await asyncio.create_subprocess_exec("sleep", "600")
    options = [f"--clientProcessId={parent.pid}"] if by_option else []
    editor = await start_editor(bare_env, *options)
    await editor.initialize(**({} if by_option else {"processId": parent.pid}))
    await editor.notified("didChangeStatus")  # by now the process is watched
    parent.kill()
    await parent.wait()
    assert await editor.wait() == 1


async def test_an_editor_in_another_container_is_not_taken_for_dead(
    start_editor: Any, bare_env: Any
) -> None:
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    editor = await start_editor(bare_env)
    await editor.initialize(processId=ended.pid)
    await editor.notified("didChangeStatus")
    assert await editor.shut_down() == 0


async def test_garbage_on_stdin_is_survived(start_editor: Any, bare_env: Any) -> None:
    editor = await start_editor(bare_env)
    editor.write(b"hello\n\n\x00\xff\r\n\r\nContent-Length: nonsense\r\n\r\n")
    editor.write(b"Content-Length: 9\r\n\r\n{broken!}")
    error = (await editor.answer(None))["error"]
    assert error["code"] == -32700
    assert "result" in await editor.initialize()


async def test_only_the_protocol_reaches_stdout(
    start_editor: Any, bare_env: Any, tmp_path: Path
) -> None:
    """A library that prints, and a child process that does, write to stderr."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os, sys\n"
        "import asyncio.base_events as base\n"
        "start = base.BaseEventLoop.run_forever\n"
        "def noisy(loop):\n"
        "    print('printed', flush=True)\n"
        "    os.system('echo spawned; cat')\n"
        "    return start(loop)\n"
        "base.BaseEventLoop.run_forever = noisy\n"
    )
    env = {**bare_env, "PYTHONPATH": str(tmp_path)}
    editor = await start_editor(env, stderr=subprocess.PIPE)
    assert "result" in await editor.initialize()
    assert await editor.shut_down() == 0
    noise = await editor.process.stderr.read()
    assert b"printed" in noise
    assert b"spawned" in noise


def test_the_server_never_imports_llama_cpp() -> None:
    code = (
        "import importlib, pkgutil, sys, midfill.lsp\n"
        "for module in pkgutil.iter_modules(midfill.lsp.__path__, 'midfill.lsp.'):\n"
        "    importlib.import_module(module.name)\n"
        "assert 'midfill.lsp.server' in sys.modules\n"
        "assert 'llama_cpp' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
