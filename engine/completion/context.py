"""What else a model is shown besides the document: the interface to whoever chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from midfill.engine.backend import Extra

if TYPE_CHECKING:
    from midfill.engine.completion.pipeline import CompletionRequest


class Context(Protocol):
    """Parts of a repository. They stand before the document in the prompt, so that a change lets
    all of it be evaluated again: what is shown stays the same from key to key.
    """

    def shown(self, document: str) -> tuple[Extra, ...]:
        """What the document is shown at present."""
        ...

    async def follow(self, request: CompletionRequest) -> None:
        """Where the cursor has jumped, choose anew what to show; soon, or not at all."""
        ...

    async def choose(self, request: CompletionRequest) -> tuple[Extra, ...]:
        """What would best be shown from now on; after a jump it is shown at once."""
        ...

    def show(self, document: str) -> None:
        """Show the document what was chosen last from now on."""
        ...


class NoContext:
    """Nothing is ever shown."""

    def shown(self, document: str) -> tuple[Extra, ...]:
        """Nothing."""
        return ()

    async def follow(self, request: CompletionRequest) -> None:
        """Do nothing."""

    async def choose(self, request: CompletionRequest) -> tuple[Extra, ...]:
        """Nothing."""
        return ()

    def show(self, document: str) -> None:
        """Do nothing."""
