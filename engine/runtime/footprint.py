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
        compute: what is between the layers, on each processor at work.
        logits: rows of logits that are handed over.
        largest: the largest block's weights.
    """

    embedding: int
    blocks: tuple[int, ...]
    output: int
    tied: bool
    compute: int
    logits: int
    largest: int

    @property
    def layers(self) -> tuple[int, ...]:
        """What a GPU takes for each layer, as llama.cpp counts them: the output's is the last."""
        return (*self.blocks, self.output + (self.embedding if self.tied else 0))

    @property
    def total(self) -> int:
        """What the processor takes without any GPU."""
        return self.embedding + sum(self.blocks) + self.output + self.compute + self.logits


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
    return Footprint(
        embedding=tensors.get("token_embd.weight", 0),
        blocks=tuple(size + cache for size in weights),
        output=rest,
        tied="output.weight" not in tensors,
        compute=_compute_bytes(header, config, rows, vocabulary),
        logits=config.sequences * vocabulary * _FLOAT,
        largest=max(weights, default=0),
    )


def _cache_bytes(header: dict[str, int], config: EngineConfig) -> int:
    """Keys and values of one layer, in 16-bit floats."""
    heads = header.get("attention.head_count", 1)
    width = header.get("embedding_length", 0) // heads
    both = sum(header.get(f"attention.{part}_length", width) for part in ("key", "value"))
    cells = -(-_context(header, config) // _CELLS_STEP) * _CELLS_STEP
    return cells * header.get("attention.head_count_kv", heads) * both * _HALF


def _compute_bytes(header: dict[str, int], config: EngineConfig, rows: int, vocabulary: int) -> int:
    """The larger of what logits need and what a layer needs, with flash attention.

    llama.cpp reserves room for a batch, made a multiple of the sequences. Its allocator keeps,
    at the worst place of a layer, three tensors of the feed-forward network's width, four of the
    embedding's and the mask; read off the sizes it prints, and the same with two models and
    batches from 32 to 1024.
    """
    width = header.get("embedding_length", 0)
    tokens = -(-config.batch // config.sequences) * config.sequences
    rows = min(rows, config.batch)
    logits = (rows * (vocabulary + width) + tokens * width) * _FLOAT
    feed_forward = header.get("feed_forward_length", 4 * width)
    mask = _context(header, config) * _HALF
    layer = tokens * ((3 * feed_forward + 4 * width) * _FLOAT + mask)
    return max(logits, layer)


def _context(header: dict[str, int], config: EngineConfig) -> int:
    return min(config.context_tokens, header.get("context_length", config.context_tokens))
