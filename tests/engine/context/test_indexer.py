"""The process that an editor has beside it, and the files of a workspace that change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import psutil
import pytest

from midfill.engine.context import indexer
from midfill.engine.context.indexer import Indexer, Message
from midfill.engine.context.store import Store

Start = Callable[..., "Process"]


class Process:
    def __init__(self, root: Path, apart: tuple[Path, ...], around: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*around, sys.executable, "-m", indexer.__name__, str(root), *map(str, apart)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def message(self, accept: Callable[[Message], object]) -> Message:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = msgspec.json.decode(line, type=Message)
            if accept(message):
                return message
        raise EOFError

    def ready(self) -> Message:
        return self.message(lambda message: message.report)

    def say(self, *paths: Path) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode([str(path) for path in paths]) + b"\n")
        self.process.stdin.flush()

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "work"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "a.py").write_text("def first(): ...\n")
    return root


@pytest.fixture
def start(root: Path) -> Iterator[Start]:
    started: list[Process] = []

    def start(*apart: Path) -> Process:
        started.append(Process(root, apart))
        return started[-1]

    yield start
    for each in started:
        with each.process as process:
            process.kill()


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    with closing(Store.open(root)) as store:
        yield store


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_it_follows_what_happens_to_files(start: Start, store: Store, root: Path) -> None:
    report = start().ready().report
    assert report is not None
    assert report.files == 1
    file = root / "pkg" / "a.py"
    file.write_text("def second(): ...\n")
    wait_until(lambda: store.defined(["second"]))
    assert not store.defined(["first"])
    unfinished = root / "pkg" / "a.py.new"
    unfinished.write_text("def third(): ...\n")
    unfinished.replace(file)
    wait_until(lambda: store.defined(["third"]))
    (root / "new").mkdir()
    (root / "new" / "b.py").write_text("def fourth(): ...\n")
    wait_until(lambda: store.defined(["fourth"]))
    (root / "new").rename(root / "moved")
    wait_until(lambda: store.has("moved/b.py") and not store.has("new/b.py"))
    file.unlink()
    wait_until(lambda: not store.has("pkg/a.py"))
    (root / ".midfillignore").write_text("moved/\n")
    wait_until(lambda: not store.has("moved/b.py"))


def test_it_ends_with_the_editor_and_leaves_nothing(start: Start) -> None:
    process = start()
    process.ready()
    family = psutil.Process(process.process.pid).children(recursive=True)
    assert process.end() == 0
    assert not [each for each in family if each.is_running()]


def test_a_second_one_waits_for_its_turn(start: Start, store: Store, root: Path) -> None:
    first, second = start(), None
    first.ready()
    second = start()
    assert "another process" in second.message(lambda message: message.note).note
    first.end()
    second.ready()
    (root / "pkg" / "b.py").write_text("def later(): ...\n")
    wait_until(lambda: store.defined(["later"]))


def test_where_the_system_watches_no_more_folders_the_editor_is_believed(
    store: Store, root: Path
) -> None:
    """A user namespace has a limit of its own."""
    for number in range(20):
        (root / str(number)).mkdir()
    few = "echo 10 > /proc/sys/user/max_inotify_watches"
    limited = ["unshare", "--user", "--map-root-user", "sh", "-c", f'{few} && exec "$@"', "sh"]
    if shutil.which("unshare") is None or subprocess.run([*limited, "true"]).returncode:
        pytest.skip("no namespace of our own to be had here")
    process = Process(root, (), limited)
    with process.process:
        noted = process.message(lambda message: message.note)
        assert noted.note == indexer.NOT_WATCHED
        process.ready()
        (root / "19" / "b.py").write_text("def unsaid(): ...\n")
        (root / "pkg" / "a.py").write_text("def saved(): ...\n")
        process.say(root / "pkg" / "a.py", root.parent / "elsewhere.py")
        wait_until(lambda: store.defined(["saved"]))
        assert not store.defined(["unsaid"])
        process.end()


def test_what_nobody_says_is_found_after_a_while(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unwatched:
        def __enter__(self) -> None:
            raise OSError

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(indexer, "watching", lambda *_: Unwatched())
    monkeypatch.setattr(indexer, "_UNWATCHED_S", 0.1)

    class Found(Exception):
        pass

    def say(message: Message) -> None:
        if message.report is not None:
            if store.defined(["unsaid"]):
                raise Found
            (root / "pkg" / "b.py").write_text("def unsaid(): ...\n")

    with pytest.raises(Found):
        Indexer(root, (), say).run()


def test_a_folder_of_its_own_stays_apart(start: Start, store: Store, root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner" / "c.py").write_text("def inner(): ...\n")
    start(root / "inner").ready()
    assert set(store.files()) == {"pkg/a.py"}


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities here")
def test_it_leaves_the_processor_to_others(start: Start) -> None:
    process = start()
    process.ready()
    family = psutil.Process(process.process.pid)
    assert all(each.nice() >= 10 for each in [family, *family.children()])
