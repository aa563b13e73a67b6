"""Speeds of the real model, measured as briefly as possible, and files of random weights."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from midfill.engine.bench import hardware, plot, random_weights
from midfill.engine.bench.hardware import Options
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models.architecture import Architecture
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context, Item
from midfill.engine.runtime.footprint import footprint
from midfill.engine.runtime.model import Model

pytestmark = pytest.mark.model

BRIEF = Options(
    batches=(8, 32),
    contexts=(0, 24),
    streams=(1, 2),
    limits=(1000,),
    prompt=16,
    generated=4,
    repeats=1,
    typed=24,
    keys=2,
)


@pytest.fixture
def config(model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineConfig:
    """The real model, calibrated by nobody yet."""
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    return EngineConfig(path=str(model_path), context_tokens=512, gpu_layers=0, repack=False)


def program(file: Path, script: str) -> Path:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


async def test_speeds(config: EngineConfig, tmp_path: Path) -> None:
    # A llama-bench that knows one speed of each kind, of which the best of its samples counts.
    rows = '{"n_ubatch": 32, "n_depth": 24, "samples_ts": [1.0, 4.0, 2.0]}'
    peer = program(tmp_path / "llama-bench", f"echo \"$@\" >> {tmp_path}/asked; echo '[{rows}]'")
    options = Options(**{**vars(BRIEF), "llama_bench": peer})
    said: list[str] = []
    report = await hardware.run(config, options, said.append)
    assert [(each.batch, each.context) for each in report.speeds if each.kind == "prefill"] == [
        (8, 0),
        (8, 24),
        (32, 0),
        (32, 24),
    ]
    decode = [each for each in report.speeds if each.kind == "decode"]
    assert [(each.context, each.streams) for each in decode] == [(0, 1), (0, 2), (24, 1), (24, 2)]
    assert all(each.speed > 0 for each in report.speeds)
    beside = [each for each in report.speeds if each.peer is not None]
    assert [(each.kind, each.batch, each.context) for each in beside] == [("prefill", 32, 24)]
    assert beside[0].ratio == pytest.approx(beside[0].speed / 4, abs=1e-3)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert "--n-prompt 16 --n-gen 0 --n-depth 0,24 --ubatch-size 8,32" in asked[0]
    assert "--n-prompt 0 --n-gen 4" in asked[1]
    assert (report.gpu_layers, report.layers, report.limited) == (0, 25, [])
    typing = report.typing
    assert typing is not None
    assert typing.evaluated == 2
    assert typing.key_ms and typing.jump_ms and typing.four_ms and typing.repair_ms
    assert typing.silent_ms is not None
    assert "prefill, batches of 8" in said
    plot.speeds(tmp_path / "speeds.svg", report.speeds)
    assert "behind 24 tokens" in (tmp_path / "speeds.svg").read_text()


async def test_a_context_that_does_not_fit(config: EngineConfig) -> None:
    with pytest.raises(UsageError, match="tokens do not fit into 512"):
        await hardware.run(config, Options(typed=600), lambda line: None)


async def test_a_llama_bench_that_fails(config: EngineConfig, tmp_path: Path) -> None:
    peer = program(tmp_path / "llama-bench", "echo 'no such option' >&2; exit 1")
    few = {"batches": (8,), "contexts": (0,), "streams": (1,), "typed": 0, "llama_bench": peer}
    with pytest.raises(MidfillError, match="llama-bench failed: no such option"):
        await hardware.run(config, Options(**{**vars(BRIEF), **few}), lambda line: None)


async def test_an_engine_that_does_not_start(config: EngineConfig, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")
    absent = EngineConfig(path=str(broken), context_tokens=512)
    with pytest.raises(MidfillError, match="the engine does not start"):
        await hardware.run(absent, BRIEF, lambda line: None)


def test_random_weights(
    config: EngineConfig, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = Architecture(3, 256, 512, heads=4, kv_heads=2, head_dim=64, vocabulary=0)
    monkeypatch.setitem(random_weights._MODELS, "tiny", tiny)
    file = random_weights.random_model("tiny", model_path, lambda line: None)
    assert random_weights.random_model("tiny", model_path, lambda line: None) == file
    made = EngineConfig(path=str(file), context_tokens=256)
    assert len(footprint(file, made).layers()) == 4
    model = Model(file, repack=False)
    assert model.vocab.fim is not None
    context = Context(model, tokens=256, sequences=1, batch=8, threads=1)
    tokens = model.vocab.encode("def add(a, b):")
    context.decode([Item(token, i, 0, True) for i, token in enumerate(tokens)])
    first, last = context.logits(0), context.logits(len(tokens) - 1)
    assert np.isfinite(first).all() and not np.array_equal(first, last)
    context.close()
    model.close()


def test_the_real_sizes_have_the_bytes_of_real_files() -> None:
    sizes = {"1.5b": 1_117_320_768, "7b": 4_683_073_536, "32b": 19_851_335_872}
    for size, bytes_ in sizes.items():
        tensors = random_weights._tensors(size, 151_936)
        total = sum(random_weights._bytes(shape, kind) for _, shape, kind in tensors)
        assert total == pytest.approx(bytes_, rel=0.02)


def test_an_unknown_size(model_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there are: 1\.5b, 3b, 7b, 14b, 32b"):
        random_weights.random_model("8b", model_path, lambda line: None)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--contexts", "0,x"], "is not N,N,..., all from 0"),
        (["--batches", "0"], "all from 1"),
        (["--plot", "speeds.txt"], "its name must end in"),
    ],
)
def test_bad_usage(words: list[str], says: str) -> None:
    command = [sys.executable, "-m", "midfill.engine.cli", "bench", "hardware", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_table_says_what_was_not_measured(config: EngineConfig) -> None:
    words = "--batches 8 --contexts 0 --streams 1 --prompt 8 --generated 2 --repeats 1 --typed 0"
    base = [sys.executable, "-m", "midfill.engine.cli", "bench", "hardware", "--model", config.path]
    limited = [*base, *words.split(), "--limits", "1000"]
    done = subprocess.run(limited, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "On a GPU: NOT MEASURED" in done.stdout
    assert re.search(r"1000 +\S? +NOT MEASURED", done.stdout)
    done = subprocess.run([*base, *words.split(), "--json"], capture_output=True, text=True)
    assert [each["kind"] for each in json.loads(done.stdout)["speeds"]] == ["prefill", "decode"]
