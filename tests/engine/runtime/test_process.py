"""Starting, sharing, losing and ending engine processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import llama_cpp
import msgspec
import psutil
import pytest

from midfill.engine.backend import BackendError, ChatRequest, Delta, InfillRequest, Message
from midfill.engine.errors import MidfillError
from midfill.engine.runtime import offload, process
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.settings import Engine, Settings

from ...conftest import engines

pytestmark = pytest.mark.model

REQUEST = InfillRequest(prefix="def add(a, b):\n    return", suffix="\n", max_tokens=8)
ENDLESS = InfillRequest(
    prefix="".join(f"value_{i} = {i}\n" for i in range(60)),
    suffix="",
    max_tokens=4000,
    timeout_ms=120_000,
)

# What llama.cpp says where a GPU is full.
FULL = "echo 'llama.cpp: CUDA error: out of memory' >&2; echo '  current device: 0' >&2"


@pytest.fixture
def folder(fresh_engine_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of this process's own, with no engine in it."""
    for name, value in fresh_engine_env.items():
        monkeypatch.setenv(name, value)
    return Path(fresh_engine_env["MIDFILL_RUNTIME_DIR"]).parent


@pytest.fixture
async def engine(folder: Path, model_path: Path) -> AsyncIterator[LocalEngine]:
    """A backend; its engine is not running yet."""
    made = LocalEngine(Settings(model=str(model_path)))
    yield made
    await made.aclose()


async def _text(engine: LocalEngine, request: InfillRequest = REQUEST) -> str:
    return "".join([delta.text async for delta in engine.infill(request)])


async def test_it_starts_when_needed_and_is_shared(engine: LocalEngine, folder: Path) -> None:
    other = LocalEngine(Settings(model=str(engine.address.model)))
    states: list[str] = []
    await asyncio.gather(engine.ensure(lambda status: states.append(status.state)), other.ensure())
    assert await _text(engine) == await _text(other)
    assert len(engines(folder)) == 1
    assert states[0] == "starting"
    await other.aclose()


