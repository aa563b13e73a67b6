"""llama-cpp-python: whether it works, and whether it can use the GPU."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata

import msgspec

from midfill.engine.check import Check
from midfill.engine.doctor.install import PACKAGE, command, requirement
from midfill.engine.doctor.shell import shell
from midfill.engine.models.hardware import Gpu, built_for
from midfill.engine.runtime.devices import Device
from midfill.engine.runtime.process import environment

_LOAD_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Build:
    """What loading the installed one in a fresh process came to: its GPUs, or what went wrong."""

    version: str
    devices: tuple[Device, ...] = ()
    fault: str = ""


def load() -> Build:
    """Load it as the engine does."""
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return Build("", fault="it is not installed")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "midfill.engine.runtime.devices"],
            capture_output=True,
            env=environment(),
            timeout=_LOAD_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return Build(version, fault="loading it does not end")
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        return Build(version, fault=lines[-1] if lines else f"it ends with {done.returncode}")
    return Build(version, tuple(msgspec.json.decode(done.stdout, type=list[Device])))


def check(build: Build, gpu: Gpu | None) -> Check:
    """Whether it is the version that Midfill was made for, and can be loaded."""
    if build.fault:
        detail = f"{build.version} cannot be used: {build.fault}".lstrip()
        return Check(PACKAGE, "error", detail, shell(command(gpu)))
    if not requirement().specifier.contains(build.version):
        detail = f"{build.version}, but Midfill needs {requirement()}"
        return Check(PACKAGE, "error", detail, shell(command(gpu)))
    backends = ", ".join(built_for()) or "the processor alone"
    return Check(PACKAGE, "ok", f"{build.version}, built for {backends}")


def check_gpu(build: Build, gpu: Gpu | None, wanted: bool) -> Check:
    """Whether the GPU that is there is used; `wanted`: the settings do not forbid it."""
    if build.devices:
        seen = ", ".join(
            f"{device.description} ({device.name}), {device.free / 2**30:.1f} of "
            f"{device.total / 2**30:.1f} GiB free"
            for device in build.devices
        )
        return Check("GPU", "ok", seen if wanted else f"{seen}; engine.gpu_layers switches it off")
    if gpu is None:
        return Check("GPU", "ok", "none found: the model runs on the processor")
    if build.fault:
        return Check(
            "GPU", "warning", f"{gpu.name}, which waits for {PACKAGE}", shell(command(gpu))
        )
    if backends := built_for():
        return Check(
            "GPU",
            "warning",
            f"{gpu.name}, but llama.cpp, built for {', '.join(backends)}, finds none: its driver "
            "does not fit",
            f"update the driver, or have one that fits: {shell(command(gpu))}",
        )
    return Check(
        "GPU",
        "warning",
        f"{gpu.name}, but {PACKAGE} was built without support for it",
        shell(command(gpu)),
    )
