from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from midfill.engine.models import hardware
from midfill.engine.models.hardware import Gpu, detect

from ...nvidia import Card

GIB = 1 << 30


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_this_machine() -> None:
    found = detect()
    assert 0 < found.memory <= psutil.virtual_memory().total
    assert 1 <= found.cores <= (os.cpu_count() or 1)


def test_no_control_groups_no_limit(tmp_path: Path) -> None:
    assert hardware._cgroup_memory(tmp_path) > 1 << 50
    assert hardware._cgroup_cores(tmp_path) > 1 << 10


def test_the_tightest_of_nested_groups_counts(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/user/session\n")
    groups = tmp_path / "sys/fs/cgroup"
    write(groups / "user/session/memory.max", "max\n")
    write(groups / "user/memory.max", f"{2 * GIB}\n")
    write(groups / "memory.max", f"{4 * GIB}\n")
    write(groups / "user/session/cpu.max", "max 100000\n")
    write(groups / "user/cpu.max", "250000 100000\n")
    assert hardware._cgroup_memory(tmp_path) == 2 * GIB
    assert hardware._cgroup_cores(tmp_path) == 2


def test_a_container_sees_its_own_group_as_the_top(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/docker/abc\n")
    write(tmp_path / "sys/fs/cgroup/memory.max", f"{GIB}\n")
    assert hardware._cgroup_memory(tmp_path) == GIB


def test_version_1_of_control_groups(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "5:cpuset:/\n4:memory:/box\n1:name=systemd:/\n")
    write(tmp_path / "sys/fs/cgroup/memory/box/memory.limit_in_bytes", f"{GIB}\n")
    assert hardware._cgroup_memory(tmp_path) == GIB


def test_part_of_a_core_is_one_core(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/\n")
    write(tmp_path / "sys/fs/cgroup/cpu.max", "20000 100000\n")
    assert hardware._cgroup_cores(tmp_path) == 1


def test_the_largest_nvidia_gpu_is_found(nvidia: Callable[..., None]) -> None:
    nvidia(12_040, [Card("NVIDIA T4", 15_360, "7.5"), Card("NVIDIA H100", 81_559, "9.0")])
    assert hardware._gpu(GIB) == Gpu("NVIDIA H100", 81_559 << 20)
    found = hardware.nvidia()
    assert found is not None
    assert (found.compute, found.cuda) == ((7, 5), (12, 4))


@pytest.mark.parametrize(("cards", "error"), [([], 0), ([Card()], 9)])
def test_a_driver_that_does_not_answer_is_no_gpu(
    nvidia: Callable[..., None], cards: list[Card], error: int
) -> None:
    nvidia(12_040, cards, error)
    assert hardware.nvidia() is None


def test_apple_silicon_shares_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert hardware._gpu(24 * GIB) == Gpu("Apple silicon", 16 * GIB, "metal")


def test_the_largest_card_of_amd_is_found(tmp_path: Path) -> None:
    assert hardware._amd(tmp_path) is None
    built_in = tmp_path / "sys/class/drm/card0/device/mem_info_vram_total"
    write(built_in, f"{GIB // 2}\n")
    assert hardware._amd(tmp_path) is None
    write(tmp_path / "sys/class/drm/card1/device/mem_info_vram_total", f"{16 * GIB}\n")
    assert hardware._amd(tmp_path) == Gpu("AMD GPU", 16 * GIB, "vulkan")


def test_a_build_s_backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    write(tmp_path / "llama_cpp/__init__.py", "")
    assert hardware.built_for() == []
    for name in ("libggml-cpu.so", "libggml-cuda.so", "libggml-vulkan.so"):
        write(tmp_path / "llama_cpp/lib" / name, "")
    assert hardware.built_for() == ["cuda", "vulkan"]
