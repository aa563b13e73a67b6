"""The last change taken back."""

from __future__ import annotations

from pathlib import Path

from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import content, recover, write
from midfill.engine.repair.journal import Entry, Journal


def undo(root: Path) -> list[str]:
    """Bring back the files as they were before the last change; once more for the one before it.

    Returns:
        Their paths.

    Raises:
        MidfillError: there is nothing to undo, or a file has changed since.
    """
    journal = Journal(root)
    with journal.working():
        recover(journal)
        for record in journal.done():
            now = [_now(journal.root, entry) for entry in record.entries]
            if now == [entry.before for entry in record.entries]:
                journal.forget(record)  # it was undone, and the end of that interrupted
                continue
            for entry, found in zip(record.entries, now, strict=True):
                if found != entry.after:
                    raise MidfillError(
                        f"{entry.path} has changed since the repair, and undoing would lose that"
                    )
            write(journal, [_back(entry) for entry in record.entries], undone=record)
            return [entry.path for entry in record.entries]
    raise MidfillError(f"there is nothing to undo in {journal.root}")


def _now(root: Path, entry: Entry) -> bytes | None:
    try:
        return content(root / entry.path)
    except OSError as error:
        raise MidfillError(f"{entry.path} cannot be read: {error.strerror}") from error


def _back(entry: Entry) -> Entry:
    return Entry(entry.path, entry.after, entry.before, entry.folders)
