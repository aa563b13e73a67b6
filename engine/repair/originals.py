"""The files of a workspace as they were when a repair began."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair.apply import content
from midfill.engine.repair.source import Source, read


class Originals:
    """Reads each file once. `opened` are the texts of those that an editor has open."""

    def __init__(self, files: Files, opened: Mapping[str, str]) -> None:
        self._files = files
        self._found: dict[str, Source | None] = {}
        for path, text in opened.items():
            with suppress(MidfillError):
                source = read(files.root / path, files)
                if source.text != text:
                    source = msgspec.structs.replace(source, text=text, digest=None)
                self._found[path] = source
        self.opened = frozenset(self._found)

    @property
    def sources(self) -> dict[str, Source]:
        """Those that have been read, by their paths."""
        return {path: source for path, source in self._found.items() if source is not None}

    @property
    def unsaved(self) -> dict[str, bytes]:
        """The contents of those that an editor has otherwise than the disk."""
        return {
            path: source.encoded(source.text)
            for path, source in self.sources.items()
            if source.digest is None
        }

    def require(self, path: str) -> None:
        """Read a file.

        Raises:
            MidfillError: it cannot be repaired.
        """
        if self._found.get(path) is None:
            self._found[path] = read(self._files.root / path, self._files)

    def find(self, path: str) -> Source | None:
        """The file; None if it cannot be repaired."""
        if path not in self._found:
            self._found[path] = None
            with suppress(MidfillError):
                self.require(path)
        return self._found[path]

    def check_unchanged(self) -> None:
        """What is no longer what was read would be lost.

        Raises:
            MidfillError: a file has changed.
        """
        for path, source in self.sources.items():
            if not source.stands(content(self._files.root / path)):
                raise MidfillError(f"{path} has changed since it was read: try again")

    def different(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Those of the texts that are not as they were."""
        return {
            path: text
            for path, text in texts.items()
            if (source := self._found.get(path)) is None or source.text != text
        }
