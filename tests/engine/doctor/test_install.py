"""The command that installs llama-cpp-python, for machines that we do not have."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from midfill.engine.doctor.install import command
from midfill.engine.models.hardware import Gpu

from ...nvidia import Card

WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
BUILD = ["--no-binary", "llama-cpp-python", "--config-settings"]


def machine(monkeypatch: pytest.MonkeyPatch, system: str, processor: str) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: processor)


@pytest.mark.parametrize(
    ("system", "cuda", "compute", "wheel"),
    [
        ("Linux", 12_040, "8.9", "cu124"),
        ("Linux", 12_090, "8.9", "cu125"),
        ("Linux", 13_010, "9.0", "cu130"),
        ("Linux", 13_020, "12.0", "cu132"),
        ("Linux", 13_010, "7.0", "cu125"),
        ("Linux", 13_010, "9.0 6.1", "cu125"),
        ("Linux", 12_000, "8.6", "cu118"),
        ("Windows", 12_030, "8.6", "cu118"),
        ("Linux", 12_000, "9.0", None),
        ("Linux", 11_040, "8.6", None),
        ("Linux", 13_010, "5.2", None),
    ],
)
def test_cuda(
    nvidia: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    cuda: int,
    compute: str,
    wheel: str | None,
) -> None:
    machine(monkeypatch, system, "x86_64")
    nvidia(cuda, [Card(compute=each) for each in compute.split()])
    words = command(Gpu("GPU", 1 << 30))
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    if wheel is None:
        assert words[-4:] == [*BUILD, "cmake.args=-DGGML_CUDA=on"]
    else:
        assert words[-1] == f"{WHEELS}/{wheel}"
        assert words[words.index("--only-binary") + 1] == "llama-cpp-python"
    runtime = [word for word in words if word.startswith("nvidia-")]
    assert len(runtime) == (2 if wheel and system == "Linux" else 0)
    if runtime:
        assert wheel and wheel[2:4] in runtime[0]


def test_without_a_driver_that_answers(
    nvidia: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, "Linux", "x86_64")
    nvidia(12_040, [Card()], 9)
    assert command(Gpu("GPU", 1 << 30))[-1] == "cmake.args=-DGGML_CUDA=on"


@pytest.mark.parametrize(
    ("processor", "gpu", "last"),
    [
        ("aarch64", Gpu("GPU", 1 << 30), "cmake.args=-DGGML_CUDA=on"),
        ("x86_64", Gpu("AMD", 1 << 30, "vulkan"), f"{WHEELS}/vulkan"),
        ("aarch64", Gpu("AMD", 1 << 30, "vulkan"), "cmake.args=-DGGML_VULKAN=on"),
        ("x86_64", None, f"{WHEELS}/cpu"),
    ],
)
def test_other_machines(
    monkeypatch: pytest.MonkeyPatch, processor: str, gpu: Gpu | None, last: str
) -> None:
    machine(monkeypatch, "Linux", processor)
    assert command(gpu)[-1] == last


def test_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "Darwin", "arm64")
    gpu = Gpu("Apple silicon", 1 << 30, "metal")
    monkeypatch.setattr("sys.version_info", (3, 12))
    assert command(gpu)[-1] == f"{WHEELS}/metal"
    monkeypatch.setattr("sys.version_info", (3, 13))
    assert command(gpu)[-1] == "cmake.args=-DGGML_METAL=on"
