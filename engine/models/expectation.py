"""How fast a model is on this machine: as calibrations found, or as they let expect of others."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from midfill.engine.models.catalogue import CATALOGUE, Model
from midfill.engine.models.store import Store
from midfill.engine.models.variant import Variant
from midfill.engine.runtime import measured
from midfill.engine.settings import Settings

# A key costs about two tokens (see the benchmark of typing), a short line is about eight.
_KEY_TOKENS, _LINE_TOKENS = 2, 8
# What comes later than this is no help to somebody who types.
_LATE_MS = 300


class Expectation(msgspec.Struct, frozen=True):
    """Speeds on a machine that does nothing else.

    Attributes:
        prefill: tokens of a prompt evaluated in a second.
        decode: tokens generated in a second.
        suggestion_ms: from a key to a suggestion of a short line, where the rest of the prompt is
            in the cache.
        late: whether that is longer than 300 ms.
        measured: with this model. Else they follow from the nearest model that was measured: the
            time of a prompt grows with the parameters, that of a token with the bytes.
    """

    prefill: float
    decode: float
    suggestion_ms: float
    late: bool
    measured: bool


class _Speed(NamedTuple):
    """Tokens of a prompt a second, and seconds for a token and for a key."""

    prefill: float
    token: float
    key: float


def expectations(settings: Settings) -> dict[str, Expectation]:
    """What to expect of the models by their names; nothing where no model was measured yet.

    Those that were made here are left out where they were not measured themselves.
    """
    store = Store(settings.models_dir)
    found: dict[str, Expectation] = {}
    speeds: dict[Model, _Speed] = {}
    known: list[Model | Variant] = [*CATALOGUE, *store.variants()]
    for each in known:
        if speed := _measured(store, each):
            found[each.name] = _expectation(speed, measured=True)
            if isinstance(each, Model):
                speeds[each] = speed
    for model in CATALOGUE:
        if speeds and model not in speeds:
            nearest = min(speeds, key=lambda each: abs(each.bytes - model.bytes))
            speed = _scaled(speeds[nearest], nearest, model)
            found[model.name] = _expectation(speed, measured=False)
    return found


def warning(name: str, found: dict[str, Expectation]) -> str:
    """A sentence where the model called `name` is too slow for typing; else empty."""
    if name not in found or not found[name].late:
        return ""
    free = [each for each in CATALOGUE if each.name in found and not each.licence.restricted]
    fast = [each.short for each in free if not found[each.name].late]
    instead = f"in time would be {fast[-1]}" if fast else "no other is faster here"
    time = f"{found[name].suggestion_ms:.0f} ms"
    return f"a suggestion takes {time} with it, longer than a pause in typing: {instead}"


def _measured(store: Store, model: Model | Variant) -> _Speed | None:
    found = measured.newest(store.path(model)) if store.has(model) else None
    if found is None:
        return None
    one = found.steps[1]
    return _Speed(found.prefill_speed, one, found.steps.get(_KEY_TOKENS, _KEY_TOKENS * one))


def _scaled(speed: _Speed, measured: Model, model: Model) -> _Speed:
    parameters = _parameters(model) / _parameters(measured)
    read = model.bytes / measured.bytes
    return _Speed(speed.prefill / parameters, speed.token * read, speed.key * read)


def _parameters(model: Model) -> float:
    """In billions."""
    return float(model.size.rstrip("B"))


def _expectation(speed: _Speed, *, measured: bool) -> Expectation:
    suggestion_ms = 1000 * (speed.key + _LINE_TOKENS * speed.token)
    return Expectation(
        prefill=round(speed.prefill, 1),
        decode=round(1 / speed.token, 2),
        suggestion_ms=round(suggestion_ms, 1),
        late=suggestion_ms > _LATE_MS,
        measured=measured,
    )
