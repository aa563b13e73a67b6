"""The cursor came to rest: its surroundings are evaluated before a key is struck there.

Editors that do not say so lose nothing but time.
"""

from __future__ import annotations

import asyncio

from lsprotocol import types

from midfill.lsp.document import Position
from midfill.lsp.engine import Supervisor
from midfill.lsp.inline_completion import request_at
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.protocol import DID_MOVE_CURSOR
from midfill.lsp.tasks import Tasks


def register(server: LanguageServer, engine: Supervisor, tasks: Tasks) -> None:
    """Listen to `midfill/didMoveCursor`; its parameters are TextDocumentPositionParams."""
    warming: asyncio.Task[None] | None = None

    @server.feature(DID_MOVE_CURSOR)
    def moved(params: types.TextDocumentPositionParams) -> None:
        nonlocal warming
        if warming is not None:
            warming.cancel()
        document = server.workspace.document(params.text_document.uri)
        if document is not None:
            cursor = Position(params.position.line, params.position.character)
            warming = tasks.start(engine.warm_up(request_at(server.workspace, document, cursor)))
