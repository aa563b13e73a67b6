"""What this machine has to run a model with."""

from __future__ import annotations

import importlib.util
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import psutil

_BACKENDS = ("cuda", "metal", "vulkan", "hip", "sycl")
_LEAST_AMD_BYTES = 3 << 30


@dataclass(frozen=True)
class Gpu:
    """A graphics processor; `memory` in bytes is what a model may take of it, `backend` the one of
    llama.cpp's that serves it best."""

    name: str
    memory: int
    backend: Literal["cuda", "metal", "vulkan"] = "cuda"


@dataclass(frozen=True)
class Nvidia:
    """What NVIDIA's driver tells: its GPUs, the least of their compute capabilities, and the newest
    version of CUDA that it runs."""

    gpus: tuple[Gpu, ...]
    compute: tuple[int, int]
    cuda: tuple[int, int]


@dataclass(frozen=True)
class Hardware:
    """`memory` in bytes and `cores` are what this process may use, containers' limits included.

    `offload` says whether the installed llama-cpp-python was built for a GPU.
    """

    memory: int
    cores: int
    gpu: Gpu | None
    offload: bool


def detect() -> Hardware:
    """Look at this machine, in some tens of milliseconds."""
    memory = min(psutil.virtual_memory().total, _cgroup_memory(Path("/")))
    return Hardware(memory, cores(), _gpu(memory), bool(built_for()))


def cores() -> int:
    """Physical cores that this process may use; hyper-threads add nothing to matrix products."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        physical = min(physical, len(os.sched_getaffinity(0)))
    return max(1, min(physical, _cgroup_cores(Path("/"))))


def spare(total: int) -> int:
    """Bytes of a GPU's memory to leave to its driver, llama.cpp's pools and a desktop: as many as
    llama.cpp's own `--fit` leaves, and fewer of a small one."""
    return min(1 << 30, total // 8)


def _gpu(memory: int) -> Gpu | None:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        # Unified memory. Metal lets a process wire two thirds of it on most machines.
        return Gpu("Apple silicon", memory * 2 // 3, "metal")
    driver = nvidia()
    if driver is not None:
        return max(driver.gpus, key=lambda gpu: gpu.memory)
    return _amd(Path("/"))


@cache
def nvidia() -> Nvidia | None:
    """NVIDIA's GPUs; None where there is none, or a driver that does not answer."""
    import pynvml

    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(count)]
        if not handles:
            return None
        cuda = pynvml.nvmlSystemGetCudaDriverVersion()  # 12040 for 12.4
        return Nvidia(
            gpus=tuple(
                Gpu(pynvml.nvmlDeviceGetName(each), pynvml.nvmlDeviceGetMemoryInfo(each).total)
                for each in handles
            ),
            compute=min(pynvml.nvmlDeviceGetCudaComputeCapability(each) for each in handles),
            cuda=(cuda // 1000, cuda % 1000 // 10),
        )
    except pynvml.NVMLError:
        return None


def _amd(root: Path) -> Gpu | None:
    """AMD's card with the most memory, as Linux tells. What is built into a processor has little of
    its own and shares the speed of its memory, so it counts as none."""
    files = (root / "sys/class/drm").glob("card[0-9]*/device/mem_info_vram_total")
    largest = max((int(file.read_text()) for file in files), default=0)
    return Gpu("AMD GPU", largest, "vulkan") if largest >= _LEAST_AMD_BYTES else None


def built_for() -> list[str]:
    """The backends for GPUs in the installed llama-cpp-python, by its libraries' names: importing
    it would take longer."""
    found = importlib.util.find_spec("llama_cpp")
    if found is None or found.origin is None:
        return []
    libraries = [file.name for file in (Path(found.origin).parent / "lib").glob("*ggml-*")]
    return [backend for backend in _BACKENDS if any(backend in name for name in libraries)]


def _cgroup_memory(root: Path) -> int:
    """The tightest memory limit of this process's control groups, in bytes; huge without one."""
    return min(
        _numbers(root, "memory", "memory.max") + _numbers(root, "memory", "memory.limit_in_bytes"),
        default=1 << 62,
    )


def _cgroup_cores(root: Path) -> int:
    """The tightest CPU quota in whole cores; huge without one."""
    quotas = [1 << 20]
    for folder in _cgroups(root, "cpu"):
        try:
            quota, period = (folder / "cpu.max").read_text().split()
            quotas.append(round(int(quota) / int(period)))
        except (OSError, ValueError):
            continue
    return max(1, min(quotas))


def _numbers(root: Path, controller: str, name: str) -> list[int]:
    numbers = []
    for folder in _cgroups(root, controller):
        try:
            numbers.append(int((folder / name).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return numbers


def _cgroups(root: Path, controller: str) -> list[Path]:
    """The folders that limit this process: its group and all above it, of both versions.

    A container sees its own group as the top, so the top is always among them.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controller if controllers else "")
        inner = top / group.lstrip("/")
        folders += [inner, *(above for above in inner.parents if above.is_relative_to(top))]
    return folders
