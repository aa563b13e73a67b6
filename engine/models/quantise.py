"""Quantise a model anew: `python -m midfill.engine.models.quantise SOURCE TARGET TYPE SHA256`.

In a process of its own, because llama.cpp aborts its process on some errors. It prints how many
tensors are done, and how many there are, a line each; what fails goes to stderr.
"""

from __future__ import annotations

import ctypes
import re
import sys

import llama_cpp.llama_cpp as llama

from midfill.engine.models.hardware import cores
from midfill.engine.models.variant import SOURCE_KEY

_FTYPES = {"q4_0": llama.LLAMA_FTYPE_MOSTLY_Q4_0, "q8_0": llama.LLAMA_FTYPE_MOSTLY_Q8_0}
_TENSOR = re.compile(rb"\[ *(\d+)/ *(\d+)\]")
_ERROR = 4  # ggml_log_level in ggml.h, which llama_cpp does not bind


def main(source: str, target: str, type_: str, sha256: str) -> int:
    """Write `target`, and into it that it comes from a file of that hash; the exit status."""
    log = llama.llama_log_callback(_on_log)
    llama.llama_log_set(log, ctypes.c_void_p())
    llama.llama_backend_init()
    params = llama.llama_model_quantize_default_params()
    params.nthread = cores()
    params.ftype = _FTYPES[type_]
    params.allow_requantize = True
    # The second entry, whose key is empty, ends the list.
    notes = (llama.llama_model_kv_override * 2)()
    notes[0].tag = llama.LLAMA_KV_OVERRIDE_TYPE_STR
    notes[0].key = SOURCE_KEY.encode()
    notes[0].value.val_str = sha256.encode()
    params.kv_overrides = notes
    return int(llama.llama_model_quantize(source.encode(), target.encode(), params))


def _on_log(level: int, text: bytes, _: object) -> None:
    tensor = _TENSOR.match(text)
    if tensor:
        print(*map(int, tensor.groups()), flush=True)
    elif level == _ERROR:
        sys.stderr.write(text.decode("utf-8", "replace"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
