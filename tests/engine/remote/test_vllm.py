"""The real vLLM. These tests run where `MIDFILL_VLLM` is the path of its program, and
`MIDFILL_VLLM_MODEL` a folder with Qwen2.5-Coder-0.5B-Instruct as it reads it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from midfill.engine.backend import ChatRequest, Delta, InfillRequest, Message, Stats
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.examine import examine
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.replicas import Replicas
from midfill.engine.remote.router import Router
from midfill.engine.settings import Endpoint, Remote, Settings

from .conftest import Peer, events

PROGRAM, MODEL = os.environ.get("MIDFILL_VLLM", ""), os.environ.get("MIDFILL_VLLM_MODEL", "")
pytestmark = [
    pytest.mark.skipif(not (PROGRAM and MODEL), reason="NOT RUN: MIDFILL_VLLM is not set"),
    pytest.mark.timeout(900),
]

START_S = 600
CONTEXT = 4096
REQUEST = InfillRequest(
    prefix='def add(a, b):\n    """Return the sum of a and b."""\n    return ',
    suffix="\n\n\nprint(add(1, 2))\n",
    filename="sums.py",
    max_tokens=16,
    stop=("\n",),
    timeout_ms=120_000,
)
ENDLESS = InfillRequest(
    prefix="".join(f"value_{number} = {number}\n" for number in range(60)),
    suffix="",
    max_tokens=500,
    timeout_ms=120_000,
)


class Server:
    """A vLLM process on a port."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._log = log
        self.process = self._start()

    def endpoint(self, **changes: str) -> Endpoint:
        """Where it is."""
        given = {"key_env": "VLLM_TEST_KEY", "model": "coder", **changes}
        return Endpoint(url=f"http://127.0.0.1:{self.port}/v1", **given)

    def wait(self) -> None:
        """Return when it is ready."""
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(1)
        raise TimeoutError(self._log.read_text()[-2000:])

    def restart(self) -> None:
        """Run it again on the same port."""
        self.process = self._start()
        self.wait()

    def kill(self) -> None:
        """End it at once, with the processes that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        options = (
            f"--host 127.0.0.1 --port {self.port} --api-key sesame --served-model-name coder "
            f"--max-model-len {CONTEXT} --dtype bfloat16 --enforce-eager --block-size 32 "
            "--max-num-batched-tokens 512 --max-num-seqs 2 --scheduling-policy priority "
            "--enable-prompt-tokens-details --generation-config vllm"
        )
        quiet = {
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "DO_NOT_TRACK": "1",
            "VLLM_HOST_IP": "127.0.0.1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "TORCHDYNAMO_DISABLE": "1",
        }
        return subprocess.Popen(
            [PROGRAM, "serve", MODEL, *options.split()],
            env={**os.environ, **quiet},
            stdout=self._log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, ready."""
    made = Server(tmp_path_factory.mktemp("vllm") / "log")
    made.wait()
    yield made
    made.process.terminate()
    made.process.wait(60)


@pytest.fixture
async def model(server: Server, monkeypatch: pytest.MonkeyPatch) -> RemoteModel:
    """It as a backend."""
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    return RemoteModel("gpu", server.endpoint(), Remote())


async def _answer(model: RemoteModel | Router, request: InfillRequest) -> tuple[str, Stats]:
    deltas: list[Delta] = [delta async for delta in model.infill(request)]
    stats = [delta.stats for delta in deltas if delta.stats is not None][-1]
    return "".join(delta.text for delta in deltas), stats


async def test_every_check_passes(model: RemoteModel) -> None:
    checks = [check async for check in examine(model, Settings())]
    await model.aclose()
    assert [check.name for check in checks if check.status != "ok"] == []


async def test_it_fills_in_from_its_cache(model: RemoteModel) -> None:
    assert (await _answer(model, REQUEST))[0] == "a + b"
    long = InfillRequest(
        prefix=ENDLESS.prefix + "value_60 = ", suffix="", max_tokens=4, timeout_ms=120_000
    )
    await _answer(model, long)
    _, stats = await _answer(model, long)
    await model.aclose()
    assert stats.model == "coder"
    assert stats.stop_type in ("limit", "eos")
    assert stats.tokens_reused > 100
    assert stats.tokens_evaluated < 64


async def test_it_goes_on_with_an_answer_in_a_grammar(model: RemoteModel) -> None:
    messages = (Message("user", "Name a colour."), Message("assistant", "The colour is bl"))
    asked = ChatRequest(messages=messages, max_tokens=4, grammar='root ::= "ue" [a-z .]*')
    text = "".join([delta.text async for delta in model.chat(asked)])
    await model.aclose()
    assert text.startswith("ue")


async def test_it_scores_the_last_message(model: RemoteModel) -> None:
    answer = "def add(a, b):\n    return a - b"
    messages = (Message("user", "Write add(a, b)."), Message("assistant", answer))
    scores = await model.score(messages, 3)
    await model.aclose()
    assert b"".join(score.token.text for score in scores).decode() == answer
    minus = next(score for score in scores if score.token.text == b" -")
    assert minus.others[0].text == b" +"
    assert minus.others[0].logprob > minus.token.logprob


async def test_who_stops_reading_ends_the_work(server: Server, model: RemoteModel) -> None:
    async with aclosing(model.infill(ENDLESS)) as deltas:
        async for delta in deltas:
            if delta.text:
                break
    async with asyncio.timeout(30):
        while await _running(model):
            await asyncio.sleep(0.1)
    await model.aclose()


async def _running(model: RemoteModel) -> float:
    metrics = await model.connection.get("/metrics")
    found = re.search(rb"^vllm:num_requests_running\{.*\} (\S+)$", metrics, re.M)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize(
    ("endpoint", "request_", "sentence"),
    [
        ({"key_env": "VLLM_WRONG_KEY"}, REQUEST, r"refuses the key in \$VLLM_WRONG_KEY"),
        ({"key_env": ""}, REQUEST, "wants a key"),
        ({"model": "koder"}, REQUEST, "does not serve the model 'koder'"),
        (
            {},
            InfillRequest(prefix="x = 1\n" * 2000, suffix="", prefix_tokens=8000),
            "longer than the context",
        ),
    ],
)
async def test_a_fault_is_a_sentence(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: dict[str, str],
    request_: InfillRequest,
    sentence: str,
) -> None:
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    monkeypatch.setenv("VLLM_WRONG_KEY", "mustard")
    model = RemoteModel("gpu", server.endpoint(**endpoint), Remote())
    with pytest.raises(RemoteError, match=sentence):
        await _answer(model, request_)
    await model.aclose()


async def test_it_is_killed_while_it_writes_and_comes_back(
    server: Server, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    peer.answer = events("the rest")
    near = RemoteModel("local", peer.endpoint(), Remote())
    remote = Remote(endpoints={"gpu": server.endpoint()}, completion="prefer-remote")
    async with aclosing(Replicas(remote)) as replicas:
        router = Router("completion", remote, replicas, near)
        text, why = "", ""
        async for delta in router.infill(ENDLESS):
            text += delta.text
            if delta.text and server.process.poll() is None:
                server.kill()
            why = delta.stats.why if delta.stats else why
        assert text.endswith("the rest")
        assert len(text) > len("the rest")
        assert "gpu" in why
        _, stats = await _answer(router, REQUEST)
        assert stats.backend == "local"
        await asyncio.to_thread(server.restart)
        async with asyncio.timeout(60):
            while stats.backend != "gpu":
                await asyncio.sleep(0.5)
                _, stats = await _answer(router, REQUEST)
    await near.aclose()
