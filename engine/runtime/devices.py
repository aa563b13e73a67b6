"""The GPUs that llama.cpp can use: `python -m midfill.engine.runtime.devices` prints them as JSON.

A process of its own keeps the crash of a broken build, and a driver's memory, out of the caller's.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence

import msgspec

# ggml_backend_dev_type in ggml-backend.h: GPUs with memory of their own, and those without.
_GPU, _INTEGRATED_GPU = 1, 2


class Device(msgspec.Struct, frozen=True):
    """A GPU as llama.cpp sees it: `CUDA0`, its model, and bytes of memory, free now and in all."""

    name: str
    description: str
    free: int
    total: int


class _Properties(ctypes.Structure):
    """ggml_backend_dev_props in ggml-backend.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("free", ctypes.c_size_t),
        ("total", ctypes.c_size_t),
        ("kind", ctypes.c_int),
        ("bus", ctypes.c_char_p),
        ("capabilities", ctypes.c_bool * 8),
    )


def devices() -> list[Device]:
    """The GPUs to put layers on: of those that share the processor's memory one, and none beside
    others; one that two backends know, as CUDA and Vulkan may, once.

    Raises:
        OSError, RuntimeError: the libraries of llama-cpp-python cannot be loaded.
    """
    found = list(_properties())
    gpus: dict[bytes, _Properties] = {}
    for each in found:
        if each.kind == _GPU:
            gpus.setdefault(each.bus or each.name, each)
    integrated = [each for each in found if each.kind == _INTEGRATED_GPU]
    return [
        Device(each.name.decode(), each.description.decode(), each.free, each.total)
        for each in list(gpus.values()) or integrated[:1]
    ]


def handles(names: Sequence[str]) -> ctypes.Array[ctypes.c_void_p]:
    """The GPUs called so, as llama.cpp's parameters have them: NULL is the end."""
    from llama_cpp._ggml import libggml

    by_name = libggml.ggml_backend_dev_by_name
    by_name.argtypes, by_name.restype = [ctypes.c_char_p], ctypes.c_void_p
    return (ctypes.c_void_p * (len(names) + 1))(*(by_name(name.encode()) for name in names))


def _properties() -> Iterator[_Properties]:
    """Those of every device, processors among them."""
    import llama_cpp.llama_cpp as llama
    from llama_cpp._ctypes_extensions import load_shared_library
    from llama_cpp._ggml import libggml, libggml_base_path

    llama.llama_backend_init()
    tell = load_shared_library("ggml-base", libggml_base_path).ggml_backend_dev_get_props
    tell.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Properties)]
    count, get = libggml.ggml_backend_dev_count, libggml.ggml_backend_dev_get
    count.restype, get.argtypes = ctypes.c_size_t, [ctypes.c_size_t]
    get.restype = ctypes.c_void_p
    for number in range(count()):
        properties = _Properties()
        tell(get(number), ctypes.byref(properties))
        yield properties


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(devices()))
