"""Commands for `workspace/executeCommand`."""

from __future__ import annotations

from midfill.lsp.engine import Supervisor
from midfill.lsp.language_server import LanguageServer
from midfill.lsp.status import Status


def register(server: LanguageServer, engine: Supervisor, status: Status) -> None:
    """Offer the commands to the editor."""

    @server.command("midfill.pullModel")
    def pull_model(*names: str) -> None:
        """Begin to download the model of that name, else the one that suits."""
        engine.pull(*map(str, names[:1]))

    @server.command("midfill.restartEngine")
    def restart_engine() -> None:
        """End the engine process and start it again."""
        engine.restart()

    @server.command("midfill.whyNoSuggestion")
    def why_no_suggestion() -> str | None:
        """Why the last completion was empty; None if it was not."""
        return status.reason or None
