"""What happens to the files of a workspace, told by the operating system."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from watchdog.events import (
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_OPENED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from midfill.engine.context.files import GIT_IGNORE, OWN_IGNORE, may_be_code

_NO_CHANGE = frozenset({EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE})
_IGNORE_FILES = frozenset({GIT_IGNORE, OWN_IGNORE})

# Is called with a file that changed; with None where anything may have.
Changed = Callable[[Path | None], None]


@contextmanager
def watching(root: Path, hides: Callable[[Path], bool], changed: Changed) -> Iterator[None]:
    """Call `changed` from another thread for what happens below `root`, but not in hidden folders.

    Raises:
        OSError: the system cannot watch so many folders.
    """
    observer = Observer()
    handler = _Handler(hides, changed)
    observer.schedule(handler, str(root), recursive=True)
    observer.start()
    try:
        with tempfile.TemporaryDirectory() as another:
            # It is silent where the system refuses a folder below the root: whether one more can be
            # watched tells.
            observer.unschedule(observer.schedule(handler, another))
        yield
    finally:
        observer.stop()
        observer.join()


class _Handler(FileSystemEventHandler):
    def __init__(self, hides: Callable[[Path], bool], changed: Changed) -> None:
        self._hides = hides
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _NO_CHANGE:
            return
        for path in [Path(os.fsdecode(name)) for name in (event.src_path, event.dest_path) if name]:
            if event.is_directory:
                if event.event_type != EVENT_TYPE_MODIFIED and not self._hides(path):
                    self._changed(None)
            elif path.name in _IGNORE_FILES:
                self._changed(None)
            elif may_be_code(path.name) and not self._hides(path.parent):
                self._changed(path)
