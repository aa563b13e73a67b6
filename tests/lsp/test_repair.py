"""Repair as an editor sees it: diagnostics of ruff, the real model, edits of open documents."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from midfill.lsp.document import Document, Position

BIN = Path(sys.executable).parent
EDITS = {"documentChanges": True, "changeAnnotationSupport": {"groupsOnLabel": True}}
ACTIONS = {
    "dataSupport": True,
    "resolveSupport": {"properties": ["edit"]},
    "honorsChangeAnnotations": True,
}
FULL = {
    "workspace": {"workspaceEdit": EDITS},
    "textDocument": {"codeAction": ACTIONS},
    "window": {"workDoneProgress": True},
}
ASKED: dict[str, Any] = {
    "workspace": {"workspaceEdit": EDITS},
    "textDocument": {"codeAction": {**ACTIONS, "honorsChangeAnnotations": False}},
}
PLAIN: dict[str, Any] = {"window": {"workDoneProgress": True}}
TYPO = """\
# prices in whole cents
def total(prices):
    found = 0
    for price in prices:
        found += price
    label = "🐟 sum"; return fond
"""
NONE = "def is_none(a):\n    return a == None\n"
TEST = """\
import unittest
import a

class TestLargest(unittest.TestCase):
    def test_largest(self):
        self.assertEqual(a.largest([1, 3, 2]), 3)
"""
CANCELLED = -32800
FAILED = -32803


@pytest.fixture
def env(real_model_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """With ruff, and a cache of its own."""
    path = f"{BIN}:{real_model_env['PATH']}"
    return {**real_model_env, "PATH": path, "MIDFILL_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace."""
    made = tmp_path / "w"
    made.mkdir()
    return made


def diagnostics(text: str, *rules: str, file: str = "a.py") -> list[dict[str, Any]]:
    """What ruff says of a file with this text, as its language server would."""
    options = ("--isolated", "--output-format=json", "--select", ",".join(rules))
    command = (BIN / "ruff", "check", *options, "--stdin-filename", file, "-")
    ran = subprocess.run(
        command, cwd=Path(file).parent, input=text.encode(), capture_output=True, check=False
    )

    def position(place: dict[str, int]) -> dict[str, int]:
        line = text.splitlines()[place["row"] - 1][: place["column"] - 1]
        return {"line": place["row"] - 1, "character": len(line.encode("utf-16-le")) // 2}

    return [
        {
            "range": {"start": position(each["location"]), "end": position(each["end_location"])},
            "severity": 2,
            "code": each["code"],
            "source": "Ruff",
            "message": each["message"],
        }
        for each in json.loads(ran.stdout)
    ]


Open = Callable[..., Any]


@pytest.fixture
def opened(start_editor: Any, folder: Path) -> Open:
    """Open a file, whose text is not what is saved, as version 7: `await opened(env, text)`."""

    async def open_(env: Any, text: str, capabilities: Any = FULL, name: str = "a.py") -> Any:
        (folder / name).write_text("saved = 'long ago'\n")
        editor = await start_editor(env)
        editor.patience_s = 300
        await editor.initialize(
            capabilities=capabilities, workspaceFolders=[{"uri": folder.as_uri(), "name": "w"}]
        )
        editor.open((folder / name).as_uri(), text, version=7)
        # Until the settings are known nothing is repaired.
        await editor.notified("didChangeStatus")
        return editor

    return open_


async def actions(editor: Any, uri: str, found: list[Any], **context: Any) -> list[Any]:
    params = {
        "textDocument": {"uri": uri},
        "range": found[0]["range"],
        "context": {"diagnostics": found, **context},
    }
    offered: list[Any] = (await editor.request("textDocument/codeAction", params))["result"]
    return offered


async def being_resolved(editor: Any, uri: str, found: list[Any]) -> Any:
    """Ask for the fix of what was found; the request's id, when the model writes."""
    [action] = await actions(editor, uri, found)
    resolving = editor.ask("codeAction/resolve", action)
    await editor.notified(
        "$/progress", lambda params: params["value"].get("message", "").endswith("writing")
    )
    return resolving


def changed(text: str, edit: Any) -> str:
    """The text as an editor has it after the edits of its one document."""
    [change] = edit["documentChanges"]
    document = Document("", text)
    for each in reversed(change["edits"]):
        start, end = each["range"]["start"], each["range"]["end"]
        document.edit(Position(**start), Position(**end), each["newText"])
    return document.text


def shown(editor: Any) -> list[str]:
    return [params["message"] for params in editor.sent("window/showMessage")]


def left_behind(env: dict[str, str]) -> list[object]:
    """Processes that repair, and copies of workspaces."""
    processes = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "midfill.lsp.repairer" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("MIDFILL_CACHE_HOME") == env["MIDFILL_CACHE_HOME"]
    ]
    return [*processes, *Path(env["MIDFILL_CACHE_HOME"], "workbench").glob("*")]


