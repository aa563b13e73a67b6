"""Which model to run when the person named none, and where the chosen one lies.

The rule, made for ghost text, which is worth nothing when it comes late:

- With a GPU that llama-cpp-python was built for: the largest model up to the 7B whose memory fits.
- On a processor alone: the 1.5B from 8 cores on, else the 0.5B. Evaluating a prompt scales with the
  cores, and the 1.5B costs three times as much; 2 cores evaluate 159 tokens/s with the 0.5B, so
  that 8 cores give the 1.5B a little more than the speed that is just usable there.
- It must fit in half of the memory, as an editor, a browser and a compiler want theirs.
- A model with a restricted licence is never picked. Larger models are for repair: name one.
- Nor is a variant of `midfill models optimise`, which trades some quality for speed: name it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from midfill.engine.errors import MidfillError
from midfill.engine.models.catalogue import CATALOGUE, DEFAULT_QUANTISATION, Model, is_path
from midfill.engine.models.hardware import Hardware, detect, spare
from midfill.engine.models.store import Store
from midfill.engine.models.variant import named
from midfill.engine.settings import Settings

_AUTOMATIC = tuple(
    model
    for model in CATALOGUE
    if model.quantisation == DEFAULT_QUANTISATION
    and not model.licence.restricted
    and model.size in ("0.5B", "1.5B", "7B")
)
_CORES_FOR_15B = 8


@dataclass(frozen=True)
class Choice:
    """`model` is to be used, `pick` would suit the machine best; mostly they are the same."""

    model: Model
    pick: Model
    explanation: str


@dataclass(frozen=True)
class ResolvedModel:
    """A model file to load."""

    name: str
    path: Path
    explanation: str


def choose(settings: Settings, hardware: Hardware, installed: Collection[Model]) -> Choice:
    """Pick a model for this machine; an installed one is preferred to a better one that is not.

    `installed` may be empty; then the pick is what should be fetched.
    """
    pick, reason = _pick(settings, hardware)
    if pick in installed or not installed:
        return Choice(pick, pick, f"{pick.name}: {reason}")
    instead = _nearest(pick, installed)
    return Choice(
        instead,
        pick,
        f"{instead.name}, because it is installed; for this machine {pick.short} would be the "
        f"choice ({reason}): midfill models pull {pick.short}",
    )


def resolve(settings: Settings) -> ResolvedModel:
    """The model to load, by the setting `model` or, without one, by choice.

    Raises:
        UsageError: the setting names no known model.
        MidfillError: the model is not on this machine; says how to fetch it.
    """
    store = Store(settings.models_dir)
    if is_path(settings.model):
        path = Path(settings.model)
        try:
            path = path.expanduser()
            there = path.is_file()
        except (OSError, RuntimeError):  # too long a name; the home of somebody who is not known
            there = False
        if not there:
            raise MidfillError(f"the model {path} does not exist: correct the setting 'model'")
        return ResolvedModel(path.stem, path, f"{path}: named in the settings")
    if settings.model:
        model = named(settings.model)
        if not store.has(model):
            raise MidfillError(f"{model.name} is not on this machine: run `{model.fetch_command}`")
        return ResolvedModel(model.name, store.path(model), f"{model.name}: named in the settings")
    installed = store.installed()
    if len(installed) == 1:  # the rule, and the drivers it asks, would change nothing
        (model,) = installed
        return ResolvedModel(model.name, store.path(model), f"{model.name}: no other is installed")
    choice = choose(settings, detect(), installed)
    if not installed:
        raise MidfillError(f"no model on this machine: run `{choice.pick.fetch_command}`")
    return ResolvedModel(choice.model.name, store.path(choice.model), choice.explanation)


def fits(model: Model, settings: Settings, hardware: Hardware) -> bool:
    """Whether GPU and processor together have the memory that it needs."""
    memory, gpu = hardware.memory, hardware.gpu
    if gpu is not None and hardware.offload and gpu.backend != "metal":  # whose memory is the same
        memory += gpu.memory
    return model.memory(settings.engine.context_tokens) <= memory


def _pick(settings: Settings, hardware: Hardware) -> tuple[Model, str]:
    """The best model for the machine, and the reason in half a sentence."""
    context, gpu = settings.engine.context_tokens, hardware.gpu
    if gpu is not None and hardware.offload and settings.engine.gpu_layers != 0:
        room = gpu.memory - spare(gpu.memory)
        fitting = [model for model in _AUTOMATIC if model.memory(context) <= room]
        if fitting:
            return fitting[-1], f"the {fitting[-1].size} fits in the memory of the {gpu.name}"
    quick = _AUTOMATIC[: 2 if hardware.cores >= _CORES_FOR_15B else 1]
    fitting = [model for model in quick if model.memory(context) <= hardware.memory // 2]
    pick = fitting[-1] if fitting else quick[0]
    cores = "1 core" if hardware.cores == 1 else f"{hardware.cores} cores"
    reason = (
        f"with {cores} and {_without_gpu(settings, hardware)}, the {pick.size} keeps up with typing"
    )
    return pick, reason if fitting else "the smallest there is, as memory is short"


def _without_gpu(settings: Settings, hardware: Hardware) -> str:
    if hardware.gpu is None:
        return "no GPU"
    if settings.engine.gpu_layers == 0:
        return "the GPU switched off"
    if not hardware.offload:
        return f"a llama-cpp-python built without support for the {hardware.gpu.name}"
    return f"too little memory in the {hardware.gpu.name}"


def _nearest(pick: Model, installed: Collection[Model]) -> Model:
    """The largest installed model that is no larger than the pick, else the smallest."""
    free = [model for model in installed if not model.licence.restricted] or list(installed)
    smaller = [model for model in free if model.bytes <= pick.bytes]
    return max(smaller, key=_bytes) if smaller else min(free, key=_bytes)


def _bytes(model: Model) -> int:
    return model.bytes
