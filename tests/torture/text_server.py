"""`midfill serve`, which also answers `torture/texts`: what it takes the documents for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from midfill.lsp import cli
from midfill.lsp import server as module
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.server import assemble
from midfill.lsp.tasks import Tasks


def with_texts(server: LanguageServer, tasks: Tasks, hang_up: Callable[[], None]) -> None:
    """Put the server together, and one feature more."""
    assemble(server, tasks, hang_up)

    @server.feature("torture/texts")
    def texts(_: Any) -> dict[str, Any]:
        documents: Any = server.workspace.text_documents
        return {each.uri: [each.version, each.text] for each in documents.values()}


module.assemble = with_texts
cli.serve = module.serve

if __name__ == "__main__":
    cli.command()
