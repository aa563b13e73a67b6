"""Messages in, messages out, documents in between: the whole protocol without a process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from midfill.engine.errors import MidfillError

URI = "file:///w/a.py"


@pytest.mark.parametrize(
    ("offered", "chosen", "column"),
    [
        (["utf-8", "utf-16"], "utf-8", 4),
        (["utf-32", "utf-8"], "utf-32", 1),
        (["latin-1"], "utf-16", 2),
        ([], "utf-16", 2),
    ],
)
def test_the_position_encoding_is_negotiated(
    new_client: Any, offered: list[str], chosen: str, column: int
) -> None:
    client = new_client(initialized=False)
    answer = client.initialize(*offered)
    assert answer["result"]["capabilities"]["positionEncoding"] == chosen
    client.open("😋é")
    cursor = {"line": 0, "character": column}
    client.change({"range": {"start": cursor, "end": cursor}, "text": "|"})
    assert client.text == "😋|é"


def test_changes_of_documents_that_are_not_open_are_ignored(new_client: Any) -> None:
    client = new_client()
    client.change({"text": "x"})
    client.open("text")
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    client.change({"text": "x"})
    assert client.server.workspace.document(URI) is None
    client.notify(
        "notebookDocument/didChange",
        {"notebookDocument": {"uri": "file:///w/n.ipynb", "version": 2}, "change": {}},
    )
    assert len(client.sent) == 1  # the answer to `initialize`


def test_surrogates_in_json(new_client: Any) -> None:
    client = new_client()
    client.receive(
        b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"%b",'
        b'"languageId":"","version":1,"text":"\\ud83d\\ude0b \\ud83d"}}}' % URI.encode()
    )
    assert client.text == "😋 \ufffd"


@pytest.mark.parametrize(
    ("message", "request_id", "code"),
    [
        (b"{", None, -32700),
        (b"\xff\xfe\x00", None, -32700),
        (b"[" * 100_000, None, -32700),
        ([], None, -32600),
        (7, None, -32600),
        ({"id": 3, "method": "shutdown"}, None, -32600),
        ({"jsonrpc": "2.0", "id": [3], "method": "shutdown"}, None, -32600),
        ({"jsonrpc": "2.0", "id": 3, "method": {}}, None, -32600),
        ({"jsonrpc": "2.0", "id": 3, "method": "no/such"}, 3, -32601),
        ({"jsonrpc": "2.0", "id": "x", "method": "no/such"}, "x", -32601),
        ({"jsonrpc": "2.0", "id": 3, "method": "initialize", "params": {}}, 3, -32600),
        ({"jsonrpc": "2.0", "id": 3, "method": "workspace/executeCommand"}, 3, -32602),
        (
            {
                "jsonrpc": "2.0",
                "id": 3,
                "method": "workspace/executeCommand",
                "params": {"command": "no.such"},
            },
            3,
            -32602,
        ),
    ],
)
def test_wrong_messages_get_the_error_that_json_rpc_has_for_them(
    new_client: Any, message: object, request_id: object, code: int
) -> None:
    answer = new_client().receive(message)
    assert answer is not None
    assert answer["id"] == request_id
    assert answer["error"]["code"] == code
    assert answer.keys() == {"jsonrpc", "id", "error"}
    assert "data" not in answer["error"]


def test_invalid_parameters_are_named_without_their_values(new_client: Any) -> None:
    client = new_client()

    @client.server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    def complete(params: types.InlineCompletionParams) -> None:
        raise AssertionError

    answer = client.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": {"secret": 1}},
            "position": {"line": "secret", "character": 0},
        },
    )
    assert answer["error"]["code"] == -32602
    assert "params.context" in answer["error"]["message"]
    assert "params.position" in answer["error"]["message"]
    assert "secret" not in answer["error"]["message"]


@pytest.mark.parametrize("arguments", [None, [], ["a", "b", "c"], [{}]])
def test_a_command_with_other_arguments_is_refused(new_client: Any, arguments: object) -> None:
    client = new_client()

    @client.server.command("test.command")
    def command(uri: str, number: int) -> None:
        raise AssertionError

    call = {"command": "test.command", "arguments": arguments}
    answer = client.request("workspace/executeCommand", call)
    assert answer["error"]["code"] == -32602


@pytest.mark.parametrize("text", [5, None, [], {"a": "b"}])
def test_what_is_no_text_changes_no_document(new_client: Any, text: object) -> None:
    client = new_client()
    client.open("before")
    client.change({"text": text})
    item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    assert client.text == "before"


def test_before_initialize_requests_are_refused_and_notifications_dropped(new_client: Any) -> None:
    client = new_client(initialized=False)
    assert client.request("shutdown")["error"]["code"] == -32002
    client.open("text")
    client.initialize()
    assert client.server.workspace.document(URI) is None


def test_after_shutdown_requests_are_refused(new_client: Any) -> None:
    client = new_client()
    assert client.request("shutdown")["result"] is None
    assert client.request("shutdown")["error"]["code"] == -32600
    client.open("text")
    assert client.server.workspace.document(URI) is None
    client.notify("exit")
    assert client.server.protocol.exited
    assert client.server.protocol.exit_code == 0


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ValueError("secret"), -32603, "Internal error: ValueError"),
        (MidfillError("do this next"), -32803, "do this next"),
    ],
)
def test_errors_show_neither_tracebacks_nor_foreign_texts(
    new_client: Any, error: Exception, code: int, message: str
) -> None:
    client = new_client()

    @client.server.feature("test/fail")
    def fail(_: Any) -> None:
        raise error

    assert client.request("test/fail")["error"] == {"code": code, "message": message}


async def test_a_request_is_cancelled(new_client: Any) -> None:
    client = new_client()
    cancelled = asyncio.Event()

    @client.server.feature("test/wait")
    async def wait(_: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    client.request("test/wait", request_id="a")
    await asyncio.sleep(0)
    client.notify("$/cancelRequest", {"id": "nobody's"})
    client.notify("$/cancelRequest", {"id": "a"})
    await asyncio.wait_for(cancelled.wait(), 5)
    await asyncio.sleep(0)
    assert client.sent[-1]["id"] == "a"
    assert client.sent[-1]["error"]["code"] == -32800


async def test_a_response_to_ones_own_request_is_ignored(new_client: Any) -> None:
    client = new_client()
    go_on = asyncio.Event()

    @client.server.feature("test/wait")
    async def wait(_: Any) -> None:
        await go_on.wait()

    client.request("test/wait", request_id="a")
    for answer in ({"result": None}, {"error": {"code": 1, "message": ""}}, {"error": "?"}):
        assert client.receive({"jsonrpc": "2.0", "id": "a", **answer}) is None
    go_on.set()
    await asyncio.sleep(0.01)
    assert client.sent[-1] == {"jsonrpc": "2.0", "id": "a", "result": None}


def test_a_request_with_an_error_in_it_is_answered(new_client: Any) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "shutdown", "error": {"code": 1, "message": ""}}
    assert new_client().receive(call) == {"jsonrpc": "2.0", "id": 1, "result": None}


@pytest.mark.parametrize("request_id", [{}, [1], None, 1.5])
def test_an_id_that_is_none_cancels_nothing(new_client: Any, request_id: object) -> None:
    client = new_client()
    client.notify("$/cancelRequest", {"id": request_id})
    assert client.request("no/such")["error"]["code"] == -32601


async def test_of_two_requests_with_one_id_both_are_answered(new_client: Any) -> None:
    client = new_client()
    go_on = asyncio.Event()

    @client.server.feature("test/wait")
    async def wait(_: Any) -> None:
        await go_on.wait()

    client.request("test/wait", request_id="a")
    client.request("test/wait", request_id="a")
    go_on.set()
    await asyncio.sleep(0.01)
    assert [message["id"] for message in client.sent[-2:]] == ["a", "a"]


async def test_nothing_is_kept_of_what_is_done(new_client: Any) -> None:
    client = new_client()
    client.open("text")
    client.change({"text": "x"})
    client.notify("$/setTrace", {"value": "off"})
    asking = asyncio.ensure_future(
        client.server.window_show_message_request_async(
            types.ShowMessageRequestParams(types.MessageType.Info, "?", [])
        )
    )
    await asyncio.sleep(0)
    client.receive({"jsonrpc": "2.0", "id": client.sent[-1]["id"], "error": {"code": 1}})
    await asyncio.gather(asking, return_exceptions=True)
    assert not client.server.protocol._request_futures
    assert not client.server.protocol._result_types


async def test_a_response_that_makes_no_sense_fails_its_request(new_client: Any) -> None:
    client = new_client()
    for answer in (
        {"error": "?"},
        {"result": {"no": "title"}},
        {"error": {"code": 1, "message": "no"}},
    ):
        asking = asyncio.ensure_future(
            client.server.window_show_message_request_async(
                types.ShowMessageRequestParams(types.MessageType.Info, "?", [])
            )
        )
        await asyncio.sleep(0)
        client.receive({"jsonrpc": "2.0", "id": client.sent[-1]["id"], **answer})
        with pytest.raises(Exception, match=r".+"):
            await asyncio.wait_for(asking, 5)


async def test_a_late_response_is_ignored(new_client: Any) -> None:
    client = new_client()
    asking = asyncio.ensure_future(
        client.server.window_show_message_request_async(
            types.ShowMessageRequestParams(types.MessageType.Info, "?", [])
        )
    )
    await asyncio.sleep(0)
    request_id = client.sent[-1]["id"]
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert client.receive({"jsonrpc": "2.0", "id": request_id, "result": None}) is None
    assert client.receive({"jsonrpc": "2.0", "id": "unknown", "result": None}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
methods = st.sampled_from(
    [
        "initialize",
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "notebookDocument/didOpen",
        "notebookDocument/didChange",
        "workspace/didChangeWorkspaceFolders",
        "workspace/executeCommand",
        "window/workDoneProgress/cancel",
        "$/cancelRequest",
        "$/setTrace",
    ]
)
wild = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={
        "id": json_values,
        "method": methods | json_values,
        "params": json_values
        | st.fixed_dictionaries({"textDocument": json_values, "contentChanges": json_values}),
        "result": json_values,
        "error": json_values,
    },
)


@settings(max_examples=300)
@given(st.lists(wild | json_values, max_size=5))
def test_no_message_is_too_wild(old_client: Any, messages: list[object]) -> None:
    client = old_client()
    client.open("text")
    for message in messages:
        client.receive(message)
    assert client.request("no/such")["error"]["code"] == -32601
