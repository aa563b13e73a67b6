"""`midfill models optimise`, with llama.cpp and a small model of random weights."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import gguf as gguf_py
import numpy as np
import pytest

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models import gguf
from midfill.engine.models.catalogue import find
from midfill.engine.models.figures import Figures
from midfill.engine.models.optimise import Candidate, choose, optimise
from midfill.engine.models.sources import NotEnoughDisk
from midfill.engine.models.store import Store
from midfill.engine.models.variant import SOURCE_KEY, Variant, named
from midfill.engine.settings import Settings

COMMAND = [sys.executable, "-c", "from midfill.engine.cli.main import main; main()", "models"]
MODEL = find("7b")
WIDTH, INNER, KEYS = 64, 128, 32
Midfill = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers of random weights under Qwen2's names, with a token for each byte."""
    path = tmp_path_factory.mktemp("weights") / "random.gguf"
    writer = gguf_py.GGUFWriter(path, "qwen2")
    writer.add_context_length(1024)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_block_count(2)
    writer.add_head_count(WIDTH // KEYS)
    writer.add_head_count_kv(1)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    tokens = [*byte_tokens(), "ĠĠ"]
    special = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, *special])
    kinds = [gguf_py.TokenType.NORMAL] * len(tokens) + [gguf_py.TokenType.CONTROL] * len(special)
    writer.add_token_types(kinds)
    writer.add_token_merges(["Ġ Ġ"])
    writer.add_eos_token_id(len(tokens) + 3)
    random = np.random.default_rng(7)
    vocabulary = len(tokens) + len(special)
    for name, shape in {
        "token_embd.weight": (vocabulary, WIDTH),
        "output.weight": (vocabulary, WIDTH),
        "output_norm.weight": (WIDTH,),
        **{f"blk.{n}.{name}": shape for n in (0, 1) for name, shape in LAYER.items()},
    }.items():
        writer.add_tensor(name, random.normal(0, 0.2, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


LAYER = {
    "attn_norm.weight": (WIDTH,),
    "attn_q.weight": (WIDTH, WIDTH),
    "attn_q.bias": (WIDTH,),
    "attn_k.weight": (KEYS, WIDTH),
    "attn_k.bias": (KEYS,),
    "attn_v.weight": (KEYS, WIDTH),
    "attn_v.bias": (KEYS,),
    "attn_output.weight": (WIDTH, WIDTH),
    "ffn_norm.weight": (WIDTH,),
    "ffn_gate.weight": (INNER, WIDTH),
    "ffn_up.weight": (INNER, WIDTH),
    "ffn_down.weight": (WIDTH, INNER),
}


def byte_tokens() -> list[str]:
    """GPT-2's letters for the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [*map(chr, shown), *(chr(256 + n) for n in range(len(hidden)))]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: Path) -> Path:
    """A person who has the model; returns the folder of their models."""
    for name in [name for name in os.environ if name.startswith("MIDFILL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MIDFILL_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cache" / "models"
    folder.mkdir(parents=True)
    shutil.copy(weights, folder / MODEL.file)
    return folder


@pytest.fixture
def midfill(home: Path) -> Midfill:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    return run


def files(home: Path) -> set[str]:
    """What lies there, but for locks."""
    return {path.name for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_variant_is_made_listed_found_and_removed(midfill: Midfill, home: Path) -> None:
    source = home / MODEL.file
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    made = midfill("optimise", "7b", "--type", "q4_0")
    assert made.returncode == 0, made.stderr
    assert made.stderr.splitlines() == ["checking", "making q4_0", "measuring"]
    rows = {line.split()[0]: line.split() for line in made.stdout.splitlines() if line}
    assert rows["name"][1:] == ["size", "prefill", "decode", "suggestion", "gain", "agreement"]
    assert rows["7b"][-2:] == ["1.00", "100.0%"]
    variant = Variant(MODEL, "q4_0")
    path = home / variant.file
    assert f"Kept: {path}" in made.stdout
    assert 'config.toml: model = "7b-to-q4_0"' in made.stdout

    assert files(home) == {MODEL.file, variant.file}
    assert path.stat().st_size < source.stat().st_size / 3
    assert gguf.text(path, SOURCE_KEY) == digest
    assert hashlib.sha256(source.read_bytes()).hexdigest() == digest
    assert midfill("path", "7b-to-q4_0").stdout == f"{path}\n"
    assert midfill("path").stdout == f"{home / MODEL.file}\n", "nothing uses it by itself"
    assert "optimised here" in midfill("list").stdout
    (listed,) = json.loads(midfill("list", "--json").stdout)["variants"]
    assert (listed["short"], listed["source"]) == ("7b-to-q4_0", MODEL.name)
    assert listed["source_sha256"] == digest
    assert midfill("remove", "7b-to-q4_0").stdout.startswith(f"{variant.name} is removed")
    assert files(home) == {MODEL.file}


def test_what_is_not_worth_it_is_not_kept(midfill: Midfill, home: Path) -> None:
    made = midfill("optimise", "7b", "--json")
    answer = json.loads(made.stdout)
    small, large = answer["variants"]
    assert (small["short"], large["short"]) == ("7b-to-q4_0", "7b-to-q8_0")
    assert small["bytes"] < large["bytes"] < answer["original"]["bytes"]
    assert answer["original"]["figures"]["divergence"] == 0
    assert 0 < large["figures"]["divergence"] < small["figures"]["divergence"]
    assert large["figures"]["agreement"] < 1
    kept = [one["name"] for one in (small, large) if one["short"] == answer["kept"]]
    assert files(home) == {MODEL.file, *(f"{name}.gguf" for name in kept)}


def test_use_sets_the_model_and_keeps_the_rest(
    midfill: Midfill, home: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text("# mine\n[engine]\nthreads = 1 # quiet\n")
    made = midfill("optimise", "7b", "--type", "q8_0", "--use", "--json")
    answer = json.loads(made.stdout)
    assert (answer["setting"], answer["threads"]) == ('model = "7b-to-q8_0"', 1)
    assert answer["written_to"] == str(config)
    written = config.read_text()
    assert "# mine\n" in written
    assert written.endswith("[engine]\nthreads = 1 # quiet\n")
    assert midfill("path").stdout == f"{answer['path']}\n"
    assert "in your settings" in midfill("list").stdout
    # Its source is what can be fetched, and made variants of.
    assert midfill("pull").stderr == f"{MODEL.name} is already here: {home / MODEL.file}\n"
    (home / Variant(MODEL, "q8_0").file).unlink()
    assert "run `midfill models optimise 7b --type q8_0`" in midfill("path").stderr


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing(home: Path, ended_by: signal.Signals) -> None:
    process = subprocess.Popen(
        [*COMMAND, "optimise", "7b"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    assert any(line == "measuring\n" for line in process.stderr), "both variants are there"
    process.send_signal(ended_by)
    _, said = process.communicate()
    assert (process.returncode, said.strip()) == (130, "midfill: interrupted")
    assert files(home) == {MODEL.file}


def test_a_model_that_llama_cpp_refuses_leaves_nothing(
    midfill: Midfill, home: Path, make_gguf: Callable[..., bytes]
) -> None:
    (home / MODEL.file).write_bytes(make_gguf())
    failed = midfill("optimise", "7b")
    assert failed.returncode == 1
    assert f"cannot make {Variant(MODEL, 'q4_0').name}: " in failed.stderr
    assert "Traceback" not in failed.stderr
    assert files(home) == {MODEL.file}


def test_a_process_that_is_killed_is_told_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = home.parent / "python"
    python.write_text("#!/bin/sh\nkill -ABRT $$\n")  # as GGML_ASSERT does
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(MidfillError, match=r"llama\.cpp was ended by SIGABRT\. Nothing was"):
        optimise(MODEL, Settings())
    assert files(home) == {MODEL.file}


def test_what_does_not_fit_is_not_begun(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_disk = SimpleNamespace(free=1000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: no_disk)
        with pytest.raises(NotEnoughDisk, match=r"1\.0 kB free"):
            optimise(MODEL, Settings())
    no_memory = SimpleNamespace(available=1000)
    monkeypatch.setattr("psutil.virtual_memory", lambda: no_memory)
    with pytest.raises(MidfillError, match=r"not enough memory .* --type q4_0"):
        optimise(MODEL, Settings())


def test_two_at_once_do_not_meet(home: Path) -> None:
    variant = Variant(MODEL, "q4_0")
    with (
        Store(home).lock(variant),
        pytest.raises(MidfillError, match="written by another process"),
    ):
        optimise(MODEL, Settings())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["0.5b"], 1, "midfill models pull 0.5b"),
        (["0.6b"], 2, "did you mean 0.5b"),
        (["./own.gguf"], 2, "is a file of your own"),
        (["7b-to-q5_0"], 2, "did you mean 7b-to-q4_0 or 7b-to-q8_0"),
        (["7b", "--type", "q5_0"], 2, "'q4_0', 'q8_0'"),
        (["7b-q8_0", "--type", "q8_0"], 1, "midfill models pull 7b-q8_0"),
    ],
)
def test_errors(midfill: Midfill, arguments: list[str], status: int, words: str) -> None:
    failed = midfill("optimise", *arguments)
    assert (failed.returncode, failed.stdout) == (status, "")
    assert words in failed.stderr


def test_a_type_that_the_model_has_already(home: Path, weights: Path) -> None:
    shutil.copy(weights, home / find("7b-q8_0").file)
    with pytest.raises(UsageError, match="is in q8_0 already"):
        optimise(find("7b-q8_0"), Settings(), only="q8_0")


def test_the_help_has_an_example(midfill: Midfill) -> None:
    assert "Example: midfill models optimise" in midfill("optimise", "--help").stdout


@pytest.mark.parametrize("name", ["0.5b-to-q8_0", "Qwen2.5-Coder-0.5B-to-q8_0.gguf"])
def test_names_of_variants(name: str) -> None:
    variant = named(name)
    assert variant == Variant(find("0.5b"), "q8_0")
    assert variant != named("0.5b-q8_0"), "made from full weights"
    assert named(variant.name) == named(variant.short) == variant


def candidate(short: str, gain: float, agreement: float) -> Candidate:
    figures = Figures(
        prefill=1, decode=1, suggestion_ms=1, gain=gain, agreement=agreement, divergence=0
    )
    return Candidate(name=short, short=short, bytes=1, figures=figures)


@pytest.mark.parametrize(
    ("small", "large", "kept"),
    [
        ((1.4, 0.97), (1.2, 0.99), "small"),
        ((1.2, 0.97), (1.4, 0.99), "large"),
        ((1.4, 0.60), (1.2, 0.99), "large"),
        ((1.4, 0.60), (1.1, 0.99), None),
        ((1.1, 0.97), (1.0, 0.99), None),
    ],
)
def test_the_choice(
    small: tuple[float, float], large: tuple[float, float], kept: str | None
) -> None:
    best, _ = choose([candidate("small", *small), candidate("large", *large)])
    assert (best and best.short) == kept


def test_what_was_asked_for_is_kept_and_the_reason_told() -> None:
    slow = candidate("slow", 0.9, 0.99)
    best, explanation = choose([slow], asked_for=True)
    assert best == slow
    assert "was asked for, though" in explanation
