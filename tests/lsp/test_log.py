"""What is logged, and that code never is."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest

from midfill.engine import log
from midfill.engine.errors import MidfillError, UsageError

MARKER = "s3cretMarker"
URI = f"file:///w/{MARKER}.py"


async def tell_secrets(editor: Any) -> None:
    """Put the marker into every kind of message, right ones and wrong ones."""
    await editor.initialize(initializationOptions={MARKER: MARKER})
    await editor.notified("didChangeStatus")
    editor.open(URI, f"def {MARKER}():\n    ")
    cursor = {"line": 1, "character": 4}
    change = {"range": {"start": cursor, "end": cursor}, "text": f"{MARKER} = "}
    editor.edit(URI, 2, change)
    editor.edit(URI, 3, {"range": MARKER, "text": MARKER})
    editor.edit("file:///not-open", 2, {"text": MARKER})
    editor.notify(MARKER, {MARKER: MARKER})
    editor.write(b"%b\r\n\r\n" % MARKER.encode())
    wrong = await editor.request("textDocument/inlineCompletion", {"textDocument": MARKER})
    assert wrong["error"]["code"] == -32602
    assert MARKER not in json.dumps(wrong)
    await editor.request(MARKER, {MARKER: MARKER})
    await editor.command(MARKER, MARKER)
    editor.send(MARKER)
    await editor.answer(None)


def messages_of_the_log(editor: Any) -> list[str]:
    return [params["message"] for params in editor.sent("window/logMessage")]


def logs_below(folder: str) -> str:
    return "".join(file.read_text() for file in Path(folder).rglob("*.log"))


@pytest.mark.parametrize("to_file", [True, False])
async def test_code_is_never_logged(
    start_editor: Any, bare_env: Any, tmp_path: Path, to_file: bool
) -> None:
    file = tmp_path / "midfill.log"
    options = ["--log-level", "debug", *(["--log-file", str(file)] if to_file else [])]
    editor = await start_editor(bare_env, *options, stderr=subprocess.PIPE)
    await tell_secrets(editor)
    editor.ask_completion(URI, 1, 4)
    assert await editor.shut_down() == 0

    stderr = (await editor.process.stderr.read()).decode()
    written = file.read_text() if to_file else stderr
    assert "Ignored textDocument/didChange" in written
    assert "has started" in written
    assert stderr == "" or not to_file
    assert any("Ignored textDocument/didChange" in line for line in messages_of_the_log(editor))
    assert MARKER not in written
    assert MARKER not in "".join(messages_of_the_log(editor))


@pytest.mark.model
async def test_code_is_not_logged_when_a_model_completes_it(
    start_editor: Any, real_model_env: Any
) -> None:
    editor = await start_editor(real_model_env, "--log-level", "debug", stderr=subprocess.PIPE)
    await tell_secrets(editor)
    await editor.wait_for(lambda message: "is ready" in str(message.get("params")))
    answer = await editor.answer(editor.ask_completion(URI, 1, 99, trigger=1))
    assert answer["result"]["items"]
    assert await editor.shut_down() == 0
    stderr = (await editor.process.stderr.read()).decode()
    assert "is ready" in stderr
    assert MARKER not in stderr
    assert MARKER not in "".join(messages_of_the_log(editor))
    engine_log = logs_below(real_model_env["MIDFILL_STATE_HOME"])
    assert engine_log
    assert MARKER not in engine_log


@pytest.fixture
def own_logging() -> Any:
    """Give the process its logging back."""
    loggers = [logging.getLogger(), logging.getLogger("midfill")]
    before = [(one, one.level, one.handlers[:], one.propagate) for one in loggers]
    yield
    for one, level, handlers, propagate in before:
        one.setLevel(level)
        one.handlers[:] = handlers
        one.propagate = propagate


def test_tracebacks_show_the_place_and_the_words_of_our_own_errors_only(
    own_logging: Any, tmp_path: Path
) -> None:
    file = tmp_path / "log"
    log.configure("info", file)
    for error in (ValueError(MARKER), MidfillError("do this next")):
        try:
            raise error
        except Exception:
            logging.getLogger("midfill.test").exception("It failed")
    logging.getLogger("midfill.test").debug("too fine")
    logging.getLogger("pygls.protocol").critical(MARKER)
    logging.getLogger("asyncio").error(MARKER)
    written = file.read_text()
    assert "ERROR midfill.test: It failed" in written
    assert "test_log.py" in written
    assert "ValueError" in written
    assert "MidfillError: do this next" in written
    assert "too fine" not in written
    assert MARKER not in written


def test_a_log_file_that_cannot_be_written_is_an_error(own_logging: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write the log"):
        log.configure("info", tmp_path / "no" / "folder")
