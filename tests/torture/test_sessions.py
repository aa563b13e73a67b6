"""Whole sessions of an editor that keeps to nothing, over stdio, in every position encoding.

After every step each document of the server is the one that a model of our own has, and in the end
every request has exactly one answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from midfill.lsp.document import Position

from ..lsp.text_model import ALPHABET, UNITS, model_edit
from .conftest import StartSession
from .processes import until
from .scale import times
from .session import Session

URIS = [
    "file:///w/a.py",
    "file:///w/a%20b%25.py",
    "untitled:Untitled-1",
    "vscode-notebook-cell:/w/n.ipynb#W1",
    "file://[",  # no URL at all
    "file:///w/%00.py",
    "file:///w/a%0A%22'.py",
    "file:///w/../../etc/passwd",
]
# Documents that are never opened.
CLOSED = ["file:///w/closed.py", "file:///w/\ud83d.py", f"file:///w/{'a' * 300}.py", "a/" * 5000]
WILD = "file:///w/wild.py"

texts = st.one_of(
    st.text(ALPHABET, max_size=40),
    st.lists(st.sampled_from(["a", "é😋", "\r\n", "\r", "\n", "<|fim_prefix|>"])).map("".join),
)
# Text that JSON can carry and no codec takes.
halves = st.text(st.characters(categories=["Cs"]), min_size=1, max_size=2)
numbers = st.one_of(
    st.integers(0, 9), st.integers(-3, 40), st.sampled_from([2**31, 2**64, -(2**64)])
)
positions = st.builds(Position, numbers, numbers)
changes = st.lists(st.tuples(positions, positions, texts) | texts, min_size=1, max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | halves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def at(uri: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}


def range_of(start: Position, end: Position) -> dict[str, Any]:
    return {"start": start._asdict(), "end": end._asdict()}


def code_action(uri: str) -> dict[str, Any]:
    place = range_of(Position(0, 0), Position(0, 1))
    found = [{"range": place, "message": "wrong", "source": "ruff", "code": "F821"}]
    return {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": found}}


# Requests, with parameters that are right.
REQUESTS: dict[str, Any] = {
    "textDocument/inlineCompletion": lambda uri: {**at(uri), "context": {"triggerKind": 2}},
    "textDocument/codeAction": code_action,
    "codeAction/resolve": lambda uri: {"title": "t", "data": uri},
    "midfill/context": at,
    "midfill/status": lambda uri: None,
    "midfill/models": lambda uri: None,
    "midfill/statistics": lambda uri: None,
    "workspace/executeCommand": lambda uri: {"command": "midfill.whyNoSuggestion"},
    "initialize": lambda uri: {"processId": None, "rootUri": uri, "capabilities": {}},
    "no/such": lambda uri: {"uri": uri},
}
COMMANDS: dict[str, Any] = {
    "midfill.repair": lambda uri: [uri, range_of(Position(0, 0), Position(1, 0)), "wish"],
    "midfill.repairTests": lambda uri: [uri, ""],
    "midfill.fix": lambda uri: [uri, code_action(uri)["context"]["diagnostics"][0]],
    "midfill.restartEngine": lambda uri: [],
    "midfill.whyNoSuggestion": lambda uri: [],
}
NOTIFICATIONS: dict[str, Any] = {
    "textDocument/didOpen": lambda uri: {
        "textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": "x"}
    },
    "textDocument/didChange": lambda uri: {
        "textDocument": {"uri": uri, "version": 2},
        "contentChanges": [{"range": range_of(Position(0, 0), Position(0, 1)), "text": "y"}],
    },
    "textDocument/didClose": lambda uri: {"textDocument": {"uri": uri}},
    "textDocument/didSave": lambda uri: {"textDocument": {"uri": uri}},
    "notebookDocument/didChange": lambda uri: {
        "notebookDocument": {"uri": uri, "version": 2},
        "change": {"cells": {"structure": {"array": {"start": 9, "deleteCount": 9}}}},
    },
    "workspace/didChangeWatchedFiles": lambda uri: {"changes": [{"uri": uri, "type": 1}]},
    "workspace/didChangeConfiguration": lambda uri: {"settings": {"midfill": {"model": uri}}},
    "workspace/didChangeWorkspaceFolders": lambda uri: {
        "event": {"added": [{"uri": uri, "name": "w"}], "removed": [{"uri": uri, "name": "w"}]}
    },
    "midfill/didMoveCursor": at,
    "midfill/didEndSuggestion": lambda uri: {"languageId": "python", "accepted": 3, "kept": 1},
    "$/cancelRequest": lambda uri: {"id": uri},
    "$/setTrace": lambda uri: {"value": "verbose"},
    "window/workDoneProgress/cancel": lambda uri: {"token": uri},
}


@st.composite
def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """The value with something in it replaced, left out or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.booleans()):
            return {**value, key: draw(spoilt(value[key]))}
        return {other: kept for other, kept in value.items() if other != key}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        return [draw(spoilt(value[0])), *value[1:]]
    return draw(json_values)