async def test_a_killed_engine_is_replaced(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    text = await _text(engine)
    [first] = engines(folder)
    first.kill()
    assert await _text(engine) == text
    [second] = engines(folder)
    assert second.pid != first.pid


async def test_killed_while_it_writes(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    [victim] = engines(folder)
    with pytest.raises(BackendError, match="went away"):
        async for _ in engine.infill(ENDLESS):
            victim.kill()
    assert await _text(engine)


async def test_crashes_after_answers_are_not_in_a_row(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    for _ in range(3):
        async with contextlib.aclosing(engine.infill(REQUEST)) as deltas:
            await anext(deltas)  # as completion does, which seldom reads to the end
        [victim] = engines(folder)
        victim.kill()
    assert await _text(engine)


async def test_one_that_ends_leaves_no_zombie(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    [running] = engines(folder)
    running.terminate()
    async with asyncio.timeout(20):
        while running.is_running():
            await asyncio.sleep(0.05)


async def test_one_that_hangs_is_not_waited_for(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    text = await _text(engine)
    [hanging] = engines(folder)
    hanging.suspend()
    impatient = msgspec.structs.replace(ENDLESS, timeout_ms=100)
    with pytest.raises(BackendError, match="does not answer"):
        async for _ in engine.infill(impatient):
            pass
    hanging.resume()
    assert await _text(engine) == text


async def test_one_that_is_slow_to_load_is_waited_for(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_HEALTH_TIMEOUT_S", 0.2)
    loading = asyncio.create_task(engine.ensure())
    while (await engine.status()).state != "loading":
        await asyncio.sleep(0.01)
    [slow] = engines(folder)
    slow.suspend()
    assert (await engine.status()).state == "silent"
    await asyncio.sleep(0.5)
    assert not loading.done()
    slow.resume()
    await loading


async def test_closing_the_iterator_cancels(engine: LocalEngine) -> None:
    await engine.ensure()
    async with contextlib.aclosing(engine.infill(ENDLESS)) as deltas:
        assert isinstance(await anext(deltas), Delta)
    # Were the first still running, this one would have to share every step with it.
    metrics = await engine.address.client().get("/metrics")
    while 'midfill_requests_total{stop_type="cancelled"} 1.0' not in metrics.text:
        metrics = await engine.address.client().get("/metrics")


async def test_chat_and_scores(engine: LocalEngine) -> None:
    asked = Message("user", "Count from one to five, in digits.")
    begun = (asked, Message("assistant", "1, 2, 3, 8"))
    scores = await engine.score(begun, choices=3)
    assert b"".join(score.token.text for score in scores) == b"1, 2, 3, 8"
    assert max(scores[-1].others, key=lambda choice: choice.logprob).text == b"4"
    tail = await engine.score(begun, choices=0, start=len("1, 2, "))
    assert b"".join(score.token.text for score in tail) in (b" 3, 8", b"3, 8")
    assert tail[-1].token.logprob == pytest.approx(scores[-1].token.logprob, abs=0.05)
    begun = (asked, Message("assistant", "1, 2, 3,"))
    deltas = [delta async for delta in engine.chat(ChatRequest(messages=begun, max_tokens=4))]
    assert "".join(delta.text for delta in deltas).strip() == "4,"
    stats = deltas[-1].stats
    assert stats is not None and stats.tokens_generated == 4 and stats.tokens_reused > 10
    with pytest.raises(BackendError, match="last message"):
        await engine.score((asked, Message("assistant", "")), choices=3)


async def test_a_model_cut_by_one_byte_is_refused(folder: Path, model_path: Path) -> None:
    cut = folder / model_path.name
    shutil.copyfile(model_path, cut)
    os.truncate(cut, cut.stat().st_size - 1)
    engine = LocalEngine(Settings(model=str(cut)))
    with pytest.raises(MidfillError, match="cut short"):
        await engine.ensure()
    assert engines(folder) == []


async def test_an_engine_that_keeps_crashing_is_given_up(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The interpreter option fails before anything of ours runs, as a broken installation would.
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(BackendError, match="crashed 3 times in a row"):
        await engine.ensure()


def start_behind(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a shell run the line before every engine."""
    script = folder / "python"
    script.write_text(f'#!/bin/sh\n{line}\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))


async def test_kernels_that_crash_lead_to_a_plain_layout(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(folder / "cache"))
    # Only a processor with broken kernels would end by SIGILL on its own.
    start_behind('case "$*" in *\\"repack\\":true*) kill -ILL $$;; esac', folder, monkeypatch)
    await engine.ensure()
    assert await _text(engine)


async def test_a_crash_after_an_answer_does_not_blame_the_kernels(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(folder / "cache"))
    await engine.ensure()
    text = await _text(engine)
    [victim] = engines(folder)
    victim.send_signal(signal.SIGSEGV)
    assert await _text(engine) == text
    assert not process._plain_layout_mark().exists()


def test_why_llama_cpp_gave_up_is_the_last_word_in_the_log() -> None:
    library = next(Path(llama_cpp.__file__).parent.glob("lib/*ggml-base.*"))
    abort = f"import ctypes; ctypes.CDLL({str(library)!r}).ggml_abort(b'ggml.c', 7, b'no room')"
    done = subprocess.run(
        [sys.executable, "-c", abort], env=process.environment(), capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGABRT
    assert done.stderr.splitlines()[-1] == b"ggml.c:7: no room"


def test_cuda_s_own_libraries_are_found_where_pip_puts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/local/lib")
    assert process.environment()["LD_LIBRARY_PATH"] == "/usr/local/lib"
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    libraries = tmp_path / "nvidia" / "cu13" / "lib"
    libraries.mkdir(parents=True)
    assert process.environment()["LD_LIBRARY_PATH"] == f"/usr/local/lib{os.pathsep}{libraries}"
    monkeypatch.delenv("LD_LIBRARY_PATH")
    assert process.environment()["LD_LIBRARY_PATH"] == str(libraries)


async def test_a_gpu_without_memory_leads_to_fewer_layers(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(folder / "cache"))
    # Only a GPU that is full would make llama.cpp abort.
    script = folder / "python"
    script.write_text(
        f"#!/bin/sh\nif mkdir {folder}/first; then\n{FULL}\nkill -ABRT $$\nfi\n"
        f'exec {sys.executable} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    config = process.engine_config(engine.address.model, Settings())
    assert offload.share_of(config) == 1
    await engine.ensure()
    assert await _text(engine)
    assert offload.share_of(config) < 1
    assert engine._crashes == 0


async def test_the_last_attempt_does_without_a_gpu(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setattr(process, "built_for", lambda: ["cuda"])
    # Only a GPU with a broken driver would make llama.cpp crash.
    crash_twice = f"if mkdir {folder}/first || mkdir {folder}/second; then kill -ABRT $$; fi"
    start_behind(crash_twice, folder, monkeypatch)
    await engine.ensure()
    assert offload.share_of(process.engine_config(engine.address.model, Settings())) == 0
    assert await _text(engine)


async def test_an_abort_for_another_reason_is_a_crash(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(folder / "cache"))
    address, without = engine.address, Settings(engine=Engine(gpu_layers=0))
    assert not process.died_of_gpu_memory(address, Settings(), -signal.SIGABRT)
    address.log_file.write_text("ggml.c:1: GGML_ASSERT(a) failed\n")
    assert not process.died_of_gpu_memory(address, Settings(), -signal.SIGABRT)
    address.log_file.write_text("terminate called: ErrorOutOfDeviceMemory\n")
    assert not process.died_of_gpu_memory(address, Settings(), -signal.SIGTERM)
    assert not process.died_of_gpu_memory(address, without, -signal.SIGABRT)
    for _ in range(20):
        if not process.died_of_gpu_memory(address, Settings(), -signal.SIGABRT):
            return
    raise AssertionError("a crash loop")


async def test_two_processes_started_at_once_leave_one(engine: LocalEngine, folder: Path) -> None:
    model = engine.address.model
    for _ in range(3):
        process.start(model, Settings())
    await engine.ensure()
    async with asyncio.timeout(60):
        while len(engines(folder)) != 1:
            await asyncio.sleep(0.1)
    assert await _text(engine)


async def test_a_stale_socket_does_not_stop_a_start(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    [victim] = engines(folder)
    victim.kill()
    assert engine.address.socket.exists()
    await engine.ensure()
    assert await _text(engine)


async def test_it_leaves_when_idle(folder: Path, model_path: Path) -> None:
    settings = Settings(model=str(model_path), engine=Engine(idle_minutes=0.02))
    engine = LocalEngine(settings)
    await engine.ensure()
    [running] = engines(folder)
    await asyncio.to_thread(running.wait, 60)
    assert not engine.address.socket.exists()
    assert (await engine.status()).state == "stopped"
    await engine.aclose()


async def test_it_leaves_when_nobody_can_reach_it(engine: LocalEngine, folder: Path) -> None:
    await engine.ensure()
    [running] = engines(folder)
    shutil.rmtree(engine.address.socket.parent)
    await asyncio.to_thread(running.wait, 60)


async def test_stop_ends_it_even_where_it_hangs(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.ensure()
    monkeypatch.setattr(process, "_STOP_TIMEOUT_S", 0.5)
    monkeypatch.setattr(process, "_HEALTH_TIMEOUT_S", 0.5)
    [running] = engines(folder)
    running.send_signal(signal.SIGSTOP)
    assert await process.stop(engine.address)
    assert not psutil.pid_exists(running.pid) or running.status() == psutil.STATUS_ZOMBIE
    assert not await process.stop(engine.address)


async def test_its_port_can_be_had_again_at_once(engine: LocalEngine, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with_port = LocalEngine(Settings(), engine.address.model, port=port)
    for _ in range(2):
        await with_port.ensure()
        # It is the engine that ends this connection, so that the system remembers it for a while.
        with socket.create_connection(("127.0.0.1", port)):
            assert await process.stop(engine.address)


async def test_an_older_engine_is_replaced_and_a_newer_one_used(
    engine: LocalEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.ensure()
    [old] = engines(folder)
    monkeypatch.setattr(process, "own_version", lambda: "0.0.1")
    await LocalEngine(Settings(model=str(engine.address.model))).ensure()
    assert old.is_running()
    monkeypatch.setattr(process, "own_version", lambda: "99.0")
    await LocalEngine(Settings(model=str(engine.address.model))).ensure()
    [new] = engines(folder)
    assert new.pid != old.pid
