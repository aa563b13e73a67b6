"""Processes that die, hang, starve or find their files changed, while somebody types."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import Change, apply
from midfill.engine.repair.source import digest
from midfill.engine.runtime.address import Address

from .conftest import StartSession
from .processes import engines, indexers, repairers, until, zombies
from .scale import AT_LENGTH, times
from .session import Session
from .typist import Typist

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for number in range(40):
        (tmp_path / f"m{number}.py").write_text(f"def f{number}(x):\n    return x\n" * 50)
    return tmp_path


@pytest.mark.model
def test_an_engine_that_is_killed_or_hangs_under_typing(
    start_session: StartSession, fresh_engine_env: dict[str, str]
) -> None:
    session = start_session({**fresh_engine_env, "MIDFILL_COMPLETION_TIMEOUT_MS": "2000"})
    session.initialize()
    session.wait_until_ready()
    typist = Typist(session)
    typist.seconds_to_suggestion()
    chance = random.Random(1)
    for _ in range(times(1, 8)):
        typist.move()
        [victim] = engines(fresh_engine_env)
        for _ in range(chance.randrange(1, 6)):
            typist.key()
        victim.send_signal(signal.SIGKILL)
        typist.move()
        typist.seconds_to_suggestion()

    [victim] = engines(fresh_engine_env)
    victim.suspend()
    typist.move()
    assert typist.key() == ""
    assert "does not answer" in (session.why() or "")
    victim.resume()
    typist.move()
    typist.seconds_to_suggestion()
    assert len(engines(fresh_engine_env)) == 1
    assert not zombies(session.process.pid)
    assert session.texts()[typist.uri][0] == typist.version
    assert session.shut_down() == 0


@pytest.mark.model
def test_servers_that_start_at_once_and_are_killed(
    start_session: StartSession, fresh_engine_env: dict[str, str], project: Path
) -> None:
    servers = [start_session(fresh_engine_env) for _ in range(times(2, 4))]
    for server in servers:
        server.initialize(root=project)
    typists = [Typist(server, f"file:///shop/{n}.py") for n, server in enumerate(servers)]
    for typist in typists:
        typist.seconds_to_suggestion()
    assert len(engines(fresh_engine_env)) == 1
    first, *others = servers
    for server in others:
        server.process.kill()
    typists[0].seconds_to_suggestion()
    first.process.kill()
    until(lambda: not indexers(fresh_engine_env))
    [engine] = engines(fresh_engine_env)  # stays a while, for the next editor
    after = Typist(_initialized(start_session, fresh_engine_env))
    after.seconds_to_suggestion()
    assert engines(fresh_engine_env) == [engine]


def _initialized(start_session: StartSession, env: dict[str, str]) -> Session:
    session = start_session(env)
    session.initialize()
    return session


def test_index_processes_that_are_killed(
    start_session: StartSession, bare_env: dict[str, str], project: Path
) -> None:
    session = start_session(bare_env)
    session.initialize(root=project)
    for _ in range(times(1, 3)):
        until(lambda: indexers(bare_env), 60)
        for process in indexers(bare_env):
            with contextlib.suppress(psutil.NoSuchProcess):  # a worker ends with its parent
                process.kill()
        until(lambda: not zombies(session.process.pid))
    place = {"textDocument": {"uri": (project / "m1.py").as_uri()}}
    session.open(place["textDocument"]["uri"], "x = f3(1)\n")
    context = {**place, "position": {"line": 0, "character": 5}}
    assert "result" in session.request("midfill/context", context)
    assert session.shut_down() == 0
    until(lambda: not indexers(bare_env))


@pytest.mark.model
@pytest.mark.parametrize("victim", times(["server"], ["server", "repairer"]))
def test_a_repair_that_is_killed_leaves_nothing(
    start_session: StartSession,
    fresh_engine_env: dict[str, str],
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
    victim: str,
) -> None:
    """Neither what it was running, nor its copy of the workspace, nor a change."""
    apart = tmp_path_factory.mktemp("apart")
    env = {**fresh_engine_env, "MIDFILL_CACHE_HOME": str(apart)}
    before = {file: file.read_bytes() for file in project.iterdir()}
    session = start_session(env)
    session.initialize(root=project)
    uri, pid = (project / "m1.py").as_uri(), apart / "pid"
    session.open(uri, before[project / "m1.py"].decode())
    tests = f"sleep 1000 & echo $! > {pid}; wait"
    command = {"command": "midfill.repairTests", "arguments": [uri, tests]}
    asked = session.ask("workspace/executeCommand", command)
    until(lambda: pid.exists() and pid.read_text().endswith("\n"), 120)
    running = psutil.Process(int(pid.read_text()))
    if victim == "server":
        session.process.kill()
        until(lambda: not list((apart / "workbench").iterdir()))
    else:
        [repairer] = repairers(env)
        repairer.kill()
        assert "has ended" in session.answer(asked)["error"]["message"]
        assert session.texts()[uri][0] == 1
        assert session.shut_down() == 0
    until(lambda: not repairers(env))
    running.wait(20)
    assert {file: file.read_bytes() for file in project.iterdir()} == before


@pytest.mark.model
def test_the_socket_is_another_one(
    start_session: StartSession, fresh_engine_env: dict[str, str]
) -> None:
    """Somebody else listens there, which is told and forgotten once they are gone; and then it is
    removed under the engine.
    """
    runtime = Path(fresh_engine_env["MIDFILL_RUNTIME_DIR"])
    runtime.mkdir(mode=0o700)
    engine_socket = runtime / f"{Address(Path(fresh_engine_env['MIDFILL_MODEL'])).name}.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(engine_socket))
        other.listen()
        no_json = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"
        threading.Thread(target=_say, args=[other, no_json], daemon=True).start()
        session = start_session({**fresh_engine_env, "MIDFILL_COMPLETION_TIMEOUT_MS": "2000"})
        session.initialize()
        session.wait_for(lambda told: "something else" in str(told))
        typist = Typist(session)
        assert typist.key() == ""
        assert session.why()
        other.shutdown(socket.SHUT_RDWR)
    engine_socket.unlink()
    typist.move()
    typist.seconds_to_suggestion()
    [engine] = engines(fresh_engine_env)
    engine_socket.unlink()
    until(lambda: engines(fresh_engine_env) != [engine])
    typist.move()
    typist.seconds_to_suggestion()
    assert len(engines(fresh_engine_env)) == 1
    assert session.shut_down() == 0


def _say(listener: socket.socket, words: bytes) -> None:
    """Accept everybody, and tell them that at most."""
    kept = []
    with contextlib.suppress(OSError):
        while True:
            kept.append(listener.accept()[0])
            kept[-1].send(words)


@pytest.mark.parametrize("name", ["CACHE_HOME", "CONFIG_HOME", "RUNTIME_DIR", "STATE_HOME"])
def test_a_home_that_cannot_be_written(
    start_session: StartSession, bare_env: dict[str, str], project: Path, name: str
) -> None:
    """It lies below a file, so that not even the superuser can make it."""
    (project / "file").touch()
    env = {**bare_env, f"MIDFILL_{name}": str(project / "file" / "below")}
    session = start_session(env)
    session.initialize(root=project)
    typist = Typist(session)
    assert typist.key() == ""
    assert session.why()
    assert session.texts()[typist.uri][0] == typist.version
    statistics = session.request("midfill/statistics", None)
    assert "result" in statistics or "cannot be read" in statistics["error"]["message"]
    assert session.shut_down() == 0


@pytest.mark.model
@pytest.mark.parametrize("name", ["RUNTIME_DIR", "STATE_HOME"])
def test_an_engine_that_cannot_be_started_says_why(
    start_session: StartSession, fresh_engine_env: dict[str, str], project: Path, name: str
) -> None:
    (project / "file").touch()
    env = {**fresh_engine_env, f"MIDFILL_{name}": str(project / "file" / "below")}
    session = start_session(env)
    session.initialize()
    session.wait_for(lambda told: "below" in str(told[-1:]))
    assert Typist(session).key() == ""
    assert "below" in (session.why() or "")
    assert session.shut_down() == 0


@pytest.mark.parametrize("limit", ["--fsize=4096", "--nofile=40", "--as=400000000"])
def test_a_machine_without_disk_files_or_memory(
    start_session: StartSession, bare_env: dict[str, str], project: Path, limit: str
) -> None:
    before = {file: file.read_bytes() for file in project.iterdir()}
    session = start_session(bare_env, under=["prlimit", limit])
    session.initialize(root=project)
    typist = Typist(session)
    for _ in range(times(3, 50)):
        assert typist.key() == ""
    assert session.texts()[typist.uri][0] == typist.version
    assert session.shut_down() == 0
    assert {file: file.read_bytes() for file in project.iterdir()} == before


@pytest.mark.model
@pytest.mark.skipif(not AT_LENGTH, reason="copies a model: make torture")
def test_a_model_that_is_swapped_under_the_engine(
    start_session: StartSession, fresh_engine_env: dict[str, str], model_path: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.gguf"
    shutil.copyfile(model_path, model)
    session = start_session({**fresh_engine_env, "MIDFILL_MODEL": str(model)})
    session.initialize()
    session.wait_until_ready()
    typist = Typist(session)
    typist.seconds_to_suggestion()
    whole = model.read_bytes()
    with model.open("r+b") as opened:
        opened.truncate(len(whole) // 2)
    for _ in range(10):
        typist.key()
    assert session.texts()[typist.uri][0] == typist.version
    model.write_bytes(whole)
    session.request("workspace/executeCommand", {"command": "midfill.restartEngine"})
    typist.seconds_to_suggestion()

    other = tmp_path / "other.gguf"
    other.write_bytes(bytes(len(whole)))
    other.replace(model)
    typist.move()
    assert typist.seconds_to_suggestion()  # from the one that is open still
    [victim] = engines(fresh_engine_env)
    victim.kill()
    typist.move()
    assert typist.key() == ""
    assert "GGUF" in (session.why() or "")
    model.write_bytes(whole)
    typist.seconds_to_suggestion()
    assert session.shut_down() == 0


@pytest.mark.model
def test_an_engine_without_memory_says_so(
    start_session: StartSession, fresh_engine_env: dict[str, str]
) -> None:
    session = start_session(fresh_engine_env, under=["prlimit", "--as=700000000"])
    session.initialize()
    session.wait_for(lambda told: "not enough memory" in str(told))
    typist = Typist(session)
    assert typist.key() == ""
    assert "not enough memory" in (session.why() or "")
    assert session.texts()[typist.uri][0] == typist.version
    assert session.shut_down() == 0


def test_processes_that_sleep_and_wake_up(
    start_session: StartSession, bare_env: dict[str, str], project: Path
) -> None:
    """As when a laptop is shut, and when something else holds one of them up."""
    session = start_session(bare_env)
    session.initialize(root=project)
    typist = Typist(session)
    until(lambda: indexers(bare_env), 60)
    server = psutil.Process(session.process.pid)
    for sleepers in ([server], indexers(bare_env), [server, *indexers(bare_env)]):
        for process in sleepers:
            process.suspend()
        asked = [session.complete(typist.uri, 0, number) for number in range(50)]
        for process in sleepers if server in sleepers else []:
            process.resume()
        assert all("result" in session.answer(each) for each in asked)
        assert typist.key() == ""
        assert session.texts()[typist.uri][0] == typist.version
    for process in indexers(bare_env):
        process.suspend()
    sleeping = indexers(bare_env)
    assert session.shut_down() == 0
    for process in sleeping:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
    until(lambda: not indexers(bare_env))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    made = tmp_path / "disk"
    made.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(made)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only the superuser of Linux may mount a disk")
    yield made
    subprocess.run(["umount", "--lazy", str(made)], check=True)


@pytest.fixture
def env_on_disk(disk: Path) -> dict[str, str]:
    """All that is ours lies there."""
    homes = ("CACHE_HOME", "CONFIG_HOME", "RUNTIME_DIR", "STATE_HOME")
    rest = {name: value for name, value in os.environ.items() if not name.startswith("MIDFILL_")}
    return {**rest, **{f"MIDFILL_{name}": str(disk / name.lower()) for name in homes}}


def test_a_disk_that_gets_full(
    start_session: StartSession, disk: Path, env_on_disk: dict[str, str], project: Path
) -> None:
    session = start_session(env_on_disk)
    session.initialize(root=project)
    session.wait_for(lambda told: "is up to date" in str(told))
    with contextlib.suppress(OSError), (disk / "filler").open("wb") as filler:
        filler.write(bytes(2 << 20))
    work_on(session, project)
    until(lambda: not indexers(env_on_disk))

    (disk / "filler").unlink()
    session = start_session(env_on_disk)
    session.initialize(root=project)
    session.wait_for(lambda told: "is up to date" in str(told))
    assert session.shut_down() == 0


def test_a_disk_that_can_only_be_read(
    start_session: StartSession, disk: Path, env_on_disk: dict[str, str], project: Path
) -> None:
    session = start_session(env_on_disk)
    session.initialize(root=project)
    session.wait_for(lambda told: "is up to date" in str(told))
    assert session.shut_down() == 0
    until(lambda: not indexers(env_on_disk))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    session = start_session(env_on_disk)
    session.initialize(root=project)
    work_on(session, project)


def work_on(session: Session, project: Path) -> None:
    """Type, save all files, and look at what there is."""
    typist = Typist(session)
    for number in range(times(40, 400)):
        (project / f"m{number % 40}.py").write_text(f"def g{number}(x):\n    return x\n" * 200)
        assert typist.key() == ""
    counted = {"languageId": "python", "accepted": 3, "kept": 3}
    session.notify("midfill/didEndSuggestion", counted)
    place = {"textDocument": {"uri": typist.uri}, "position": {"line": 0, "character": 0}}
    assert "result" in session.request("midfill/context", place)
    assert session.texts()[typist.uri][0] == typist.version
    assert session.shut_down() == 0


def test_a_change_on_a_full_disk_is_made_whole_or_not_at_all(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the space ends: for the record of the change, for the first file or the second."""
    monkeypatch.setenv("MIDFILL_STATE_HOME", str(disk / "state"))
    root = disk / "work"
    root.mkdir()
    before = {"a.py": b"a = 1\n" * 3000, "b.py": b"b = 1\n" * 3000}
    after = {name: data * 2 for name, data in before.items()}
    outcomes = set()
    for free in range(0, 300_000, times(30_000, 4096)):
        for name, data in before.items():
            (root / name).write_bytes(data)
        with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))
        os.truncate(disk / "filler", (disk / "filler").stat().st_size - free)
        changes = [Change(name, digest(data), after[name]) for name, data in before.items()]
        try:
            apply(Files(root), changes)
        except MidfillError:
            expected = before
        else:
            expected = after
        outcomes.add(expected is after)
        assert {file.name: file.read_bytes() for file in root.iterdir()} == expected
        (disk / "filler").unlink()
        shutil.rmtree(disk / "state", ignore_errors=True)
    assert outcomes == {True, False}


