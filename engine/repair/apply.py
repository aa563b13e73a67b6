"""Files changed all at once or not at all, whatever happens meanwhile.

First a record of all of it is on the disk, then the new content of every file, under another name
beside it; then each takes its place by being renamed. So at any moment every file is the old or the
new one, and whoever comes next brings back what was (`recover`).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from midfill.engine import regular
from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.journal import Entry, Journal, Record, durable, flush
from midfill.engine.repair.source import Source, digest


class Change(msgspec.Struct, frozen=True):
    """New content for a file, whose content was read as `before` (a digest; None: a new file)."""

    path: str
    before: str | None
    after: bytes

    @classmethod
    def of(cls, source: Source, text: str) -> Change:
        """The text in place of the one that was read.

        Raises:
            MidfillError: the file's encoding lacks a character.
        """
        return cls(source.path, source.digest, source.encoded(text))


def apply(files: Files, changes: Sequence[Change]) -> None:
    """Write every file, keeping its mode and owner, or none of them.

    Raises:
        MidfillError: a file is excluded, read-only, changed since it was read, or cannot be
            written. Then every file is as it was.
    """
    journal = Journal(files.root)
    with journal.working():
        recover(journal)
        write(journal, [_entry(files, change) for change in changes])


def recover(journal: Journal) -> None:
    """Bring back what was before a change that was interrupted.

    Files that somebody has changed since then are left as they are.

    Raises:
        MidfillError: a file cannot be written.
    """
    for record in journal.interrupted():
        _roll_back(journal, record)


def write(journal: Journal, entries: Sequence[Entry], undone: Record | None = None) -> None:
    """Make the change that the entries are, and record it; or take back the one `undone`.

    Raises:
        MidfillError: a file cannot be written. Then every file is as it was.
    """
    record = None
    try:
        for entry in entries:
            _stay(journal, entry)
        record = journal.open(entries)
        for number, entry in enumerate(entries):
            _prepare(journal, record, number, entry)
        for number, entry in enumerate(entries):
            _put(journal, record, number, entry)
    except BaseException as error:
        if record is not None:
            _roll_back(journal, record)
        if isinstance(error, OSError):
            raise MidfillError(f"nothing was changed: {_said(error)}") from error
        raise
    if undone is None:
        journal.finish(record)
    else:
        journal.forget(record)
        journal.forget(undone)


def content(file: Path) -> bytes | None:
    """The bytes of a file; None where there is none."""
    try:
        with regular.opened(file) as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _entry(files: Files, change: Change) -> Entry:
    file = files.root / change.path
    reason = files.excluded(file)
    if reason is not None:
        raise MidfillError(f"{change.path} is not changed: {reason}")
    try:
        before = content(file)
        if before is not None and not file.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP):
            raise MidfillError(f"{change.path} is read-only: chmod u+w it first")
    except OSError as error:
        raise MidfillError(f"{change.path} cannot be read: {error.strerror}") from error
    if (None if before is None else digest(before)) != change.before:
        raise MidfillError(f"{change.path} has changed since it was read: try again")
    path = file.resolve().relative_to(files.root)
    missing = [each for each in reversed(path.parents) if not (files.root / each).exists()]
    return Entry(path.as_posix(), before, change.after, tuple(map(Path.as_posix, missing)))


def _prepare(journal: Journal, record: Record, number: int, entry: Entry) -> None:
    """The new content beside the old, with its mode and owner."""
    if entry.after is None:
        return
    target = journal.root / entry.path
    for folder in entry.folders:
        (journal.root / folder).mkdir(exist_ok=True)
    fresh = _beside(journal, record, number, entry)
    if entry.before is None:
        durable(fresh, entry.after, 0o666)
        return
    durable(fresh, entry.after)
    shutil.copystat(target, fresh)
    os.utime(fresh)
    if os.name == "posix":
        found = target.stat()
        with suppress(PermissionError):
            os.chown(fresh, found.st_uid, found.st_gid)


def _put(journal: Journal, record: Record, number: int, entry: Entry) -> None:
    target = journal.root / entry.path
    _stay(journal, entry)
    if content(target) != entry.before:
        raise MidfillError(f"nothing was changed: {entry.path} has just been changed by another")
    if entry.after is None:
        target.unlink()
        _remove_folders(journal.root, entry.folders)
    else:
        _beside(journal, record, number, entry).replace(target)
        flush(target.parent)


def _roll_back(journal: Journal, record: Record) -> None:
    """Every file as it was before; then the record is gone.

    Raises:
        MidfillError: one cannot be brought back; the record stays, for the next try.
    """
    try:
        for number, entry in enumerate(record.entries):
            if _strayed(journal, entry):
                continue
            fresh = _beside(journal, record, number, entry)
            _unlink(fresh)
            target = journal.root / entry.path
            if content(target) != entry.after:
                pass
            elif entry.before is not None:
                backwards = Entry(entry.path, entry.after, entry.before, entry.folders)
                _prepare(journal, record, number, backwards)
                fresh.replace(target)
                flush(target.parent)
            else:
                _unlink(target)
            if entry.before is None:
                _remove_folders(journal.root, entry.folders)
    except OSError as error:
        raise MidfillError(
            f"a change was interrupted, and {entry.path} cannot be brought back: {_said(error)}; "
            "it will be tried again next time"
        ) from error
    journal.forget(record)


def _unlink(file: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        file.unlink()


def _remove_folders(root: Path, folders: Iterable[str]) -> None:
    for folder in sorted(folders, reverse=True):
        with suppress(OSError):  # not empty, or not there
            (root / folder).rmdir()


def _stay(journal: Journal, entry: Entry) -> None:
    if _strayed(journal, entry):
        raise MidfillError(
            f"nothing was changed: a link has taken the place of the folder of {entry.path}"
        )


def _strayed(journal: Journal, entry: Entry) -> bool:
    """Whether the folder of the file is a link by now, to wherever."""
    folder = (journal.root / entry.path).parent
    return os.path.realpath(folder) != str(folder)


def _beside(journal: Journal, record: Record, number: int, entry: Entry) -> Path:
    name = f".midfill-{journal.digest[:8]}-{record.number}-{number}"
    return (journal.root / entry.path).with_name(name)


def _said(error: OSError) -> str:
    return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
