"""Bringing an index up to date with the files of its workspace.

What was written stays written: a build that is interrupted, even killed, goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from midfill.engine.context.files import Files, may_be_code
from midfill.engine.context.pool import BROKEN, Pool
from midfill.engine.context.reader import Job, Reading
from midfill.engine.context.record import File
from midfill.engine.context.store import Replaced, Store, stem
from midfill.engine.errors import MidfillError
from midfill.engine.models.hardware import cores
from midfill.grammars.registry import FOLDER

# files done, files to read
Progress = Callable[[int, int], None]

# A worker gets so many files at once.
_BATCH = 16
# So many batches are written together: what comes after them is lost when the process is killed.
_TOGETHER = 4


class Busy(MidfillError):
    """Another process keeps this index up to date."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a refresh found and did.

    `files`, `definitions` and `references` are those of the index; `changed` and `removed` count
    files. `skipped` counts by reason, folders as one. `broken` names the files that no parser
    could read. `rebuilt` says why an earlier index was given up.
    """

    files: int
    definitions: int
    references: int
    changed: int
    removed: int
    skipped: dict[str, int]
    broken: list[str]
    rebuilt: str
    seconds: float


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """While this process is the one that writes the index of `root`.

    Raises:
        Busy: another one does.
    """
    lock = FileLock(f"{stem(root)}.lock", timeout=0)
    lock_folder = Path(lock.lock_file).parent
    lock_folder.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(f"another process keeps the index of {root} up to date") from None
    try:
        yield
    finally:
        lock.release()


def refresh(
    store: Store,
    files: Files,
    progress: Progress = lambda done, total: None,
    pool: Pool | None = None,
) -> Report:
    """Read what is new or changed in the workspace, and forget what is gone.

    Without a `pool`, worker processes are started for this time only.

    Raises:
        MidfillError: the index cannot be written.
    """
    started = time.perf_counter()
    made_by = store.made_by
    if made_by and made_by != _readers():
        store.clear("files are read in another way now")
    elif store.is_worn:
        store.clear("most of what it could find was gone")
    with ExitStack() as stack:
        workers = pool or stack.enter_context(Pool(files.root, cores()))
        try:
            changed, removed = _refresh(store, files, workers, progress)
        except Replaced:
            changed, removed = _refresh(store, files, workers, progress)
    return report(store, files, changed, removed, time.perf_counter() - started)


def report(
    store: Store, files: Files, changed: int = 0, removed: int = 0, seconds: float = 0.0
) -> Report:
    """What is in the index, after a refresh that did so much."""
    left_out = [file for file in store.known().values() if file.skipped]
    count, definitions, references = store.counts()
    return Report(
        files=count,
        definitions=definitions,
        references=references,
        changed=changed,
        removed=removed,
        skipped=dict((files.skipped + Counter(file.skipped for file in left_out)).most_common()),
        broken=[file.path for file in left_out if file.skipped == BROKEN],
        rebuilt=store.rebuilt,
        seconds=seconds,
    )


def update(store: Store, files: Files, pool: Pool, paths: Iterable[Path]) -> None:
    """Read these files again if they have changed, or forget them if they are gone.

    Raises:
        MidfillError: the index cannot be written.
        Replaced: the index was corrupt and is empty now.
    """
    jobs, gone = [], []
    for path in paths:
        path = path.resolve()
        if not path.is_relative_to(files.root):
            continue
        name = path.relative_to(files.root).as_posix()
        known = store.file(name)
        if path.is_file() and files.excluded(path) is None and may_be_code(path.name):
            if known is None or not _is_unchanged(known, path):
                jobs.append(Job(name, known.digest if known else b""))
        elif known:
            gone.append(name)
    if gone:
        store.remove(gone)
    for readings in pool.read([jobs] if jobs else []):
        _keep(store, readings)


def _refresh(store: Store, files: Files, pool: Pool, progress: Progress) -> tuple[int, int]:
    store.begin(_readers())
    known = store.known()
    jobs = []
    for path in files.walk():
        name = path.relative_to(files.root).as_posix()
        before = known.pop(name, None)
        if before is None or not _is_unchanged(before, path):
            jobs.append(Job(name, before.digest if before else b""))
    if known:
        store.remove(known)
    changed = 0
    if jobs:
        progress(0, len(jobs))
    batches = [jobs[at : at + _BATCH] for at in range(0, len(jobs), _BATCH)]
    unwritten: list[Reading] = []
    for done, readings in enumerate(pool.read(batches), 1):
        unwritten += readings
        if done % _TOGETHER == 0 or done == len(batches):
            changed += _keep(store, unwritten)
            unwritten = []
        progress(min(done * _BATCH, len(jobs)), len(jobs))
    store.finish()
    return changed, len(known)


def _keep(store: Store, readings: Iterable[Reading]) -> int:
    """Write down what was read; the number of files that are new or changed."""
    new = [each.record for each in readings if each.record and not each.same]
    same = [each.record.file for each in readings if each.record and each.same]
    gone = [each.path for each in readings if each.record is None]
    if new:
        store.put(new)
    if same:
        store.touch(same)
    if gone:
        store.remove(gone)
    return len(new)


def _is_unchanged(known: File, path: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return (known.size, known.mtime_ns) == (found.st_size, found.st_mtime_ns)


@cache
def _readers() -> str:
    """Tells from others what files are read with: this version, its grammars and queries."""
    digest = hashlib.blake2b(digest_size=16)
    for pattern in ("*.py", "*/*.toml", "*/*.scm"):
        for file in sorted(FOLDER.glob(pattern)):
            digest.update(file.read_bytes())
    return f"{metadata.version('midfill')} {digest.hexdigest()}"
