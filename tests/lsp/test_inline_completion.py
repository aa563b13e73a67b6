"""Ghost text from the real model, asked for as editors ask."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

FOLDER = {"uri": "file:///w", "name": "w"}
URI = "file:///w/app.py"
CODE = (
    "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    return \n\n\nprint(add(1, 2))\n"
)
CURSOR = (5, 11)
# A person asked for it: the server waits until the model is done.
EXPLICIT = 1


@pytest.fixture
async def editor(start_editor: Any, real_model_env: Any) -> Any:
    """An editor whose server has its model loaded and CODE open."""
    editor = await start_editor(real_model_env)
    await editor.initialize(workspaceFolders=[FOLDER])
    await editor.wait_for(lambda message: "is ready" in str(message.get("params")))
    editor.open(URI, CODE)
    return editor


def at(line: int, character: int) -> dict[str, Any]:
    place = {"line": line, "character": character}
    return {"start": place, "end": place}


@pytest.mark.model
async def test_text_comes_for_the_cursor_with_an_empty_range(editor: Any) -> None:
    item, *_ = await editor.complete(URI, *CURSOR, EXPLICIT)
    assert item == {"insertText": "a - b", "range": at(*CURSOR)}


@pytest.mark.model
async def test_what_typing_asks_for_may_be_a_beginning(editor: Any) -> None:
    item, *_ = await editor.complete(URI, *CURSOR)
    assert item["insertText"]
    assert "a - b".startswith(item["insertText"])


@pytest.mark.model
async def test_a_position_past_the_line_means_its_end(editor: Any) -> None:
    item, *_ = await editor.complete(URI, CURSOR[0], 2**31 - 1, EXPLICIT)
    assert item == {"insertText": "a - b", "range": at(*CURSOR)}


@pytest.mark.model
async def test_brackets_right_of_the_cursor_are_replaced(editor: Any) -> None:
    """As editors close them; "é" and "😋" count as the editor counts."""
    uri = "file:///w/closed.py"
    line = 'b = ["é😋", subtract(9, '
    editor.open(uri, CODE + f'a = ["é😋", subtract(5, 3)]\n{line})]\nprint(a, b)\n')
    item, *_ = await editor.complete(uri, 10, len(line) + 1, EXPLICIT)
    assert item["insertText"].endswith(")]")
    assert item["range"] == {
        "start": {"line": 10, "character": 24},
        "end": {"line": 10, "character": 26},
    }


@pytest.mark.model
async def test_the_text_begins_with_the_item_that_is_selected(editor: Any) -> None:
    """In the list of the editor: `su` was typed, `subtract` is selected."""
    uri = "file:///w/selected.py"
    editor.open(uri, CODE + "print(su)\n")
    place = {"start": {"line": 9, "character": 6}, "end": {"line": 9, "character": 8}}
    params = {
        "textDocument": {"uri": uri},
        "position": place["end"],
        "context": {
            "triggerKind": EXPLICIT,
            "selectedCompletionInfo": {"range": place, "text": "subtract"},
        },
    }
    answer = await editor.request("textDocument/inlineCompletion", params)
    item, *_ = answer["result"]["items"]
    assert item["insertText"].startswith("subtract(")
    assert item["range"] == {
        "start": place["start"],
        "end": {"line": 9, "character": 8 + item["insertText"].endswith(")")},
    }


@pytest.mark.model
async def test_edits_reach_the_model(editor: Any) -> None:
    """Form feed, an emoji and CRLF stand before the cursor: all are counted as the editor does."""
    uri = "file:///w/edited.py"
    editor.open(uri, "\x0c# 😋\r\ndef add(a, b):\r\n    return a + b\r\n\r\n\r\n")
    editor.edit(
        uri,
        2,
        {"range": at(0, 5), "text": "\u2028"},
        {"range": at(5, 0), "text": "def multiply(a, b):\r\n    return "},
    )
    item, *_ = await editor.complete(uri, 6, 11, EXPLICIT, version=2)
    assert item["insertText"].startswith("a * b")
    assert item["range"] == at(6, 11)


@pytest.mark.model
async def test_the_document_is_read_as_of_the_request(editor: Any) -> None:
    """A change right behind the request, in one write, does not touch it."""
    request = editor.ask_completion(URI, *CURSOR, EXPLICIT)
    editor.edit(URI, 2, {"text": "# nothing\n"})
    [item] = (await editor.answer(request))["result"]["items"]
    assert item["insertText"] == "a - b"


@pytest.mark.model
async def test_a_notebooks_cell_is_completed(editor: Any) -> None:
    cell = "vscode-notebook-cell:/w/n.ipynb#1"
    notebook = {
        "uri": "file:///w/n.ipynb",
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [{"kind": 2, "document": cell}],
    }
    item = {"uri": cell, "languageId": "python", "version": 1, "text": CODE}
    editor.notify(
        "notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": [item]}
    )
    item, *_ = await editor.complete(cell, *CURSOR, EXPLICIT)
    assert item["insertText"] == "a - b"


@pytest.mark.model
async def test_another_version_than_ours_gets_nothing(editor: Any) -> None:
    assert await editor.complete(URI, *CURSOR, version=7) == []
    assert await editor.why() == "the document is at version 1, the request is for 7"
    [_] = await editor.complete(URI, *CURSOR, version=1)
    assert await editor.why() is None


@pytest.mark.model
async def test_a_document_that_is_not_open_gets_nothing(editor: Any) -> None:
    editor.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert await editor.complete(URI, *CURSOR) == []
    assert await editor.why() == "the document is not open"
    status = await editor.notified(
        "didChangeStatus", lambda params: "not open" in params["message"]
    )
    assert status == {"busy": False, "kind": "Normal", "message": "the document is not open"}


@pytest.mark.model
async def test_the_status_tells_what_the_last_completion_cost(editor: Any) -> None:
    await editor.complete(URI, *CURSOR)
    status = (await editor.request("midfill/status"))["result"]
    assert (status["busy"], status["kind"], status["reason"]) == (False, "Normal", None)
    assert status["model"] == "qwen2.5-coder-0.5b-instruct-q4_k_m"
    assert status["backend"] == "local"
    assert status["ms"].keys() >= {"prefill", "decode", "lsp", "total"}


@pytest.mark.model
async def test_switched_off_only_an_explicit_request_is_answered(editor: Any) -> None:
    settings = {"midfill": {"completion": {"enabled": False}}}
    editor.notify("workspace/didChangeConfiguration", {"settings": settings})
    await editor.notified("didChangeStatus", lambda params: params["kind"] == "Inactive")
    assert await editor.complete(URI, *CURSOR) == []
    assert "switched off" in await editor.why()
    item, *_ = await editor.complete(URI, *CURSOR, EXPLICIT)
    assert item["insertText"] == "a - b"


@pytest.mark.model
async def test_settings_of_completion_hold_from_the_next_request_on(editor: Any) -> None:
    uri = "file:///w/long.py"
    editor.open(uri, "# The numbers from one to twenty in words\nnumbers = ['one', 'two', ")
    long, *_ = await editor.complete(uri, 1, 99, EXPLICIT)
    settings = {"midfill": {"completion": {"max_tokens": 2}}}
    editor.notify("workspace/didChangeConfiguration", {"settings": settings})
    short, *_ = await editor.complete(uri, 1, 99, EXPLICIT)
    assert len(short["insertText"]) < len(long["insertText"])
    # The engine went on as it was.
    assert len([log for log in editor.sent("window/logMessage") if "ready" in log["message"]]) == 1


def ask_for_much(editor: Any) -> int:
    """Ask for a completion that takes seconds, of a document not seen before."""
    uri = f"file:///w/{uuid.uuid4()}.py"
    editor.open(uri, f"# {uri}\nnumbers = ['one', 'two', 'three', 'four', ")
    request: int = editor.ask_completion(uri, 1, 99, EXPLICIT)
    return request


async def at_work(editor: Any, env: Any) -> None:
    """Wait until a completion takes so long that the editor shows it, and the engine is at it."""
    await editor.notified(
        "didChangeStatus", lambda params: params["busy"] and "loading" not in params["message"]
    )
    async with asyncio.timeout(20):
        while not in_engine(env, "midfill_requests_running"):
            await asyncio.sleep(0.02)


def cancelled_in_engine(env: Any) -> float:
    """How many requests the engine has ended because nobody waited for them."""
    return in_engine(env, 'midfill_requests_total{stop_type="cancelled"}')


def in_engine(env: Any, name: str) -> float:
    """One of the engine's metrics."""
    [socket] = Path(env["MIDFILL_RUNTIME_DIR"]).glob("*.sock")
    transport = httpx.HTTPTransport(uds=str(socket))
    with httpx.Client(transport=transport, base_url="http://engine") as client:
        metrics = client.get("/metrics").text
    found = [line.split()[-1] for line in metrics.splitlines() if line.startswith(f"{name} ")]
    return float(found[0]) if found else 0


