"""The folder of model files: what is complete, what is known of each file, and how one gets in.

A file has its final name only when it is whole and was accepted. A manifest beside the files
remembers what was accepted, also after a file is removed: a model whose hash nobody published is
trusted at first use, and must be the same file ever after (as ssh does with hosts).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import filelock
import msgspec

from midfill.engine.errors import MidfillError
from midfill.engine.models import gguf
from midfill.engine.models.catalogue import CATALOGUE, Model
from midfill.engine.models.variant import Variant, types_for

MANIFEST = "midfill-models.json"
_CHUNK = 1 << 20

Report = Callable[[int, int], None]
"""Called with bytes done and bytes in all; may raise to stop the work."""


class Refused(Exception):
    """A file that is not the one it should be; says why."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What was accepted under a file's name. `verified`: against a hash pinned in the catalogue."""

    sha256: str
    bytes: int
    source: str
    time: str
    verified: bool


def check_file(path: Path) -> None:
    """Make sure that a model file can be loaded: it is a GGUF and whole. Reads its header only.

    Raises:
        MidfillError: it is missing, is no GGUF or was cut short or replaced; says what to do.
    """
    gguf.check(path)
    size = path.stat().st_size
    expected = _expected_bytes(path)
    if expected is not None and size != expected:
        raise MidfillError(
            f"{path} has {size:,} bytes, but the file of that name has {expected:,}: "
            f"fetch it again with `midfill models pull {path.stem}`, or rename it if it is your own"
        )


class Store:
    """Model files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, model: Model | Variant) -> Path:
        """Where the model's file lies, or would lie."""
        return self.folder / model.file

    def has(self, model: Model | Variant) -> bool:
        """Whether the model's file is here and whole: by its size where that is known."""
        path = self.path(model)
        expected = _expected_bytes(path)
        if expected is not None:
            return path.is_file() and path.stat().st_size == expected
        try:
            gguf.check(path)
        except MidfillError:
            return False
        return True

    def installed(self) -> list[Model]:
        """The models of the catalogue that are here and whole, from the smallest."""
        return [model for model in CATALOGUE if self.has(model)]

    def variants(self) -> list[Variant]:
        """The variants that are here and whole, in the order of their sources."""
        possible = [Variant(model, type_) for model in CATALOGUE for type_ in types_for(model)]
        return [variant for variant in possible if self.has(variant)]

    def record(self, model: Model) -> Record | None:
        """What is remembered of the model's file, whether or not it is still here."""
        return _read_manifest(self.folder).get(model.file)

    def lock(self, model: Model | Variant) -> filelock.FileLock:
        """The lock of whoever fetches, makes or removes this model. Freed when its owner dies."""
        self._partial_root.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self._partial_root / f"{model.name}.lock")

    def partial(self, model: Model | Variant) -> Path:
        """The folder of the model's unfinished files, on the file system of the store."""
        return self._partial_root / model.name

    def accept(self, model: Model, candidate: Path, source: str, report: Report) -> Record:
        """Move a complete file to its final name, if it is the right one.

        Raises:
            Refused: it is no whole GGUF, or not the file that was pinned or recorded.
        """
        try:
            gguf.check(candidate)
        except MidfillError as error:
            raise Refused(str(error)) from error
        size = candidate.stat().st_size
        digest = sha256(candidate, report)
        known = self.record(model)
        if model.sha256 is not None and digest != model.sha256:
            raise Refused(f"its SHA-256 is {digest[:12]}…, not the pinned {model.sha256[:12]}…")
        if model.sha256 is None and known is not None and digest != known.sha256:
            raise Refused(
                f"its SHA-256 is {digest[:12]}…, but {known.sha256[:12]}… was recorded at first "
                f"use ({known.time}, from {known.source}); if you know that the publisher replaced "
                f"the file, delete its entry in {self.folder / MANIFEST}"
            )
        record = Record(
            sha256=digest,
            bytes=size,
            source=source,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            verified=model.sha256 is not None,
        )
        # The record first: a file must never lie under its final name with no record of it.
        self._remember(model, record)
        self.keep(model, candidate)
        return record

    def keep(self, model: Model | Variant, candidate: Path) -> None:
        """Move a complete file to its final name, whatever lies there."""
        _sync(candidate)
        candidate.replace(self.path(model))
        _sync(self.folder)

    def remove(self, model: Model | Variant) -> int:
        """Delete the model's file and its unfinished ones; return the bytes that were freed.

        Raises:
            MidfillError: there is nothing to delete, it is being written right now, or the system
                does not allow it.
        """
        if not self._files(model):
            raise MidfillError(f"{model.name} is not in {self.folder}")
        try:
            with self.lock(model).acquire(timeout=0):
                found = [path.stat() for path in self._files(model)]
                self.path(model).unlink(missing_ok=True)
                shutil.rmtree(self.partial(model), ignore_errors=True)
        except filelock.Timeout:
            raise MidfillError(
                f"{model.name} is being written right now: stop that first"
            ) from None
        except OSError as error:
            raise MidfillError(f"cannot delete {error.filename}: {error.strerror}") from error
        # Where another hard link remains, the bytes do too.
        return sum(file.st_size for file in found if file.st_nlink == 1)

    def _files(self, model: Model | Variant) -> list[Path]:
        everything = (self.path(model), *self.partial(model).rglob("*"))
        return [path for path in everything if path.is_file() and path.stat().st_size]

    @property
    def _partial_root(self) -> Path:
        return self.folder / ".partial"

    def _remember(self, model: Model, record: Record) -> None:
        with filelock.FileLock(self._partial_root / f"{MANIFEST}.lock"):
            manifest = _read_manifest(self.folder)
            manifest[model.file] = record
            fresh = self.folder / f"{MANIFEST}.new"
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
            _sync(fresh)
            fresh.replace(self.folder / MANIFEST)


def _expected_bytes(path: Path) -> int | None:
    record = _read_manifest(path.parent).get(path.name)
    if record is not None:
        return record.bytes
    sizes = {model.file: model.bytes for model in CATALOGUE if model.exact}
    return sizes.get(path.name)


def _read_manifest(folder: Path) -> dict[str, Record]:
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Record])
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise MidfillError(
            f"cannot read {path}: {error}. Deleting it makes Midfill forget the hashes of models "
            "nobody published one for"
        ) from error


def sha256(path: Path, report: Report) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            report(done, total)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    """Force a file, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
