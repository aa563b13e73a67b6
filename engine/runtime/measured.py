"""What calibrations have found out about models on this machine. Never imports llama.cpp."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from midfill.engine.models.hardware import cores
from midfill.engine.runtime import machine
from midfill.engine.runtime.config import EngineConfig

# A step that takes less than this part of the measured time shows that the measurement was wrong.
_WRONG = 0.7


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Costs on a machine that does nothing else, and what follows from them.

    `threads`, `prompt_threads`: to decode with, and to evaluate prompts with. `chunk`: tokens of a
    prompt to evaluate at once. `prefill_speed`: tokens of a prompt a second. `steps`: seconds by
    tokens in a batch, each with logits. `quiet`: whether nobody else was at work meanwhile.
    """

    threads: int
    prompt_threads: int
    chunk: int
    prefill_speed: float
    steps: dict[int, float]
    quiet: bool = True

    def contradicted(self, seconds: float) -> bool:
        """Whether a step of one token in `seconds` proves that something disturbed us."""
        return seconds < _WRONG * self.steps[1]


def remembered(config: EngineConfig) -> Calibration | None:
    """The calibration of the same model, run in the same way."""
    return _read(_file(config))


def newest(path: Path) -> Calibration | None:
    """The last quiet calibration of the model `path`, in whatever way it was run."""
    model = _of_model(path.resolve())
    files = model.parent.glob(f"{model.name}-{'?' * machine.DIGITS}")
    found = map(_read, sorted(files, key=lambda file: file.stat().st_mtime, reverse=True))
    return next((each for each in found if each is not None and each.quiet), None)


def remember(config: EngineConfig, found: Calibration) -> None:
    """Keep it, if that is possible."""
    machine.keep(_file(config), msgspec.json.encode(found))


def _of_model(path: Path) -> Path:
    return machine.file("calibration", path, path.stat().st_mtime_ns)


def _file(config: EngineConfig) -> Path:
    settings = (config.threads, cores(), config.batch, config.gpu_layers, config.repack)
    return machine.file(_of_model(Path(config.path)).name, *settings)


def _read(file: Path) -> Calibration | None:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(file.read_bytes(), type=Calibration)
    return None
