"""pygls's language server with our protocol and workspace under it."""

from __future__ import annotations

import logging
from importlib import metadata

from lsprotocol import types
from pygls.lsp.server import LanguageServer as PyglsServer

from midfill.lsp.protocol import Protocol, converter
from midfill.lsp.workspace import Workspace

_LOG = logging.getLogger(__name__)

_EVERY_NOTEBOOK = types.NotebookDocumentSyncOptions(
    notebook_selector=[types.NotebookDocumentFilterWithNotebook(notebook="*")]
)


class LanguageServer(PyglsServer):
    """A server that knows no features yet."""

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__(
            "midfill",
            metadata.version("midfill"),
            notebook_document_sync=_EVERY_NOTEBOOK,
            protocol_cls=Protocol,
            converter_factory=converter,
        )

    @property
    def workspace(self) -> Workspace:
        """The open documents and folders; there is none before `initialize`."""
        return self.protocol.workspace

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Log what failed outside of a request; pygls would show it to the person."""
        _LOG.error("A message could not be handled", exc_info=error)
