"""Processes that die, hang, starve or find their files changed, while somebody types."""

from __future__ import annotations

import random
import shutil
import signal
from pathlib import Path

import pytest

from .conftest import StartSession
from .processes import engines, indexers, until, zombies
from .scale import AT_LENGTH, times
from .session import Session
from .typist import Typist


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
        [victim] = engines(fresh_engine_env)
        for _ in range(chance.randrange(1, 6)):
            typist.key()
        victim.send_signal(signal.SIGKILL)
        typist.seconds_to_suggestion()

    [victim] = engines(fresh_engine_env)
    victim.suspend()
    while typist.key():  # until what was suggested before is typed
        pass
    assert "does not answer" in (session.why() or "")
    victim.resume()
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
            process.kill()
        until(lambda: not zombies(session.process.pid))
    place = {"textDocument": {"uri": (project / "m1.py").as_uri()}}
    session.open(place["textDocument"]["uri"], "x = f3(1)\n")
    context = {**place, "position": {"line": 0, "character": 5}}
    assert "result" in session.request("midfill/context", context)
    assert session.shut_down() == 0
    until(lambda: not indexers(bare_env))


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
