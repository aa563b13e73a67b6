"""What the index of a workspace knows that helps a repair."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from midfill.engine.context.definitions import Definitions
from midfill.engine.context.overview import overview
from midfill.engine.context.place import Place
from midfill.engine.context.resolve import Paths
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Site, Store
from midfill.engine.repair.localise import Target
from midfill.grammars.registry import Language


class Known:
    """Looks into the index of the workspace `root`, which may be empty. Close it after use.

    Every method raises MidfillError where the index cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store = Store.open(root)

    def defined(self, names: Collection[str]) -> list[Site]:
        """The definitions of these names."""
        return self._store.defined(names)

    def used(self, text: str, target: Target, language: Language | None) -> tuple[str, ...]:
        """The definitions elsewhere that the code refers to, the likeliest first: short ones whole,
        of others the signature."""
        paths = Paths({path: file.language for path, file in self._store.files().items()})
        end = target.region.end
        place = Place(
            root=self._root,
            path=target.path,
            prefix=text[:end],
            suffix=text[end:],
            line=text.count("\n", 0, end),
            language=language,
        )
        pieces = Definitions(self._store, Sources(self._root), paths).pieces(place, {})
        return tuple(piece.text for piece in pieces)

    def overview(self, most_tokens: int) -> str:
        """The workspace in outline; empty if that is too long."""
        return overview(self._root, self._store, most_tokens)

    def close(self) -> None:
        """Let go of the index."""
        self._store.close()
