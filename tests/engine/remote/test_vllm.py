"""The real vLLM. These tests run where `MIDFILL_VLLM` is the path of its program, and
`MIDFILL_VLLM_MODEL` a folder with Qwen2.5-Coder-0.5B-Instruct as it reads it."""

from __future__ import annotations

import argparse
import asyncio
import calendar
import configparser
import csv
import fractions
import heapq
import inspect
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from midfill.engine.backend import (
    Backend,
    BackendError,
    ChatRequest,
    Delta,
    InfillRequest,
    Message,
    Stats,
)
from midfill.engine.remote import record
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.examine import examine
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.judge import Judge
from midfill.engine.remote.prompt import TokenPrompt, TokenPrompts
from midfill.engine.remote.replicas import Replicas
from midfill.engine.remote.router import Router
from midfill.engine.remote.vocabulary import Vocabulary
from midfill.engine.repair.picture import read
from midfill.engine.repair.thinking import concluded
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.settings import Endpoint, Remote, Settings

from .conftest import Peer, events

PROGRAM, MODEL = os.environ.get("MIDFILL_VLLM", ""), os.environ.get("MIDFILL_VLLM_MODEL", "")
pytestmark = [
    pytest.mark.skipif(not (PROGRAM and MODEL), reason="NOT RUN: MIDFILL_VLLM is not set"),
    pytest.mark.timeout(3000),
]

START_S = 600
CONTEXT = 4096
# Natural logarithms of probabilities: a factor of 1.6.
NEARLY_AS_LIKELY = 0.5
PATIENT = Remote(first_token_ms=300_000, between_tokens_ms=300_000)
REQUEST = InfillRequest(
    prefix='def add(a, b):\n    """Return the sum of a and b."""\n    return ',
    suffix="\n\n\nprint(add(1, 2))\n",
    filename="sums.py",
    max_tokens=16,
    stop=("\n",),
    timeout_ms=300_000,
)
ENDLESS = InfillRequest(
    prefix="".join(f"value_{number} = {number}\n" for number in range(60)),
    suffix="",
    max_tokens=500,
    timeout_ms=300_000,
)


class Server:
    """A vLLM process on a port, with the model in a folder."""

    def __init__(self, log: Path, folder: str, options: str, path: str = "") -> None:
        self._folder, self._options, self._path = folder, options, path
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
            f"--dtype bfloat16 --enforce-eager --max-num-seqs 2 {self._options}"
        )
        quiet = {
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "DO_NOT_TRACK": "1",
            "VLLM_HOST_IP": "127.0.0.1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "TORCHDYNAMO_DISABLE": "1",
            "PYTHONPATH": self._path,
        }
        return subprocess.Popen(
            [PROGRAM, "serve", self._folder, *options.split()],
            env={**os.environ, **quiet},
            stdout=self._log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, ready."""
    options = (
        f"--max-model-len {CONTEXT} --block-size 32 --max-num-batched-tokens 512 "
        "--scheduling-policy priority --enable-prompt-tokens-details --generation-config vllm"
    )
    yield from _running_server(tmp_path_factory.mktemp("vllm") / "log", MODEL, options)


@pytest.fixture
def rewarder(tmp_path: Path) -> Iterator[Server]:
    """A tiny process reward model of Qwen2.5-Math-PRM's architecture, with random weights."""
    yield from _tiny_server(tmp_path, "Qwen2ForProcessRewardModel", "--runner pooling")


@pytest.fixture
def thinker(tmp_path: Path) -> Iterator[Server]:
    """A tiny model of QwQ's architecture, with random weights: it thinks, and never concludes."""
    yield from _tiny_server(tmp_path, "Qwen2ForCausalLM", "--reasoning-parser deepseek_r1")


@pytest.fixture
def looker(tmp_path: Path) -> Iterator[Server]:
    """A tiny model of QVQ's architecture, with random weights: it looks, and sees nothing."""
    config = {
        "model_type": "qwen2_vl",
        "rope_scaling": {"type": "mrope", "mrope_section": [4, 6, 6]},
        "vision_start_token_id": 151652,
        "vision_end_token_id": 151653,
        "image_token_id": 151655,
        "video_token_id": 151656,
        "vision_config": {"depth": 2, "embed_dim": 64, "hidden_size": 64, "num_heads": 2},
    }
    processor = {"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 3136}
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "preprocessor_config.json").write_text(json.dumps(processor))
    folders = (Path(PROGRAM).parents[1] / "vision", Path(__file__).parent / "vllm" / "vision")
    path = os.pathsep.join(map(str, folders))
    yield from _tiny_server(tmp_path, "Qwen2VLForConditionalGeneration", "", config, path)


def _tiny_server(
    home: Path, architecture: str, options: str, changes: Mapping[str, Any] = {}, path: str = ""
) -> Iterator[Server]:
    folder = home / "model"
    leave = shutil.ignore_patterns("*.safetensors")
    shutil.copytree(MODEL, folder, ignore=leave, dirs_exist_ok=True)
    config = json.loads((folder / "config.json").read_text())
    config |= {"architectures": [architecture], "tie_word_embeddings": False}
    config |= {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2}
    config |= {"num_attention_heads": 2, "num_key_value_heads": 2, **changes}
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer = (folder / "tokenizer.json").read_text()
    # Tokens that the coder models have no use for: 151651 is that of steps.
    for unused, name in (
        ("quad_end", "<extra_0>"),
        ("box_start", "<think>"),
        ("box_end", "</think>"),
    ):
        tokenizer = tokenizer.replace(f"<|{unused}|>", name)
    (folder / "tokenizer.json").write_text(tokenizer)
    options = f"--max-model-len {CONTEXT} --load-format dummy {options}"
    yield from _running_server(home / "log", str(folder), options, path)


def _running_server(log: Path, folder: str, options: str, path: str = "") -> Iterator[Server]:
    made = Server(log, folder, options, path)
    try:
        made.wait()
        yield made
    finally:
        made.process.terminate()
        made.process.wait(60)


@pytest.fixture
async def model(server: Server, monkeypatch: pytest.MonkeyPatch) -> RemoteModel:
    """It as a backend."""
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    return RemoteModel("gpu", server.endpoint(), PATIENT)


async def _answer(model: Backend, request: InfillRequest) -> tuple[str, Stats]:
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
        prefix=ENDLESS.prefix + "value_60 = ", suffix="", max_tokens=4, timeout_ms=300_000
    )
    await _answer(model, long)
    _, stats = await _answer(model, long)
    await model.aclose()
    assert stats.model == "coder"
    assert stats.stop_type in ("limit", "eos")
    assert stats.tokens_reused > 100
    assert stats.tokens_evaluated < 64


