"""What the index of a workspace knows that helps a repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath

from midfill.engine.context.definitions import Definitions
from midfill.engine.context.overview import overview
from midfill.engine.context.place import Place
from midfill.engine.context.resolve import Paths
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Site, Store
from midfill.engine.repair.imports import importing
from midfill.engine.repair.localise import Target
from midfill.grammars.registry import Language, language_for
from midfill.grammars.tree import NotParsed, parse

# Parts of files that are looked at for an import, and ways in which it is proposed.
_LOOKED_AT, _IMPORTS = 32, 2


class Known:
    """Looks into the index of the workspace `root`, which may be empty. Close it after use.

    Every method raises MidfillError where the index cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store = Store.open(root)
        self._sources = Sources(root)

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
        pieces = Definitions(self._store, self._sources, paths).pieces(place, {})
        return tuple(piece.text for piece in pieces)

    def imported(self, name: str, path: str, language: Language) -> list[str]:
        """Statements by which other files in the language import the name, the commonest first.

        Those that start from the file's own folder only from there.
        """
        folder = PurePosixPath(path).parent
        found: Counter[str] = Counter()
        for user in {hit.path for hit in self._store.search([name], _LOOKED_AT)} - {path}:
            text = self._sources.text(user)
            if text is None or language_for(user, first_line=text) is not language:
                continue
            with suppress(NotParsed):
                found.update(
                    statement
                    for each, statement in importing(parse(language, text), name)
                    if not each.path.startswith(".") or PurePosixPath(user).parent == folder
                )
        return [statement for statement, _ in found.most_common(_IMPORTS)]

    def overview(self, most_tokens: int) -> str:
        """The workspace in outline; empty if that is too long."""
        return overview(self._root, self._store, most_tokens)

    def close(self) -> None:
        """Let go of the index."""
        self._store.close()