class RudeEditor(RuleBasedStateMachine):
    """Does what editors do, and what none would; `sessions` are its servers by their encodings."""

    sessions: dict[str, Session]

    @initialize(encoding=st.sampled_from(sorted(UNITS)))
    def begin(self, encoding: str) -> None:
        self.encoding = encoding
        self.session = self.sessions[encoding]
        self.documents: dict[str, list[Any]] = {}
        self.asked: list[object] = []
        self.version = 0

    @rule(uri=st.sampled_from(URIS), text=texts)
    def open(self, uri: str, text: str) -> None:
        self.version += 1
        self.session.open(uri, text, version=self.version)
        self.documents[uri] = [self.version, text]

    @rule(uri=st.sampled_from(URIS))
    def close(self, uri: str) -> None:
        self.session.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.documents.pop(uri, None)

    @rule(old=st.sampled_from(URIS), new=st.sampled_from(URIS))
    def rename(self, old: str, new: str) -> None:
        if old in self.documents:
            text = self.documents[old][1]
            self.close(old)
            self.session.notify(
                "workspace/didRenameFiles", {"files": [{"oldUri": old, "newUri": new}]}
            )
            self.open(new, text)

    @rule(uri=st.sampled_from([*URIS, *CLOSED]), changes=changes)
    def edit(self, uri: str, changes: list[Any]) -> None:
        self.version += 1
        text = self.documents.get(uri, [0, ""])[1]
        sent = []
        for change in changes:
            if isinstance(change, str):
                text = change
                sent.append({"text": text})
            else:
                start, end, new = change
                text = model_edit(text, start, end, new, self.encoding)
                sent.append({"range": range_of(start, end), "text": new})
        self.session.edit(uri, self.version, *sent)
        if uri in self.documents:
            self.documents[uri] = [self.version, text]

    @rule(uri=st.sampled_from([*URIS, *CLOSED]), position=positions)
    def complete(self, uri: str, position: Position) -> None:
        self.asked.append(self.session.complete(uri, *position))

    @rule(uri=st.sampled_from([*URIS, *CLOSED]), method=st.sampled_from(sorted(REQUESTS)))
    def ask(self, uri: str, method: str) -> None:
        self.asked.append(self.session.ask(method, REQUESTS[method](uri)))

    @rule(data=st.data(), method=st.sampled_from(sorted(REQUESTS)))
    def ask_wrongly(self, data: Any, method: str) -> None:
        params = data.draw(spoilt(REQUESTS[method](WILD)))
        self.asked.append(self.session.ask(method, params))

    @rule(
        data=st.data(),
        name=st.sampled_from(sorted(COMMANDS)),
        uri=st.sampled_from([*URIS, *CLOSED]),
    )
    def command(self, data: Any, name: str, uri: str) -> None:
        arguments = COMMANDS[name](uri)
        if data.draw(st.booleans()):
            arguments = data.draw(spoilt(arguments))
        params = {"command": name, "arguments": arguments}
        self.asked.append(self.session.ask("workspace/executeCommand", params))

    @rule(data=st.data(), method=st.sampled_from(sorted(NOTIFICATIONS)))
    def notify_wrongly(self, data: Any, method: str) -> None:
        self.session.notify(method, data.draw(spoilt(NOTIFICATIONS[method](WILD))))
        for uri in self.session.texts().keys() - set(URIS):
            self.session.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    @rule(number=st.integers(0, 30))
    def cancel(self, number: int) -> None:
        self.session.notify("$/cancelRequest", {"id": self.one_of_ours(number)})

    @rule(
        number=st.integers(0, 30),
        answer=st.sampled_from([{"result": None}, {"error": {"code": 1, "message": ""}}]),
    )
    def answer_ones_own_request(self, number: int, answer: dict[str, Any]) -> None:
        self.session.send({"id": self.one_of_ours(number), **answer})

    def one_of_ours(self, number: int) -> object:
        return self.asked[number % len(self.asked)] if self.asked else "nobody's"

    @rule(extra=st.dictionaries(st.sampled_from(["error", "result", "x"]), json_values, min_size=1))
    def ask_and_say_more(self, extra: dict[str, Any]) -> None:
        self.asked.append(self.session.ask("midfill/status", None, **extra))

    @rule(body=st.binary(max_size=60).map(lambda noise: b"{" + noise))
    def babble(self, body: bytes) -> None:
        before = len(self.session.answers[None])
        self.session.frame(body)
        assert self.session.answer(None, before + 1)["error"]["code"] in (-32700, -32600)

    @invariant()
    def the_documents_are_those_of_the_model(self) -> None:
        assert self.session.texts() == self.documents

    def teardown(self) -> None:
        for uri in list(self.documents):
            self.close(uri)
        self.session.texts()
        for request_id in self.asked:
            answer = self.session.answer(request_id)
            assert ("result" in answer) != ("error" in answer)
            if "error" in answer:
                assert answer["error"]["code"] != -32603, answer
            assert len(self.session.answers[request_id]) == 1


