"""A machine for the scripts: its files are their own, the real model is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midfill.engine.models.catalogue import find
from midfill.engine.models.store import Store
from midfill.engine.settings import Settings

from ..conftest import MODEL, private_environment


def model() -> Path:
    """The 0.5B model; without it the script ends."""
    store, found = Store(Settings().models_dir), find(MODEL)
    if not store.has(found):
        sys.exit(f"{MODEL} is not on this machine: midfill models pull 0.5b")
    return store.path(found)


@contextmanager
def machine() -> Iterator[dict[str, str]]:
    """The environment of processes on it; their engine is killed in the end."""
    yield from private_environment(model())
