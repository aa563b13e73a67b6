"""Repairs for the editor: of what it has open, in a process of their own, with progress."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec
from lsprotocol import types
from pygls.uris import from_fs_path

from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import content
from midfill.engine.repair.source import Source
from midfill.engine.repair.task import Outcome, Task, stage
from midfill.lsp.child import child
from midfill.lsp.document import Document
from midfill.lsp.encoding import ENCODINGS
from midfill.lsp.engine import Supervisor
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.progress import Progress, Report
from midfill.lsp.repair_edit import Changed, workspace_edit
from midfill.lsp.repair_job import PROGRAM, Job, Said
from midfill.lsp.uri import file_of

# An outcome is one line, with the texts of files.
_LONGEST_LINE = 1 << 28
# Each takes a process with a copy of the workspace; others wait.
_AT_ONCE = 4


@dataclass(frozen=True)
class Repaired:
    """A change that has passed its checks, and whose files are still as they were."""

    outcome: Outcome
    changes: tuple[Changed, ...]

    def edit(self, client: types.ClientCapabilities, *, preview: bool) -> types.WorkspaceEdit:
        """For an editor; with `preview` it asks the person first."""
        passed = f"passed: {', '.join(check.kind for check in self.outcome.checks)}"
        if self.outcome.answered:
            passed += f"; {self.outcome.answered}"
        if not self.outcome.verified:
            passed += "; nothing tells whether it does what is wanted"
        note = types.ChangeAnnotation("Midfill", needs_confirmation=True, description=passed)
        return workspace_edit(self.changes, client, note if preview else None)


class Repairs:
    """Runs repairs."""

    def __init__(self, server: LanguageServer, engine: Supervisor, progress: Progress) -> None:
        self._server = server
        self._engine = engine
        self._progress = progress
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def place(self, uri: str) -> tuple[Path, str]:
        """(workspace, path in it) of a document.

        Raises:
            MidfillError: it is in no folder that is open.
        """
        root, path = self._server.workspace.root_of(uri), file_of(uri)
        if root is None or path is None:
            raise MidfillError("the file is in no open folder: open the folder that it belongs to")
        return root, path.relative_to(root).as_posix()

    async def run(self, title: str, root: Path, task: Task) -> Repaired:
        """Look for a change, with a progress bar that can stop it. Nothing is written.

        Raises:
            MidfillError: there is none, or a file has changed meanwhile; says why.
        """
        job = Job(
            root=str(root),
            task=task,
            settings=self._engine.known_settings(),
            opened={
                path: document.text
                for path, document in self._server.workspace.documents_in(root).items()
            },
        )
        work = asyncio.current_task()
        assert work is not None

        def cancel() -> None:
            work.cancel()

        async with self._progress.shown(f"Midfill: {title}", cancel) as report, self._turns:
            outcome = await _outcome(job, report)
        if not outcome.fixed:
            raise MidfillError(outcome.reason)
        return Repaired(outcome, self._changes(root, outcome))

    def _changes(self, root: Path, outcome: Outcome) -> tuple[Changed, ...]:
        opened = self._server.workspace.documents_in(root)
        changes = []
        for path, text in sorted(outcome.texts.items()):
            source, document = outcome.sources[path], opened.get(path)
            if document is None:
                document = self._closed(root, source)
            if document is None or document.text != source.text:
                raise MidfillError(f"{path} has changed since the repair began: try again")
            changes.append(Changed(document, text))
        return tuple(changes)

    def _closed(self, root: Path, source: Source) -> Document | None:
        """A file that is not open; None if it is not as it was read."""
        file = root / source.path
        uri = from_fs_path(str(file))
        if uri is None or source.digest is None or not source.stands(content(file)):
            return None
        encoding = ENCODINGS[self._server.workspace.position_encoding or "utf-16"]
        return Document(uri, source.text, encoding=encoding)


async def _outcome(job: Job, report: Report) -> Outcome:
    """What the process says in the end; it is gone when this returns, or is cancelled."""
    async with child(PROGRAM, longest_line=_LONGEST_LINE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(job) + b"\n")
        async for line in process.stdout:
            said = msgspec.json.decode(line, type=Said)
            if said.outcome is not None:
                return said.outcome
            if said.progress is None:
                raise MidfillError(said.error)
            most = job.task.rounds * job.task.candidates
            report(min(said.progress.candidate / most, 1.0), stage(said.progress, job.task))
        raise MidfillError("the process that repairs has ended: try again")
