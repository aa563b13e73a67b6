"""`midfill/context`: tells an editor what the model is shown of the repository."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from midfill.engine.context.report import report
from midfill.engine.errors import MidfillError
from midfill.lsp.document import Position
from midfill.lsp.inline_completion import request_at
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.protocol import CONTEXT
from midfill.lsp.surroundings import Surroundings


def register(server: LanguageServer, surroundings: Surroundings) -> None:
    """Answer `midfill/context`; its parameters are TextDocumentPositionParams."""

    @server.feature(CONTEXT)
    async def context(params: types.TextDocumentPositionParams) -> dict[str, Any]:
        document = server.workspace.document(params.text_document.uri)
        if document is None:
            raise MidfillError("the document is not open")
        if surroundings.shown is None:
            raise MidfillError("no context is shown: context.enabled is false")
        cursor = Position(params.position.line, params.position.character)
        request = request_at(server.workspace, document, cursor)
        pieces, left_out = await surroundings.shown.explain(request)
        return report(pieces, left_out, surroundings.budget)
