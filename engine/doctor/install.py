"""The command that installs the right build of llama-cpp-python for this system.

Its author publishes wheels for the backends on an index of his own, on PyPI the source alone:
https://github.com/abetlen/llama-cpp-python#installation-configuration
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from importlib import metadata

from packaging.requirements import Requirement

from midfill.engine.models.hardware import Gpu, nvidia

PACKAGE = "llama-cpp-python"

_INDEX = "https://abetlen.github.io/llama-cpp-python/whl"
# The CUDA that each wheel was built with, and with that the oldest whose driver runs it.
_CUDA_WHEELS = {
    "Linux": ((11, 8), (12, 1), (12, 2), (12, 3), (12, 4), (12, 5), (13, 0), (13, 2)),
    "Windows": ((11, 8), (12, 4), (12, 5), (13, 0), (13, 2)),
}
# CUDA 13 dropped the GPUs before Turing, CUDA 11.8 does not know those after Ada.
_COMPUTE = {11: ((6, 0), (8, 9)), 12: ((6, 0), (99, 0)), 13: ((7, 5), (99, 0))}
# The wheels for Linux lack CUDA's runtime, which is on PyPI as well; see `process.environment`.
_CUDA_RUNTIME = {
    11: ("nvidia-cuda-runtime-cu11", "nvidia-cublas-cu11"),
    12: ("nvidia-cuda-runtime-cu12", "nvidia-cublas-cu12"),
    13: ("nvidia-cuda-runtime==13.*", "nvidia-cublas==13.*"),
}
_BUILD_OPTIONS = {
    "cuda": "-DGGML_CUDA=on",
    "metal": "-DGGML_METAL=on",
    "vulkan": "-DGGML_VULKAN=on",
}
_PC = ("x86_64", "AMD64")


def requirement() -> Requirement:
    """The version that Midfill was made for."""
    needed = map(Requirement, metadata.requires("midfill") or ())
    return next(each for each in needed if each.name == PACKAGE)


def command(gpu: Gpu | None) -> list[str]:
    """The command that installs the right build for this system, in place of what is there."""
    pip = [sys.executable, "-m", "pip", "install", "--force-reinstall", "--no-cache-dir"]
    return [*pip, "--no-deps", str(requirement()), *_source(gpu)]


def _source(gpu: Gpu | None) -> Sequence[str]:
    """Where to take it from: a wheel's index, or options to compile it with.

    Where a GPU is, only a wheel will do: the source, compiled as it comes, would not use it.
    """
    system, is_pc = platform.system(), platform.machine() in _PC
    if gpu is None:
        return ("--prefer-binary", "--extra-index-url", f"{_INDEX}/cpu")
    only_wheel = ("--only-binary", PACKAGE, "--extra-index-url")
    if gpu.backend == "cuda" and is_pc and (wheel := _cuda_wheel(system)):
        runtime = _CUDA_RUNTIME[wheel[0]] if system == "Linux" else ()
        return (*runtime, *only_wheel, f"{_INDEX}/cu{wheel[0]}{wheel[1]}")
    if gpu.backend == "vulkan" and is_pc:
        return (*only_wheel, f"{_INDEX}/vulkan")
    if gpu.backend == "metal" and sys.version_info < (3, 13):
        return (*only_wheel, f"{_INDEX}/metal")
    return (
        "--no-binary",
        PACKAGE,
        "--config-settings",
        f"cmake.args={_BUILD_OPTIONS[gpu.backend]}",
    )


def _cuda_wheel(system: str) -> tuple[int, int] | None:
    """The newest CUDA with a wheel that driver and GPUs are up to."""
    driver = nvidia()
    fitting = (
        version
        for version in _CUDA_WHEELS.get(system, ())
        if driver is not None
        and version <= driver.cuda
        and _COMPUTE[version[0]][0] <= driver.compute <= _COMPUTE[version[0]][1]
    )
    return max(fitting, default=None)
