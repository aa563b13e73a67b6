"""GGUF files of Qwen2.5-Coder's architectures with random weights: as fast as real ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from midfill.engine import paths
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models.catalogue import CATALOGUE
from midfill.engine.models.sources import NotEnoughDisk, require_space

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter

_BLOCK = 256  # weights
# The 0.5B's width is no multiple of a block.
_MODELS = {
    model.size.lower(): model.architecture
    for model in CATALOGUE
    if model.architecture.width % _BLOCK == 0
}
# Bytes of a block, and where in it 16-bit scales lie: block_q4_K and block_q6_K in ggml-common.h.
_LAYOUT = {"Q4_K": (144, (0, 2)), "Q6_K": (210, (208,))}
_POOL_BLOCKS = 1 << 14
_SCALE = np.float16(1e-4)

Matrix = npt.NDArray[Any]


def random_model(size: str, vocabulary: Path, say: Callable[[str], None]) -> Path:
    """The file of that size in the cache, made if need be, about as large as a Q4_K_M.

    Args:
        vocabulary: a GGUF of the same family.

    Raises:
        UsageError: there is no such size.
        MidfillError: the package gguf is missing, or the file cannot be written.
    """
    if size not in _MODELS:
        raise UsageError(f"no size is called '{size}'; there are: {', '.join(_MODELS)}")
    file = paths.cache_dir() / "bench" / f"random-{size}-q4_k_m.gguf"
    if file.exists():
        return file
    try:
        from gguf import GGUFReader, GGUFWriter
    except ImportError as error:
        raise MidfillError("--random needs gguf: pip install 'midfill[bench]'") from error
    reader = GGUFReader(vocabulary)
    unfinished = file.with_suffix(".new")
    file.parent.mkdir(parents=True, exist_ok=True)
    tensors = list(_tensors(size, len(reader.fields["tokenizer.ggml.tokens"].data)))
    try:
        require_space(file.parent, sum(_bytes(shape, kind) for _, shape, kind in tensors))
        _write(GGUFWriter(unfinished, "qwen2"), reader, size, tensors, say)
        unfinished.replace(file)
    except (OSError, NotEnoughDisk) as error:
        unfinished.unlink(missing_ok=True)
        raise MidfillError(f"cannot write {file}: {error}") from error
    return file


def _write(
    writer: GGUFWriter,
    reader: GGUFReader,
    size: str,
    tensors: list[tuple[str, tuple[int, ...], str]],
    say: Callable[[str], None],
) -> None:
    from gguf import GGMLQuantizationType, GGUFValueType

    model = _MODELS[size]
    writer.add_name(f"Random {size}")
    writer.add_block_count(model.layers)
    writer.add_context_length(32_768)
    writer.add_embedding_length(model.width)
    writer.add_feed_forward_length(model.feed_forward)
    writer.add_head_count(model.heads)
    writer.add_head_count_kv(model.kv_heads)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    for key, field in reader.fields.items():
        if key.startswith("tokenizer."):
            if field.types[0] == GGUFValueType.ARRAY:
                writer.add_array(key, field.contents())
            else:
                writer.add_key_value(key, field.contents(), field.types[0])
    for name, shape, kind in tensors:
        size_in_bytes, type_ = _bytes(shape, kind), GGMLQuantizationType[kind]
        writer.add_tensor_info(name, shape, np.dtype(np.float32), size_in_bytes, type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    pools = {kind: _pool(kind) for kind in _LAYOUT}
    for done, (name, shape, kind) in enumerate(tensors):
        say(f"writing random weights, {name}, {done} of {len(tensors)}")
        if kind == "F32":
            writer.write_tensor_data(np.ones(shape, np.float32))
        else:
            writer.write_tensor_data(np.resize(pools[kind], _bytes(shape, kind)))
    writer.close()


def _tensors(size: str, vocabulary: int) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Name, shape as numpy has it, and type, which are those of a Q4_K_M."""
    model = _MODELS[size]
    layers, width, inner = model.layers, model.width, model.feed_forward
    keys = model.kv_heads * model.head_dim
    yield "token_embd.weight", (vocabulary, width), "Q4_K"
    yield "output_norm.weight", (width,), "F32"
    yield "output.weight", (vocabulary, width), "Q6_K"
    for layer in range(layers):
        # llama.cpp gives more bits to half of the layers, in some of their matrices.
        outer = layer < layers // 8 or layer >= 7 * layers // 8
        more = "Q6_K" if outer or layer % 3 == 2 else "Q4_K"
        for name, rows, columns, kind in (
            ("attn_q", width, width, "Q4_K"),
            ("attn_k", keys, width, "Q4_K"),
            ("attn_v", keys, width, more),
            ("attn_output", width, width, "Q4_K"),
            ("ffn_gate", inner, width, "Q4_K"),
            ("ffn_up", inner, width, "Q4_K"),
            ("ffn_down", width, inner, more),
        ):
            yield f"blk.{layer}.{name}.weight", (rows, columns), kind
        for name, length in (("attn_q", width), ("attn_k", keys), ("attn_v", keys)):
            yield f"blk.{layer}.{name}.bias", (length,), "F32"
        for name in ("attn_norm", "ffn_norm"):
            yield f"blk.{layer}.{name}.weight", (width,), "F32"


def _bytes(shape: tuple[int, ...], kind: str) -> int:
    if kind == "F32":
        return math.prod(shape) * 4
    return math.prod(shape) // _BLOCK * _LAYOUT[kind][0]


def _pool(kind: str) -> Matrix:
    """Blocks of random weights with small scales: all numbers stay finite."""
    size, scales = _LAYOUT[kind]
    blocks = np.random.default_rng(0).integers(0, 256, (_POOL_BLOCKS, size), np.uint8)
    for place in scales:
        blocks[:, place : place + 2] = np.frombuffer(_SCALE.tobytes(), np.uint8)
    return blocks.reshape(-1)
