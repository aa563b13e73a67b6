"""A llama.cpp context: the KV cache of several sequences, and decoding."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence as Seq
from typing import NamedTuple

import llama_cpp.llama_cpp as llama
import numpy as np
import numpy.typing as npt

from midfill.engine.errors import MidfillError
from midfill.engine.runtime.config import SPARE_OUTPUTS
from midfill.engine.runtime.model import Model

# llama.cpp asks a callback at every graph node whether to stop. One written in Python would take
# the GIL there, some 1,400 times a token. strlen over a byte that is 0 or 1 answers without it.
_libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
_strlen = ctypes.cast(_libc.strlen, llama.ggml_abort_callback)

Logits = npt.NDArray[np.float32]
# Cells of a sequence, as llama.cpp writes them.
State = npt.NDArray[np.uint8]


class Item(NamedTuple):
    """One token of a batch: where it stands, and whether logits are wanted behind it."""

    token: int
    position: int
    sequence: int
    logits: bool


class NoRoom(Exception):
    """The KV cache has no free cells for the batch."""


class Aborted(Exception):
    """`abort` was called while the batch was being decoded; the cache is as it was before."""


class DecodeFailed(MidfillError):
    """llama.cpp could not decode a batch."""


class Context:
    """KV cache and decoding for up to `sequences` sequences, which share `tokens` cells.

    A batch may ask for logits behind one token of each sequence, and behind `spare_outputs` more.
    Not thread-safe, except for `abort`.

    A processor does without flash attention: llama.cpp's kernel for it computes every query on its
    own below 64 tokens. Behind 1,000 tokens, in milliseconds without and with it, measured with the
    0.5B: 1 token 38 and 50, 4 tokens 62 and 108, 16 tokens 152 and 361, 32 tokens 227 and 644.

    `compact` keeps keys and values in 8 bits, which takes flash attention.

    Raises:
        MidfillError: there is not enough memory.
    """

    def __init__(
        self,
        model: Model,
        *,
        tokens: int,
        sequences: int,
        batch: int,
        threads: int,
        spare_outputs: int = SPARE_OUTPUTS,
        compact: bool = False,
    ) -> None:
        params = llama.llama_context_default_params()
        params.n_ctx = tokens
        params.n_batch = batch
        params.n_ubatch = batch
        params.n_seq_max = sequences
        params.n_outputs_max = sequences + spare_outputs
        params.kv_unified = True
        params.n_threads = threads
        params.n_threads_batch = threads
        params.no_perf = True
        if compact:
            params.type_k = params.type_v = llama.GGML_TYPE_Q8_0
        self.flash = compact or model.offloaded
        if not self.flash:
            params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._abort = ctypes.create_string_buffer(2)
        params.abort_callback = _strlen
        params.abort_callback_data = ctypes.cast(self._abort, ctypes.c_void_p)
        handle = llama.llama_init_from_model(model.handle, params)
        if handle is None:
            raise MidfillError(
                f"not enough memory for {tokens} tokens of context: lower engine.context_tokens"
            )
        self._handle = handle
        self._memory = llama.llama_get_memory(handle)
        self._batch = llama.llama_batch_init(batch, 0, 1)
        self._vocab_size = model.vocab.size
        self.tokens: int = llama.llama_n_ctx(handle)
        self.sequences = sequences
        self.batch = batch
        # Sequences that were shifted since the last `decode`, which carries it out.
        self.shifted: set[int] = set()
        self.can_shift: bool = llama.llama_memory_can_shift(self._memory)

    def decode(self, items: Seq[Item]) -> None:
        """Evaluate up to `batch` tokens. `logits(i)` then answers for items that asked for them.

        Raises:
            NoRoom, Aborted: the cache is unchanged.
            DecodeFailed: the cache is in doubt.
        """
        batch = self._batch
        batch.n_tokens = len(items)
        for i, (token, position, sequence, logits) in enumerate(items):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = logits
        code = llama.llama_decode(self._handle, batch)
        self.shifted.clear()
        if code == 0:
            return
        for sequence in {item.sequence for item in items}:
            first = min(item.position for item in items if item.sequence == sequence)
            self.remove(sequence, first)
        if code == 1:
            raise NoRoom
        if code == 2:
            raise Aborted
        raise DecodeFailed(f"llama.cpp could not decode a batch (code {code})")

    def logits(self, item: int) -> Logits:
        """Logits behind the given item of the last batch, shape (vocabulary,). A view."""
        pointer = llama.llama_get_logits_ith(self._handle, item)
        return np.ctypeslib.as_array(pointer, shape=(self._vocab_size,))

    def sample(self, sampler: llama.llama_sampler_p, item: int) -> int:
        """Let a llama.cpp sampler chain choose from the logits behind `item`, and accept."""
        return int(llama.llama_sampler_sample(sampler, self._handle, item))

    def abort(self) -> None:
        """Stop the running `decode` at its next graph node. Works on the CPU; any thread."""
        self._abort[0] = b"\x01"

    def clear_abort(self) -> None:
        """Let `decode` run again."""
        self._abort[0] = b"\x00"

    def remove(self, sequence: int, start: int, end: int = -1) -> None:
        """Forget the cells of `sequence` at positions [start, end); -1 for no end."""
        llama.llama_memory_seq_rm(self._memory, sequence, start, end)

    def copy(self, source: int, target: int, end: int) -> None:
        """Let `target` share the cells of `source` at positions [0, end)."""
        llama.llama_memory_seq_cp(self._memory, source, target, 0, end)

    def shift(self, sequence: int, start: int, delta: int) -> None:
        """Move the cells of `sequence` from position `start` on by `delta` positions."""
        llama.llama_memory_seq_add(self._memory, sequence, start, -1, delta)
        self.shifted.add(sequence)

    def save(self, sequence: int) -> State:
        """The cells of `sequence`, for `load`; none that are still `shifted`."""
        size = llama.llama_state_seq_get_size(self._handle, sequence)
        state = np.empty(size, np.uint8)
        llama.llama_state_seq_get_data(self._handle, _pointer(state), size, sequence)
        return state

    def load(self, sequence: int, state: State) -> None:
        """Give `sequence` the cells that were saved, and no others.

        Raises:
            NoRoom: there are too few free ones; `sequence` has none then.
        """
        size = len(state)
        if llama.llama_state_seq_set_data(self._handle, _pointer(state), size, sequence) != size:
            raise NoRoom

    def set_threads(self, count: int) -> None:
        """Change the number of threads, for the next `decode` on."""
        llama.llama_set_n_threads(self._handle, count, count)

    def close(self) -> None:
        """Free the cache. The context must not be used afterwards."""
        llama.llama_batch_free(self._batch)
        llama.llama_free(self._handle)


def _pointer(state: State) -> ctypes._Pointer[ctypes.c_uint8]:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
