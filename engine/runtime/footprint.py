"""The memory that llama.cpp takes for a model, computed from the GGUF's header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from midfill.engine.models import gguf
from midfill.engine.runtime.config import SPARE_OUTPUTS, EngineConfig

_FLOAT, _HALF = 4, 2
_CELLS_STEP = 256  # llama.cpp rounds the cells of a KV cache up to it
_BLOCK = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True)
class Footprint:
    """Bytes, by what can be put on a GPU.

    Attributes:
        embedding: the table of the input's tokens, which stays with the processor.
        blocks: of each layer the weights and its part of the KV cache.
        output: the weights that make logits of the last layer; 0 where `tied`.
        tied: whether the table of the input serves there too. A GPU then gets a copy.
        compute: what is between the layers, on each GPU at work.
        plain_compute: the same without flash attention, where the processor does all the work.
        logits: rows of logits that are handed over.
        largest: the largest block's weights.
    """

    embedding: int
    blocks: tuple[int, ...]
    output: int
    tied: bool
    compute: int
    plain_compute: int
    logits: int
    largest: int

    @property
    def layers(self) -> tuple[int, ...]:
        """What a GPU takes for each layer, as llama.cpp counts them: the output's is the last."""
        return (*self.blocks, self.output + (self.embedding if self.tied else 0))

    @property
    def total(self) -> int:
        """What the processor takes without any GPU."""
        return self.embedding + sum(self.blocks) + self.output + self.plain_compute + self.logits


def footprint(path: Path, config: EngineConfig) -> Footprint:
    """What `path` takes when it is run as `config` says, its weights as they are in the file.

    Raises:
        MidfillError: the file cannot be read, or is no whole GGUF.
    """
    numbers, tensors = gguf.contents(path)
    prefix = f"{gguf.text(path, 'general.architecture')}."
    header = {key.removeprefix(prefix): value for key, value in numbers.items()}
    weights = [0] * header.get("block_count", 0)
    rest = 0
    for name, size in tensors.items():
        block = _BLOCK.match(name)
        if block and int(block[1]) < len(weights):
            weights[int(block[1])] += size
        elif name != "token_embd.weight":
            rest += size
    cache = _cache_bytes(header, config)
    rows = config.sequences + SPARE_OUTPUTS
    vocabulary = len(gguf.texts(path, "tokenizer.ggml.tokens"))
    between = _logits(header, config, rows, vocabulary)
    return Footprint(
        embedding=tensors.get("token_embd.weight", 0),
        blocks=tuple(size + cache for size in weights),
        output=rest,
        tied="output.weight" not in tensors,
        compute=max(between, _fused(header, config)),
        plain_compute=max(between, _plain(header, config)),
        logits=config.sequences * vocabulary * _FLOAT,
        largest=max(weights, default=0),
    )


def _cache_bytes(header: dict[str, int], config: EngineConfig) -> int:
    """Keys and values of one layer, in 16-bit floats."""
    cells = -(-_context(header, config) // _CELLS_STEP) * _CELLS_STEP
    return cells * _keys_and_values(header) * _HALF


# llama.cpp reserves room for a batch, made a multiple of the sequences: for its logits or for a
# layer, whichever is larger. What its allocator keeps at the worst place of a layer was read off
# the sizes it prints; it is the same with two models and batches from 32 to 1024.


def _logits(header: dict[str, int], config: EngineConfig, rows: int, vocabulary: int) -> int:
    """For the batch's logits, and what they are made of."""
    width = header.get("embedding_length", 0)
    return (min(rows, config.batch) * (vocabulary + width) + _tokens(config) * width) * _FLOAT


def _fused(header: dict[str, int], config: EngineConfig) -> int:
    """For a layer with flash attention: three tensors of the feed-forward network's width, four of
    the embedding's, and the mask."""
    width = header.get("embedding_length", 0)
    feed_forward = header.get("feed_forward_length", 4 * width)
    mask = _context(header, config) * _HALF
    return _tokens(config) * ((3 * feed_forward + 4 * width) * _FLOAT + mask)


def _plain(header: dict[str, int], config: EngineConfig) -> int:
    """For a layer without it: the attention of each head and the mask, five tensors of the
    embedding's width, the keys and the values."""
    width = header.get("embedding_length", 0)
    attention = _context(header, config) * (header.get("attention.head_count", 1) + 1)
    return _tokens(config) * (attention + 5 * width + _keys_and_values(header)) * _FLOAT


def _keys_and_values(header: dict[str, int]) -> int:
    """Numbers for each token in one layer."""
    heads = header.get("attention.head_count", 1)
    width = header.get("embedding_length", 0) // heads
    both = sum(header.get(f"attention.{part}_length", width) for part in ("key", "value"))
    return header.get("attention.head_count_kv", heads) * both


def _tokens(config: EngineConfig) -> int:
    return -(-config.batch // config.sequences) * config.sequences


def _context(header: dict[str, int], config: EngineConfig) -> int:
    return min(config.context_tokens, header.get("context_length", config.context_tokens))