@pytest.fixture
def sessions(
    start_session: StartSession, bare_env: dict[str, str], home: Path
) -> Iterator[dict[str, Session]]:
    started = {each: start_session(bare_env, log=home / f"{each}.log") for each in UNITS}
    for encoding, session in started.items():
        answer = session.initialize(encoding)
        assert answer is not None
        assert answer["result"]["capabilities"]["positionEncoding"] == encoding
    yield started
    for session in started.values():
        assert session.shut_down() == 0
    assert not [log.read_text() for log in home.glob("*.log") if "Traceback" in log.read_text()]


def test_a_rude_editor(sessions: dict[str, Session]) -> None:
    class Machine(RudeEditor):
        pass

    Machine.sessions = sessions
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=times(20, 300),
            stateful_step_count=times(25, 50),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            # A request that is not answered takes long to shrink.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


def wrong(**fields: Any) -> dict[str, Any]:
    return {"processId": None, "rootUri": None, "capabilities": {}, **fields}


def folders(*uris: str) -> dict[str, Any]:
    return {"workspaceFolders": [{"uri": uri, "name": uri} for uri in uris]}


def options(**fields: Any) -> dict[str, Any]:
    return {"initializationOptions": fields}


def nested(depth: int) -> Any:
    return {"midfill": nested(depth - 1)} if depth else {}


# Each of the first ones once left a server without settings, or with an error of its own.
INITIALIZES = [
    wrong(processId=-1, rootUri="file:///\ud83d", **options(model="/" + "a" * 5000)),
    wrong(rootUri="file://[", **options(models={"dir": "\0"})),
    wrong(**folders("file:///\ud83d", f"file:///{'a' * 300}"), **options(models={"dir": "~no"})),
    wrong(processId=2**70, rootUri="file:///%00", **options(model="~no/x.gguf")),
    wrong(rootUri="file:///dev/null", **options(model="/dev/zero")),
    wrong(rootUri="untitled:x", **options(completion={"max_tokens": 2**80})),
    wrong(**folders(*(f"file:///nowhere/{number}" for number in range(5000)))),
    wrong(capabilities={"general": {"positionEncodings": ["utf-7", None]}}),
    wrong(capabilities={"window": {"workDoneProgress": "yes"}, "workspace": {"configuration": 7}}),
    wrong(initializationOptions=nested(300)),
    wrong(initializationOptions="x" * 1_000_000),
    wrong(trace="loud", locale="\ud83d", clientInfo=5),
]


def initializes() -> list[Any]:
    """Those above, and some that are wrong at random."""
    found: list[Any] = []
    whole = wrong(**folders(WILD), **options(model="0.5b", completion={"max_tokens": 9}), trace="")

    @seed(0)
    @settings(max_examples=40, database=None, deadline=None, phases=[Phase.generate])
    @given(spoilt(whole))
    def draw(params: Any) -> None:
        found.append(params)

    draw()
    return [*INITIALIZES, *found]


def test_a_session_that_begins_wrongly(
    start_session: StartSession, bare_env: dict[str, str], home: Path
) -> None:
    """It is refused or taken, and then there is a session."""
    log = home / "log"
    for params in times(INITIALIZES[:3], initializes()):
        session = start_session(bare_env, log=log)
        answer = session.request("initialize", params)
        if "error" in answer:
            assert answer["error"]["code"] != -32603, params
            assert "result" in session.request("initialize", wrong())
        session.notify("initialized", {})
        session.open(URIS[0], "x")
        assert session.texts() == {URIS[0]: [1, "x"]}
        assert session.suggestion(URIS[0], 0, 1) == ""
        until(lambda session=session: "is starting" not in (session.why() or "is starting"))
        assert session.shut_down() == 0
        assert " File " not in log.read_text(), params
