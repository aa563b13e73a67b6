"""Commands that repair a selection, or whatever makes tests fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.repair.command import Command
from midfill.engine.repair.localise import Place
from midfill.engine.repair.task import Task
from midfill.lsp.document import Document
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.repair_edit import shows_edits
from midfill.lsp.repairs import Repairs


def register(server: LanguageServer, repairs: Repairs) -> None:
    """Offer the commands to the editor."""

    @server.command("midfill.repair")
    async def repair(uri: str, selection: types.Range, wish: str) -> dict[str, Any]:
        """Change what is selected as the person wishes."""
        root, path = repairs.place(uri)
        document = server.workspace.document(uri)
        if document is None:
            raise UsageError("the document is not open")
        if not wish.strip():
            raise UsageError("say what is wrong there, or wanted")
        place = _place(path, document, selection)
        task = Task(paths=(path,), places=(place,), wish=wish.strip())
        return await repaired("repairing the selection", root, task)

    @server.command("midfill.repairTests")
    async def repair_tests(uri: str, tests: str) -> dict[str, Any]:
        """Repair the workspace of a document until the person's command passes there; without one,
        the document until the checks that fit it pass.
        """
        root, path = repairs.place(uri)
        if tests.strip():
            task = Task(tests=Command.parsed(tests))
            return await repaired("repairing until the tests pass", root, task)
        try:
            return await repaired(
                f"repairing {path} until its checks pass", root, Task(paths=(path,))
            )
        except MidfillError as error:
            raise MidfillError(
                f"{error} (no test command was given, so that only {path} was checked)"
            ) from error

    async def repaired(title: str, root: Path, task: Task) -> dict[str, Any]:
        """Have the editor show the change, or give it the edit to show by itself."""
        found = await repairs.run(title, root, task)
        client = server.client_capabilities
        shows = shows_edits(client)
        edit = found.edit(client, preview=shows)
        applied = False
        if shows:
            asked = types.ApplyWorkspaceEditParams(edit, "Midfill")
            applied = (await server.workspace_apply_edit_async(asked)).applied
        return {
            "applied": applied,
            "edit": None if shows else edit,
            "diff": found.outcome.diff,
            "checks": [check.kind for check in found.outcome.checks],
            "verified": found.outcome.verified,
        }


def _place(path: str, document: Document, selection: types.Range) -> Place:
    """The lines of a selection, without blank ones before and what it only touches after."""
    first, last = selection.start.line, selection.end.line
    if selection.end.character == 0:
        last -= 1
    last = min(max(first, last), len(document.lines) - 1)
    first = min(first, last)
    while first < last and not document.lines[first].strip():
        first += 1
    return Place(path, first + 1, last + 1)
