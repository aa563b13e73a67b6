"""The model: whether it is there, whole, and fits into memory."""

from __future__ import annotations

from pathlib import Path

from rich.filesize import decimal

from midfill.engine.check import Check
from midfill.engine.errors import MidfillError
from midfill.engine.models.catalogue import CATALOGUE, Model, is_path
from midfill.engine.models.choose import choose, resolve
from midfill.engine.models.hardware import Hardware
from midfill.engine.models.store import Store, check_file
from midfill.engine.models.variant import Variant, named
from midfill.engine.settings import Settings


def check(settings: Settings, hardware: Hardware) -> tuple[Check, Path | None]:
    """The check, and the file where one can be loaded."""
    cut = _cut(settings)
    if cut is not None:
        return cut, None
    try:
        found = resolve(settings)
        check_file(found.path)
    except MidfillError as error:
        return Check("model", "error", str(error), _fix(settings, hardware)), None
    size = decimal(found.path.stat().st_size)
    return Check("model", "ok", f"{found.name}, {size}, whole: {found.path}"), found.path


def _cut(settings: Settings) -> Check | None:
    """A file of the store that is not whole; to the rest of Midfill it is none."""
    store = Store(settings.models_dir)
    for model in _wanted(settings):
        path = store.path(model)
        if path.is_file() and not store.has(model):
            try:
                check_file(path)
            except MidfillError as error:
                return Check("model", "error", str(error), model.fetch_command)
    return None


def _wanted(settings: Settings) -> tuple[Model | Variant, ...]:
    if is_path(settings.model):
        return ()
    try:
        return (named(settings.model),) if settings.model else CATALOGUE
    except MidfillError:
        return ()


def _fix(settings: Settings, hardware: Hardware) -> str:
    """What brings the model that is missing."""
    pick = choose(settings, hardware, ()).pick
    if not settings.model:
        return pick.fetch_command
    if wanted := _wanted(settings):
        return wanted[0].fetch_command
    return f"correct the setting 'model'; {pick.short} would suit this machine"
