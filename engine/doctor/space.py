"""Room: in memory for the model, and on the disks that Midfill writes to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
from rich.filesize import decimal

from midfill.engine import paths
from midfill.engine.check import Check
from midfill.engine.doctor.shell import shell
from midfill.engine.runtime.offload import Plan
from midfill.engine.settings import Settings

# The index of a large repository fits into the first; nothing works any more below the second.
_LITTLE_DISK = 1 << 30
_NO_DISK = 64 << 20


def memory(needed: int) -> Check:
    """Whether there are `needed` bytes for a model that does not run yet."""
    free = psutil.virtual_memory().available
    detail = f"the model needs {decimal(needed)}, {decimal(free)} are free"
    if free < needed:
        fix = "end other programs, or use a smaller model: midfill models list"
        return Check("memory", "warning", detail, fix)
    return Check("memory", "ok", detail)


def gpu_memory(fitting: Plan, layers: int, remembered: Path) -> Check:
    """Whether GPUs have room for all `layers` of a model that does not run yet; what an engine
    failed with is `remembered`."""
    detail = f"room for {fitting.layers} of the model's {layers} layers"
    if fitting.layers == layers:
        return Check("GPU memory", "ok", detail)
    fix = "end other programs that use it, or use a smaller model: midfill models list"
    if fitting.share < 1:
        detail += f" in {fitting.share:.0%} of what is free, as an engine failed with more"
        fix = f"all is tried again after a day, or now: {shell(['rm', str(remembered)])}"
    return Check("GPU memory", "warning", f"{detail}; the processor does the rest", fix)


def disks(settings: Settings) -> Iterator[Check]:
    """A check for each file system that Midfill writes to."""
    seen = set()
    for wanted, setting in (
        (settings.models_dir, "the setting models.dir"),
        (paths.cache_dir(), "MIDFILL_CACHE_HOME"),
        (paths.state_dir(), "MIDFILL_STATE_HOME"),
    ):
        folder = _existing(wanted.absolute())
        device = folder.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield _disk(folder, setting)


def _disk(folder: Path, setting: str) -> Check:
    free = shutil.disk_usage(folder).free
    detail = f"{decimal(free)} free at {folder}"
    fix = f"make room at {folder}, or name a folder on another disk in {setting}"
    if not os.access(folder, os.W_OK):
        return Check("disk", "error", f"{folder} cannot be written", f"chmod u+w {folder}")
    if free < _NO_DISK:
        return Check("disk", "error", detail, fix)
    if free < _LITTLE_DISK:
        return Check("disk", "warning", detail, fix)
    return Check("disk", "ok", detail)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it."""
    return next(each for each in (folder, *folder.parents) if each.exists())
