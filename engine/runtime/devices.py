"""The GPUs that llama.cpp can use: `python -m midfill.engine.runtime.devices` prints them as JSON.

A process of its own keeps the crash of a broken build, and a driver's memory, out of the caller's.
"""

from __future__ import annotations

import ctypes
import sys

import msgspec

# ggml_backend_dev_type in ggml-backend.h: GPUs with memory of their own, and those without.
_GPU, _INTEGRATED_GPU = 1, 2


class Device(msgspec.Struct, frozen=True):
    """A GPU as llama.cpp sees it: `CUDA0`, its model, and bytes of memory, free now and in all."""

    name: str
    description: str
    free: int
    total: int


def devices() -> list[Device]:
    """The GPUs that llama.cpp puts layers on, in its order: of those that share the processor's
    memory one, and none beside others.

    Raises:
        OSError, RuntimeError: the libraries of llama-cpp-python cannot be loaded.
    """
    import llama_cpp.llama_cpp as llama
    from llama_cpp._ctypes_extensions import load_shared_library
    from llama_cpp._ggml import libggml, libggml_base_path

    llama.llama_backend_init()
    base = load_shared_library("ggml-base", libggml_base_path)
    count, get = libggml.ggml_backend_dev_count, libggml.ggml_backend_dev_get
    kind, name = base.ggml_backend_dev_type, base.ggml_backend_dev_name
    description, memory = base.ggml_backend_dev_description, base.ggml_backend_dev_memory
    count.restype, get.argtypes = ctypes.c_size_t, [ctypes.c_size_t]
    get.restype = ctypes.c_void_p
    for function in (kind, name, description):
        function.argtypes = [ctypes.c_void_p]
    name.restype = description.restype = ctypes.c_char_p
    memory.argtypes = [ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_size_t)] * 2]

    def device(handle: int) -> Device:
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        memory(handle, ctypes.byref(free), ctypes.byref(total))
        return Device(name(handle).decode(), description(handle).decode(), free.value, total.value)

    handles = [get(number) for number in range(count())]
    chosen = [handle for handle in handles if kind(handle) == _GPU]
    chosen = chosen or [handle for handle in handles if kind(handle) == _INTEGRATED_GPU][:1]
    return [device(handle) for handle in chosen]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(devices()))
