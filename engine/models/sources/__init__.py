"""Where model files come from, one module a source.

A source only fetches. Whether the file is the right one is decided afterwards, in one place, by the
store; so a source needs no trust.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.filesize import decimal

from midfill.engine.errors import MidfillError
from midfill.engine.models.catalogue import Model
from midfill.engine.models.store import Report


class SourceError(Exception):
    """Why this source could not deliver, in a few words; the next one may."""


class NotEnoughDisk(MidfillError):
    """The file does not fit, wherever it comes from."""


@dataclass(frozen=True)
class Job:
    """A file to fetch.

    `folder` belongs to this model and this source alone and outlives an interruption. `report` is
    called often with bytes done and in all; it raises when the person has cancelled.
    """

    model: Model
    folder: Path
    report: Report


class Source(Protocol):
    """One place to fetch from."""

    @property
    def name(self) -> str:
        """The name in the setting `models.sources`."""
        ...

    def fetch(self, job: Job) -> Path:
        """Fetch the whole file into the job's folder, going on from what lies there already.

        Raises:
            SourceError: it cannot be had here.
            NotEnoughDisk: it would not fit.
        """
        ...


def require_space(folder: Path, needed: int) -> None:
    """Make sure that `needed` more bytes fit on the file system of `folder`.

    Raises:
        NotEnoughDisk: they do not; says how many are missing.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise NotEnoughDisk(
            f"not enough disk space for {folder}: {decimal(needed)} more needed, {decimal(free)} "
            f"free. Free {decimal(needed - free)}, or name another folder in MIDFILL_MODELS_DIR"
        )
