"""The models there are, in the form of `midfill models list --json` and `midfill/models`."""

from __future__ import annotations

from typing import Any

from midfill.engine.models import gguf
from midfill.engine.models.catalogue import CATALOGUE, Model, is_path
from midfill.engine.models.choose import Choice, choose, fits
from midfill.engine.models.expectation import expectations, warning
from midfill.engine.models.hardware import detect
from midfill.engine.models.store import Store
from midfill.engine.models.variant import SOURCE_KEY, Variant, named
from midfill.engine.settings import Settings


def report(settings: Settings) -> dict[str, Any]:
    """The catalogue, the variants made here, and which model suits this machine, and why."""
    store = Store(settings.models_dir)
    hardware = detect()
    choice = choose(settings, hardware, store.installed())
    expected = expectations(settings)
    return {
        "models": [
            _model(model, store, settings, choice)
            | {"fits": fits(model, settings, hardware), "expected": expected.get(model.name)}
            for model in CATALOGUE
        ],
        "variants": [
            _variant(variant, store) | {"expected": expected.get(variant.name)}
            for variant in store.variants()
        ],
        "folder": str(store.folder),
        "pick": choice.pick.name,
        "explanation": explanation(settings, choice),
        "warning": warning(used(settings, choice), expected),
    }


def explanation(settings: Settings, choice: Choice) -> str:
    """Why the model is used that is."""
    return f"{settings.model}: named in the settings" if settings.model else choice.explanation


def used(settings: Settings, choice: Choice) -> str:
    """The full name of the model that is used; empty for a file of the person's own."""
    if not settings.model:
        return choice.model.name
    return "" if is_path(settings.model) else named(settings.model).name


def _model(model: Model, store: Store, settings: Settings, choice: Choice) -> dict[str, Any]:
    return {
        "name": model.name,
        "short": model.short,
        "size": model.size,
        "quantisation": model.quantisation,
        "bytes": model.bytes,
        "bytes_exact": model.exact,
        "sha256": model.sha256,
        "memory": model.memory(settings.engine.context_tokens),
        "context_tokens": model.context_tokens,
        "licence": model.licence.name,
        "licence_restricted": model.licence.restricted,
        "sources": model.sources,
        "installed": store.has(model),
        "path": str(store.path(model)),
        "picked": model == choice.pick,
    }


def _variant(variant: Variant, store: Store) -> dict[str, Any]:
    path = store.path(variant)
    return {
        "name": variant.name,
        "short": variant.short,
        "source": variant.source.name,
        "source_sha256": gguf.text(path, SOURCE_KEY),
        "quantisation": variant.type,
        "bytes": path.stat().st_size,
        "path": str(path),
    }
