"""All checks, one after the other."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

from midfill.engine import offline
from midfill.engine.check import Check
from midfill.engine.doctor import llama, model, python, settings, space
from midfill.engine.doctor.editors import editors
from midfill.engine.doctor.endpoints import endpoints
from midfill.engine.doctor.engine import engines, runs
from midfill.engine.models.hardware import detect
from midfill.engine.runtime.footprint import footprint
from midfill.engine.runtime.offload import plans, share_file
from midfill.engine.runtime.process import engine_config


async def examine(workspace: Path) -> AsyncIterator[Check]:
    """Look at everything that a person working in `workspace` needs.

    Where the settings cannot be read, what follows from them is left out.
    """
    yield python.python()
    yield python.packages()
    found, checks = settings.load(workspace)
    if found is not None and found.offline:
        offline.enforce()
    build, hardware = llama.load(), detect()
    yield llama.check(build, hardware.gpu)
    yield llama.check_gpu(build, hardware.gpu, found is None or found.engine.gpu_layers != 0)
    for check in checks:
        yield check
    for check in editors(Path.home(), dict(os.environ)):
        yield check
    if found is None:
        return
    check, file = model.check(found, hardware)
    yield check
    if file is not None and not await runs(file):
        config = engine_config(file, found)
        needed, fitting = footprint(file, config), next(plans(config, build.devices))
        layers = needed.layers(compact=fitting.compact)
        yield space.memory(needed.total - sum(layers[len(layers) - fitting.layers :]))
        if build.devices and config.gpu_layers < 0:
            yield space.gpu_memory(fitting, len(layers), share_file(config))
    for check in space.disks(found):
        yield check
    async for check in engines(file):
        yield check
    async for check in endpoints(found):
        yield check
