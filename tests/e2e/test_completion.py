"""An editor's session, from `initialize` to grey text, with the real server, engine and model."""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import (
    ClientServerConfig,
    LanguageClient,
    client_capabilities,
    make_test_lsp_client,
)

from ..conftest import engines
from .basket import BASKET

pytestmark = pytest.mark.model

URI = "file:///shop/src/basket.py"
CODE = f"{BASKET}        @\n\n\nprint(Basket().total())\n"
REQUEST_CANCELLED = -32800


class Editor:
    """A client, and the document it types into. The cursor is at the end of what was typed."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.messages: list[str] = []
        before, _, after = CODE.partition("@")
        self.text = before + after
        self.line = before.count("\n")
        self.column = len(before.rpartition("\n")[2])
        self.version = 1

        @client.feature("didChangeStatus")
        def status(params: object) -> None:
            self.messages.append(str(params))

        @client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(_: types.RegistrationParams) -> None:
            pass

    def open(self, text: str | None = None) -> None:
        self.text = self.text if text is None else text
        item = types.TextDocumentItem(URI, "python", self.version, self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, text: str) -> None:
        """Insert at the cursor, a change at a time."""
        for character in text:
            self.version += 1
            at = types.Position(self.line, self.column)
            document = types.VersionedTextDocumentIdentifier(self.version, URI)
            change = types.TextDocumentContentChangePartial(types.Range(at, at), character)
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(document, [change])
            )
            lines = self.text.split("\n")
            row = lines[self.line]
            lines[self.line] = row[: self.column] + character + row[self.column :]
            self.text = "\n".join(lines)
            self.line += character == "\n"
            self.column = 0 if character == "\n" else self.column + 1

    async def complete(self) -> str:
        """Ask at the cursor; the text that would be inserted there."""
        params = types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
            types.TextDocumentIdentifier(URI),
            types.Position(self.line, self.column),
        )
        answer = await self.client.text_document_inline_completion_async(params)
        assert isinstance(answer, types.InlineCompletionList)
        for item in answer.items:
            here = types.Position(self.line, self.column)
            assert item.range == types.Range(here, here)
            return str(item.insert_text)
        return ""

    async def ready(self) -> None:
        """Wait until the model is loaded: until then, answers are empty at once."""
        for _ in range(600):
            status = await self.client.protocol.send_request_async("midfill/status", {})
            if status.model and not status.busy and not status.reason:
                return
            await asyncio.sleep(0.1)
        pytest.fail(f"the model is not there after a minute: {status}")


async def _editor(environment: dict[str, str]) -> AsyncIterator[Editor]:
    config = ClientServerConfig(
        server_command=[sys.executable, "-m", "midfill.engine.cli", "serve", "--stdio"],
        client_factory=make_test_lsp_client,
        server_env=environment,
    )
    client = await config.start()
    assert isinstance(client, LanguageClient)
    editor = Editor(client)
    folder = types.WorkspaceFolder("file:///shop", "shop")
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"), workspace_folders=[folder]
        )
    )
    yield editor
    await client.shutdown_session()
    await client.stop()


@pytest.fixture
async def editor(fresh_engine_env: dict[str, str]) -> AsyncIterator[Editor]:
    """An editor whose engine may be harmed."""
    async for made in _editor(fresh_engine_env):
        yield made


@pytest.fixture
async def second(fresh_engine_env: dict[str, str]) -> AsyncIterator[Editor]:
    """Another window of the same person."""
    async for made in _editor(fresh_engine_env):
        yield made


async def test_typing_gets_a_completion_that_parses(editor: Editor) -> None:
    editor.open()
    await editor.ready()
    editor.type("return su")
    text = await editor.complete()
    assert text.startswith("m(")
    editor.type(text)
    ast.parse(editor.text)
    assert "return sum(self.prices)" in editor.text


async def test_a_cancelled_request_is_answered_and_the_next_one_works(editor: Editor) -> None:
    editor.open()
    await editor.ready()
    asked = asyncio.create_task(editor.complete())
    await asyncio.sleep(0.05)
    [number] = list(editor.client.protocol._request_futures)
    editor.client.cancel_request(types.CancelParams(number))
    with pytest.raises(JsonRpcException) as refused:
        await asked
    assert refused.value.code == REQUEST_CANCELLED
    editor.type("return sum(")
    assert await editor.complete()


async def test_two_windows_share_one_model(
    editor: Editor, second: Editor, fresh_engine_env: dict[str, str]
) -> None:
    for window in (editor, second):
        window.open()
    for window in (editor, second):
        await window.ready()
        window.type("return sum(")
    first, other = await asyncio.gather(editor.complete(), second.complete())
    assert first
    assert first == other
    folder = Path(fresh_engine_env["MIDFILL_RUNTIME_DIR"]).parent
    [engine] = engines(folder)
    # One process maps the model's file, and neither server has llama.cpp in it.
    assert any("gguf" in file.path for file in engine.memory_maps())


async def test_an_engine_killed_while_completing_is_replaced(
    editor: Editor, fresh_engine_env: dict[str, str]
) -> None:
    editor.open()
    await editor.ready()
    folder = Path(fresh_engine_env["MIDFILL_RUNTIME_DIR"]).parent
    asked = asyncio.create_task(editor.complete())
    await asyncio.sleep(0.1)
    [engine] = engines(folder)
    engine.kill()
    await asked
    editor.type("return sum(")
    assert await editor.complete()
    [replaced] = engines(folder)
    assert replaced.pid != engine.pid


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 0, 0),
        ("x = 1\r\ny = ", 1, 4),
        ("# 😀 名前\x0c\u2028\ndef f(a):\n\treturn ", 2, 8),
        ("def first():\n    pass\n", 0, 0),
        ("".join(f"value_{i} = {i}\n" for i in range(50_000)), 50_000, 0),
    ],
    ids=["empty", "crlf", "unusual line ends", "first position", "50,000 lines"],
)
async def test_any_document_is_answered(editor: Editor, text: str, line: int, column: int) -> None:
    editor.open(text)
    await editor.ready()
    editor.line, editor.column = line, column
    await editor.complete()
    # It has not lost its place: the same cursor takes what is typed there.
    editor.type("x")
    await editor.complete()


async def test_an_untitled_document_is_completed(editor: Editor) -> None:
    await editor.ready()
    uri = "untitled:Untitled-1"
    item = types.TextDocumentItem(uri, "python", 1, "def add(a, b):\n    return ")
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    params = types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
        types.TextDocumentIdentifier(uri),
        types.Position(1, 11),
    )
    answer = await editor.client.text_document_inline_completion_async(params)
    assert isinstance(answer, types.InlineCompletionList)
    assert answer.items[0].insert_text == "a + b"


async def test_a_cursor_at_rest_is_evaluated_ahead(
    editor: Editor, fresh_engine_env: dict[str, str]
) -> None:
    lines = "".join(f"def f{i}(x):\n    return x + {i}\n\n\n" for i in range(15))
    editor.open(lines + "def g(x):\n    return ")
    await editor.ready()
    editor.line, editor.column = 61, 11
    place = types.TextDocumentPositionParams(
        types.TextDocumentIdentifier(URI), types.Position(editor.line, editor.column)
    )
    editor.client.protocol.notify("midfill/didMoveCursor", place)
    transport = httpx.AsyncHTTPTransport(uds=_socket(fresh_engine_env))
    async with httpx.AsyncClient(transport=transport) as client:
        while _evaluated((await client.get("http://engine/metrics")).text) < 200:
            await asyncio.sleep(0.1)
    assert await editor.complete()
    status = await editor.client.protocol.send_request_async("midfill/status", {})
    assert status.tokens_evaluated <= 4
    assert status.tokens_reused > 200
    assert status.device in ("CPU", "GPU")


def _socket(environment: dict[str, str]) -> str:
    [socket] = Path(environment["MIDFILL_RUNTIME_DIR"]).glob("*.sock")
    return str(socket)


def _evaluated(metrics: str) -> float:
    [value] = re.findall(r"^midfill_prompt_tokens_evaluated_total (\S+)$", metrics, re.MULTILINE)
    return float(value)


async def test_asking_offers_candidates(editor: Editor) -> None:
    editor.open('def describe(item):\n    """A sentence about the item."""\n    text = "')
    await editor.ready()
    params = types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
        types.TextDocumentIdentifier(URI),
        types.Position(2, 12),
    )
    answer = await editor.client.text_document_inline_completion_async(params)
    assert isinstance(answer, types.InlineCompletionList)
    texts = [item.insert_text for item in answer.items]
    assert 1 <= len(texts) <= 3
    assert len(set(texts)) == len(texts)
