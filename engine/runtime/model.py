"""A GGUF model loaded by llama.cpp."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import llama_cpp.llama_cpp as llama

from midfill.engine.errors import MidfillError
from midfill.engine.runtime.devices import handles
from midfill.engine.runtime.vocab import Vocab

_log = logging.getLogger(__name__)


class Model:
    """Weights, vocabulary and chat template.

    Args:
        path: the GGUF file.
        gpu_layers: layers to offload, the last ones; -1 for all of them.
        gpu_split: how many of them which GPU takes, by its name and in their order; empty to let
            llama.cpp divide them between all GPUs.
        repack: let llama.cpp lay weights out anew for this processor's kernels. Faster, but on
            some machines these kernels crash; the supervisor then asks for a plain layout.
        on_progress: called with the loaded fraction, 0 to 1.

    Raises:
        MidfillError: llama.cpp cannot load the file, or there is not enough memory.
    """

    def __init__(
        self,
        path: Path,
        *,
        gpu_layers: int = -1,
        gpu_split: Sequence[tuple[str, int]] = (),
        repack: bool = True,
        on_progress: Callable[[float], None] = lambda fraction: None,
    ) -> None:
        _initialise()
        params = llama.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        if gpu_split or gpu_layers == 0:  # a GPU without a layer is not even opened
            gpus = handles([name for name, _ in gpu_split])
            params.devices = ctypes.cast(gpus, ctypes.c_void_p)
        params.tensor_split = (ctypes.c_float * llama.llama_max_devices())(
            *(count for _, count in gpu_split)
        )
        params.use_extra_bufts = repack

        @llama.llama_progress_callback
        def progress(fraction: float, _: ctypes.c_void_p) -> bool:
            on_progress(fraction)
            return True

        params.progress_callback = progress
        _errors.clear()
        handle = llama.llama_model_load_from_file(bytes(path), params)
        if handle is None:
            if any(words in error for error in _errors for words in _NO_MEMORY):
                raise MidfillError(f"not enough memory for {path.name}: choose a smaller model")
            raise MidfillError(
                f"llama.cpp cannot load {path.name}: the file is damaged or of a kind that this "
                f"version does not know. Fetch it again: midfill models remove {path.stem}; "
                f"midfill models pull {path.stem}"
            )
        self.handle = handle
        self.offloaded = gpu_layers != 0 and llama.llama_supports_gpu_offload()
        self.path = path
        self.name = path.stem
        self.context_length: int = llama.llama_model_n_ctx_train(handle)
        # As llama.cpp counts what can go to a GPU: the output's layer is one.
        self.layers: int = llama.llama_model_n_layer(handle) + 1
        self.bytes: int = llama.llama_model_size(handle)
        self.vocab = Vocab(llama.llama_model_get_vocab(handle), self.metadata("tokenizer.ggml.pre"))

    def metadata(self, key: str) -> str:
        """A value of the GGUF's header as text; empty where there is none."""
        buffer = ctypes.create_string_buffer(1 << 16)
        length = llama.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if length >= 0 else ""

    @property
    def chat_template(self) -> str:
        """The GGUF's own Jinja template; empty where there is none."""
        template = llama.llama_model_chat_template(self.handle, None)
        return template.decode("utf-8") if template else ""

    def close(self) -> None:
        """Free the weights. The model must not be used afterwards."""
        llama.llama_model_free(self.handle)


# ggml_log_level in ggml.h; llama_cpp does not bind it.
_WARN, _ERROR = 3, 4
# What llama_decode also says by its return value. A key that breaks a step off is no news, and
# would write three lines.
_RETURNED_TOO = (b"graph_compute:", b"process_ubatch:", b"llama_decode:", b"decode:")
# llama.cpp's words for it, in the system's memory and in a GPU's.
_NO_MEMORY = (os.strerror(errno.ENOMEM), "unable to allocate")
# What llama.cpp said last, as it does not return why it cannot load a model.
_errors: deque[str] = deque(maxlen=4)


@llama.llama_log_callback
def _forward_log(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    if level in (_WARN, _ERROR) and not text.startswith(_RETURNED_TOO):
        said = text.decode("utf-8", "replace").rstrip()
        _errors.append(said)
        _log.warning("llama.cpp: %s", said)


def _initialise() -> None:
    llama.llama_log_set(_forward_log, ctypes.c_void_p())
    llama.llama_backend_init()
