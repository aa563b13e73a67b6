"""What a model costs on this machine, measured once in about two seconds and remembered.

What was measured while others were at work is remembered too, so that an engine that crashes among
them is back without measuring; it is measured anew at rest (see `Scheduler`).
"""

from __future__ import annotations

import logging
import time

import msgspec
import psutil

from midfill.engine.models.hardware import cores
from midfill.engine.runtime import measured
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context, Item
from midfill.engine.runtime.measured import Calibration

_log = logging.getLogger(__name__)

# A slow machine measures less: nothing is begun that would end later than this.
_BUDGET_S = 2.0
_REPEATS = 3
# Batches with logits for every token, as drafts are verified, and prompts' chunks.
_STEPS = (2, 4, 8, 16)
_CHUNKS = (32, 64)
# The smallest chunk that is nearly as fast as any is the best: what an urgent key waits for.
_NEARLY = 0.85
# Fewer threads have to be so much faster to be chosen.
_CLEARLY = 0.93
# Others that take more of the processors than this make a measurement worthless for later.
_DISTURBED = 0.15


def calibrate(context: Context, config: EngineConfig) -> Calibration:
    """The remembered calibration, else a new one. The weights are read and all buffers made by it.
    No sequence may hold anything yet.

    Raises:
        DecodeFailed: a GPU has too little memory left for a whole batch.
    """
    if config.gpu_layers > 0:
        _Bench(context, 0).seconds(context.batch)
    known = measured.remembered(config)
    if known is None:
        return measure(context, config, 0)
    _Bench(context, 0).seconds(1)
    return known


def measure(context: Context, config: EngineConfig, sequence: int) -> Calibration:
    """A new calibration, remembered unless a better one is. It evaluates tokens in `sequence`,
    which must be empty, and leaves it so.

    Raises:
        Aborted: `context.abort` was called meanwhile.
        NoRoom: the cache is too full for it.
    """
    quiet = Quiet()
    found = _measured(_Bench(context, sequence), config)
    found = msgspec.structs.replace(found, quiet=quiet.still())
    if found.quiet or measured.remembered(config) is None:
        measured.remember(config, found)
    _log.info("calibrated: %s", found)
    return found


class _Bench:
    """Times batches in an empty sequence."""

    def __init__(self, context: Context, sequence: int) -> None:
        self.context = context
        self._sequence = sequence
        self._until = time.monotonic() + _BUDGET_S

    def seconds(self, tokens: int, logits: int = 1) -> float:
        """The time of one batch with logits behind its last tokens."""
        number = self._sequence
        items = [Item(0, place, number, place >= tokens - logits) for place in range(tokens)]
        started = time.monotonic()
        self.context.decode(items)
        seconds = time.monotonic() - started
        self.context.remove(number, 0)
        return seconds

    def best(self, tokens: int, logits: int = 1) -> float:
        """The least of some times, as many as fit into the rest of the budget."""
        times = [self.seconds(tokens, logits)]
        while len(times) < _REPEATS and self.allows(4 * times[0]):
            times.append(self.seconds(tokens, logits))
        return min(times)

    def allows(self, seconds: float) -> bool:
        """Whether there is so much time left."""
        return time.monotonic() + seconds < self._until


def _measured(bench: _Bench, config: EngineConfig) -> Calibration:
    most = bench.context.batch
    bench.seconds(1)
    threads, one = _best_threads(bench, config)
    steps = {1: one}
    for size in _STEPS:
        if size <= most and bench.allows(size * one):
            steps[size] = bench.best(size, logits=size)
    prompt_threads = config.threads or cores()
    bench.context.set_threads(prompt_threads)
    least, *others = sorted({min(chunk, most) for chunk in (*_CHUNKS, most)})
    speeds = {least: least / bench.best(least)}
    for chunk in others:
        if bench.allows(chunk / speeds[least]):
            speeds[chunk] = chunk / bench.best(chunk)
    fastest = max(speeds.values())
    chunk = min(size for size, speed in speeds.items() if speed >= _NEARLY * fastest)
    return Calibration(
        threads=threads,
        prompt_threads=prompt_threads,
        chunk=chunk,
        prefill_speed=speeds[chunk],
        steps=steps,
    )


def _best_threads(bench: _Bench, config: EngineConfig) -> tuple[int, float]:
    """How many threads decode fastest, and the seconds for one token with them."""
    if config.threads:
        return config.threads, bench.best(1)
    most = cores()
    best, fastest = most, float("inf")
    for count in sorted({most, max(1, most - 1), max(1, most // 2)}, reverse=True):
        bench.context.set_threads(count)
        seconds = bench.best(1)
        if seconds < fastest * (_CLEARLY if count < most else 1):
            best, fastest = count, seconds
    bench.context.set_threads(best)
    return best, fastest


class Quiet:
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
