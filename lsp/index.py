"""The indexes of the editor's folders: each is kept up to date by a process of its own, so that
neither reading files nor watching them takes time from an answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from lsprotocol import types

from midfill.engine.context import indexer
from midfill.engine.settings import Settings
from midfill.lsp.child import child
from midfill.lsp.configuration import Configuration
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.progress import Progress, Report
from midfill.lsp.tasks import Tasks
from midfill.lsp.uri import file_of

_LOG = logging.getLogger(__name__)
# A report names files, all in one line.
_LONGEST_LINE = 1 << 24
# Until a process that died is followed by another, the next one, and so on; one that lived long
# lets it count anew.
_PAUSES_S = (1.0, 10.0, 60.0)
_LONG_S = 600.0
# Folders may come and go in a row, and the start of a process takes time from an answer.
_SETTLED_S = 0.1
# So many changed files are told one by one.
_MANY = 1000


class Indexes:
    """Runs one process for each folder that the editor has open, while the settings want context.

    Of folders that lie in each other each has its own files only.
    """

    def __init__(self, server: LanguageServer, tasks: Tasks, progress: Progress) -> None:
        self._server = server
        self._tasks = tasks
        self._progress = progress
        self._enabled = False
        self._running: dict[tuple[Path, ...], _Index] = {}

    def use(self, settings: Settings) -> None:
        """Obey these settings from now on."""
        self._enabled = settings.context.enabled
        self.follow_folders()

    def follow_folders(self) -> None:
        """Begin with the folders that are new, and let go of those that are closed."""
        opened = self._server.workspace.roots if self._enabled else ()
        # `resolve` raises where a link leads to itself.
        roots = set(filter(_is_project, (Path(os.path.realpath(root)) for root in opened)))
        wanted = {_with_apart(root, roots) for root in roots}
        for gone in self._running.keys() - wanted:
            self._running.pop(gone).close()
        for folders in wanted - self._running.keys():
            self._running[folders] = index = _Index(folders, self._progress)
            self._tasks.start(index.run())

    def changed(self, uris: Iterable[str]) -> None:
        """Tell of files that were saved, made or deleted; of very many, that anything may have."""
        some = list(islice(uris, _MANY + 1))
        paths = [path for uri in some if (path := file_of(uri))]
        for index in self._running.values():
            index.changed(None if len(some) > _MANY else paths)


class _Index:
    def __init__(self, folders: tuple[Path, ...], progress: Progress) -> None:
        self._folders = folders
        self._progress = progress
        self._process: asyncio.subprocess.Process | None = None
        self._closed = False

    async def run(self) -> None:
        """Keep the index up to date until it is closed; tell when that is given up."""
        name = self._folders[0].name
        pauses = iter(_PAUSES_S)
        await asyncio.sleep(_SETTLED_S)
        while not self._closed:
            begun = time.monotonic()
            await self._serve()
            if self._closed:
                return
            if time.monotonic() - begun > _LONG_S:
                pauses = iter(_PAUSES_S)
            pause = next(pauses, None)
            if pause is None:
                _LOG.error(
                    "The index of %s is no longer kept up to date: its process ended %d times in a "
                    "row. See what `midfill index` says in that folder",
                    name,
                    len(_PAUSES_S) + 1,
                )
                return
            _LOG.warning("The process that keeps the index of %s ended; another follows", name)
            await asyncio.sleep(pause)

    async def _serve(self) -> None:
        """Start a process, and listen to it until it ends."""
        folders = map(str, self._folders)
        async with child(indexer.__name__, *folders, longest_line=_LONGEST_LINE) as process:
            self._process = process
            try:
                if not self._closed:
                    await self._listen(process)
            finally:
                self._process = None

    def changed(self, paths: Iterable[Path] | None) -> None:
        """Tell the process of files that may have changed; None: of anything."""
        below = [None] if paths is None else [str(path) for path in paths if self._has(path)]
        if below and self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(below) + b"\n")

    def _has(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self._folders[0])

    def close(self) -> None:
        """Let the process end; what it has read stays in the index."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        name = self._folders[0].name
        async with AsyncExitStack() as bar:
            report: Report | None = None
            async for line in process.stdout:
                message = msgspec.json.decode(line, type=indexer.Message)
                if message.note:
                    _LOG.warning("%s", message.note)
                elif message.report is not None:
                    await bar.aclose()
                    report = None
                    _log(name, message)
                else:
                    if report is None:
                        shown = self._progress.shown(f"Midfill: indexing {name}", self.close)
                        report = await bar.enter_async_context(shown)
                    report(message.done / message.total, f"{message.done}/{message.total} files")


def register(
    server: LanguageServer, indexes: Indexes, configuration: Configuration, tasks: Tasks
) -> None:
    """Follow the editor's folders and files; a settings file may be among them."""

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        indexes.changed([params.text_document.uri])

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed(params: types.DidChangeWatchedFilesParams) -> None:
        indexes.changed(change.uri for change in params.changes)
        tasks.start(configuration.update())

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def moved(_: Any) -> None:
        indexes.follow_folders()
        tasks.start(configuration.update())


def _with_apart(root: Path, roots: Iterable[Path]) -> tuple[Path, ...]:
    """The folder, then those in it that are open too."""
    return (root, *sorted(each for each in roots if each != root and each.is_relative_to(root)))


def _is_project(root: Path) -> bool:
    """Not the home folder, nor one around it: that is everything a person has."""
    try:
        return root.is_dir() and not Path.home().is_relative_to(root)
    except OSError:
        return False  # a name that is too long, for one


def _log(name: str, message: indexer.Message) -> None:
    found = message.report
    assert found is not None
    if found.rebuilt:
        _LOG.warning("The index of %s was built anew: %s", name, found.rebuilt)
    for file in found.broken:
        _LOG.warning("No parser could read %s; it is left alone until it changes", file)
    _LOG.info("The index of %s is up to date: %d files", name, found.files)