@pytest.mark.model
@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed: apt install libfaketime")
def test_a_clock_that_jumps(
    start_session: StartSession, fresh_engine_env: dict[str, str], project: Path
) -> None:
    clock = project / "clock"
    clock.write_text("+0")
    env = {
        **fresh_engine_env,
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    session = start_session(env)
    session.initialize(root=project)
    typist = Typist(session)
    for jump in times(["+0", "-3d"], ["+0", "+400d", "-400d", "+1h", "-1h", "+0"]):
        clock.write_text(jump)
        typist.move()
        typist.seconds_to_suggestion()
        assert "result" in session.request("midfill/statistics", None)
    assert len(engines(env)) == 1
    assert session.texts()[typist.uri][0] == typist.version
    assert session.shut_down() == 0


@pytest.mark.model
def test_what_an_engine_left_behind(
    start_session: StartSession, fresh_engine_env: dict[str, str]
) -> None:
    session = _initialized(start_session, fresh_engine_env)
    Typist(session).seconds_to_suggestion()
    [engine] = engines(fresh_engine_env)
    session.shut_down()
    engine.kill()
    until(lambda: not engines(fresh_engine_env))
    left = Path(fresh_engine_env["MIDFILL_RUNTIME_DIR"])
    for file in left.glob("*.json"):
        file.write_bytes(b"\x00{")
    for file in left.glob("*.sock"):
        file.unlink()
        file.write_text("a file in the place of the socket")
    Typist(_initialized(start_session, fresh_engine_env)).seconds_to_suggestion()
