"""What a model costs on this machine, measured once in about two seconds and remembered."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import psutil

from midfill.engine.models.hardware import cores
from midfill.engine.runtime import machine
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context, Item

_log = logging.getLogger(__name__)

# A slow machine measures less: nothing is begun that would end later than this.
_BUDGET_S = 2.0
_REPEATS = 3
# Batches with logits for every token, as drafts are verified, and prompts' chunks.
_STEPS = (2, 4, 8, 16)
_CHUNKS = (32, 64)
# The smallest chunk that is nearly as fast as any is the best: what an urgent key waits for.
_NEARLY = 0.92
# Fewer threads have to be so much faster to be chosen.
_CLEARLY = 0.93
# Others that take more of the processors than this make a measurement worthless for later.
_DISTURBED = 0.15
# A step that takes less than this part of the measured time shows that the measurement was wrong.
_WRONG = 0.7


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Costs on a machine that does nothing else, and what follows from them.

    `threads`: to decode with. `chunk`: tokens of a prompt to evaluate at once. `prefill_speed`:
    tokens of a prompt a second. `steps`: seconds by tokens in a batch, each with logits.
    """

    threads: int
    chunk: int
    prefill_speed: float
    steps: dict[int, float]

    def contradicted(self, seconds: float) -> bool:
        """Whether a step of one token in `seconds` proves that something disturbed us."""
        return seconds < _WRONG * self.steps[1]


def calibrate(context: Context, config: EngineConfig) -> Calibration:
    """The remembered calibration, else a new one. Evaluates tokens in sequence 0, which is empty
    before and after; the weights are read and all buffers made by it."""
    known = _remembered(config)
    if known is not None:
        _seconds(context, 1)
        return known
    quiet = _Quiet()
    found = _measured(context, config)
    if quiet.still():
        _remember(config, found)
    _log.info("calibrated: %s", found)
    return found


def forget(config: EngineConfig) -> None:
    """Measure anew at the next start."""
    _file(config).unlink(missing_ok=True)


def _file(config: EngineConfig) -> Path:
    path = Path(config.path)
    changed = path.stat().st_mtime_ns
    settings = (config.threads, cores(), config.batch, config.gpu_layers, config.repack)
    return machine.file("calibration", path, changed, *settings)


def _remembered(config: EngineConfig) -> Calibration | None:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(_file(config).read_bytes(), type=Calibration)
    return None


def _remember(config: EngineConfig, found: Calibration) -> None:
    file = _file(config)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(found))
        new.replace(file)


def _measured(context: Context, config: EngineConfig) -> Calibration:
    until = time.monotonic() + _BUDGET_S
    _seconds(context, 1)
    threads, one = _best_threads(context, config)
    context.set_threads(threads)
    steps = {1: one, **_by_size(_STEPS, one, until, lambda size: _seconds(context, size, size))}
    chunks = [*_CHUNKS, context.batch]
    last = max(steps)
    by_chunk = _by_size(chunks, steps[last] / last, until, lambda size: _seconds(context, size))
    speeds = {size: size / seconds for size, seconds in by_chunk.items()}
    if not speeds:
        speeds = {min(chunks): last / steps[last]}
    fastest = max(speeds.values())
    chunk = min(size for size, speed in speeds.items() if speed >= _NEARLY * fastest)
    return Calibration(threads=threads, chunk=chunk, prefill_speed=speeds[chunk], steps=steps)


def _best_threads(context: Context, config: EngineConfig) -> tuple[int, float]:
    """How many threads decode fastest, and the seconds for one token with them."""
    if config.threads:
        return config.threads, min(_seconds(context, 1) for _ in range(_REPEATS))
    most = cores()
    best, fastest = most, float("inf")
    for count in sorted({most, max(1, most - 1), max(1, most // 2)}, reverse=True):
        context.set_threads(count)
        seconds = min(_seconds(context, 1) for _ in range(_REPEATS))
        if seconds < fastest * (_CLEARLY if count < most else 1):
            best, fastest = count, seconds
    return best, fastest


def _by_size(
    sizes: Iterable[int], each: float, until: float, measure: Callable[[int], float]
) -> dict[int, float]:
    """Seconds by size, the best of some repeats, as far as time allows."""
    found = {}
    for size in sizes:
        if time.monotonic() + size * each > until:
            break
        times = [measure(size)]
        while len(times) < _REPEATS and time.monotonic() + times[0] * 4 < until:
            times.append(measure(size))
        found[size] = min(times)
        each = found[size] / size
    return found


def _seconds(context: Context, tokens: int, logits: int = 1) -> float:
    started = time.monotonic()
    context.decode([Item(0, place, 0, place >= tokens - logits) for place in range(tokens)])
    seconds = time.monotonic() - started
    context.remove(0, 0)
    return seconds


class _Quiet:
    """Whether nobody else took processors since this was made."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._times()

    def still(self) -> bool:
        """True where a measurement taken meanwhile can be trusted."""
        everything, busy, own = (
            now - before for now, before in zip(self._times(), self._before, strict=True)
        )
        return busy - own <= _DISTURBED * everything

    def _times(self) -> tuple[float, float, float]:
        times, own = psutil.cpu_times(), self._process.cpu_times()
        everything = sum(times[:8])  # without guests' times, which are part of others
        waiting = times.idle + getattr(times, "iowait", 0.0)
        return everything, everything - waiting, own.user + own.system
