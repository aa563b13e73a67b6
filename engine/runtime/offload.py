"""Which layers go to which GPU: as many as fit, and fewer where llama.cpp finds that they do not.

Neither the driver's own needs nor what other programs will take can be computed. So the plan is
tried, and what it came to is remembered for a day for each model, context and machine.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import psutil

from midfill.engine.errors import MidfillError
from midfill.engine.models.hardware import spare
from midfill.engine.runtime import machine
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.devices import Device, devices
from midfill.engine.runtime.footprint import Footprint, footprint

_log = logging.getLogger(__name__)
_Loaded = TypeVar("_Loaded")

# After a failure so much of the room is used, again and again, and none below the least.
_LESS, _LEAST = 0.7, 0.1
_REMEMBERED_S = 24 * 3600.0


@dataclass(frozen=True)
class Plan:
    """The last `layers` of a model go to GPUs.

    Attributes:
        split: how many to which GPU, in the order of the layers; where that is left to llama.cpp
            for all GPUs, none.
        compact: keys and values in 8 bits.
        computed: bytes that it should take of all GPUs; 0 where nobody has computed it.
        taken: bytes that are no longer free since it was carried out, a driver's own among them.
        share: of the room, that it was made for.
    """

    layers: int
    split: tuple[tuple[str, int], ...] = ()
    compact: bool = False
    computed: int = field(default=0, compare=False)
    taken: int = field(default=0, compare=False)
    share: float = field(default=1.0, compare=False)


def load(config: EngineConfig, attempt: Callable[[Plan], _Loaded]) -> tuple[Plan, _Loaded]:
    """What `attempt` returns for the first plan that it can load.

    Raises:
        MidfillError: it cannot load the model on the processor alone either.
    """
    found = devices()
    for plan in plans(config, found):
        try:
            loaded = attempt(plan)
            taken = _free(found) - _free(devices()) if plan.layers else 0
            return replace(plan, taken=taken), loaded
        except MidfillError as error:
            if plan.layers == 0:
                raise
            _log.warning("%d layers do not fit on the GPU: %s", plan.layers, error)
            _remember(config, plan.share * _LESS)
    raise AssertionError("the last plan has no layers")


def plans(config: EngineConfig, found: Sequence[Device]) -> Iterator[Plan]:
    """What to try, one after the other; the last one leaves everything to the processor.

    A number of layers that the person has set is tried first, if it has not failed before.
    """
    share, last = share_of(config), None
    if found and config.gpu_layers != 0:
        needed = footprint(Path(config.path), config)
        if config.gpu_layers > 0 and share == 1:
            yield (last := Plan(min(config.gpu_layers, len(needed.layers()))))
        while share >= _LEAST:
            made = plan(needed, {each.name: int(share * _room(each, config)) for each in found})
            if made.layers and made != last:
                yield (last := replace(made, share=share))
            share *= _LESS
    yield Plan(0, share=share)


def plan(needed: Footprint, rooms: Mapping[str, int]) -> Plan:
    """As many layers as fit into `rooms`, bytes on each GPU.

    All of them on one GPU, if one has room: passing on between two takes time. Else on all, each
    filled to the same share. Keys and values in 8 bits, half as large and a little less exact, if
    all layers fit with them alone.

    Where not all fit, batches of a prompt are evaluated on the GPU even for the other layers, whose
    weights are copied there one layer at a time.
    """
    free = {name: room - needed.compute for name, room in rooms.items()}
    for compact in (False, True):
        layers = needed.layers(compact=compact)
        if whole := _whole(layers, free):
            computed = sum(layers) + len(whole) * needed.compute
            return Plan(len(layers), whole, compact, computed)
    largest = max(needed.weights, default=0)
    layers = needed.layers()
    split = _filled(layers, {name: room - largest for name, room in free.items()})
    count = sum(count for _, count in split)
    each = needed.compute + largest
    return Plan(count, split, computed=sum(layers[len(layers) - count :]) + len(split) * each)


def _whole(layers: Sequence[int], rooms: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """How many of all the layers each room takes; nothing where they do not all fit."""
    roomiest = max(rooms, key=lambda name: rooms[name])
    if rooms[roomiest] >= sum(layers):
        return ((roomiest, len(layers)),)
    for percent in range(1, 101):
        split = _filled(layers, {name: room * percent // 100 for name, room in rooms.items()})
        if sum(count for _, count in split) == len(layers):
            return split
    return ()


def _filled(layers: Sequence[int], rooms: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """How many layers each room takes; they come one after the other, and the last come first."""
    left, split = list(layers), []
    for name, room in reversed(list(rooms.items())):
        count = 0
        while left and left[-1] <= room:
            room -= left.pop()
            count += 1
        if count:
            split.append((name, count))
    return tuple(reversed(split))


def _free(found: Sequence[Device]) -> int:
    return sum(device.free for device in found)


def _room(device: Device, config: EngineConfig) -> int:
    """What may be taken of a GPU's memory now. One that does not tell has as much as the system."""
    free = device.free if device.total else psutil.virtual_memory().available
    return max(0, min(free - spare(device.total), config.gpu_memory or free))


def take_less(config: EngineConfig) -> bool:
    """Let the next engine use less; False where this one used nothing."""
    share = share_of(config)
    if config.gpu_layers == 0 or share < _LEAST:
        return False
    _remember(config, share * _LESS)
    return True


def take_none(config: EngineConfig) -> None:
    """Let the next engine do without GPUs."""
    _remember(config, 0.0)


def _remember(config: EngineConfig, share: float) -> None:
    machine.keep(share_file(config), str(share).encode())


def share_of(config: EngineConfig) -> float:
    """The share of the room to use: 1 where no failure is remembered."""
    file = share_file(config)
    with contextlib.suppress(OSError, ValueError):
        if time.time() - file.stat().st_mtime < _REMEMBERED_S:
            return float(file.read_text())
    return 1.0


def share_file(config: EngineConfig) -> Path:
    """What remembers a failure; without it all of the room is used again."""
    path = Path(config.path)
    about = (path.stat().st_mtime_ns, config.context_tokens, config.gpu_layers, config.gpu_memory)
    return machine.file("gpu-share", path, *about)
