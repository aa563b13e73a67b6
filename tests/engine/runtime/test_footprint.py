"""What llama.cpp takes, beside what was computed before."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import llama_cpp.llama_cpp as llama
import msgspec
import pytest
from gguf import GGUFReader, GGUFWriter

from midfill.engine.models.catalogue import Model as CatalogueModel
from midfill.engine.models.catalogue import find
from midfill.engine.models.store import Store
from midfill.engine.runtime import model as module
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context
from midfill.engine.runtime.devices import devices
from midfill.engine.runtime.footprint import footprint
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.offload import Plan, plan
from midfill.engine.settings import Settings

pytestmark = pytest.mark.model

Buffers = Callable[..., dict[str, float]]

DEFAULT = EngineConfig(path="")
PROCESSOR = Plan(0)

read = cache(GGUFReader)  # which takes seconds


@pytest.fixture
def buffers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Buffers]:
    """MiB of each kind of buffer on a device, as llama.cpp prints when a model is loaded."""
    usual = module._forward_log
    lines: list[str] = []

    @llama.llama_log_callback
    def listen(level: int, text: bytes, _: ctypes.c_void_p) -> None:
        lines.append(text.decode("utf-8", "replace"))

    monkeypatch.setattr(module, "_forward_log", listen)

    def load(
        config: EngineConfig, made: Plan = PROCESSOR, device: str = "CPU", *, flash: bool = False
    ) -> dict[str, float]:
        lines.clear()
        model = Model(Path(config.path), gpu_layers=made.layers, gpu_split=made.split, repack=False)
        model.offloaded = flash
        context = Context(
            model,
            tokens=config.context_tokens,
            sequences=config.sequences,
            batch=config.batch,
            threads=1,
            compact=made.compact,
        )
        context.close()
        model.close()
        found = re.findall(rf"{device}\S* +(\w+) buffer size = +([\d.]+) MiB", "".join(lines))
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
    computed, taken = footprint(path, config), buffers(config, Plan(0, compact=True))
    cache = len(computed.weights) * computed.compact_cache
    assert cache == pytest.approx(taken["KV"] * 2**20, rel=0.001)
    assert computed.compute == pytest.approx(taken["compute"] * 2**20, rel=0.05)


def last_layers(source: Path, layers: int, target: Path) -> None:
    """Write a model of the last layers alone, which are what a GPU gets."""
    reader, writer = read(source), GGUFWriter(target, "qwen2")
    blocks = reader.fields["qwen2.block_count"].contents()
    writer.add_block_count(layers - 1)
    for key, value in reader.fields.items():
        if key.startswith(("qwen2.", "tokenizer.")) and key != "qwen2.block_count":
            inner = value.types[1] if len(value.types) > 1 else None
            writer.add_key_value(key, value.contents(), value.types[0], inner)
    for tensor in reader.tensors:
        name = tensor.name
        if block := re.match(r"blk\.(\d+)", name):
            number = int(block[1]) - (blocks + 1 - layers)
            name = name.replace(block[0], f"blk.{number}") if number >= 0 else ""
        if name:
            writer.add_tensor(name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_layers_of_a_plan_take_what_was_computed_and_no_more_than_the_limit(
    buffers: Buffers, model: tuple[CatalogueModel, Path], tmp_path: Path, share: float
) -> None:
    _, path = model
    config = EngineConfig(path=str(path))
    needed = footprint(path, config)
    layers = needed.layers()
    limit = int(share * sum(layers))
    made = plan(needed, {"GPU": limit})
    assert 0 < made.layers < len(layers)
    last_layers(path, made.layers, tmp_path / "last.gguf")
    alone = msgspec.structs.replace(config, path=str(tmp_path / "last.gguf"))
    taken = buffers(alone, flash=True)
    used = (taken["model"] + taken["KV"] + taken["compute"]) * 2**20
    if not needed.tied:  # what the input's tokens take stays with the processor
        used -= needed.embedding
    # Batches of a prompt need room for the largest of the other layers as well.
    assert made.computed - max(needed.weights) == pytest.approx(used, rel=0.05)
    assert made.computed <= limit < made.computed + max(layers)


@pytest.mark.parametrize(("share", "compact"), [(1, False), (0.98, True), (0.6, False)])
def test_what_llama_cpp_takes_of_a_gpu(
    buffers: Buffers, model: tuple[CatalogueModel, Path], share: float, compact: bool
) -> None:
    gpu = next(iter(devices()), None)
    if gpu is None:
        pytest.skip("llama.cpp sees no GPU here")
    _, path = model
    config = EngineConfig(path=str(path))
    needed = footprint(path, config)
    made = plan(needed, {gpu.name: int(share * (sum(needed.layers()) + needed.compute))})
    assert made.layers and made.compact == compact
    used = sum(buffers(config, made, gpu.name, flash=True).values()) * 2**20
    largest = max(needed.weights) if made.layers <= len(needed.weights) else 0
    assert made.computed - largest == pytest.approx(used, rel=0.05)


def test_what_the_catalogue_says_without_the_file(model: tuple[CatalogueModel, Path]) -> None:
    known, path = model
    computed = footprint(path, EngineConfig(path=str(path))).total
    assert known.memory() == pytest.approx(computed, rel=0.02)