async def test_its_tokens_are_the_model_file_s(model: RemoteModel, model_path: Path) -> None:
    vocabulary = Vocabulary.read(model_path)
    assert vocabulary is not None
    await model.learn(vocabulary)
    assert isinstance(model._prompts, TokenPrompts)
    assert (await _answer(model, REQUEST))[0] == "a + b"
    await model.aclose()


async def test_the_local_engine_writes_the_same(
    model: RemoteModel,
    model_path: Path,
    real_model_env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every answer is compared as a whole: none is long enough to be cut off. The two compute with
    other precisions, so that of two tokens that are about as likely each may choose another one:
    every difference has to begin at such a place."""
    monkeypatch.setenv("MIDFILL_RUNTIME_DIR", real_model_env["MIDFILL_RUNTIME_DIR"])
    vocabulary = Vocabulary.read(model_path)
    assert vocabulary is not None
    await model.learn(vocabulary)
    near = LocalEngine(Settings(model=str(model_path)))
    await near.ensure()
    partings = []
    for request in _holes(50):
        local, stats = await _answer(near, request)
        assert stats.stop_type != "limit"
        far, _ = await _answer(model, request)
        if local != far:
            partings.append(await _parting(model, request, local, far))
    await near.aclose()
    await model.aclose()
    print(*partings, sep="\n")
    assert len(partings) <= 5
    assert [each for each in partings if each.gap > NEARLY_AS_LIKELY] == []


class Parting(NamedTuple):
    """Two answers, and what vLLM makes of the token in which they begin to differ.

    `gap` is by how much less likely it takes the local engine's, in natural logarithms.
    """

    local: str
    far: str
    gap: float
    likely: dict[str, float]


async def _parting(model: RemoteModel, request: InfillRequest, local: str, far: str) -> Parting:
    prompt = model._prompts.build(request)
    assert isinstance(prompt, TokenPrompt)
    body = {
        "model": "coder",
        "prompt": prompt.followed_by(f"{prompt.end}{far}\n"),
        "max_tokens": 1,
        "temperature": 0,
        "prompt_logprobs": 20,
    }
    answer = json.loads(await model.connection.post("/v1/completions", msgspec.json.encode(body)))
    rest = f"{prompt.end}{local}\n"
    for place in answer["choices"][0]["prompt_logprobs"][len(prompt.tokens) :]:
        likely = {each["decoded_token"]: each["logprob"] for each in place.values()}
        written = next(iter(likely))
        if not _begins(rest, written):
            ours = max((each for text, each in likely.items() if _begins(rest, text)), default=-99)
            return Parting(local, far, likely[written] - ours, likely)
        rest = rest[len(written) :]
    return Parting(local, far, math.inf, {})


def _begins(rest: str, token: str) -> bool:
    """Whether `token` may be the first of `rest`; at its end, one of those that end a line."""
    ends = rest == "\n" and token.startswith(("\n", "<|"))
    return token != "" and (ends or rest.startswith(token))


def _holes(count: int) -> list[InfillRequest]:
    """Places in Python's own library, in the middle of lines, to be filled up to their ends."""
    chosen, requests = random.Random(7), []
    modules = (
        argparse,
        calendar,
        configparser,
        csv,
        fractions,
        heapq,
        statistics,
        textwrap,
        zipfile,
    )
    seen = set()
    while len(requests) < count:
        file = Path(inspect.getsourcefile(chosen.choice(modules)) or "")
        text = file.read_text()
        places = [each.end() for each in re.finditer(r"(?:= |return |\()(?=\S.{5,})", text)]
        at = chosen.choice(places)
        if (file.name, at) in seen:
            continue
        seen.add((file.name, at))
        requests.append(
            InfillRequest(
                prefix=text[:at],
                suffix=text[text.index("\n", at) :],
                filename=file.name,
                prefix_tokens=192,
                suffix_tokens=64,
                max_tokens=64,
                stop=("\n",),
                timeout_ms=300_000,
            )
        )
    return requests


async def test_a_reward_model_rates_each_step(
    rewarder: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    model = RemoteModel("prm", rewarder.endpoint(), PATIENT)
    question = Message("user", "What is 1 + 2 + 3?")
    messages = (question, Message("assistant", "1 + 2 = 3<extra_0>3 + 3 = 6<extra_0>"))
    rewards = await model.rewards(messages)
    rate = await Judge(model).rate((question,), ("1 + 2 = 3", "3 + 3 = 6"), ())
    await model.aclose()
    assert len(rewards) == 2
    assert all(0 < reward < 1 for reward in rewards)
    assert rate == pytest.approx(math.prod(rewards), rel=0.05)


async def test_thinking_is_no_conclusion(thinker: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    model = RemoteModel("qwq", thinker.endpoint(), PATIENT)
    asked = ChatRequest(messages=(Message("user", "What is wrong?"),), max_tokens=16)
    deltas = [delta async for delta in model.chat(asked)]
    assert "".join(delta.text for delta in deltas) == ""
    assert [delta.stats.tokens_generated for delta in deltas if delta.stats][-1] > 0
    with pytest.raises(BackendError, match="qwq came to no conclusion"):
        await concluded(model, asked)
    await model.aclose()


async def test_a_picture_is_looked_at(
    looker: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    (tmp_path / "screen.ppm").write_bytes(b"P6 56 56 255\n" + bytes(56 * 56 * 3))
    picture = read(tmp_path / "screen.ppm")
    model = RemoteModel("qvq", looker.endpoint(), PATIENT)
    sizes = []
    for images in ((), (picture.url,)):
        asked = ChatRequest(
            messages=(Message("user", "What is wrong?"),), images=images, max_tokens=4, task="look"
        )
        deltas = [delta async for delta in model.chat(asked)]
        sizes.append([delta.stats.tokens_evaluated for delta in deltas if delta.stats][-1])
    await model.aclose()
    # Of 56 x 56 pixels four tokens are made, and they stand between two others.
    assert sizes[1] - sizes[0] >= 6


async def test_a_generating_server_rates_nothing(model: RemoteModel) -> None:
    with pytest.raises(RemoteError, match="knows no such path"):
        await model.rewards((Message("user", "x"), Message("assistant", "y<extra_0>")))
    await model.aclose()


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


async def test_it_repairs(
    server: Server, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sums.py").write_text("def add(a, b):\n    return a - b\n")
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(
        "[remote]\nrepair = 'remote'\nfirst_token_ms = 300_000\n[remote.endpoints.gpu]\n"
        f"url = '{server.endpoint().url}'\nmodel = 'coder'\nkey_env = 'VLLM_TEST_KEY'\n"
    )
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    check = f"{sys.executable} -c 'from sums import add; assert add(1, 2) == 3'"
    command = ["repair", "sums.py", "--test", check, "--candidates=4", "--rounds=1", "--json"]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "midfill.engine.cli", *command],
        cwd=tmp_path,
        capture_output=True,
    )
    answer = json.loads(done.stdout)
    assert answer["fixed"], answer["reason"]
    assert "+    return a + b" in answer["diff"]
    assert (answer["model"], answer["backend"], answer["why"]) == ("coder", "gpu", None)
    assert {(sent.task, sent.file) for sent in record.read()} == {("repair", "sums.py")}


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
    model = RemoteModel("gpu", server.endpoint(**endpoint), PATIENT)
    with pytest.raises(RemoteError, match=sentence):
        await _answer(model, request_)
    await model.aclose()


async def test_it_is_killed_while_it_writes_and_comes_back(
    server: Server, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_TEST_KEY", "sesame")
    peer.answer = events("the rest")
    near = RemoteModel("local", peer.endpoint(), PATIENT)
    endpoints = {"gpu": server.endpoint()}
    remote = msgspec.structs.replace(PATIENT, endpoints=endpoints, completion="prefer-remote")
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
