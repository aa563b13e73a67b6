"""`textDocument/codeAction`: a fix for each diagnostic, which is looked for once it is chosen."""

from __future__ import annotations

from lsprotocol import types

from midfill.engine.errors import MidfillError
from midfill.engine.repair.checks import defaults
from midfill.engine.repair.failures.failure import Failure, Frame, Severity
from midfill.engine.repair.task import Task
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.repair_edit import shows_edits
from midfill.lsp.repairs import Repaired, Repairs

FIX = "midfill.fix"
# Of a message so many characters are in the title.
_LONGEST = 100
# A person waits for a fix of one line: less is tried than for a repair.
_ROUNDS, _CANDIDATES = 2, 4
_SEVERITIES = {
    types.DiagnosticSeverity.Error: Severity.ERROR,
    types.DiagnosticSeverity.Warning: Severity.WARNING,
}


def register(server: LanguageServer, repairs: Repairs) -> None:
    """Offer the fixes."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix], resolve_provider=True),
    )
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        if not _is_wanted(params.context.only) or server.workspace.root_of(uri) is None:
            return []
        resolves = _resolves(server.client_capabilities)
        return [_action(uri, each, resolves=resolves) for each in params.context.diagnostics]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        if isinstance(action.data, str) and action.diagnostics:
            try:
                repaired = await fixed(action.data, action.diagnostics[0])
            except MidfillError as error:
                _tell(server, str(error))
            else:
                client = server.client_capabilities
                action.edit = repaired.edit(client, preview=_shows_first(client))
        return action

    @server.command(FIX)
    async def fix(uri: str, diagnostic: types.Diagnostic) -> None:
        """The same for editors that resolve no actions, or would make their edits unseen."""
        repaired = await fixed(uri, diagnostic)
        client = server.client_capabilities
        edit = repaired.edit(client, preview=shows_edits(client))
        await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit))

    async def fixed(uri: str, diagnostic: types.Diagnostic) -> Repaired:
        root, path = repairs.place(uri)
        return await repairs.run("fixing", root, task_for(path, diagnostic))


def task_for(path: str, diagnostic: types.Diagnostic) -> Task:
    """To make the diagnostic of a file go away; its tool says whether it has, if that is known."""
    start = diagnostic.range.start
    code = str(diagnostic.code or "")
    failure = Failure(
        message=diagnostic.message,
        frames=(Frame(path, start.line + 1, start.character + 1),),
        severity=_SEVERITIES.get(
            diagnostic.severity or types.DiagnosticSeverity.Error, Severity.NOTE
        ),
        code=code,
    )
    lint = defaults.reporting(diagnostic.source or "", code, path)
    return Task(
        paths=(path,), failures=(failure,), lint=lint, rounds=_ROUNDS, candidates=_CANDIDATES
    )


def _action(uri: str, diagnostic: types.Diagnostic, *, resolves: bool) -> types.CodeAction:
    title = f"Fix with Midfill: {' '.join(diagnostic.message.split())[:_LONGEST]}"
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=False,
        command=None if resolves else types.Command(title, FIX, arguments=[uri, diagnostic]),
        data=uri if resolves else None,
    )


def _is_wanted(only: object) -> bool:
    """Whether fixes are among the kinds that are asked for."""
    return not isinstance(only, (list, tuple)) or any(
        kind in ("", types.CodeActionKind.QuickFix) for kind in only
    )


def _resolves(client: types.ClientCapabilities) -> bool:
    """Whether an action gets its edit when it is chosen; not where only others are shown first."""
    able = client.text_document and client.text_document.code_action
    resolves = able and able.resolve_support and "edit" in able.resolve_support.properties
    return bool(resolves) and (_shows_first(client) or not shows_edits(client))


def _shows_first(client: types.ClientCapabilities) -> bool:
    able = client.text_document and client.text_document.code_action
    return bool(able and able.honors_change_annotations)


def _tell(server: LanguageServer, reason: str) -> None:
    """Editors do not show why an action could not be resolved."""
    server.window_show_message(
        types.ShowMessageParams(types.MessageType.Warning, f"Midfill: {reason}")
    )