async def test_fixes_are_offered_without_a_model(
    opened: Open, bare_env: dict[str, str], folder: Path
) -> None:
    editor = await opened(bare_env, TYPO)
    uri = (folder / "a.py").as_uri()
    found = diagnostics(TYPO, "F821", "E702")
    offered = await actions(editor, uri, found)
    assert [action["title"] for action in offered] == [
        f"Fix with Midfill: {diagnostic['message']}" for diagnostic in found
    ]
    assert len(offered) == 2
    for action, diagnostic in zip(offered, found, strict=True):
        assert (action["kind"], action["isPreferred"]) == ("quickfix", False)
        assert action["diagnostics"] == [diagnostic]
        assert "edit" not in action
        assert "command" not in action
    assert await actions(editor, uri, found, only=["refactor"]) == []
    assert len(await actions(editor, uri, found, only=["quickfix"])) == 2
    assert await actions(editor, "file:///elsewhere/a.py", found) == []

    answer = await editor.request("codeAction/resolve", offered[0])
    assert "edit" not in answer["result"]
    assert "no model on this machine" in shown(editor)[-1]


@pytest.mark.model
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_a_fix(opened: Open, env: dict[str, str], folder: Path, newline: str) -> None:
    text = TYPO.replace("\n", newline)
    editor = await opened(env, text)
    [action] = await actions(editor, (folder / "a.py").as_uri(), diagnostics(text, "F821"))
    edit = (await editor.request("codeAction/resolve", action))["result"]["edit"]
    [change] = edit["documentChanges"]
    assert change["textDocument"] == {"uri": (folder / "a.py").as_uri(), "version": 7}
    [note] = edit["changeAnnotations"].values()
    assert note["needsConfirmation"]
    assert note["description"] == "passed: applies, syntax, lint"

    after = changed(text, edit)
    assert diagnostics(text, "F821")
    assert diagnostics(after, "F821", "E9") == []
    assert after.startswith(text[: text.index("def")])
    assert set(after.splitlines(keepends=True)[0][-2:]) == set(text.splitlines(True)[0][-2:])
    assert editor.sent("$/progress")[-1]["value"]["kind"] == "end"
    assert (folder / "a.py").read_text() == "saved = 'long ago'\n"
    assert left_behind(env) == []


@pytest.mark.model
async def test_ghost_text_goes_on_meanwhile(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, TYPO)
    uri = (folder / "a.py").as_uri()
    resolving = await being_resolved(editor, uri, diagnostics(TYPO, "F821"))
    editor.open((folder / "b.py").as_uri(), "def add(a, b):\n    return ")
    assert await editor.complete((folder / "b.py").as_uri(), 1, 11)
    assert not [message for message in editor.received if message.get("id") == resolving]
    assert "edit" in (await editor.answer(resolving))["result"]


@pytest.mark.model
@pytest.mark.parametrize("how", ["request", "bar"])
async def test_cancelled_in_mid_decode(
    opened: Open, env: dict[str, str], folder: Path, how: str
) -> None:
    editor = await opened(env, TYPO)
    uri = (folder / "a.py").as_uri()
    resolving = await being_resolved(editor, uri, diagnostics(TYPO, "F821"))
    if how == "request":
        editor.notify("$/cancelRequest", {"id": resolving})
    else:
        token = editor.sent("$/progress")[-1]["token"]
        editor.notify("window/workDoneProgress/cancel", {"token": token})
    assert (await editor.answer(resolving))["error"]["code"] == CANCELLED
    await editor.notified("$/progress", lambda params: params["value"]["kind"] == "end")
    assert left_behind(env) == []
    assert shown(editor) == []


@pytest.mark.model
async def test_a_document_that_changes_meanwhile_gets_no_edit(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, NONE)
    uri = (folder / "a.py").as_uri()
    resolving = await being_resolved(editor, uri, diagnostics(NONE, "E711"))
    editor.edit(uri, 8, {"text": "# mine\n" + NONE})
    assert "edit" not in (await editor.answer(resolving))["result"]
    assert shown(editor) == ["Midfill: a.py has changed since the repair began: try again"]


