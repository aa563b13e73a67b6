"""A server as its authors show it: pygls keeps the documents and answers. For `peers`."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("sample", "1")


@server.feature("torture/texts")
def texts(_: Any) -> dict[str, Any]:
    """What it takes the documents for."""
    documents = server.workspace.text_documents.values()
    return {each.uri: [each.version, each.source] for each in documents}


@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)
def inline_completion(_: types.InlineCompletionParams) -> types.InlineCompletionList:
    """None."""
    return types.InlineCompletionList([])


if __name__ == "__main__":
    server.start_io()
