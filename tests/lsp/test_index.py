"""The folders of an editor, and their indexes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from midfill.engine.context.store import Store

PROGRESS = {"window": {"workDoneProgress": True}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    (root / "inner").mkdir(parents=True)
    (root / "a.py").write_text("def first(): ...\n")
    (root / "inner" / "b.py").write_text("def second(): ...\n")
    return root


@pytest.fixture
def store(root: Path, bare_env: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", bare_env["MIDFILL_CACHE_HOME"])
    with closing(Store.open(root)) as store:
        yield store


def folders(*roots: Path) -> list[dict[str, str]]:
    return [{"uri": root.as_uri(), "name": root.name} for root in roots]


def damage(store: Store) -> None:
    store.close()
    assert store._file is not None
    store._file.write_bytes(b"no database")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def indexers(editor: Any) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(editor.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if "midfill.engine.context.indexer" in process.cmdline():
                found.append(process)
    return found


async def test_a_folder_is_indexed_and_followed(
    start_editor: Any, bare_env: Any, store: Store, root: Path
) -> None:
    for number in range(300):
        (root / f"m{number}.py").write_text("def f():\n" + "    g(1)\n" * 300)
    editor = await start_editor(bare_env)
    await editor.initialize(workspaceFolders=folders(root), capabilities=PROGRESS)
    begun = await editor.notified("$/progress", lambda it: it["value"]["kind"] == "begin")
    assert begun["value"]["title"] == "Midfill: indexing work"
    await editor.notified("$/progress", lambda it: it["value"]["kind"] == "end")
    assert len(store.files()) == 302
    (root / "a.py").write_text("def third(): ...\n")
    editor.notify("textDocument/didSave", {"textDocument": {"uri": (root / "a.py").as_uri()}})
    await until(lambda: store.defined(["third"]))
    (following,) = indexers(editor)
    assert await editor.shut_down() == 0
    await until(lambda: not following.is_running())


async def test_a_bar_that_is_stopped_stops_the_work(
    start_editor: Any, bare_env: Any, store: Store, root: Path
) -> None:
    for number in range(600):
        (root / f"m{number}.py").write_text("def f():\n" + "    g(1)\n" * 600)
    editor = await start_editor(bare_env)
    await editor.initialize(workspaceFolders=folders(root), capabilities=PROGRESS)
    begun = await editor.notified("$/progress", lambda it: it["value"]["kind"] == "begin")
    editor.notify("window/workDoneProgress/cancel", {"token": begun["token"]})
    await until(lambda: not indexers(editor))
    assert len(store.files()) < 602
    assert await editor.shut_down() == 0


async def test_folders_come_and_go(
    start_editor: Any, bare_env: Any, store: Store, root: Path
) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize(workspaceFolders=folders(root))
    await until(lambda: set(store.files()) == {"a.py", "inner/b.py"})
    inner = folders(root / "inner")
    event = {"event": {"added": inner, "removed": []}}
    editor.notify("workspace/didChangeWorkspaceFolders", event)
    await until(lambda: set(store.files()) == {"a.py"})
    with closing(Store.open(root / "inner")) as other:
        await until(lambda: set(other.files()) == {"b.py"})
    event = {"event": {"added": [], "removed": inner}}
    editor.notify("workspace/didChangeWorkspaceFolders", event)
    await until(lambda: set(store.files()) == {"a.py", "inner/b.py"})
    await until(lambda: len(indexers(editor)) == 1)


async def test_a_process_that_is_killed_is_followed_by_another(
    start_editor: Any, bare_env: Any, store: Store, root: Path
) -> None:
    editor = await start_editor(bare_env)
    await editor.initialize(workspaceFolders=folders(root))
    await until(store.files)
    (first,) = indexers(editor)
    first.kill()
    await editor.notified("window/logMessage", lambda it: "another follows" in it["message"])
    (root / "a.py").write_text("def while_it_was_gone(): ...\n")
    await until(lambda: store.defined(["while_it_was_gone"]))
    (second,) = indexers(editor)
    assert second.pid != first.pid
    assert await editor.shut_down() == 0
    await until(lambda: not second.is_running())


async def test_none_is_made_where_no_context_is_wanted(
    start_editor: Any, bare_env: Any, store: Store, root: Path
) -> None:
    editor = await start_editor(bare_env)
    off = {"context": {"enabled": False}}
    await editor.initialize(workspaceFolders=folders(root), initializationOptions=off)
    await editor.notified("didChangeStatus")
    assert not indexers(editor)
    on = {"settings": {"midfill": {"context": {"enabled": True}}}}
    editor.notify("workspace/didChangeConfiguration", on)
    await until(store.files)
    editor.notify("workspace/didChangeConfiguration", {"settings": {"midfill": off}})
    await until(lambda: not indexers(editor))


async def test_a_corrupt_index_is_made_anew_and_said(
    start_editor: Any, bare_env: Any, store: Store, root: Path
) -> None:
    damage(store)
    editor = await start_editor(bare_env)
    await editor.initialize(workspaceFolders=folders(root))
    said = await editor.notified(
        "window/logMessage", lambda params: "built anew" in params["message"]
    )
    assert "corrupt" in said["message"]
