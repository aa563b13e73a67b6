"""`textDocument/inlineCompletion`: the text around the cursor to the pipeline, its answer back."""

from __future__ import annotations

import time

import msgspec
from lsprotocol import types

from midfill.engine.completion.pipeline import Completion, CompletionRequest, Suggestion
from midfill.engine.statistics import Statistics
from midfill.lsp.document import Document, Position
from midfill.lsp.engine import Supervisor
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.protocol import VersionedIdentifier, received_at
from midfill.lsp.status import Status
from midfill.lsp.workspace import Workspace

# Characters around the cursor. The pipeline cuts them to what the model can read.
_BEFORE = 64 * 1024
_AFTER = 32 * 1024


def register(
    server: LanguageServer, engine: Supervisor, status: Status, statistics: Statistics
) -> None:
    """Answer inline completion requests."""
    # Where the last one was counted: an editor that asks there again wants the rest of it.
    counted: object = None

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        nonlocal counted
        with status.working():
            document = server.workspace.document(params.text_document.uri)
            fault = _fault(document, params.text_document)
            if document is None or fault:
                status.answered(Completion(text="", reason=fault))
                return types.InlineCompletionList([])
            # Everything is read before the first await: later the document may be a newer one.
            cursor = Position(params.position.line, params.position.character)
            explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
            item = params.context.selected_completion_info
            request = request_at(
                server.workspace, document, cursor, explicit=explicit, selected=item
            )
            start, end = _ends(document, cursor, item)
            asked = time.perf_counter()
            completion = await engine.complete(request)
            answered = time.perf_counter()
            typed = item.text if item else ""
            items = [
                types.InlineCompletionItem(
                    typed + each.text,
                    range=_range(
                        start, end, document.encoding.units(request.suffix[: each.replaces])
                    ),
                )
                for each in _suggestions(completion)
            ]
            ours = asked - received_at.get() + time.perf_counter() - answered
            ms = {**completion.ms, "lsp": round(1000 * ours, 2)}
            status.answered(msgspec.structs.replace(completion, ms=ms))
            place = document.uri, document.version, cursor
            if items and place != counted:
                counted = place
                statistics.completed(completion.source, ms.get("total", 0.0))
            return types.InlineCompletionList(items)


def request_at(
    workspace: Workspace,
    document: Document,
    cursor: Position,
    *,
    explicit: bool = False,
    selected: types.SelectedCompletionInfo | None = None,
) -> CompletionRequest:
    """What the pipeline needs to know of a cursor in a document.

    With an item `selected` in the editor's list, it is as if that had been accepted.
    """
    start, end = _ends(document, cursor, selected)
    prefix, _ = document.split_at(start, _BEFORE, 0)
    _, suffix = document.split_at(end, 0, _AFTER)
    filename, repository = workspace.place(document.uri)
    return CompletionRequest(
        prefix=prefix + (selected.text if selected else ""),
        suffix=suffix,
        line=document.clamp(cursor).line,
        filename=filename,
        root=str(workspace.root_of(document.uri) or ""),
        repository=repository,
        language_id=document.language_id,
        document=document.uri,
        explicit=explicit,
        selected=selected is not None,
        replacing=True,
    )


def _fault(document: Document | None, asked: types.TextDocumentIdentifier) -> str:
    if document is None:
        return "the document is not open"
    version = asked.version if isinstance(asked, VersionedIdentifier) else None
    if version is not None and version != document.version:
        return f"the document is at version {document.version}, the request is for {version}"
    return ""


def _ends(
    document: Document, cursor: Position, selected: types.SelectedCompletionInfo | None
) -> tuple[Position, Position]:
    """From where to where the text is put: at the cursor, or in the place of the selected item."""
    if selected is None:
        return document.clamp(cursor), document.clamp(cursor)
    start, end = selected.range.start, selected.range.end
    return (
        document.clamp(Position(start.line, start.character)),
        document.clamp(Position(end.line, end.character)),
    )


def _suggestions(completion: Completion) -> list[Suggestion]:
    if not completion.text:
        return []
    return [Suggestion(completion.text, completion.replaces), *completion.alternatives]


def _range(start: Position, end: Position, right: int) -> types.Range:
    """With `right` more units. Without a range VS Code would replace the rest of the line."""
    return types.Range(
        types.Position(start.line, start.character), types.Position(end.line, end.character + right)
    )
