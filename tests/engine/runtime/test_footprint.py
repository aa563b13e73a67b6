"""What llama.cpp takes, beside what was computed before."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import pytest

from midfill.engine.models.catalogue import Model as CatalogueModel
from midfill.engine.models.catalogue import find
from midfill.engine.models.store import Store
from midfill.engine.runtime import model as module
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context
from midfill.engine.runtime.footprint import footprint
from midfill.engine.runtime.model import Model
from midfill.engine.settings import Settings

pytestmark = pytest.mark.model

Buffers = Callable[..., dict[str, float]]

DEFAULT = EngineConfig(path="")


@pytest.fixture
def buffers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Buffers]:
    """MiB of each kind of buffer, as llama.cpp prints them when a model is loaded."""
    usual = module._forward_log
    lines: list[str] = []

    @llama.llama_log_callback
    def listen(level: int, text: bytes, _: ctypes.c_void_p) -> None:
        lines.append(text.decode("utf-8", "replace"))

    monkeypatch.setattr(module, "_forward_log", listen)

    def load(config: EngineConfig, compact: bool = False) -> dict[str, float]:
        lines.clear()
        model = Model(Path(config.path), gpu_layers=0, repack=False)
        context = Context(
            model,
            tokens=config.context_tokens,
            sequences=config.sequences,
            batch=config.batch,
            threads=1,
            compact=compact,
        )
        context.close()
        model.close()
        found = re.findall(r"(\w+) buffer size = +([\d.]+) MiB", "".join(lines))
        return {kind: float(size) for kind, size in found}

    yield load
    llama.llama_log_set(usual, ctypes.c_void_p())


@pytest.fixture(params=["0.5b", "1.5b"])
def model(request: pytest.FixtureRequest) -> tuple[CatalogueModel, Path]:
    """A model, and where it lies."""
    store, wanted = Store(Settings().models_dir), find(request.param)
    if not store.has(wanted):
        pytest.skip(f"not on this machine: {wanted.fetch_command}")
    return wanted, store.path(wanted)


@pytest.mark.parametrize(
    ("context_tokens", "sequences", "batch"),
    [
        (DEFAULT.context_tokens, DEFAULT.sequences, DEFAULT.batch),
        (8192, 12, 128),
        (2048, 4, 64),
        (32_768, 12, 128),
        (8192, 12, 512),
    ],
)
def test_what_llama_cpp_takes(
    buffers: Buffers,
    model: tuple[CatalogueModel, Path],
    context_tokens: int,
    sequences: int,
    batch: int,
) -> None:
    known, path = model
    config = EngineConfig(
        path=str(path), context_tokens=context_tokens, sequences=sequences, batch=batch
    )
    computed, taken = footprint(path, config), buffers(config)
    weights = computed.total - computed.plain_compute - computed.logits
    assert weights == pytest.approx((taken["model"] + taken["KV"]) * 2**20, rel=0.001)
    assert computed.plain_compute == pytest.approx(taken["compute"] * 2**20, rel=0.05)
    assert known.architecture.compute_bytes(config) == computed.plain_compute
    assert computed.logits == pytest.approx(taken["output"] * 2**20, rel=0.01)
    assert computed.total == pytest.approx(sum(taken.values()) * 2**20, rel=0.01)


@pytest.mark.parametrize(("context_tokens", "batch"), [(8192, 128), (32_768, 128), (8192, 512)])
def test_what_it_takes_with_flash_attention_and_a_smaller_cache(
    buffers: Buffers, model: tuple[CatalogueModel, Path], context_tokens: int, batch: int
) -> None:
    _, path = model
    config = EngineConfig(path=str(path), context_tokens=context_tokens, batch=batch)
    computed, taken = footprint(path, config), buffers(config, compact=True)
    cache = len(computed.weights) * computed.compact_cache
    assert cache == pytest.approx(taken["KV"] * 2**20, rel=0.001)
    assert computed.compute == pytest.approx(taken["compute"] * 2**20, rel=0.05)


def test_what_the_catalogue_says_without_the_file(model: tuple[CatalogueModel, Path]) -> None:
    known, path = model
    computed = footprint(path, EngineConfig(path=str(path))).total
    assert known.memory() == pytest.approx(computed, rel=0.02)
