"""The record of a change of several files, kept outside of the workspace.

One file for each change, named by its number. What has become of it is in the extension, so that
renaming the file is all that it takes: `open` before the first file is touched, `done` after the
last. An `open` one that nobody works on was interrupted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock

from midfill.engine import paths

# So many changes can be undone, one after the other.
KEPT = 20
_OPEN, _DONE, _NEW = ".open", ".done", ".new"


class Entry(msgspec.Struct, frozen=True):
    """A file of the workspace, before and after; None where it is not there.

    `folders` are those that are made for it, the outer ones first.
    """

    path: str
    before: bytes | None
    after: bytes | None
    folders: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """What is changed, at once, in the workspace `root`."""

    number: int
    root: str
    entries: tuple[Entry, ...]


class Journal:
    """The records of the workspace `root`. Only whoever is in `working` may use it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        self._folder = paths.private_dir(paths.undo_dir() / self.digest)

    @contextmanager
    def working(self) -> Iterator[None]:
        """One process at a time changes files, or brings back what was."""
        with FileLock(self._folder / "lock"):
            for unfinished in self._folder.glob(f"*{_NEW}"):
                unfinished.unlink()
            yield

    def open(self, entries: Sequence[Entry]) -> Record:
        """Say what is about to be changed; it is on the disk when this returns."""
        numbers = [int(file.stem) for file in self._files("")]
        record = Record(max(numbers, default=0) + 1, str(self.root), tuple(entries))
        new = self._path(record, _NEW)
        durable(new, msgspec.msgpack.encode(record))
        new.replace(self._path(record, _OPEN))
        flush(self._folder)
        return record

    def finish(self, record: Record) -> None:
        """All of it is changed. The oldest records go."""
        self._path(record, _OPEN).replace(self._path(record, _DONE))
        flush(self._folder)
        for old in self._files(_DONE)[:-KEPT]:
            old.unlink()

    def forget(self, record: Record) -> None:
        """Nothing of it is left to bring back."""
        for state in (_OPEN, _DONE):
            self._path(record, state).unlink(missing_ok=True)
        flush(self._folder)

    def interrupted(self) -> list[Record]:
        """The changes that were begun and not finished."""
        return [_read(file) for file in self._files(_OPEN)]

    def done(self) -> list[Record]:
        """The changes that can be undone, the last one first."""
        return [_read(file) for file in reversed(self._files(_DONE))]

    def _files(self, state: str) -> list[Path]:
        found = (file for file in self._folder.glob(f"[0-9]*{state}") if file.stem.isdecimal())
        return sorted(found, key=lambda file: int(file.stem))

    def _path(self, record: Record, state: str) -> Path:
        return self._folder / f"{record.number:06}{state}"


def durable(file: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a new file, whose mode the umask cuts, and see it onto the disk."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def flush(folder: Path) -> None:
    """See the names in a folder onto the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: Path) -> Record:
    return msgspec.msgpack.decode(file.read_bytes(), type=Record)