async def one_more_cancelled(env: Any, before: float) -> None:
    async with asyncio.timeout(20):
        while cancelled_in_engine(env) == before:
            await asyncio.sleep(0.05)


@pytest.mark.model
async def test_cancelling_a_request_ends_its_work_in_the_engine(
    editor: Any, real_model_env: Any
) -> None:
    before = cancelled_in_engine(real_model_env)
    request = ask_for_much(editor)
    await at_work(editor, real_model_env)
    editor.notify("$/cancelRequest", {"id": request})
    answer = await editor.answer(request)
    assert answer["error"]["code"] == -32800
    await one_more_cancelled(real_model_env, before)
    last = editor.sent("didChangeStatus")[-1]
    assert not last["busy"]


@pytest.mark.model
async def test_the_end_of_the_editor_ends_its_work_in_the_engine(
    editor: Any, real_model_env: Any
) -> None:
    before = cancelled_in_engine(real_model_env)
    ask_for_much(editor)
    await at_work(editor, real_model_env)
    editor.process.stdin.close()
    assert await editor.wait() == 1
    await one_more_cancelled(real_model_env, before)


@pytest.mark.model
async def test_fifty_thousand_lines_are_no_trouble(editor: Any) -> None:
    uri, middle = "file:///w/large.py", 25_000
    editor.open(uri, "\n" * 50_000)
    editor.edit(uri, 2, {"range": at(middle, 0), "text": CODE})
    item, *_ = await editor.complete(uri, middle + CURSOR[0], CURSOR[1], EXPLICIT)
    assert item == {"insertText": "a - b", "range": at(middle + CURSOR[0], CURSOR[1])}
