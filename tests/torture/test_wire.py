"""Streams that no editor sends: halves, floods, and messages of megabytes."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import psutil
import pytest

from .conftest import StartSession
from .scale import times
from .session import Session

URI = "file:///w/a.py"


@pytest.fixture
def session(start_session: StartSession, bare_env: dict[str, str]) -> Session:
    started = start_session(bare_env)
    started.initialize()
    return started


def typed(line: int, character: int, text: str) -> dict[str, object]:
    place = {"line": line, "character": character}
    return {"range": {"start": place, "end": place}, "text": text}


def megabytes(session: Session) -> float:
    memory: int = psutil.Process(session.process.pid).memory_info().rss
    return memory / 2**20


def test_requests_without_end_while_nobody_reads_the_answers(
    start_session: StartSession, bare_env: dict[str, str]
) -> None:
    """The server waits at a full pipe, and loses none of them."""
    session = start_session(bare_env, reads=False)
    count = times(2_000, 10_000)

    def write() -> None:
        session.initialize(wait=False)
        session.open(URI, "x = 1\n")
        for number in range(count):
            session.edit(URI, number + 2, typed(0, 5, "1"))
            session.complete(URI, 0, 6)

    writing = threading.Thread(target=write)
    writing.start()
    writing.join(times(1, 10))
    session.read()
    writing.join()
    for request_id in range(1, count + 2):
        assert "result" in session.answer(request_id)
    assert session.texts() == {URI: [count + 1, f"x = 1{'1' * count}\n"]}


def test_memory_is_flat_over_edits(session: Session) -> None:
    session.open(URI, "import os\n" * 1000)
    end = {"start": {"line": 500, "character": 3}, "end": {"line": 501, "character": 0}}
    sizes = []
    for version in range(2, times(10_000, 200_000), 2):
        session.edit(URI, version, typed(500, 3, "é\n"))
        session.edit(URI, version + 1, {"range": end, "text": ""})
        if version % 1000 == 0:
            # The server has caught up: what waits to be read counts as well.
            assert session.texts() == {URI: [version + 1, "import os\n" * 1000]}
            sizes.append(megabytes(session))
    assert sizes[-1] - sizes[0] < 4


def test_storms(start_session: StartSession, bare_env: dict[str, str], tmp_path: Path) -> None:
    """Folders come and go, many files change, many repairs begin: each request has its answer."""
    session = start_session(bare_env)
    inner = tmp_path / "inner"
    inner.mkdir()
    session.initialize(root=tmp_path)
    folder = {"uri": inner.as_uri(), "name": "inner"}
    for _ in range(times(20, 500)):
        for event in ({"added": [folder], "removed": []}, {"added": [], "removed": [folder]}):
            session.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    assert session.texts() == {}
    files = [tmp_path / f"{number}.py" for number in range(times(5_000, 100_000))]
    changed = {"changes": [{"uri": file.as_uri(), "type": 1} for file in files]}
    session.notify("workspace/didChangeWatchedFiles", changed)
    for model in ("0.5b", "1.5b") * times(20, 500):
        given = {"settings": {"midfill": {"model": model}}}
        session.notify("workspace/didChangeConfiguration", given)
    session.open(files[0].as_uri(), "x")
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    wish = {"command": "midfill.repair", "arguments": [files[0].as_uri(), place, "better"]}
    asked = [session.ask("workspace/executeCommand", wish) for _ in range(times(10, 100))]
    assert session.texts() == {files[0].as_uri(): [1, "x"]}
    assert len(psutil.Process(session.process.pid).children(recursive=True)) < 20
    for request_id in asked:
        session.notify("$/cancelRequest", {"id": request_id})
    assert all("error" in session.answer(request_id) for request_id in asked)
    assert session.shut_down() == 0


def test_a_message_of_megabytes(session: Session) -> None:
    text = "x" * times(10 << 20, 100 << 20)
    session.open(URI, text)
    session.edit(URI, 2, typed(0, len(text), "😋\n"))
    session.complete(URI, 0, 5)
    assert session.texts() == {URI: [2, text + "😋\n"]}


def test_deep_nesting_in_a_message(session: Session) -> None:
    deep = b'[{"a":' * 200_000
    session.frame(b'{"jsonrpc":"2.0","id":1,"method":"midfill/status","params":' + deep)
    assert session.answer(None)["error"]["code"] == -32700
    shallow = b"[" * 900 + b"]" * 900
    session.frame(b'{"jsonrpc":"2.0","id":"a","method":"midfill/status","params":%b}' % shallow)
    assert session.answer("a")
    assert "result" in session.request("midfill/status", None)


HALVES = [
    b"Content-Length: 2\r\n",
    b"Content-Length: 99999999999999999999\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 7\r\n\r\n{}",  # it takes five bytes of what follows
    b"\x00" * 100_000,
    b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
]


def test_after_half_a_message_the_server_finds_the_next(session: Session) -> None:
    for version, half in enumerate(HALVES):
        session.write(half)
        session.notify("first", None)  # may be lost with what it follows
        session.open(URI, "text", version=version)
        assert session.texts() == {URI: [version, "text"]}, half


def test_the_end_in_the_middle_of_a_message(session: Session) -> None:
    body = json.dumps({"jsonrpc": "2.0", "method": "exit"}).encode()
    assert session.process.stdin is not None
    session.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body[:-1]))
    session.process.stdin.close()
    assert session.process.wait(30) == 1


def test_a_body_that_is_not_utf_8_is_refused(session: Session) -> None:
    session.open(URI, "before")
    for number, text in enumerate((b"\xff\xfe", b"\xc3", b"\xf8\x88\x80\x80\x80", b"\x00"), 1):
        session.frame(
            b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":'
            b'"%b","version":2},"contentChanges":[{"text":"%b"}]}}' % (URI.encode(), text)
        )
        assert session.answer(None, number)["error"]["code"] == -32700
        assert session.texts() == {URI: [1, "before"]}
