"""The shape of a model, and the memory that llama.cpp takes beside its weights."""

from __future__ import annotations

from dataclasses import dataclass

from midfill.engine.runtime.config import SPARE_OUTPUTS, EngineConfig

_FLOAT = 4
_CELLS_STEP = 256  # llama.cpp rounds the cells of a KV cache up to it
# A block of numbers in a cache, and its bytes in 16-bit floats and as Q8_0: block_q8_0 in
# ggml-common.h.
_BLOCK, _HALF_BYTES, _Q8_0_BYTES = 32, 64, 34


@dataclass(frozen=True)
class Architecture:
    """The numbers that decide it, from a model's config.json or a GGUF's header.

    `width` is the embedding's, `feed_forward` that network's. All sizes here are bytes.
    """

    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int

    def cache_bytes(self, context_tokens: int, *, compact: bool = False) -> int:
        """Keys and values of one layer, in 16-bit floats, or `compact`, as Q8_0."""
        cells = -(-context_tokens // _CELLS_STEP) * _CELLS_STEP
        block = _Q8_0_BYTES if compact else _HALF_BYTES
        return cells * self._keys_and_values * block // _BLOCK

    @property
    def can_be_compact(self) -> bool:
        """Whether blocks of Q8_0 fit into the keys and values of a head."""
        return self.head_dim % _BLOCK == 0

    # llama.cpp reserves room for a batch, made a multiple of the sequences: for its logits or for a
    # layer, whichever is larger. What its allocator keeps at the worst place of a layer was read
    # off the sizes it prints; it is the same with all models and batches from 32 to 1024.

    def compute_bytes(self, config: EngineConfig, *, flash: bool = False) -> int:
        """The compute buffer, without flash attention or with it."""
        tokens = -(-config.batch // config.sequences) * config.sequences
        rows = min(config.sequences + SPARE_OUTPUTS, config.batch)
        logits = rows * (self.vocabulary + self.width) + tokens * self.width
        layer = self._flash(config) if flash else self._plain(config)
        return _FLOAT * max(logits, tokens * layer)

    def output_bytes(self, config: EngineConfig) -> int:
        """The logits that are handed over."""
        return config.sequences * self.vocabulary * _FLOAT

    def _flash(self, config: EngineConfig) -> int:
        """Floats for each token: three tensors of the feed-forward network's width, four of the
        embedding's, and the mask in 16 bits."""
        return 3 * self.feed_forward + 4 * self.width + config.context_tokens // 2

    def _plain(self, config: EngineConfig) -> int:
        """Floats for each token: the attention of each head and the mask, five tensors of the
        embedding's width, the keys and the values."""
        attention = config.context_tokens * (self.heads + 1)
        return attention + 5 * self.width + self._keys_and_values

    @property
    def _keys_and_values(self) -> int:
        """Numbers for each token in one layer."""
        return 2 * self.kv_heads * self.head_dim
