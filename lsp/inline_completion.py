"""`textDocument/inlineCompletion`: the text around the cursor to the pipeline, its answer back."""

from __future__ import annotations

import time

import msgspec
from lsprotocol import types

from midfill.engine.completion.pipeline import Completion, CompletionRequest
from midfill.lsp.document import Document, Position
from midfill.lsp.engine import Supervisor
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.protocol import VersionedIdentifier, received_at
from midfill.lsp.status import Status
from midfill.lsp.workspace import Workspace

# Characters around the cursor. The pipeline cuts them to what the model can read.
_BEFORE = 64 * 1024
_AFTER = 32 * 1024


def register(server: LanguageServer, engine: Supervisor, status: Status) -> None:
    """Answer inline completion requests."""

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        with status.working():
            document = server.workspace.document(params.text_document.uri)
            fault = _fault(document, params.text_document)
            if document is None or fault:
                status.answered(Completion(text="", reason=fault))
                return types.InlineCompletionList([])
            # Everything is read before the first await: later the document may be a newer one.
            cursor = Position(params.position.line, params.position.character)
            explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
            request = request_at(server.workspace, document, cursor, explicit=explicit)
            place = document.clamp(cursor)
            asked = time.perf_counter()
            completion = await engine.complete(request)
            answered = time.perf_counter()
            items = _items(completion, place)
            ours = asked - received_at.get() + time.perf_counter() - answered
            ms = {**completion.ms, "lsp": round(1000 * ours, 2)}
            status.answered(msgspec.structs.replace(completion, ms=ms))
            return types.InlineCompletionList(items)


def request_at(
    workspace: Workspace, document: Document, cursor: Position, *, explicit: bool = False
) -> CompletionRequest:
    """What the pipeline needs to know of a cursor in a document."""
    prefix, suffix = document.split_at(cursor, _BEFORE, _AFTER)
    filename, repository = workspace.place(document.uri)
    return CompletionRequest(
        prefix=prefix,
        suffix=suffix,
        filename=filename,
        repository=repository,
        language_id=document.language_id,
        document=document.uri,
        explicit=explicit,
    )


def _fault(document: Document | None, asked: types.TextDocumentIdentifier) -> str:
    if document is None:
        return "the document is not open"
    version = asked.version if isinstance(asked, VersionedIdentifier) else None
    if version is not None and version != document.version:
        return f"the document is at version {document.version}, the request is for {version}"
    return ""


def _items(completion: Completion, place: Position) -> list[types.InlineCompletionItem]:
    if not completion.text:
        return []
    # Without a range VS Code replaces the rest of the line.
    cursor = types.Position(place.line, place.character)
    return [
        types.InlineCompletionItem(text, range=types.Range(cursor, cursor))
        for text in (completion.text, *completion.alternatives)
    ]