@pytest.mark.model
async def test_a_fault_that_no_text_mends_has_a_reason(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, NONE, name="random.py")
    file = folder / "random.py"
    [action] = await actions(editor, file.as_uri(), diagnostics(NONE, "A005", file=str(file)))
    assert "edit" not in (await editor.request("codeAction/resolve", action))["result"]
    [reason] = shown(editor)
    assert "none passed the linter" in reason


@pytest.mark.model
async def test_where_no_check_tells_a_fault_that_is_said(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, NONE)
    found = [{**each, "source": "another"} for each in diagnostics(NONE, "E711")]
    [action] = await actions(editor, (folder / "a.py").as_uri(), found)
    edit = (await editor.request("codeAction/resolve", action))["result"]["edit"]
    [note] = edit["changeAnnotations"].values()
    assert note["description"].endswith("nothing tells whether it does what is wanted")


@pytest.mark.model
async def test_an_editor_that_resolves_nothing_runs_a_command(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, NONE, PLAIN)
    editor.answers["workspace/applyEdit"] = {"applied": True}
    uri = (folder / "a.py").as_uri()
    [action] = await actions(editor, uri, diagnostics(NONE, "E711"))
    command = action["command"]
    answer = await editor.command(command["command"], *command["arguments"])
    assert answer["result"] is None
    [asked] = editor.sent("workspace/applyEdit")
    assert [edit["newText"] for edit in asked["edit"]["changes"][uri]]


@pytest.mark.model
async def test_an_editor_that_shows_no_edits_of_actions_runs_a_command(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, NONE, ASKED)
    editor.answers["workspace/applyEdit"] = {"applied": True}
    uri = (folder / "a.py").as_uri()
    [action] = await actions(editor, uri, diagnostics(NONE, "E711"))
    assert "edit" not in (await editor.request("codeAction/resolve", action))["result"]
    command = action["command"]
    await editor.command(command["command"], *command["arguments"])
    [asked] = editor.sent("workspace/applyEdit")
    [note] = asked["edit"]["changeAnnotations"].values()
    assert note["needsConfirmation"]


@pytest.mark.model
async def test_repair_selection(opened: Open, env: dict[str, str], folder: Path) -> None:
    text = "\n\n" + NONE + "\n\ndef other():\n    return 1\n"
    editor = await opened(env, text)
    editor.answers["workspace/applyEdit"] = {"applied": True}
    uri = (folder / "a.py").as_uri()
    selection = {"start": {"line": 0, "character": 0}, "end": {"line": 4, "character": 0}}
    answer = await editor.command("midfill.repair", uri, selection, "compare by `is`")
    [asked] = editor.sent("workspace/applyEdit")
    after = changed(text, asked["edit"])
    assert "a is None" in after
    assert after.endswith("\n\ndef other():\n    return 1\n")
    assert asked["edit"]["changeAnnotations"]
    assert answer["result"]["applied"]
    assert "edit" not in answer["result"] or answer["result"]["edit"] is None

    answer = await editor.command("midfill.repair", uri, selection, " ")
    assert answer["error"] == {"code": FAILED, "message": "say what is wrong there, or wanted"}


@pytest.mark.model
async def test_repair_until_tests_pass(opened: Open, env: dict[str, str], folder: Path) -> None:
    text = "def largest(numbers):\n    return min(numbers)\n"
    editor = await opened(env, text, PLAIN)
    (folder / "test_a.py").write_text(TEST)
    uri = (folder / "a.py").as_uri()
    answer = await editor.command("midfill.repairTests", uri, f"{sys.executable} -m unittest -q")
    result = answer["result"]
    # An editor without a preview shows the change by itself.
    assert editor.sent("workspace/applyEdit") == []
    assert not result["applied"]
    assert result["verified"]
    assert result["checks"][-1] == "tests"
    [edit] = result["edit"]["changes"][uri]
    assert edit["newText"]
    assert "+    return max(numbers)" in result["diff"]

    answer = await editor.command("midfill.repairTests", uri, f"{sys.executable} -c pass")
    assert answer["error"]["message"] == "nothing to repair: the checks pass"

    answer = await editor.command("midfill.repairTests", uri, "")
    assert answer["error"]["message"] == (
        "nothing to repair: the checks pass "
        "(no test command was given, so that only a.py was checked)"
    )


@pytest.mark.model
async def test_without_a_test_command_the_open_file_is_checked(
    opened: Open, env: dict[str, str], folder: Path
) -> None:
    editor = await opened(env, "def double(number:\n    return 2 * number\n", PLAIN)
    answer = await editor.command("midfill.repairTests", (folder / "a.py").as_uri(), " ")
    result = answer["result"]
    assert "+def double(number):" in result["diff"]
    assert "tests" not in result["checks"]
