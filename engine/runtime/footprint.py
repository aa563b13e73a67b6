"""The memory that llama.cpp takes for a model, computed from the GGUF's header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from midfill.engine.models import gguf
from midfill.engine.models.architecture import Architecture
from midfill.engine.runtime.config import EngineConfig

_BLOCK = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True)
class Footprint:
    """Bytes, by what can be put on a GPU.

    Attributes:
        embedding: the table of the input's tokens, which stays with the processor.
        weights: of each layer.
        cache: keys and values of one layer.
        compact_cache: the same in 8 bits; as much as `cache` where the model's do not allow that.
        output: the weights that make logits of the last layer; 0 where `tied`.
        tied: whether the table of the input serves there too. A GPU then gets a copy.
        compute: what is between the layers, on each GPU at work.
        plain_compute: the same without flash attention, where the processor does all the work.
        logits: rows of logits that are handed over.
    """

    embedding: int
    weights: tuple[int, ...]
    cache: int
    compact_cache: int
    output: int
    tied: bool
    compute: int
    plain_compute: int
    logits: int

    def layers(self, *, compact: bool = False) -> tuple[int, ...]:
        """What a GPU takes for each layer, as llama.cpp counts them: the output's is the last."""
        cache = self.compact_cache if compact else self.cache
        output = self.output + (self.embedding if self.tied else 0)
        return (*(size + cache for size in self.weights), output)

    @property
    def total(self) -> int:
        """What the processor takes without any GPU."""
        layers = sum(self.weights) + len(self.weights) * self.cache + self.output
        return self.embedding + layers + self.plain_compute + self.logits


def footprint(path: Path, config: EngineConfig) -> Footprint:
    """What `path` takes when it is run as `config` says, its weights as they are in the file.

    Raises:
        MidfillError: the file cannot be read, or is no whole GGUF.
    """
    numbers, tensors = gguf.contents(path)
    prefix = f"{gguf.text(path, 'general.architecture')}."
    header = {key.removeprefix(prefix): value for key, value in numbers.items()}
    vocabulary = len(gguf.texts(path, "tokenizer.ggml.tokens"))
    architecture = _architecture(header, vocabulary)
    weights = [0] * architecture.layers
    rest = 0
    for name, size in tensors.items():
        block = _BLOCK.match(name)
        if block and int(block[1]) < len(weights):
            weights[int(block[1])] += size
        elif name != "token_embd.weight":
            rest += size
    most = header.get("context_length", config.context_tokens)
    config = msgspec.structs.replace(config, context_tokens=min(config.context_tokens, most))
    compact = architecture.can_be_compact
    return Footprint(
        embedding=tensors.get("token_embd.weight", 0),
        weights=tuple(weights),
        cache=architecture.cache_bytes(config.context_tokens),
        compact_cache=architecture.cache_bytes(config.context_tokens, compact=compact),
        output=rest,
        tied="output.weight" not in tensors,
        compute=architecture.compute_bytes(config, flash=True),
        plain_compute=architecture.compute_bytes(config),
        logits=architecture.output_bytes(config),
    )


def _architecture(header: dict[str, int], vocabulary: int) -> Architecture:
    """Where a header is silent, as llama.cpp takes it to be."""
    width = header.get("embedding_length", 0)
    heads = header.get("attention.head_count", 1)
    parts = [header.get(f"attention.{part}_length", width // heads) for part in ("key", "value")]
    return Architecture(
        layers=header.get("block_count", 0),
        width=width,
        feed_forward=header.get("feed_forward_length", 4 * width),
        heads=heads,
        kv_heads=header.get("attention.head_count_kv", heads),
        head_dim=sum(parts) // 2,
        vocabulary=vocabulary,
    )
