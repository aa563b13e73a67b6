"""A file that the person has already."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from midfill.engine.errors import MidfillError
from midfill.engine.models import gguf
from midfill.engine.models.sources import Job, SourceError, require_space

_CHUNK = 1 << 20


@dataclass(frozen=True)
class File:
    """`path` is the file, or a folder with a file of the model's name."""

    path: Path
    name: str = "file"

    def fetch(self, job: Job) -> Path:
        """Link or copy the file."""
        path = self.path / job.model.file if self.path.is_dir() else self.path
        return adopt(path, job)


def adopt(path: Path, job: Job) -> Path:
    """Bring a file of this machine into the job's folder, as a hard link where that is possible.

    Raises:
        SourceError: it is no whole GGUF.
        NotEnoughDisk: it must be copied and does not fit.
    """
    try:
        gguf.check(path)
    except MidfillError as error:
        raise SourceError(str(error)) from error
    source = path.resolve()  # the hub's cache holds symbolic links
    adopted = job.folder / job.model.file
    adopted.unlink(missing_ok=True)
    try:
        adopted.hardlink_to(source)
    except OSError:
        _copy(source, adopted, job)
    return adopted


def _copy(source: Path, target: Path, job: Job) -> None:
    total, done = source.stat().st_size, 0
    require_space(job.folder, total)
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            done += len(chunk)
            job.report(done, total)
    shutil.copystat(source, target)
