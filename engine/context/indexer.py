"""The process that keeps the index of a workspace up to date while an editor has it open.

Run `python -m midfill.engine.context.indexer ROOT [FOLDER...]`: the index of ROOT, without what
lies in each FOLDER. It reads a JSON list of changed files from each line of stdin (null: any may
have), writes a `Message` to each line of stdout, and ends with stdin. Of two for one workspace the
second waits until the first is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from midfill.engine.context.build import Busy, Report, refresh, update, writing
from midfill.engine.context.files import Files
from midfill.engine.context.pool import Pool
from midfill.engine.context.store import Replaced, Store
from midfill.engine.context.watch import watching
from midfill.engine.errors import MidfillError
from midfill.engine.models.hardware import cores

# A person's work goes first.
_NICENESS = 10
# Changes come in bursts: one save is several events, a checkout is thousands.
_QUIET_S = 0.01
_BURST_S = 0.2
# So many files are looked for like everything else.
_MANY = 100
_ASK_AGAIN_S = 1.0
_UNWATCHED_S = 30.0
NOT_WATCHED = (
    "The system watches no more folders: what the editor does not save is indexed after"
    f" {_UNWATCHED_S:.0f} s. Raise fs.inotify.max_user_watches"
)


class Message(msgspec.Struct, omit_defaults=True):
    """Files done of a total; or a report, when the index is up to date; or a line for the log."""

    done: int = 0
    total: int = 0
    report: Report | None = None
    note: str = ""


Say = Callable[[Message], None]


class Indexer:
    """Brings the index of `root` up to date, and keeps it so; `say` hears of it."""

    def __init__(self, root: Path, apart: Iterable[Path], say: Say) -> None:
        self._root = root
        self._apart = tuple(apart)
        self._say = say
        self._files = Files(root, self._apart)
        # None: anything may have changed.
        self._changes: SimpleQueue[Path | None] = SimpleQueue()
        self._watched = False

    def changed(self, path: Path | None) -> None:
        """Note that a file has changed, or anything. Threads may call it."""
        self._changes.put(path)

    def run(self) -> None:
        """Work until the process is interrupted."""
        with ExitStack() as stack:
            self._wait_for_turn(stack)
            self._watch(stack)
            with closing(Store.open(self._root)) as store, Pool(self._root, cores()) as pool:
                self._refresh(store, pool)
                while True:
                    self._follow(store, pool)

    def _wait_for_turn(self, stack: ExitStack) -> None:
        noted = False
        while True:
            try:
                stack.enter_context(writing(self._root))
            except Busy as busy:
                if not noted:
                    self._say(Message(note=str(busy)))
                noted = True
                time.sleep(_ASK_AGAIN_S)
            else:
                return

    def _watch(self, stack: ExitStack) -> None:
        try:
            stack.enter_context(watching(self._root, self._hides, self.changed))
        except OSError:
            self._say(Message(note=NOT_WATCHED))
        else:
            self._watched = True

    def _hides(self, folder: Path) -> bool:
        return self._files.excluded_folder(folder) is not None

    def _follow(self, store: Store, pool: Pool) -> None:
        """Wait for the next changes, and put them into the index."""
        changes = self._next()
        if None in changes or len(changes) > _MANY:
            self._refresh(store, pool)
            return
        try:
            update(store, self._files, pool, filter(None, changes))
        except MidfillError as error:
            self._say(Message(note=str(error)))
        except Replaced:
            self._refresh(store, pool)

    def _next(self) -> set[Path | None]:
        try:
            changes = {self._changes.get(timeout=None if self._watched else _UNWATCHED_S)}
        except Empty:
            return {None}
        until = time.monotonic() + _BURST_S
        with suppress(Empty):
            while time.monotonic() < until:
                changes.add(self._changes.get(timeout=_QUIET_S))
        return changes

    def _refresh(self, store: Store, pool: Pool) -> None:
        self._files = Files(self._root, self._apart)
        try:
            found = refresh(store, self._files, self._progress, pool)
        except MidfillError as error:
            self._say(Message(note=str(error)))
        else:
            self._say(Message(report=found))
        pool.rest()

    def _progress(self, done: int, total: int) -> None:
        self._say(Message(done=done, total=total))


def _print(message: Message) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def _listen(indexer: Indexer) -> None:
    for line in sys.stdin.buffer:
        for path in msgspec.json.decode(line, type=list[str | None]):
            indexer.changed(None if path is None else Path(path))
    # The main thread is woken by the change, and finds that it is interrupted.
    signal.raise_signal(signal.SIGINT)
    indexer.changed(None)


def main() -> None:
    """Run until stdin ends."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    root, *apart = map(Path, sys.argv[1:])
    indexer = Indexer(root.resolve(), apart, _print)
    threading.Thread(target=_listen, args=[indexer], daemon=True).start()
    with suppress(KeyboardInterrupt, BrokenPipeError):
        indexer.run()


if __name__ == "__main__":
    main()
