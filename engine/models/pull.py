"""Fetch a model: the one thing in Midfill that opens a connection unless a remote is set up.

Whatever happens, even a kill, the final name only ever holds a complete and accepted file, and what
was fetched is kept for the next try.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import filelock

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models.catalogue import Model
from midfill.engine.models.sources import Job, Source, SourceError
from midfill.engine.models.sources.file import File
from midfill.engine.models.sources.huggingface import HuggingFace
from midfill.engine.models.sources.modelscope import ModelScope
from midfill.engine.models.sources.pypi import PyPI
from midfill.engine.models.store import Record, Refused, Store, check_file
from midfill.engine.settings import Settings

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and what is going on: a source's name, or CHECKING."""

CHECKING = "checking"
_LOCK_POLL_S = 0.2


class Cancelled(MidfillError):
    """The person stopped the pull."""


class LicenceNotAccepted(MidfillError):
    """The model's licence restricts its use and was not accepted."""


@dataclass(frozen=True)
class Pulled:
    """A model that is here now. `record` is None if it lay in the folder before Midfill knew it."""

    model: Model
    path: Path
    record: Record | None
    already_there: bool


def pull(
    model: Model,
    settings: Settings,
    *,
    sources: Sequence[str] = (),
    from_path: Path | None = None,
    accept_licence: bool = False,
    progress: Progress = lambda done, total, what: None,
    say: Callable[[str], None] = lambda line: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Pulled:
    """Fetch `model` from the first source that has it, verify it, and put it in its place.

    May run in any thread, and beside another pull of the same model, for which it waits.

    Args:
        sources: names to try in this order instead of the setting `models.sources`.
        from_path: a file, or a folder that holds it, to take instead of any other source.
        accept_licence: whether the person accepts a restricted licence.
        progress: called often, from the calling thread.
        say: called with one line for each thing the person should know.
        cancelled: asked often; once it is true the pull stops and keeps what it has.

    Raises:
        Cancelled: as it says.
        LicenceNotAccepted: the licence is restricted and `accept_licence` is false.
        NotEnoughDisk: the file does not fit.
        UsageError: there is no source of that name.
        MidfillError: no source could deliver it, or the folder cannot be written.
    """
    places = [File(from_path)] if from_path else _sources(sources or settings.models.sources)
    if settings.offline:
        places = [place for place in places if isinstance(place, File)]
        if not places:
            raise MidfillError("offline: no model is downloaded; give a file with --from PATH")
    store = Store(settings.models_dir)
    try:
        if _is_here(store, model):
            return Pulled(model, store.path(model), store.record(model), already_there=True)
        if model.licence.restricted and not accept_licence:
            raise LicenceNotAccepted(
                f"{model.name} is under the {model.licence.name} licence, which forbids commercial "
                f"use: read {model.licence.url}, then pull again with --accept-licence"
            )
        lock = _lock(store, model, say, cancelled)
        try:
            if _is_here(store, model):
                return Pulled(model, store.path(model), store.record(model), already_there=True)
            if store.path(model).exists():
                say(f"{store.path(model)} is damaged: fetching it again")
            record = _fetch(store, model, places, partial(_report, progress, cancelled), say)
            return Pulled(model, store.path(model), record, already_there=False)
        finally:
            lock.release()
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise MidfillError(
            f"{error.filename or store.folder}: {what}. What was fetched is kept"
        ) from error


def _is_here(store: Store, model: Model) -> bool:
    try:
        check_file(store.path(model))
    except MidfillError:
        return False
    return True


def _sources(names: Sequence[str]) -> list[Source]:
    """The sources of these names. `file:PATH` is a file or a folder on this machine."""
    known: dict[str, Source] = {
        source.name: source for source in (HuggingFace(), ModelScope(), PyPI())
    }
    chosen: list[Source] = []
    for name in names:
        kind, _, path = name.partition(":")
        if kind == "file":
            if path:  # without one it stands for `--from`
                chosen.append(File(Path(path).expanduser()))
        elif name in known:
            chosen.append(known[name])
        else:
            raise UsageError(f"no source is called '{name}': use file:PATH, {', '.join(known)}")
    if not chosen:
        raise UsageError("no source to pull from: name one, or give a file with --from PATH")
    return chosen


def _lock(
    store: Store, model: Model, say: Callable[[str], None], cancelled: Callable[[], bool]
) -> filelock.BaseFileLock:
    lock = store.lock(model)
    try:
        lock.acquire(timeout=0)
        return lock
    except filelock.Timeout:
        say(f"another process is fetching {model.name}: waiting for it")
    while not cancelled():
        try:
            lock.acquire(timeout=_LOCK_POLL_S)
            return lock
        except filelock.Timeout:
            continue
    raise Cancelled(f"stopped waiting for {model.name}")


def _report(
    progress: Progress, cancelled: Callable[[], bool], what: str, done: int, total: int
) -> None:
    if cancelled():
        raise Cancelled("the pull was stopped; what was fetched is kept for the next one")
    progress(done, total, what)


def _fetch(
    store: Store,
    model: Model,
    places: Sequence[Source],
    report: Callable[[str, int, int], None],
    say: Callable[[str], None],
) -> Record:
    failures = []
    for source, following in zip(places, [*places[1:], None], strict=True):
        folder = store.partial(model) / source.name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            candidate = source.fetch(Job(model, folder, partial(report, source.name)))
            record = store.accept(model, candidate, source.name, partial(report, CHECKING))
        except (SourceError, Refused) as error:
            if isinstance(error, Refused):
                shutil.rmtree(folder)
                error = Refused(f"the file was refused and removed: {error}")
            failures.append(f"{source.name}: {error}")
            if following is not None:
                say(f"{failures[-1]}; trying {following.name}")
            continue
        shutil.rmtree(store.partial(model))
        return record
    raise MidfillError(
        f"no source could deliver {model.name} ({'; '.join(failures)}). Check the network and the "
        f"proxy, or take a file you have: midfill models pull {model.short} --from PATH"
    )
